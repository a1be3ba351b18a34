"""What can go wrong with a page, as kinds that a run counts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.spidermiddlewares.httperror import HttpError

from spiders.errors import BlockedError, PageError, RefusedError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

IGNORED = {
    "robots.txt": "robots",
    "DOWNLOAD_MAXSIZE": "too-large",
    "max redirections": "redirect",
}
"""How Scrapy's own IgnoreRequest errors are told apart: by their messages."""

logger = logging.getLogger(__name__)


def kind_of(error: BaseException | None) -> str:
    """One or two words for an error, as http-404, timeout, robots."""
    match error:
        case HttpError():
            return f"http-{error.response.status}"
        case RefusedError():
            return error.kind
        case BlockedError():
            return "blocked"
        case PageError():
            return "unreadable"
        case DownloadTimeoutError():
            return "timeout"
        case CannotResolveHostError():
            return "dns"
        case DownloadConnectionRefusedError():
            return "refused-connection"
        case DownloadCancelledError():
            return "too-large"
        case IgnoreRequest():
            text = str(error)
            return next((kind for sign, kind in IGNORED.items() if sign in text), "ignored")
        case _:
            return "download"


def line_of(error: BaseException | None, url: str) -> str:
    """What a log says of a page that could not be had."""
    text = str(error) or type(error).__name__
    return text if url in text else f"{url}: {text}"


class UnreadablePages:
    """Spider middleware: a page that cannot be read is counted and named in one line."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_spider_exception(
        self,
        response: Response,  # noqa: ARG002, Scrapy passes it by name
        exception: Exception,
    ) -> list[Any] | None:
        """Ends the page quietly for a `PageError`; any other error goes on to Scrapy's log."""
        kind = kind_of(exception) if isinstance(exception, PageError) else "extract"
        self.crawler.stats.inc_value(f"error/{kind}")
        if not isinstance(exception, PageError):
            return None
        logger.warning("%s", exception)
        return []
