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
WESTERN: Final = frozenset({"ascii", "cp1252", "iso8859-1", "iso8859-15"})
"""Encodings in which Chinese bytes are letters, if strange ones."""
BIG5: Final = frozenset({"big5", "big5hkscs"})
LEAST_HANZI: Final = 4
LEAST_NOT_BIG5: Final = 10
"""Of Big5 two characters in five are not in GB 2312: ten of ten that are can be no chance."""
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
    if mended is None and source.encoding is None and CHINESE in source.language:
        mended = _encoding_of_mistaken(response)
    return (response, False) if mended is None else (response.replace(encoding=mended), True)


def _undeclared(body: bytes) -> str:
    """The encoding of a page that states none. Scrapy would take Chinese bytes for Western letters."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _encoding_of_mistaken(response: TextResponse) -> str | None:
    """The encoding of a Chinese page whose bytes make wrong letters, not broken ones, in the stated one."""
    if response.encoding in WESTERN:
        tried, least = ("utf-8", "gb18030"), LEAST_HANZI
    elif response.encoding in BIG5:
        tried, least = ("utf-8", "gb2312"), LEAST_NOT_BIG5
    else:
        return None
    for encoding in tried:
        try:
            text = response.body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if sum("\u4e00" <= letter <= "\u9fff" for letter in text) >= least:
            return "gb18030" if encoding == "gb2312" else encoding
    return None


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
