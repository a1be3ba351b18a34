"""The item pipeline that keeps the pages of flagged listings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from scrapy.exceptions import NotConfigured

from pipelines.evidence.archive import Capture, EvidenceWriter, prune
from pipelines.items import Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from pipelines.items import Item

SCREENSHOT: Final = "evidence_screenshot"
"""Key of a request's meta: the page method whose result is the picture of a rendered page."""

TRANSFER_HEADERS: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""What was true of the bytes on the wire, and isn't of the page that Scrapy made of them."""


class EvidencePipeline:
    """Keeps the page of every flagged listing, and its screenshot where it was rendered.

    Settings: EVIDENCE_DIR; EVIDENCE_DAYS, after how many days it leaves (0: none is kept); RUN_ID;
    MASKING_KEY, which seals the manifest.
    """

    def __init__(self, writer: EvidenceWriter) -> None:
        self.writer = writer

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        days = crawler.settings.getint("EVIDENCE_DAYS")
        source = crawler.spider.source  # type: ignore[union-attr]
        if not days or source.kind == "feed":
            raise NotConfigured
        directory: Path = crawler.settings["EVIDENCE_DIR"]
        prune(directory, days)
        run_id, key = crawler.settings["RUN_ID"], crawler.settings["MASKING_KEY"]
        return cls(EvidenceWriter(directory, run_id, source.name, key))

    def process_item(self, item: Item) -> Item:
        if isinstance(item, Sighting) and item.analyzed is not None:
            listing, analysis = item.analyzed.listing, item.analyzed.analysis
            if analysis.verdict == "flagged":
                for capture in captures_of(item.page, datetime.now(UTC)):
                    self.writer.keep(listing.listing_id, listing.url or "", capture)
        return item

    def close_spider(self) -> None:
        self.writer.close()


def captures_of(page: Response, seen_at: datetime) -> Iterator[Capture]:
    """A page as it came: the answer of the server, or what a browser made of it with a screenshot."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in page.headers.items()
        if name.decode("latin-1").lower() not in TRANSFER_HEADERS
        for value in values
    )
    content_type = (page.headers.get("Content-Type") or b"text/html").decode("latin-1")
    rendered = bool(page.request and page.request.meta.get("playwright"))
    yield Capture(
        page.url,
        "rendered" if rendered else "response",
        page.body,
        content_type,
        seen_at,
        page.status,
        headers,
    )
    method = page.request.meta.get(SCREENSHOT) if page.request else None
    if method is not None and isinstance(method.result, bytes):
        yield Capture(page.url, "screenshot", method.result, "image/png", seen_at)
