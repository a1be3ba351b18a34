"""What a day's digest says, as questions to a store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dashboards.unusual import ALL, compare_day
from pipelines.store.query import All, Has, Offered

if TYPE_CHECKING:
    from datetime import date, datetime

    from dashboards.unusual import Comparison, DayComparison
    from pipelines.store.answers import StoredListing
    from pipelines.store.insights import FirstSight, SellerActivity
    from pipelines.store.protocol import Questions
    from pipelines.store.query import Query

TERMS: Final = 12
LISTINGS: Final = 10
SELLERS: Final = 8
FLAGGED: Final = Has("verdict", ("flagged",))


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of a day. `gaps` names sources that were not crawled soundly on it."""

    day: date
    flagged: int
    compared: DayComparison
    whole: Comparison | None
    rising: tuple[Comparison, ...]
    falling: tuple[Comparison, ...]
    sights: tuple[FirstSight, ...]
    listings: tuple[StoredListing, ...]
    sellers: tuple[SellerActivity, ...]
    sources: int
    gaps: tuple[str, ...]
    last_offered: datetime | None
    names: dict[str, str]

    def query(self, term_id: str | None = None) -> Query:
        """The flagged listings of the day, of one term or all."""
        parts: tuple[Query, ...] = (FLAGGED, Offered(self.day, self.day))
        return All((Has("term", (term_id,)), *parts)) if term_id else All(parts)


def read_digest(store: Questions, day: date) -> Digest:
    """Ask a store for the digest of a day that is over."""
    compared = compare_day(store, day)
    covered = store.coverage(day, day).sources
    flagged: Query = All((FLAGGED, Offered(day, day)))
    new = store.first_sights(day, day)
    fresh = {sight.term_id for sight in new if sight.disguise is None}
    return Digest(
        day=day,
        flagged=store.facets(flagged, top=1).listings,
        compared=compared,
        whole=compared.of(ALL),
        rising=compared.unusual("rising")[:TERMS],
        falling=compared.unusual("falling")[:TERMS],
        sights=tuple(each for each in new if each.disguise is None or each.term_id not in fresh),
        listings=store.search(flagged, order="strongest", limit=LISTINGS).listings,
        sellers=store.sellers(All((FLAGGED, Offered(day - timedelta(days=6), day))), top=SELLERS),
        sources=len(covered),
        gaps=tuple(each.source for each in covered if day in each.gaps),
        last_offered=store.totals().last_offered,
        names={term.term_id: term.term for term in store.terms()},
    )
