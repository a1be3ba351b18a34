"""RSS, Atom and sitemaps as lists of entries, so that the same rules read them as read JSON."""

from __future__ import annotations

import io
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import feedparser
from lxml import etree
from scrapy.utils.sitemap import Sitemap

from spiders.errors import PageError
from spiders.pages import entry_page, read_page
from spiders.text import text_of_markup

if TYPE_CHECKING:
    import time

    from scrapy.http import Response

    from spiders.contract import WayKind
    from spiders.pages import Page
    from spiders.readings import ListPage

MAX_SITEMAP: Final = 50 * 1024 * 1024
"""Bytes, unpacked: what the sitemap protocol allows at most."""
GZIP: Final = b"\x1f\x8b"


def list_page(response: Response, reading: ListPage, kind: WayKind, seen_at: datetime) -> Page:
    """A response as the list page of a way in of some kind. Raises `PageError`."""
    if kind == "rss":
        return entry_page(response.url, feed_entries(response.url, response.body), seen_at)
    if kind == "sitemap":
        _, entries = sitemap_entries(response.url, response.body)
        return entry_page(response.url, entries, seen_at)
    return read_page(response, reading, seen_at)


def feed_entries(url: str, body: bytes) -> list[dict[str, Any]]:
    """The entries of a feed, as feedparser names their parts, with `text`, `published_at`, `updated_at`.

    Raises `PageError` for what is no feed.
    """
    feed = feedparser.parse(io.BytesIO(body), resolve_relative_uris=False)
    if not feed.version:
        raise PageError(f"{url}: is neither RSS nor Atom")
    return [_entry(entry) for entry in feed.entries]


def _entry(entry: Any) -> dict[str, Any]:
    contents = entry.get("content") or ()
    markup = next((part["value"] for part in contents if part.get("value")), entry.get("summary", ""))
    return dict(entry) | {
        "text": text_of_markup(markup) if markup else None,
        "published_at": _moment(entry.get("published_parsed")),
        "updated_at": _moment(entry.get("updated_parsed") if "updated" in entry else None),
    }


def _moment(parsed: time.struct_time | None) -> str | None:
    return None if parsed is None else datetime(*parsed[:6], tzinfo=UTC).isoformat()


def sitemap_entries(url: str, body: bytes) -> tuple[bool, list[dict[str, Any]]]:
    """Whether a sitemap (gzipped or not) is an index of further sitemaps, and its entries.

    Raises `PageError` for what is no sitemap, and for one larger than the protocol allows.
    """
    try:
        if body.startswith(GZIP):
            body = zlib.decompressobj(wbits=31).decompress(body, MAX_SITEMAP + 1)
        if len(body) > MAX_SITEMAP:
            raise PageError(f"{url}: is too large for a sitemap")
        sitemap = Sitemap(body)
        entries = [dict(entry) for entry in sitemap if entry.get("loc")]
    except (etree.LxmlError, zlib.error, StopIteration) as error:
        raise PageError(f"{url}: is not a sitemap") from error
    if sitemap.type not in ("urlset", "sitemapindex"):
        raise PageError(f"{url}: is not a sitemap")
    return sitemap.type == "sitemapindex", entries
