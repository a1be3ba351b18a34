"""A response as a page in the source's format, its encoding mended where the page lies about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scrapy.http import TextResponse

from spiders.errors import PageError
from spiders.pages import Page, html_page, json_page

if TYPE_CHECKING:
    from datetime import datetime

    from scrapy.http import Response

    from spiders.contract import DetailPage, ListPage, Source

MENDABLE: Final = ("utf-8", "gb18030", "big5")
"""What is tried, strictly, on a page that is not in the encoding it states."""
BROKEN: Final = "�"


def read_page(response: Response, reading: ListPage | DetailPage, source: Source, seen_at: datetime) -> Page:
    """The page in a response. Raises `PageError` where it is no text, or not the JSON that was promised."""
    text, mended = decode(response, source)
    if reading.format == "json":
        return json_page(response.url, text, seen_at, reading.within, mended=mended)
    return html_page(response.url, text, seen_at, mended=mended)


def decode(response: Response, source: Source) -> tuple[str, str | None]:
    """The text of a response, and the encoding it turned out to be in if that is not the one stated."""
    if not isinstance(response, TextResponse):
        raise PageError(f"{response.url}: is not a page of text but {_kind(response)}")
    text = response.body.decode(source.encoding, "replace") if source.encoding else response.text
    if BROKEN not in text:
        return text, None
    for encoding in MENDABLE:
        try:
            return response.body.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return text, None


def _kind(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"bytes of an unstated kind").decode("latin-1")
