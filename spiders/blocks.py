"""A source that blocks is noticed and left alone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Self

from lxml import etree
from parsel.csstranslator import css2xpath
from scrapy import signals
from scrapy.http import TextResponse
from scrapy.utils.asyncio import call_later
from scrapy.utils.defer import _schedule_coro

from spiders.errors import BlockedError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.utils.asyncio import CallLaterResult

    from spiders.conduct import Blocks

logger = logging.getLogger(__name__)

LONGEST_WAIT: Final = 300.0
"""Seconds that a crawl waits for a site that says when to come back. Asked for longer, it ends."""
WAITS: Final = 3
"""How often a page is asked again after such a wait."""
BUSY: Final = frozenset({429, 503})


class BlockMiddleware:
    """Downloader middleware: waits as Retry-After asks, refuses blocked pages, ends the crawl on several."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._in_a_row = 0
        self._timer: CallLaterResult | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.close, signal=signals.spider_closed)
        return middleware

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Raises `BlockedError` for a page that says no."""
        if request.meta.get("dont_obey_robotstxt"):  # robots.txt itself
            return response
        wait = retry_after(response, datetime.now(UTC)) if response.status in BUSY else None
        waits: int = request.meta.get("waits", 0)
        if wait is not None and wait <= LONGEST_WAIT and waits < WAITS:
            self._pause(wait)
            return request.replace(meta=request.meta | {"waits": waits + 1}, dont_filter=True)
        sign = sign_of_block(response, self._blocks)
        if sign is None:
            self._in_a_row = 0
            return response
        self._in_a_row += 1
        if self._in_a_row >= self._blocks.stop_after:
            _schedule_coro(self.crawler.engine.close_spider_async(reason="blocked"))
        raise BlockedError(f"{response.url}: blocked ({sign})")

    def close(self) -> None:
        """Signal handler: forget a wait that is still on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _pause(self, seconds: float) -> None:
        logger.info("the site asks to come back in %.0f s; waiting", seconds)
        self.close()
        self.crawler.engine.pause()
        self._timer = call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._timer = None
        self.crawler.engine.unpause()

    @property
    def _blocks(self) -> Blocks:
        return self.crawler.spider.source.blocks  # type: ignore[union-attr, no-any-return]


def sign_of_block(response: Response, blocks: Blocks) -> str | None:
    """What shows that a page is a block, as the source file declares it; None for a page that is none."""
    if response.status in blocks.status:
        return f"status {response.status}"
    if not isinstance(response, TextResponse):
        return None
    for text in blocks.text:
        if text in response.text:
            return f"blocks.text {text!r}"
    for css in blocks.css:
        if _compiled(css)(response.selector.root):
            return f"blocks.css {css!r}"
    return None


@lru_cache(maxsize=64)
def _compiled(css: str) -> etree.XPath:
    """A selector that is looked for on every page."""
    return etree.XPath(css2xpath(css))


def retry_after(response: Response, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks to wait; None without a header that can be understood."""
    header = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if header.isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
    except (TypeError, ValueError):
        return None
