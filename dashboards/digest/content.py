"""What a day's digest says, as questions to a store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from dashboards.digest.price_moves import price_moves
from dashboards.first_sights import without_own_disguises
from dashboards.unusual import ALL, FALSE_DISCOVERY_RATE, compare_day
from pipelines.records import CATEGORIES
from pipelines.store.answers import DAY_ZONE, day_of
from pipelines.store.query import All, Has, Offered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from dashboards.digest.price_moves import PriceMove
    from dashboards.unusual import Comparison, DayComparison
    from pipelines.records import Category
    from pipelines.store.answers import SellerLink, StoredListing, Term
    from pipelines.store.insights import FirstSight, SellerActivity
    from pipelines.store.protocol import Questions
    from pipelines.store.query import Query

TERMS: Final = 12
SIGHTS: Final = 20
LISTINGS: Final = 10
SELLERS: Final = 8
LINKS: Final = 8
MOVES: Final = 8
WEEK: Final = timedelta(days=6)
"""From a day back to the first of its last seven."""
SELLERS_LOOKED_AT: Final = 500
FLAGGED: Final = Has("verdict", ("flagged",))


@dataclass(frozen=True, slots=True)
class Gap:
    """A source that was not crawled soundly on the day; `outcome` is None where no run began."""

    source: str
    outcome: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of a day, of some categories or (empty) all. `headline` has them as one or one by one."""

    day: date
    categories: tuple[Category, ...]
    flagged: int
    compared: DayComparison
    headline: tuple[Comparison, ...]
    rising: tuple[Comparison, ...]
    falling: tuple[Comparison, ...]
    sights: tuple[FirstSight, ...]
    moves: tuple[PriceMove, ...]
    listings: tuple[StoredListing, ...]
    sellers: tuple[SellerActivity, ...]
    links: tuple[SellerLink, ...]
    sources: int
    gaps: tuple[Gap, ...]
    last_offered: datetime | None
    names: dict[str, str]

    def query(self, *term_ids: str) -> Query:
        """The flagged listings of the day, of some terms or all."""
        terms = (Has("term", term_ids),) if term_ids else ()
        return All((*terms, *_of(self.categories), FLAGGED, Offered(self.day, self.day)))

    def seller_query(self, seller: SellerActivity) -> Query:
        """The flagged listings of a seller in the last seven days."""
        who = (Has("platform", (seller.platform,)), Has("seller", (seller.seller,)))
        return All((*who, *_of(self.categories), FLAGGED, Offered(self.day - WEEK, self.day)))


def read_digest(
    store: Questions,
    day: date,
    *,
    categories: Sequence[Category] = (),
    rate: float = FALSE_DISCOVERY_RATE,
) -> Digest:
    """Ask a store for the digest of a day that is over. Empty `categories` mean all."""
    compared = compare_day(store, day, rate=rate)
    terms = {term.term_id: term for term in store.terms()}
    flagged: Query = All((*_of(categories), FLAGGED, Offered(day, day)))
    lately = All((*_of(categories), FLAGGED, Offered(day - WEEK, day)))
    sellers = store.sellers(lately, top=SELLERS_LOOKED_AT)
    covered = store.coverage(day, day).sources
    return Digest(
        day=day,
        categories=tuple(categories),
        flagged=store.facets(flagged, top=1).listings,
        compared=compared,
        headline=_headline(compared, categories),
        rising=_wanted(compared.unusual("rising"), terms, categories)[:TERMS],
        falling=_wanted(compared.unusual("falling"), terms, categories)[:TERMS],
        sights=_sights(store, day, categories)[:SIGHTS],
        moves=price_moves(store, day, categories or CATEGORIES)[:MOVES],
        listings=store.search(flagged, order="strongest", limit=LISTINGS).listings,
        sellers=sellers[:SELLERS],
        links=_links(store, day, sellers)[:LINKS],
        sources=len(covered),
        gaps=tuple(_gap(store, each.source, day) for each in covered if day in each.gaps),
        last_offered=store.totals().last_offered,
        names={term.term_id: term.term for term in terms.values()},
    )


def _of(categories: Sequence[Category]) -> tuple[Query, ...]:
    return (Has("category", tuple(categories)),) if categories else ()


def _headline(compared: DayComparison, categories: Sequence[Category]) -> tuple[Comparison, ...]:
    found = [compared.of(("category", name)) for name in categories] if categories else [compared.of(ALL)]
    return tuple(each for each in found if each)


def _wanted(
    found: Sequence[Comparison], terms: dict[str, Term], categories: Sequence[Category]
) -> tuple[Comparison, ...]:
    return tuple(each for each in found if not categories or terms[each.subject[1]].category in categories)


def _sights(store: Questions, day: date, categories: Sequence[Category]) -> tuple[FirstSight, ...]:
    found = store.first_sights(day, day)
    return without_own_disguises(each for each in found if not categories or each.category in categories)


def _links(store: Questions, day: date, sellers: Sequence[SellerActivity]) -> tuple[SellerLink, ...]:
    """Jumps seen on the day from or to sellers with something flagged in the last week."""
    known = {(each.platform, each.seller) for each in sellers}
    found = [
        link
        for link in store.links()
        if day_of(link.seen_at) == day
        and ({(link.from_platform, link.from_seller), (link.to_platform, link.to_seller)} & known)
    ]
    return tuple(sorted(found, key=lambda link: link.seen_at, reverse=True))


def _gap(store: Questions, source: str, day: date) -> Gap:
    end = datetime.combine(day + timedelta(days=1), time.min, DAY_ZONE)
    for run in store.runs(source=source, before=end, limit=1):
        if day_of(run.start.started_at) == day:
            return Gap(source, run.outcome, run.end.message if run.end else "")
    return Gap(source, None, "")
