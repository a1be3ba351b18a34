"""Scrapy's settings for every crawl. What depends on the source is in `spiders.scrapy_settings`, what depends
on the workspace in `crawler.workspace_settings`."""

from __future__ import annotations

BOT_NAME = "jargonwatch"
SPIDER_MODULES = ["spiders.listings", "spiders.visit", "spiders.feeds.spider"]
ADDONS: dict[str, int] = {"crawler.workspace_settings.WorkspaceSettings": 0}

ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "jargonwatch"
COOKIES_ENABLED = False
METAREFRESH_ENABLED = False
REDIRECT_MAX_TIMES = 5
HTTPPROXY_ENABLED = False  # a proxy resolves names where private addresses cannot be refused
AUTOTHROTTLE_MAX_DELAY = 300.0
DOWNLOAD_VERIFY_CERTIFICATES = True
TWISTED_DNS_RESOLVER = "spiders.addresses.PublicResolver"
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

SCHEDULER = "spiders.frontier.Frontier"
DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "spiders.addresses.HostsMiddleware": 50,
    "spiders.pace.PaceMiddleware": 60,
    "spiders.feeds.token.TokenMiddleware": 70,
    "spiders.robots.StrictRobots": 100,
    "spiders.freshness.ConditionalRequests": 560,
    "spiders.blocks.BlockMiddleware": 570,
    "spiders.encodings.EncodingMiddleware": 585,
    "spiders.rendering.RenderMiddleware": 650,
}
SPIDER_MIDDLEWARES: dict[str, int] = {
    "spiders.failures.UnreadablePages": 40,
    "spiders.frontier.FrontierOutputs": 950,
}
ITEM_PIPELINES: dict[str, int] = {
    "pipelines.items.AnalyzePipeline": 100,
    "pipelines.items.MaskPipeline": 200,
    "pipelines.evidence.keeping.EvidencePipeline": 300,
    "pipelines.items.StorePipeline": 900,
}
EXTENSIONS: dict[str, int] = {
    "crawler.log_format.MaskedLog": 0,
    "crawler.ledger.RunLedger": 0,
    "spiders.hours.OpeningHours": 0,
}

LOG_LEVEL = "INFO"
LOG_FORMATTER = "crawler.log_format.QuietFormatter"
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
