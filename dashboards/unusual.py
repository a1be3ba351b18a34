"""A day's counts against the usual: what rises, what falls, and what only looks so.

Counts are of offers, as in `Questions.trend`, and are shares of all that was crawled, so that crawling
more isn't a rise. A day counts for a platform on which a crawl was sound; a day without one is a gap.
Days are compared like with like: on the platforms that were crawled both then and now.

Two tests, by how much a day usually brings (`COUNT_BELOW`):

* Many: distance from the median of the same weekday, by the robust spread (MAD of all days about the
  medians of their weekdays, but no less than Poisson's). Counts lean to the right: the tails are those of
  the negative binomial with this middle and spread, not of a bell curve.
* Few: the chance of so many, or so few, if the rate had not changed. The rate is uncertain after a few
  weeks, and a plain Poisson test with an estimated rate would call a second sighting impossible; so the
  rate is integrated over its posterior (Jeffreys' prior), which makes the prediction a negative binomial.
  Past bursts count less and overdispersion is allowed for, as Farrington et al. do in outbreak detection
  (A Statistical Algorithm for the Early Detection of Outbreaks of Infectious Disease, JRSS A 159, 1996).

All subjects of a kind, in both directions, are one family under Benjamini and Hochberg's procedure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy import special, stats

from pipelines.store.answers import TrendQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from pipelines.records import Verdict
    from pipelines.store.insights import Coverage
    from pipelines.store.protocol import Questions

    type Floats = NDArray[np.float64]
    type Bools = NDArray[np.bool_]

Kind = Literal["all", "category", "term"]
Direction = Literal["rising", "falling", "usual"]
Subject = tuple[Kind, str]
"""What is counted: ("all", "all"), ("category", a category) or ("term", a term_id)."""

ALL: Final[Subject] = ("all", "all")
WEEKS: Final = 8
FALSE_DISCOVERY_RATE: Final = 0.01
"""The share of false alarms among alarms; on quiet days, the chance of any."""
FEWEST_DAYS: Final = 14
"""Comparable days below which nothing is called unusual."""
FEWEST_RISING: Final = 3
"""Offers below which nothing is called rising: two listings are no trend."""

COUNT_BELOW: Final = 10.0
_FEWEST_OF_WEEKDAY: Final = 4
_MAD_TO_SD: Final = 1.4826
_OUTLIER: Final = 2.58
"""Farrington's bound of Anscombe residuals from which on past days count less."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A subject on a day: its offers, what is usual, and how surprising that is.

    `low` and `high` bound nine usual days in ten. `p` is the smaller of both directions' probabilities,
    `q` the same after the correction for asking about many subjects; both None while there are too few
    days to compare with. `direction` is "usual" unless `q` is within the false discovery rate.
    `series` are the offers of the comparable platforms a day, None for gaps, the day itself last.
    """

    subject: Subject
    count: int
    usual: float
    low: float
    high: float
    p: float | None
    q: float | None
    direction: Direction
    series: tuple[int | None, ...]

    @property
    def ratio(self) -> float | None:
        """How many times the usual; None where nothing is usual."""
        return self.count / self.usual if self.usual else None


@dataclass(frozen=True, slots=True)
class DayComparison:
    """A day against the usual.

    `platforms` are compared; `left_out` were crawled that day but not on enough days before;
    `not_crawled` were crawled before, not that day. Without any of the first, the day itself is a gap and
    `comparisons` is empty. `days` are the comparable ones before it, `backfilled` among them were before the
    first crawl: offers of those days come from the pages' own dates.
    """

    day: date
    platforms: tuple[str, ...]
    left_out: tuple[str, ...]
    not_crawled: tuple[str, ...]
    crawled: int
    usually_crawled: float
    days: int
    backfilled: int
    comparisons: tuple[Comparison, ...]

    def of(self, subject: Subject) -> Comparison | None:
        """The comparison of one subject; None if it was never offered in the weeks compared."""
        return next((each for each in self.comparisons if each.subject == subject), None)

    def unusual(self, direction: Direction, kind: Kind = "term") -> tuple[Comparison, ...]:
        """What rises or falls, most surprising first."""
        found = [each for each in self.comparisons if each.direction == direction and each.subject[0] == kind]
        return tuple(sorted(found, key=lambda each: (each.q, each.p, each.subject)))


@dataclass(frozen=True, slots=True)
class History:
    """Daily counts: arrays of platforms x days. `watched` is False on gaps and where nothing was crawled.

    `backfilled` marks days before a platform's first run that later crawls filled.
    """

    days: tuple[date, ...]
    platforms: tuple[str, ...]
    crawled: Floats
    watched: Bools
    backfilled: Bools
    counts: Mapping[Subject, Floats]


def compare_day(
    store: Questions,
    day: date,
    *,
    weeks: int = WEEKS,
    rate: float = FALSE_DISCOVERY_RATE,
    verdicts: Sequence[Verdict] = ("flagged",),
    platforms: Sequence[str] = (),
) -> DayComparison:
    """Compare a day (one that is over) with the `weeks` before it. Empty `platforms` mean all."""
    since = day - timedelta(weeks=weeks)
    history = read_history(store, since, day, verdicts=verdicts, platforms=platforms)
    return compare(history, day, weeks=weeks, rate=rate)


def read_history(
    store: Questions,
    since: date,
    until: date,
    *,
    verdicts: Sequence[Verdict] = ("flagged",),
    platforms: Sequence[str] = (),
) -> History:
    """The counts of all terms and categories that were offered in a period (both days inclusive)."""
    coverage = store.coverage(since, until)
    names = tuple(sorted(platforms or {source.platform for source in coverage.sources}))
    days = tuple(since + timedelta(days=n) for n in range((until - since).days + 1))
    offered = store.counts(since, until, verdicts=verdicts, platforms=names)
    terms = tuple(term.term_id for term in offered.terms)
    categories = tuple(sorted(offered.categories))
    crawled = np.zeros((len(names), len(days)))
    subjects: list[Subject] = [("term", term) for term in terms]
    subjects += [("category", category) for category in categories]
    counts: dict[Subject, Floats] = {subject: np.zeros_like(crawled) for subject in [ALL, *subjects]}
    for row, name in enumerate(names):
        asked = TrendQuery(since, until, platforms=(name,), verdicts=tuple(verdicts))
        every = store.trend(asked)
        crawled[row], counts[ALL][row] = every.crawled, every.series["all"]
        if subjects:
            series = store.trend(
                TrendQuery(since, until, "day", terms, categories, (name,), tuple(verdicts))
            ).series
            for subject in subjects:
                counts[subject][row] = series[subject[1]]
    sound, before = _watched(coverage, names, days)
    return History(days, names, crawled, (sound | before) & (crawled > 0), before, counts)


def _watched(coverage: Coverage, names: Sequence[str], days: Sequence[date]) -> tuple[Bools, Bools]:
    """Platforms x days: which had a sound run, and which lie before the platform's first run."""
    sound = np.zeros((len(names), len(days)), dtype=bool)
    before = np.zeros_like(sound)
    for row, name in enumerate(names):
        sources = [source for source in coverage.sources if source.platform == name]
        ran = {day for source in sources for day in source.days}
        first = min((source.first_day for source in sources), default=None)
        sound[row] = [day in ran for day in days]
        before[row] = [first is not None and day < first for day in days]
    return sound, before


def compare(
    history: History, day: date, *, weeks: int = WEEKS, rate: float = FALSE_DISCOVERY_RATE
) -> DayComparison:
    """Compare a day with the `weeks` before it, of a history that holds them."""
    here = history.days.index(day)
    start = max(here - 7 * weeks, 0)
    window = slice(start, here + 1)
    watched = history.watched[:, window]
    rows, usable = _comparable(watched)
    today = np.flatnonzero(watched[:, -1])
    compared = tuple(history.platforms[row] for row in rows)
    exposure = history.crawled[rows, window].sum(axis=0)
    days = int(usable.sum())
    past = history.days[window][:-1]
    found = []
    if rows:
        weekdays = np.array([each.weekday() for each in past])[usable]
        same = weekdays == day.weekday()
        for subject, counts in history.counts.items():
            offered = counts[rows, window].sum(axis=0)
            if not offered.any():
                continue
            surprise = _surprise(
                offered[:-1][usable], exposure[:-1][usable], weekdays, same, offered[-1], exposure[-1]
            )
            present = [*usable, True]
            series = tuple(
                int(count) if there else None for count, there in zip(offered, present, strict=True)
            )
            found.append((subject, surprise, series))
    return DayComparison(
        day=day,
        platforms=compared,
        left_out=tuple(history.platforms[row] for row in today if row not in rows),
        not_crawled=tuple(
            name
            for row, name in enumerate(history.platforms)
            if not watched[row, -1] and watched[row, :-1].any()
        ),
        crawled=int(exposure[-1]) if rows else 0,
        usually_crawled=float(np.median(exposure[:-1][usable])) if days else 0.0,
        days=days,
        backfilled=int((history.backfilled[rows, window].any(axis=0)[:-1] & usable).sum()) if rows else 0,
        comparisons=tuple(_judged(found, enough=days >= FEWEST_DAYS, rate=rate)),
    )


def _comparable(watched: Bools) -> tuple[list[int], Bools]:
    """The platforms to compare, and the past days on which all of them were watched.

    Of the platforms watched on the last day, those watched least before are left out, one by one, until
    there are enough days; the last one stays.
    """
    rows = [int(row) for row in np.flatnonzero(watched[:, -1])]
    past = watched[:, :-1]
    while True:
        usable: Bools = past[rows].all(axis=0) if rows else np.zeros(past.shape[1], dtype=bool)
        if len(rows) <= 1 or usable.sum() >= min(2 * FEWEST_DAYS, past.shape[1]):
            return rows, usable
        rows.remove(min(rows, key=lambda row: past[row].sum()))


@dataclass(frozen=True, slots=True)
class _Surprise:
    """A count, what is usual, and the probabilities of at least, and of at most, so many."""

    count: int
    usual: float
    low: float
    high: float
    rising: float
    falling: float


def _surprise(
    counts: Floats, exposure: Floats, weekdays: NDArray[np.int_], same: Bools, count: float, crawled: float
) -> _Surprise:
    if not counts.size:
        return _Surprise(int(count), 0.0, 0.0, 0.0, 1.0, 1.0)
    rates = counts / exposure
    if same.sum() < _FEWEST_OF_WEEKDAY or np.median(rates[same]) * crawled < COUNT_BELOW:
        return _few(counts, exposure, count, crawled)
    return _many(rates, weekdays, same, count, crawled)


def _many(rates: Floats, weekdays: NDArray[np.int_], same: Bools, count: float, crawled: float) -> _Surprise:
    usual = float(np.median(rates[same])) * crawled
    medians = np.array([np.median(rates[weekdays == weekday]) for weekday in weekdays])
    spread = _MAD_TO_SD * float(np.median(np.abs(rates - medians))) * crawled
    spread *= (rates.size / (rates.size - len(set(weekdays.tolist())))) ** 0.5
    # The median of a weekday's few days is itself uncertain: its variance is π/2 that of a mean.
    variance = max(spread**2, usual) * (1 + np.pi / 2 / same.sum())
    return _against(count, usual, variance)


def _few(counts: Floats, exposure: Floats, count: float, crawled: float) -> _Surprise:
    offers, over, dispersion = _rate_without_bursts(counts, exposure)
    known = offers + 0.5
    mean = known * crawled / over
    # With a dispersion of 1 this is the posterior prediction, a negative binomial of shape `known`.
    return _against(count, mean, dispersion * mean * (1 + mean / known))


def _against(count: float, mean: float, variance: float) -> _Surprise:
    """The tails of the negative binomial with a mean and a variance (above the mean)."""
    shape = mean**2 / (variance - mean)
    share = (variance - mean) / variance
    rising = float(special.betainc(count, shape, share)) if count else 1.0
    falling = float(special.betaincc(count + 1, shape, share))
    low, high = (float(stats.nbinom.ppf(tail, shape, 1 - share)) for tail in (0.05, 0.95))
    return _Surprise(int(count), mean, low, high, rising, falling)


def _rate_without_bursts(counts: Floats, exposure: Floats) -> tuple[float, float, float]:
    """Offers and crawled listings of the past with bursts weighted down, and the dispersion (at least 1)."""
    weights = np.ones_like(counts)
    for step in range(4):
        offers, over = float((weights * counts).sum()), float((weights * exposure).sum())
        expected = np.maximum(offers / over * exposure, 1e-9)
        squares = float((weights * (counts - expected) ** 2 / expected).sum())
        # Only after bursts have lost weight once: else they hide behind the dispersion that they make.
        dispersion = max(squares / max(float(weights.sum()) - 1, 1.0), 1.0) if step else 1.0
        residuals = 1.5 * (counts ** (2 / 3) * expected ** (-1 / 6) - expected**0.5) / dispersion**0.5
        weights = np.where(residuals > _OUTLIER, np.maximum(residuals, _OUTLIER) ** -2.0, 1.0)
    return offers, over, dispersion


def _judged(
    found: Sequence[tuple[Subject, _Surprise, tuple[int | None, ...]]], *, enough: bool, rate: float
) -> Iterable[Comparison]:
    """Comparisons with the correction for many questions: terms are one family, the rest another."""
    for family in (
        [each for each in found if each[0][0] == "term"],
        [each for each in found if each[0][0] != "term"],
    ):
        probabilities = [p for _, surprise, _ in family for p in (surprise.rising, surprise.falling)]
        corrected = stats.false_discovery_control(probabilities).tolist() if probabilities else []
        for number, (subject, surprise, series) in enumerate(family):
            rising, falling = corrected[2 * number], corrected[2 * number + 1]
            direction: Direction = "usual"
            if enough and rising <= rate and surprise.count >= FEWEST_RISING:
                direction = "rising"
            elif enough and falling <= rate:
                direction = "falling"
            yield Comparison(
                subject,
                surprise.count,
                surprise.usual,
                surprise.low,
                surprise.high,
                p=min(surprise.rising, surprise.falling) if enough else None,
                q=float(min(rising, falling)) if enough else None,
                direction=direction,
                series=series,
            )
