"""A query tree as SQL over `listing l`: fragments written here, values always bound.

A `+` before a column keeps the planner from an index: which one drives is decided in `searching`. A part
may be NULL where a listing lacks the field; AND, OR and `IS NOT TRUE` take that for false.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, assert_never

from pipelines.store.answers import DAY_ZONE
from pipelines.store.bigrams import match_expression
from pipelines.store.query import All, Any, Gone, Has, Matches, Not, Offered, Priced
from pipelines.store.rows import time_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.store.query import Comparison, Field, Query

    type Condition = tuple[str, tuple[object, ...]]
    """SQL that is true of wanted listings, and the values to bind in it."""

COLUMNS: Final[Mapping[Field, str]] = {
    "category": "category",
    "platform": "platform",
    "source": "source",
    "seller": "seller_id",
    "verdict": "verdict",
}
"""Fields that are columns of a listing; the others are marks."""

_COMPARISONS: Final[Mapping[Comparison, str]] = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "="}
_MATCHED: Final = "l.current IN (SELECT rowid FROM version_text WHERE version_text MATCH ?)"
_MARKED: Final = """
    EXISTS (
        SELECT 1 FROM mark o
        WHERE o.kind = ? AND o.offered_at = l.offered_at AND o.listing = l.id AND o.key IN ({})
    )
"""


def condition(query: Query, date_column: str = "+l.offered_at") -> Condition:
    """What is true of exactly the wanted listings; `date_column` holds `offered_at`."""
    match query:
        case Matches(text):
            return _MATCHED, (match_expression((text,)),)
        case Has(field, values):
            return _has(field, values)
        case Priced(op, amount, currency):
            return f"(l.currency = ? AND l.price {_COMPARISONS[op]} ?)", (currency, amount)
        case Offered(since, until):
            return _offered(since, until, date_column)
        case Gone(gone):
            return f"+l.gone_at IS {'NOT NULL' if gone else 'NULL'}", ()
        case All(parts):
            return _joined(parts, " AND ", "TRUE", date_column)
        case Any(parts):
            return _joined(parts, " OR ", "FALSE", date_column)
        case Not(part):
            sql, bound = condition(part, date_column)
            return f"({sql}) IS NOT TRUE", bound
        case _:
            assert_never(query)


def places(values: Sequence[object]) -> str:
    """As many places as there are values to bind."""
    return ", ".join("?" * len(values))


def midnight(day: date) -> str:
    """When a day of `DAY_ZONE` begins, as stored times are written."""
    return time_text(datetime.combine(day, time.min, DAY_ZONE))


def day_after(day: date) -> date:
    return day + timedelta(days=1)


def _has(field: Field, values: tuple[str, ...]) -> Condition:
    if not values:
        return "FALSE", ()
    if field in COLUMNS:
        return f"+l.{COLUMNS[field]} IN ({places(values)})", values
    return _MARKED.format(places(values)), (field, *values)


def _offered(since: date | None, until: date | None, column: str) -> Condition:
    bounds = [(f"{column} >= ?", midnight(since))] if since else []
    bounds += [(f"{column} < ?", midnight(day_after(until)))] if until else []
    return " AND ".join(sql for sql, _ in bounds) or "TRUE", tuple(value for _, value in bounds)


def _joined(parts: Sequence[Query], word: str, empty: str, date_column: str) -> Condition:
    conditions = [condition(part, date_column) for part in parts]
    sql = word.join(f"({sql})" for sql, _ in conditions) or empty
    return sql, tuple(value for _, values in conditions for value in values)
