"""The answers of a store as rows: trends, prices, neighbours, sellers, periods, histories."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dashboards.research.table import Column
from dashboards.significance import corrected, log_likelihood, log_ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dashboards.research.basis import Basis
    from dashboards.research.table import Value
    from pipelines.store.answers import Step, Trend
    from pipelines.store.insights import Cooccurrence, PeriodCounts, Prices, SellerActivity, TermHistory

    type Rows = tuple[tuple[Value, ...], ...]

TREND_COLUMNS: Final = (
    Column("step", "date", "the first day of the step"),
    Column("series", "text", "the id of a term, a category, or all"),
    Column("name", "text", "what it is called"),
    Column("offers", "whole", "distinct listings a day, summed over the step"),
    Column("crawled", "whole", "all offers of the step, whatever their verdict"),
    Column("per_1000", "number", "offers per 1,000 crawled; empty where nothing was crawled"),
    Column("days_covered", "whole", "days of the step on which at least one source was crawled soundly"),
    Column("days", "whole", "days of the step that were asked for"),
)
PRICE_COLUMNS: Final = (
    Column("step", "date", "the first day of the step"),
    Column("currency", "text", "ISO 4217, or USDT; empty where the seller left it out"),
    Column("unit", "text", "what is bought; empty where the seller left it out"),
    Column("prices", "whole", "how many prices were named"),
    *(Column(name, "number", f"the {name[1:]} % quantile") for name in ("p10", "p25", "p50", "p75", "p90")),
)
COOCCURRENCE_COLUMNS: Final = (
    Column("term", "text", "the id of the other term"),
    Column("name", "text", "what it is called"),
    Column("category", "text", "its category"),
    Column("both", "whole", "listings with both terms"),
    Column("asked", "whole", "listings with the term asked about"),
    Column("other", "whole", "listings with the other term"),
    Column("listings", "whole", "all listings of the period"),
    Column("share", "number", "of the listings with the term asked about, those that have the other, 0 to 1"),
    Column("log_ratio", "number", "how often as frequent with the term as without, as a power of 2"),
    Column("g2", "number", "log-likelihood ratio"),
    Column("p", "number", "its probability by chance, corrected for the terms compared"),
)
COMPARISON_COLUMNS: Final = (
    Column("series", "text", "the id of a term, or a category"),
    Column("name", "text", "what it is called"),
    Column("category", "text", "its category"),
    Column("offers_a", "whole", "offers in the first period"),
    Column("offers_b", "whole", "offers in the second period"),
    Column("per_1000_a", "number", "per 1,000 crawled in the first period"),
    Column("per_1000_b", "number", "per 1,000 crawled in the second period"),
    Column("log_ratio", "number", "how often as frequent in the second as in the first, as a power of 2"),
    Column("log_ratio_low", "number", "lower end of its 95 % interval"),
    Column("log_ratio_high", "number", "upper end of its 95 % interval"),
    Column("g2", "number", "log-likelihood ratio"),
    Column("p", "number", "its probability by chance, corrected for the terms compared"),
)
SELLER_COLUMNS: Final = (
    Column("platform", "text", "where the seller offers"),
    Column("seller", "text", "the pseudonym"),
    Column("flagged", "whole", "flagged among the matching listings"),
    Column("listings", "whole", "matching listings"),
    Column("terms", "texts", "ids of the terms, the most frequent first"),
    Column("first_day", "date", "of the first offer that matches"),
    Column("last_day", "date", "of the last offer that matches"),
)
HISTORY_COLUMNS: Final = (
    Column("aspect", "text", "term, lexicon, peak, disguise, platform, month or neighbour"),
    Column("value", "text", "which"),
    Column("first_day", "date", "first day"),
    Column("last_day", "date", "last day"),
    Column("offers", "whole", "distinct listings a day, summed; listings for a neighbour"),
)


def trend_rows(trend: Trend, names: Mapping[str, str], basis: Basis) -> Rows:
    """A row a step and series."""
    covered = _covered_days(basis, trend)
    rows = []
    for position, step in enumerate(trend.steps):
        crawled = trend.crawled[position]
        for series, counts in trend.series.items():
            share = 1000 * counts[position] / crawled if crawled else None
            name = names.get(series, series)
            rows.append((step, series, name, counts[position], crawled, share, *covered[step]))
    return tuple(rows)


def price_rows(prices: Prices) -> Rows:
    """A row a step, currency and unit with a price."""
    return tuple(
        (step, series.currency, series.unit, q.count, q.p10, q.p25, q.p50, q.p75, q.p90)
        for series in prices.series
        for step, q in zip(prices.steps, series.quantiles, strict=True)
        if q is not None
    )


def cooccurrence_rows(found: Sequence[Cooccurrence]) -> Rows:
    """A row a neighbour."""
    tables = [(n.both, n.asked, n.other - n.both, n.listings - n.asked) for n in found]
    g2 = [log_likelihood(*table) for table in tables]
    return tuple(
        (
            *(n.term_id, n.term, n.category, n.both, n.asked, n.other, n.listings),
            *(n.both / n.asked, log_ratio(*table).value, value, p),
        )
        for n, table, value, p in zip(found, tables, g2, corrected(g2), strict=True)
    )


def comparison_rows(a: PeriodCounts, b: PeriodCounts) -> Rows:
    """A row a term of either period, the most surprising first."""
    of_a, of_b = ({each.term_id: each for each in period.terms} for period in (a, b))
    terms = list({**of_a, **of_b}.values())
    counts = [
        (of_b[t.term_id].listings if t.term_id in of_b else 0, b.crawled,
         of_a[t.term_id].listings if t.term_id in of_a else 0, a.crawled)
        for t in terms
    ]  # fmt: skip
    g2 = [log_likelihood(*each) for each in counts]
    rows: list[tuple[float, tuple[Value, ...]]] = []
    for term, (in_b, _, in_a, _), value, p in zip(terms, counts, g2, corrected(g2), strict=True):
        ratio = log_ratio(in_b, b.crawled, in_a, a.crawled)
        rows.append((value, (
            *(term.term_id, term.term, term.category, in_a, in_b),
            *(1000 * in_a / a.crawled, 1000 * in_b / b.crawled),
            *(ratio.value, ratio.low, ratio.high, value, p),
        )))  # fmt: skip
    return tuple(row for _, row in sorted(rows, key=lambda each: (-each[0], str(each[1][0]))))


def seller_rows(found: Sequence[SellerActivity]) -> Rows:
    """A row a seller."""
    return tuple(
        (
            *(each.platform, each.seller, each.flagged, each.listings),
            tuple(term.term_id for term in each.terms),
            *(each.first_day, each.last_day),
        )
        for each in found
    )


def history_rows(history: TermHistory, added: date | None, neighbours: Sequence[Cooccurrence]) -> Rows:
    """All that is known of a term; `added` is since when the lexicon knows it."""
    rows: list[tuple[Value, ...]] = [
        ("term", history.term, history.first_day, history.last_day, history.offers),
        ("peak", history.peak_day.isoformat(), history.peak_day, history.peak_day, history.peak),
    ]
    if added is not None:
        rows.append(("lexicon", "known since", added, None, None))
    rows += [("disguise", d.disguise, d.first_day, d.last_day, d.offers) for d in history.disguises]
    rows += [("platform", p.platform, p.first_day, p.last_day, p.offers) for p in history.platforms]
    for disguise in history.disguises:
        rows += [
            ("month", f"{month:%Y-%m} {disguise.disguise}", month, None, offers)
            for month, offers in sorted(disguise.months.items())
        ]
    rows += [("neighbour", n.term_id, None, None, n.both) for n in neighbours]
    return tuple(rows)


def _covered_days(basis: Basis, trend: Trend) -> Mapping[date, tuple[int, int]]:
    """By step: its days with a sound crawl of at least one source, and its days that were asked for."""
    missing: list[set[date]] = []
    for source in basis.sources:
        first = max(source.watched_since, trend.query.since)
        days = _days(trend.query.since, first - timedelta(days=1))
        for begin, end in source.gaps:
            days |= _days(begin, end)
        missing.append(days)
    asked = _days(trend.query.since, trend.query.until)
    uncovered = set.intersection(*missing) if missing else asked
    found: dict[date, tuple[int, int]] = {}
    for step in trend.steps:
        of_step = {day for day in _days(step, _last_day(step, trend.query.by)) if day in asked}
        found[step] = len(of_step - uncovered), len(of_step)
    return found


def _days(first: date, last: date) -> set[date]:
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


def _last_day(step: date, by: Step) -> date:
    if by == "month":
        following = step.replace(day=28) + timedelta(days=4)
        return following - timedelta(days=following.day)
    return step + timedelta(days=6 if by == "week" else 0)
