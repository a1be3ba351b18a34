"""robots.txt obeyed also where it cannot be read: then nothing is asked."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.robotstxt import RobotParser
from twisted.internet.defer import Deferred

from spiders.errors import RobotsUnreadableError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)


class Closed(RobotParser):
    """Rules that allow nothing."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:  # noqa: ARG003
        return cls()

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:  # noqa: ARG002
        """Never."""
        return False


class StrictRobots(RobotsTxtMiddleware):
    """Scrapy's middleware, with a site that cannot say its rules taken at its word: nothing is allowed.

    RFC 9309, 2.3.1.4: an unreachable robots.txt (server or network error) is a complete disallow. Scrapy
    would allow everything.
    """

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            raise RobotsUnreadableError(f"{netloc}: robots.txt answers with status {response.status}")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._stats.inc_value("error/robots-unreadable")
        logger.warning("%s: robots.txt cannot be read, so nothing there is asked: %s", netloc, exc)
        waiting, closed = self._parsers[netloc], Closed()
        self._parsers[netloc] = closed
        if isinstance(waiting, Deferred):
            waiting.callback(closed)
