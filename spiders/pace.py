"""One pace for all hosts of a source, never faster than its robots.txt asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.extensions.throttle import AutoThrottle

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.robotstxt import RobotParser

ROBOTS_USER_AGENT = "jargonwatch"


class PaceMiddleware:
    """Downloader middleware: puts all requests of the source in one download slot, at its Crawl-delay."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.slow_down, signal=signals.robots_parsed)
        return middleware

    def process_request(self, request: Request) -> None:
        """Assigns the slot."""
        request.meta["download_slot"] = self.crawler.spider.source.name  # type: ignore[union-attr]

    def slow_down(self, robotparser: RobotParser) -> None:
        """Signal handler: take over a Crawl-delay that is longer than the source's own delay."""
        delay = robotparser.crawl_delay(ROBOTS_USER_AGENT)
        if delay is None:
            return
        throttle = self.crawler.get_extension(AutoThrottle)
        if throttle is not None:
            throttle.mindelay = max(throttle.mindelay, delay)
            throttle.maxdelay = max(throttle.maxdelay, delay)
        for slot in self.crawler.engine.downloader.slots.values():
            slot.delay = max(slot.delay, delay)
