"""Whether what a category asks has changed: the last week against the eight before it.

Medians are compared by the notches of a box plot (McGill, Tukey and Larsen, Variations of Box Plots, The
American Statistician 32, 1978): where `median ± 1.57 × IQR / √n` of both don't overlap, they differ at about
the 95 % level, whatever the prices' distribution. A move of a tenth is the least that is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pipelines.store.query import All, Has, Offered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from pipelines.records import Category
    from pipelines.store.insights import Quantiles
    from pipelines.store.protocol import Questions
    from pipelines.store.query import Query

    type Priced = dict[tuple[str, str | None], Quantiles]
    """By currency and unit."""

DAYS: Final = 7
DAYS_BEFORE: Final = 56
FEWEST: Final = 8
"""Prices on either side below which a median says nothing."""
LEAST_MOVE: Final = 0.1
_NOTCH: Final = 1.57


@dataclass(frozen=True, slots=True)
class PriceMove:
    """A category whose median price of a unit moved. `query` matches the listings of the last days."""

    category: Category
    currency: str
    unit: str | None
    before: Quantiles
    now: Quantiles
    query: Query

    @property
    def change(self) -> float:
        """The new median as a share of the old one, less 1."""
        return self.now.p50 / self.before.p50 - 1


def price_moves(store: Questions, day: date, categories: Sequence[Category]) -> tuple[PriceMove, ...]:
    """The moves of the seven days up to `day`, the largest first."""
    found = [move for category in categories for move in _moves(store, day, category)]
    return tuple(sorted(found, key=lambda move: (-abs(move.change), move.category, move.unit or "")))


def _moves(store: Questions, day: date, category: Category) -> Iterator[PriceMove]:
    flagged: tuple[Query, ...] = (Has("category", (category,)), Has("verdict", ("flagged",)))
    first = day - timedelta(days=DAYS - 1)
    query = All((*flagged, Offered(first, day)))
    now = _priced(store, query)
    if not now:
        return
    earlier = Offered(first - timedelta(days=DAYS_BEFORE), first - timedelta(days=1))
    before = _priced(store, All((*flagged, earlier)))
    for (currency, unit), found in now.items():
        known = before.get((currency, unit))
        if known and _differ(known, found):
            yield PriceMove(category, currency, unit, known, found, query)


def _priced(store: Questions, query: Query) -> Priced:
    return {
        (series.currency, series.unit): quantiles
        for series in store.prices(query, by=None).series
        for quantiles in series.quantiles
        if series.currency and quantiles and quantiles.count >= FEWEST
    }


def _differ(before: Quantiles, now: Quantiles) -> bool:
    apart = abs(now.p50 - before.p50)
    return apart > _notch(before) + _notch(now) and apart >= LEAST_MOVE * before.p50


def _notch(found: Quantiles) -> float:
    """Half the height of a box plot's notch."""
    return float(_NOTCH * (found.p75 - found.p25) / found.count**0.5)
