"""The source contract, the generic spiders and the download middlewares."""
