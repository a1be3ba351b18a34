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
    SELECT c.key, c.day, sum(c.listings)
    FROM json_each(?1) d CROSS JOIN json_each(?3) k
    CROSS JOIN day_count c ON c.day = d.value AND c.kind = ?2 AND c.key = k.value
    WHERE (?4 = '[]' OR c.platform IN (SELECT value FROM json_each(?4)))
        AND (?5 = '[]' OR c.verdict IN (SELECT value FROM json_each(?5)))
    GROUP BY d.id, k.id
"""

type _Counts = Counter[tuple[str, date]]


def trend(connection: Connection, query: TrendQuery) -> Trend:
    if query.since > query.until:
        raise StoreError(f"a trend from {query.since} until {query.until} has no day; swap the two")
    days = [query.since + timedelta(days=n) for n in range((query.until - query.since).days + 1)]
    steps = tuple(dict.fromkeys(first_day(day, query.by) for day in days))

    def counted(kind: str, keys: Sequence[str], verdicts: Sequence[str]) -> dict[str, tuple[int, ...]]:
        asked = (days_text, kind, as_json(list(keys)), as_json(query.platforms), as_json(list(verdicts)))
        counts: Counter[tuple[str, date]] = Counter()
        for key, day, listings in connection.execute(_COUNTS, asked):
            counts[key, first_day(date.fromisoformat(day), query.by)] += listings
        return {key: tuple(counts[key, step] for step in steps) for key in keys}

    days_text = as_json([day.isoformat() for day in days])
    series = counted("term", query.terms, query.verdicts)
    series |= counted("category", query.categories, query.verdicts)
    if not series:
        series = {"all": counted("all", [""], query.verdicts)[""]}
    return Trend(query, steps, series, crawled=counted("all", [""], ())[""])


def first_day(day: date, by: Step) -> date:
    """The day on which the step that holds a day begins."""
    if by == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by == "month" else day
