"""Listings as a crawl would store them, for tests of what shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.records import Analysis, AnalyzedListing, Hit, Listing, Money, Reason, listing_id
from pipelines.store.answers import RunEnd, RunStart

if TYPE_CHECKING:
    from pipelines.records import Category, Verdict
    from pipelines.store.protocol import Store

NOON = datetime(2024, 3, 1, 4, tzinfo=UTC)
"""Noon in Shanghai."""


def offer(
    native_id: str,
    title: str,
    *,
    platform: str = "jishi",
    verdict: Verdict = "clear",
    score: float = 0.0,
    term: tuple[str, str, Category] | None = None,
    reasons: tuple[Reason, ...] = (),
    days_ago: int = 0,
    price: float | None = None,
) -> AnalyzedListing:
    """A listing with its analysis; `term` is (term_id, headword, category) of a hit on the headword."""
    hits: tuple[Hit, ...] = ()
    if term is not None:
        term_id, headword, category = term
        start = title.index(headword)
        end = start + len(headword)
        hits = (Hit(term_id, headword, category, headword, start, end, "title", "exact", "confirmed"),)
    listing = Listing(
        listing_id=listing_id(platform, native_id),
        platform=platform,
        source=platform,
        title=title,
        native_id=native_id,
        seen_at=NOON,
        published_at=NOON - timedelta(days=days_ago),
        price=Money(price) if price is not None else None,
    )
    analysis = Analysis(
        verdict=verdict,
        score=score,
        category=term[2] if term else None,
        tokens=(),
        hits=hits,
        signals=(),
        prices=(),
        reasons=reasons,
        lexicon_version="1",
    )
    return AnalyzedListing(listing, analysis)


def keep(store: Store, *offers: AnalyzedListing, run_id: str = "run-1") -> None:
    """Store offers as one finished run."""
    store.start_run(RunStart(run_id, "jishi", "jishi", "manual", NOON))
    store.write(offers, run_id=run_id)
    store.finish_run(run_id, RunEnd(NOON + timedelta(minutes=1), "done"))
