"""What may be waited for between two digests: each watch looks at a store and says what it found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from pipelines.store.query import All, Has, Offered
from pipelines.store.selling import asked_prices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pipelines.records import Category
    from pipelines.store.answers import StoredListing
    from pipelines.store.protocol import Questions
    from pipelines.store.query import Query

SHOWN: Final = 10
"""Listings that are told of one by one."""
FRESH: Final = timedelta(days=1)
"""How far before today something new may lie: a day's last crawls are often looked at on the next."""
MOST_SELLERS: Final = 500
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Match:
    """Something that a watch waits for. `subject` names it for good, so that it is told of once."""

    subject: str
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a watch found: matches, the listings behind them as a query and its first, and what it measured.

    `count` is what the watch counts (listings looked at, or counted, or first sights), matched or not.
    """

    matches: tuple[Match, ...]
    query: Query
    listings: tuple[StoredListing, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Over:
    """More than so many matching listings, offered in the last days (1: today)."""

    query: Query
    listings: int
    days: int

    def look(self, store: Questions, today: date) -> Finding:
        query = All((self.query, Offered(today - timedelta(days=self.days - 1), today)))
        count = store.facets(query, top=1).listings
        matches = (Match("over", f"{count}"),) if count > self.listings else ()
        return Finding(matches, query, _strongest(store, query) if matches else (), count)


@dataclass(frozen=True, slots=True)
class NewTerm:
    """A term, or a term in a disguise, that was never offered before. Empty `categories` mean all."""

    of: Literal["term", "disguise"]
    categories: tuple[Category, ...]

    def look(self, store: Questions, today: date) -> Finding:
        found = [
            sight
            for sight in store.first_sights(today - FRESH, today)
            if (sight.disguise is None) == (self.of == "term")
            and (not self.categories or sight.category in self.categories)
        ]
        matches = tuple(
            Match("/".join(filter(None, (sight.term_id, sight.disguise))), sight.term) for sight in found
        )
        ids = tuple(dict.fromkeys(sight.term_id for sight in found))
        query = All((Has("term", ids), Offered(today - FRESH, today)))
        return Finding(matches, query, _strongest(store, query) if ids else (), len(found))


@dataclass(frozen=True, slots=True)
class Cheap:
    """A matching listing of the last two days that asks less than an amount, of a unit where one is named."""

    query: Query
    amount: float
    currency: str
    unit: str | None

    def look(self, store: Questions, today: date) -> Finding:
        query = All((self.query, Offered(today - FRESH, today)))
        listings = tuple(_every(store, query))
        cheap = tuple(each for each in listings if self._asks_less(each))
        matches = tuple(Match(each.listing.listing_id, each.listing.title) for each in cheap)
        return Finding(matches, query, cheap[:SHOWN], len(listings))

    def _asks_less(self, stored: StoredListing) -> bool:
        own = stored.listing.price
        asked = asked_prices(
            ((price.amount, price.currency, price.unit) for price in stored.analysis.prices),
            (own.amount, own.currency, own.unit) if own else (None, None, None),
        )
        return any(
            amount < self.amount and currency == self.currency and self.unit in (None, unit)
            for amount, currency, unit in asked
        )


@dataclass(frozen=True, slots=True)
class SellerBack:
    """A seller with a matching listing of the last two days who had none for so many days before."""

    query: Query
    days: int

    def look(self, store: Questions, today: date) -> Finding:
        query = All((self.query, Offered(today - FRESH, today)))
        lately = store.sellers(query, top=MOST_SELLERS)
        matches, returned = [], []
        for each in lately:
            who: tuple[Query, ...] = (Has("platform", (each.platform,)), Has("seller", (each.seller,)))
            earlier = store.sellers(All((*who, self.query, Offered(None, today - 2 * FRESH))), top=1)
            if earlier and (each.first_day - earlier[0].last_day).days >= self.days:
                subject = f"{each.platform}/{each.seller}/{each.first_day}"
                matches.append(Match(subject, f"{each.platform} {each.seller}"))
                returned.append(each.seller)
        query = All((query, Has("seller", tuple(returned))))
        return Finding(tuple(matches), query, _strongest(store, query) if matches else (), len(lately))


Watch = Over | NewTerm | Cheap | SellerBack


def _strongest(store: Questions, query: Query) -> tuple[StoredListing, ...]:
    return store.search(query, order="strongest", limit=SHOWN).listings


def _every(store: Questions, query: Query) -> Iterator[StoredListing]:
    page = store.search(query, limit=_PAGE)
    yield from page.listings
    while page.cursor:
        page = store.search(query, limit=_PAGE, cursor=page.cursor)
        yield from page.listings
