"""Answers to a researcher's questions: prices, neighbours, histories, sellers, periods, gaps.

As in `pipelines.store.answers`, days are those of `DAY_ZONE` and excused hits count nowhere. Two kinds of
counts must be told apart: counts of *listings* are of current versions, as in a search; counts of *offers*
are of distinct listings a day, each version on its own day, summed over days, as in a trend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pipelines.records import Category, Disguise
    from pipelines.store.answers import Step, TermCount
    from pipelines.store.query import Query


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How `count` prices are spread, interpolated linearly between neighbours."""

    count: int
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """Prices of one currency and unit; `quantiles` has one entry a step, None where nobody named one.

    `currency` and `unit` are None where the seller left them out.
    """

    currency: str | None
    unit: str | None
    quantiles: tuple[Quantiles | None, ...]

    @property
    def count(self) -> int:
        return sum(each.count for each in self.quantiles if each)


@dataclass(frozen=True, slots=True)
class Prices:
    """What the matching listings ask, by the day of their `offered_at`.

    Of a listing count the prices that its seller wrote in the current version (`Analysis.prices` with an
    amount), each different one once; if there is none, the listing's own price. `steps` are the first days
    of the steps from the first to the last with a price, without gaps; where `by` is None all is one step,
    which begins on the first day with a price. `series` hold the most prices first (ties by currency and
    unit). `listings` name a price, `unpriced` match and don't.
    """

    query: Query
    by: Step | None
    steps: tuple[date, ...]
    series: tuple[PriceSeries, ...]
    listings: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class Cooccurrence:
    """Another term in the listings of the term asked about.

    Of `listings` in the period, `asked` have the term asked about, `other` have this one, `both` have both.
    """

    term_id: str
    term: str
    category: Category
    both: int
    asked: int
    other: int
    listings: int


@dataclass(frozen=True, slots=True)
class DisguiseHistory:
    """A disguise of a term: first and last day, offers in all and by month (its first day; gaps stay)."""

    disguise: Disguise
    first_day: date
    last_day: date
    offers: int
    months: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class PlatformHistory:
    """A term on a platform: first and last day and offers."""

    platform: str
    first_day: date
    last_day: date
    offers: int


@dataclass(frozen=True, slots=True)
class TermHistory:
    """Since when a term is offered, when most (the first of equal days), how disguised and where.

    `disguises` and `platforms` are in the order of their first days (ties by name). `offers` count a
    listing once a day, whatever its disguises, so those of the disguises may add up to more.
    """

    term_id: str
    term: str
    category: Category
    first_day: date
    last_day: date
    peak_day: date
    peak: int
    offers: int
    disguises: tuple[DisguiseHistory, ...]
    platforms: tuple[PlatformHistory, ...]


@dataclass(frozen=True, slots=True)
class SellerActivity:
    """A seller (a pseudonym) on a platform, by those of its listings that a query matches.

    `flagged` are among `listings`; `terms` holds all its terms with their listings, most frequent first;
    `first_day` and `last_day` bound the days of `offered_at`.
    """

    platform: str
    seller: str
    listings: int
    flagged: int
    terms: tuple[TermCount, ...]
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class PeriodCounts:
    """Offers in a period (both days inclusive), counted as a trend counts them.

    `crawled` are all offers on the platforms, whatever their verdict: the denominator. `terms` (all with at
    least one offer, most frequent first, ties by term_id; `TermCount.listings` are offers here) and
    `categories` are of the verdicts asked for.
    """

    since: date
    until: date
    crawled: int
    terms: tuple[TermCount, ...]
    categories: Mapping[Category, int]


@dataclass(frozen=True, slots=True)
class FirstSight:
    """A term (`disguise` None) or a term in a disguise, and the first day on which it was ever offered."""

    term_id: str
    term: str
    category: Category
    disguise: Disguise | None
    day: date


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """On which days of a period a source had a sound run (done or accepted; a run is of the day it began).

    `first_day` is the day of its first run ever, whatever its outcome; `gaps` are the days of the period
    since then without a sound run. What was not watched yet before `first_day` is neither.
    """

    source: str
    platform: str
    first_day: date
    days: tuple[date, ...]
    gaps: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a period's figures rest on: sources (by name) that had begun by its end.

    The store has no clock: days to come are gaps, so ask for days that are over.
    """

    since: date
    until: date
    sources: tuple[SourceCoverage, ...]
