"""Pages in the encoding they are really in, whatever they state."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Self

from scrapy.http import TextResponse

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from spiders.contract import Source

logger = logging.getLogger(__name__)

MENDABLE: Final = ("utf-8", "gb18030", "big5")
"""What is tried, strictly, on a page that is not in the encoding it states."""
CHINESE: Final = "zh"
BROKEN: Final = "\ufffd"


class EncodingMiddleware:
    """Downloader middleware: sees to it that `response.text` is right."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002
        """The response, its encoding replaced where it has to be."""
        if not isinstance(response, TextResponse):
            return response
        right, mended = in_its_encoding(response, self.crawler.spider.source)  # type: ignore[union-attr]
        if mended:
            self.crawler.stats.inc_value("error/encoding")
            logger.warning("%s: is not in the encoding it states but in %s", right.url, right.encoding)
        return right


def in_its_encoding(response: TextResponse, source: Source) -> tuple[TextResponse, bool]:
    """A page in the encoding that the source file states, else its own; and whether it is in another one."""
    if source.encoding is not None:
        response = response.replace(encoding=source.encoding)
    elif response._declared_encoding() is None and CHINESE in source.language:
        response = response.replace(encoding=_undeclared(response.body))
    mended = encoding_of_broken(response)
    return (response, False) if mended is None else (response.replace(encoding=mended), True)


def _undeclared(body: bytes) -> str:
    """The encoding of a page that states none. Scrapy would take Chinese bytes for Western letters."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def encoding_of_broken(response: TextResponse) -> str | None:
    """The encoding that a page is in where its text shows that it is not the stated one; else None."""
    if BROKEN not in response.text:
        return None
    for encoding in MENDABLE:
        try:
            response.body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None
