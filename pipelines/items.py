"""Scrapy item pipelines: analyse, mask, store. Thin classes around the pure functions of this room."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Self

from pipelines.analysis import analyze
from pipelines.lexicon.load import load_lexicon
from pipelines.masking import mask_analyzed, pseudonym
from pipelines.masking.url import mask_url
from pipelines.records import AnalyzedListing
from pipelines.store.answers import SellerLink
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from pipelines.lexicon.load import Lexicon
    from pipelines.records import Analysis, Listing
    from pipelines.store.protocol import Store

BATCH: Final = 50
BATCH_SECONDS: Final = 5.0

listings_stored: Final = object()
"""Scrapy signal: a batch is in the store for good. Argument `items`, the `Sighting`s that are."""


@dataclass(slots=True)
class Sighting:
    """A listing on its way through the pipelines, and the page it stood on."""

    listing: Listing
    page: Response
    analysis: Analysis | None = None
    analyzed: AnalyzedListing | None = None
    """What may be written: set by `MaskPipeline`, personal data masked."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A link from a seller's page to the same seller's shop on another platform."""

    from_platform: str
    from_seller: str
    to_platform: str
    to_seller: str
    url: str
    to_source: str
    seen_at: datetime
    masked_url: str = ""
    """What may be written: set by `MaskPipeline`."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A listing whose page the server says has not changed since it was stored."""

    listing_id: str
    page: Response
    seen_at: datetime


type Item = Sighting | Jump | Unchanged


@lru_cache(maxsize=1)
def lexicon_in(directory: Path) -> Lexicon:
    """The lexicon of a folder, compiled once in a process and in those forked from it."""
    return load_lexicon(directory)


class AnalyzePipeline:
    """Analyses every listing with the lexicon in the setting LEXICON_DIR."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(lexicon_in(crawler.settings["LEXICON_DIR"]))

    def process_item(self, item: Item) -> Item:
        if isinstance(item, Sighting):
            item.analysis = analyze(item.listing, self.lexicon)
        return item


class MaskPipeline:
    """Masks personal data with the key in the setting MASKING_KEY."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings["MASKING_KEY"])

    def process_item(self, item: Item) -> Item:
        if isinstance(item, Jump):
            there = pseudonym(item.to_platform, item.to_seller, self.key)
            return replace(
                item,
                from_seller=pseudonym(item.from_platform, item.from_seller, self.key),
                to_seller=there,
                masked_url=mask_url(item.url, self.key, {item.to_seller: there}),
            )
        if isinstance(item, Sighting):
            assert item.analysis is not None  # noqa: S101, the settings put AnalyzePipeline before this one
            item.analyzed = mask_analyzed(item.listing, item.analysis, self.key)
        return item


class StorePipeline:
    """Writes what was masked, a batch a transaction, and sends `listings_stored`.

    Settings: STORE_PATH; RUN_ID, a run that is open in the ledger by then; STAGE, whether the listings wait
    for the judgement of the whole run.
    """

    def __init__(self, crawler: Crawler, store: Store) -> None:
        self.crawler, self.store = crawler, store
        self.run_id: str = crawler.settings["RUN_ID"]
        self.staged = crawler.settings.getbool("STAGE")
        self.waiting: list[Sighting] = []
        self.since = time.monotonic()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        path: Path = crawler.settings["STORE_PATH"]
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(crawler, open_store(path))

    def process_item(self, item: Item) -> Item:
        if isinstance(item, Jump):
            self.store.link(link_of(item, self.run_id))
            return item
        self.waiting.append(seen_again(item, self.store) if isinstance(item, Unchanged) else item)
        if len(self.waiting) >= BATCH or time.monotonic() - self.since > BATCH_SECONDS:
            self.flush()
        return item

    def flush(self) -> None:
        """Write what waits, in one transaction."""
        batch, self.waiting, self.since = self.waiting, [], time.monotonic()
        analyzed = [item.analyzed for item in batch if item.analyzed is not None]
        if self.staged:
            self.store.stage(analyzed, run_id=self.run_id)
        else:
            self.store.write(analyzed, run_id=self.run_id)
        self.crawler.signals.send_catch_log(listings_stored, items=batch)

    def close_spider(self) -> None:
        self.flush()
        self.store.close()


def seen_again(item: Unchanged, store: Store) -> Sighting:
    """What is stored of a listing, seen once more. It is masked and analysed already."""
    known = store.get(item.listing_id)
    assert known is not None  # noqa: S101, ConditionalRequests asks that of nothing else
    listing = replace(known.listing.listing, seen_at=item.seen_at)
    analysis = known.listing.analysis
    return Sighting(listing, item.page, analysis, AnalyzedListing(listing, analysis))


def link_of(jump: Jump, run_id: str) -> SellerLink:
    """The ledger's record of a jump whose sellers are pseudonyms already."""
    return SellerLink(
        jump.from_platform,
        jump.from_seller,
        jump.to_platform,
        jump.to_seller,
        jump.masked_url,
        jump.seen_at,
        run_id,
    )
