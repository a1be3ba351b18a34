"""Trends from the daily roll-up."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipelines.errors import StoreError
from pipelines.store.answers import Trend
from pipelines.store.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

    from pipelines.store.answers import Step, TrendQuery

_COUNTS = """
    SELECT key, day, sum(listings) FROM day_count
    WHERE kind = ?1 AND key IN (SELECT value FROM json_each(?2)) AND day BETWEEN ?3 AND ?4
        AND (?5 = '[]' OR platform IN (SELECT value FROM json_each(?5)))
        AND (?6 = '[]' OR verdict IN (SELECT value FROM json_each(?6)))
    GROUP BY key, day
"""

type _Counts = Counter[tuple[str, date]]


def trend(connection: Connection, query: TrendQuery) -> Trend:
    if query.since > query.until:
        raise StoreError(f"a trend from {query.since} until {query.until} has no day; swap the two")
    steps = _steps(query)
    crawled = _counts(connection, query, "all", [""], ())
    series: dict[str, tuple[int, ...]] = {}
    for kind, keys in (("term", query.terms), ("category", query.categories)):
        counts = _counts(connection, query, kind, keys, query.verdicts)
        series |= {key: tuple(counts[key, step] for step in steps) for key in keys}
    if not series:
        counts = _counts(connection, query, "all", [""], query.verdicts)
        series["all"] = tuple(counts["", step] for step in steps)
    return Trend(query, steps, series, tuple(crawled["", step] for step in steps))


def first_day(day: date, by: Step) -> date:
    """The day on which the step that holds a day begins."""
    if by == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by == "month" else day


def _steps(query: TrendQuery) -> tuple[date, ...]:
    days = (query.since + timedelta(days=n) for n in range((query.until - query.since).days + 1))
    return tuple(dict.fromkeys(first_day(day, query.by) for day in days))


def _counts(
    connection: Connection, query: TrendQuery, kind: str, keys: Sequence[str], verdicts: Sequence[str]
) -> _Counts:
    """Listings by key and first day of the step."""
    asked = (
        *(kind, as_json(list(keys)), query.since.isoformat(), query.until.isoformat()),
        *(as_json(query.platforms), as_json(list(verdicts))),
    )
    counts: _Counts = Counter()
    for key, day, listings in connection.execute(_COUNTS, asked):
        counts[key, first_day(date.fromisoformat(day), query.by)] += listings
    return counts
