"""Analysed listings and whole-store comparisons for the tests of stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipelines.records import (
    CATEGORIES,
    Analysis,
    AnalyzedListing,
    Hit,
    Listing,
    Money,
    Price,
    Reason,
    Signal,
    listing_id,
)
from pipelines.store.answers import RunStart, TrendQuery
from pipelines.store.query import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.records import Standing, Verdict
    from pipelines.store.answers import StoredListing
    from pipelines.store.protocol import Store
    from pipelines.store.query import Query

NOON = datetime(2025, 3, 10, 4, tzinfo=UTC)
"""Monday, twelve o'clock in Shanghai."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WHOLE = (date(2025, 1, 1), date(2025, 12, 31))


def hit(term: str = "四件套", *, standing: Standing = "confirmed", **changes: Any) -> Hit:
    found = Hit(
        term_id=f"term-{term}",
        term=term,
        category="bankcard",
        surface=term,
        start=0,
        end=len(term),
        field="title",
        disguise="exact",
        standing=standing,
        because=("银行卡",),
        points=0.35,
    )
    return replace(found, **changes)


def offer(
    number: int = 1,
    *,
    hits: Sequence[Hit] | None = None,
    verdict: Verdict = "flagged",
    score: float = 0.8,
    lexicon: str = "lexicon-1",
    **listing: Any,
) -> AnalyzedListing:
    """A listing with every field filled, as seen at noon; a listing's own fields by keyword."""
    hits = (hit(),) if hits is None else tuple(hits)
    platform = listing.get("platform", "market")
    said = Listing(
        **{
            "listing_id": listing_id(platform, str(number)),
            "platform": platform,
            "source": f"{platform}-search",
            "title": f"四件套 第{number}号",
            "seen_at": NOON,
            "description": "银行卡全新，懂的来",
            "native_id": str(number),
            "url": f"https://{platform}.example/item/{number}",
            "price": Money(100.5 + number, "CNY", "套"),
            "seller_id": "seller-1",
            "seller_name": "s***",
            "shelf": "other",
            "extra": {"views": "12"},
        }
        | listing
    )
    counts = [found for found in hits if found.standing != "excused"]
    analysis = Analysis(
        verdict=verdict,
        score=score,
        category=counts[0].category if counts else None,
        tokens=("四件套", " ", "第", str(number), "号"),
        hits=hits,
        signals=(Signal("secrecy", "懂的来", "懂的来", 6, 9, "description"),),
        prices=(Price("五毛", 0, 2, "description", 0.5, "CNY", "套", 20000.0, None),),
        reasons=(Reason("hit", 0.35, "黑话", "slang", "bankcard"),),
        lexicon_version=lexicon,
    )
    return AnalyzedListing(said, analysis)


def seen(item: AnalyzedListing, moment: datetime, **changes: Any) -> AnalyzedListing:
    """The same listing seen at another moment."""
    return replace(item, listing=replace(item.listing, seen_at=moment, **changes))


def start(store: Store, run_id: str = "run-1", *, source: str = "market-search", at: datetime = NOON) -> str:
    store.start_run(RunStart(run_id, source, source.removesuffix("-search"), "manual", at, f"{run_id}.log"))
    return run_id


def everything(store: Store, query: Query = EVERYTHING, **asked: Any) -> list[StoredListing]:
    """All pages of a search."""
    page = store.search(query, **asked)
    found = list(page.listings)
    while page.cursor:
        page = store.search(query, cursor=page.cursor, **asked)
        found += page.listings
    return found


def contents(store: Store) -> dict[str, Any]:
    """What a store answers, without the ids that are its own: equal stores give equal contents."""
    listings = sorted(everything(store, limit=1000), key=lambda stored: stored.listing.listing_id)
    histories = [store.get(stored.listing.listing_id) for stored in listings]
    terms = tuple(term.term_id for term in store.terms())
    return {
        "listings": [replace(stored, current=replace(stored.current, version_id=0)) for stored in listings],
        "versions": [
            [replace(version, version_id=0) for version in history.versions]
            for history in histories
            if history
        ],
        "absences": [history.absences for history in histories if history],
        "facets": store.facets(EVERYTHING, top=1000),
        "trend": store.trend(TrendQuery(*WHOLE, terms=terms, categories=CATEGORIES)),
        "flagged": store.trend(TrendQuery(*WHOLE, verdicts=("flagged",))),
        "totals": replace(store.totals(), runs=0),
    }
