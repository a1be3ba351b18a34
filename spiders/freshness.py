"""Conditional requests: a listing's page that has not changed since the last run is not sent again.

Only what a server gave to recognise a page by (ETag, Last-Modified) is kept, never the page.
"""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from scrapy import signals

from pipelines.items import Sighting, listings_stored
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

KNOWN: Final = "known_listing"
"""Request meta: the id of the listing that a page had, if the page need not be sent again."""
PASSING: Final = ("published_at",)
"""Fields that change on a list page although nothing has changed: 3小时前."""
TRUSTED_FOR: Final = timedelta(days=7)
"""After so long a page is read again in any case: some servers never change an ETag."""

_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS validator (
        page BLOB PRIMARY KEY, etag BLOB, last_modified BLOB, listing TEXT, on_list BLOB, read_on TEXT
    );
"""


class ConditionalRequests:
    """Downloader middleware for listings' own pages over HTTP. Settings: VALIDATORS_PATH, STORE_PATH."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        path = Path(crawler.settings["VALIDATORS_PATH"])
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._database.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {_TABLE}")
        self._known = {page for (page,) in self._database.execute("SELECT page FROM validator")}
        self._store = open_store(crawler.settings["STORE_PATH"])

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.remember, signal=listings_stored)
        crawler.signals.connect(middleware.close, signal=signals.spider_closed)
        return middleware

    def process_request(self, request: Request) -> None:
        """Asks only for a changed page, where the listing is stored and reads the same on its list page."""
        page = _digest(request.url)
        if page not in self._known or request.callback != self.crawler.spider.parse_listing:  # type: ignore[union-attr]
            return
        row = self._database.execute(
            "SELECT etag, last_modified, listing FROM validator"
            " WHERE page = ? AND on_list = ? AND read_on > ?",
            (
                page,
                _on_list(request.cb_kwargs.get("values")),
                (datetime.now(UTC) - TRUSTED_FOR).isoformat(),
            ),
        ).fetchone()
        if row is None or self._store.get(row[2]) is None:
            return
        for header, value in (("If-None-Match", row[0]), ("If-Modified-Since", row[1])):
            if value:
                request.headers[header] = value
        request.meta[KNOWN] = row[2]
        request.meta["handle_httpstatus_list"] = [304]

    def remember(self, items: Sequence[Any]) -> None:
        """Signal handler: keep by what to recognise the pages of stored listings."""
        rows = [row for item in items if isinstance(item, Sighting) and (row := _row(item)) is not None]
        if not rows:
            return
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO validator VALUES (?, ?, ?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Signal handler."""
        self._database.close()
        self._store.close()


def _row(item: Sighting) -> tuple[bytes, bytes | None, bytes | None, str, bytes, str] | None:
    page: Response = item.page
    etag, modified = page.headers.get("ETag"), page.headers.get("Last-Modified")
    if not (etag or modified) or page.status == 304 or page.request is None:
        return None
    if "turn" in page.request.cb_kwargs:  # a list page
        return None
    on_list = _on_list(page.request.cb_kwargs.get("values"))
    read_on = item.listing.seen_at.isoformat()
    return (_digest(page.request.url), etag, modified, item.listing.listing_id, on_list, read_on)


def _on_list(values: Mapping[str, Any] | None) -> bytes:
    """What a listing's list page said of it, in a form that keeps none of it."""
    lasting = sorted((name, str(value)) for name, value in (values or {}).items() if name not in PASSING)
    return _digest(repr(lasting))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
