"""The `jargonwatch` command, configuration, Scrapy settings, the run ledger and the demo marketplace."""
