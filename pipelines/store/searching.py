"""A `ListingQuery` as SQL: fragments written here, values always bound.

One field of the query drives: it names an index that yields its listings already in order, so that a page
costs its own length. The driver's values become arms that SQLite merges; all other fields are checked on
what the driver yields, with a `+` before the column so that no other index lures the planner away.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from pipelines.errors import StoreError
from pipelines.store import reading
from pipelines.store.answers import DAY_ZONE, Facets, ListingQuery, Page, TermCount
from pipelines.store.bigrams import match_expression
from pipelines.store.rows import as_json, time_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from sqlite3 import Connection

    from pipelines.records import Category, Verdict
    from pipelines.store.answers import Order

    type Condition = tuple[str, tuple[object, ...]]
    """SQL that is true of wanted listings, and the values to bind in it."""

LARGEST_PAGE: Final = 1000
VERDICTS: Final[tuple[Verdict, ...]] = ("flagged", "watch", "clear")

_COLUMNS: Final = {
    "sellers": "seller_id",
    "categories": "category",
    "verdicts": "verdict",
    "platforms": "platform",
}
_MARKS: Final = {"terms": "term", "disguises": "disguise"}
_DRIVERS: Final[dict[Order, tuple[str, ...]]] = {
    "newest": ("text", "terms", "sellers", "disguises", "categories", "verdicts", "platforms"),
    "strongest": ("text", "terms", "sellers", "categories", "verdicts"),
}
"""Fields by how few listings they usually leave. By strength, only a verdict yields listings in order."""

_MATCHED: Final = """
    version_text t CROSS JOIN version v ON v.id = t.rowid
    CROSS JOIN listing l ON l.id = v.listing AND l.current = v.id
"""
_MARKED: Final = "mark m CROSS JOIN listing l ON l.id = m.listing"
_IS_MARKED: Final = """
    EXISTS (
        SELECT 1 FROM mark o
        WHERE o.kind = ? AND o.offered_at = l.offered_at AND o.listing = l.id AND o.key IN ({})
    )
"""
_FACETED: Final = ("l.platform", "l.category", "l.verdict", "l.hits", "l.current")
_COUNTS: Final = "SELECT platform, category, verdict, count(*), sum(hits) FROM matched GROUP BY 1, 2, 3"
_TERMS: Final = """
    SELECT h.term_id, t.term, t.category, count(DISTINCT h.version) AS listings
    FROM matched CROSS JOIN hit h ON h.version = matched.current JOIN term t ON t.term_id = h.term_id
    WHERE h.standing <> 'excused' GROUP BY h.term_id ORDER BY listings DESC, h.term_id LIMIT ?
"""
_ALL_TERMS: Final = """
    SELECT m.key, t.term, t.category, count(*) AS listings FROM mark m JOIN term t ON t.term_id = m.key
    WHERE m.kind = 'term' GROUP BY m.key ORDER BY listings DESC, m.key LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class _Arm:
    """What one value of the driver yields: from where, under which conditions, in order of which columns."""

    source: str
    conditions: tuple[Condition, ...]
    key: str = "l.id"
    date: str = "l.offered_at"

    def select(self, columns: Sequence[str], further: Sequence[Condition] = ()) -> Condition:
        conditions = [*self.conditions, *further]
        where = " AND ".join(sql for sql, _ in conditions) or "TRUE"
        bound = tuple(value for _, values in conditions for value in values)
        return f"SELECT {', '.join(columns)} FROM {self.source} WHERE {where}", bound  # noqa: S608


def search(
    connection: Connection, query: ListingQuery, *, order: Order, limit: int, cursor: str | None
) -> Page:
    if not 1 <= limit <= LARGEST_PAGE:
        raise StoreError(f"a page of {limit} listings cannot be had; ask for 1 to {LARGEST_PAGE}")
    selects = []
    for arm in _arms(query, order):
        columns = (*(("l.score",) if order == "strongest" else ()), arm.date, arm.key)
        start = _read_cursor(cursor, query, order) if cursor else ()
        beyond = [(f"({', '.join(columns)}) < ({_places(start)})", start)] if start else []
        selects.append(arm.select(columns, beyond))
    by = "1 DESC, 2 DESC, 3 DESC" if order == "strongest" else "1 DESC, 2 DESC"
    statement = f"{' UNION '.join(sql for sql, _ in selects)} ORDER BY {by} LIMIT ?"
    rows = connection.execute(statement, (*_bound(selects), limit + 1)).fetchall()
    more = len(rows) > limit
    listings = reading.listings(connection, [row[-1] for row in rows[:limit]])
    return Page(listings, _write_cursor(rows[limit - 1], query, order) if more else None)


def facets(connection: Connection, query: ListingQuery, *, top: int) -> Facets:
    selects = [arm.select(_FACETED) for arm in _arms(query, "newest")]
    columns = "platform, category, verdict, hits, current"
    matched = f"WITH matched ({columns}) AS ({' UNION '.join(sql for sql, _ in selects)})"
    values = _bound(selects)
    platforms: Counter[str] = Counter()
    categories: Counter[Category] = Counter()
    verdicts: Counter[Verdict] = Counter()
    hits = 0
    for platform, category, verdict, listings, hit_count in connection.execute(matched + _COUNTS, values):
        platforms[platform] += listings
        categories[category] += listings
        verdicts[verdict] += listings
        hits += hit_count
    if query == ListingQuery():
        counts = connection.execute(_ALL_TERMS, (top,))
    else:
        counts = connection.execute(matched + _TERMS, (*values, top))
    terms = tuple(TermCount(*row) for row in counts)
    categories = Counter({category: count for category, count in categories.items() if category})
    return Facets(verdicts.total(), hits, platforms, categories, verdicts, terms)


def _arms(query: ListingQuery, order: Order) -> Iterator[_Arm]:
    usable = (name for name in _DRIVERS[order] if getattr(query, name))
    if "clear" in query.verdicts and order == "newest":  # nearly all listings are: it narrows nothing
        usable = (name for name in usable if name != "verdicts")
    driver = next(usable, None)
    values: tuple[str, ...] = getattr(query, driver) if driver else ()
    if driver is None and order == "strongest":
        driver, values = "verdicts", VERDICTS
    date, key = ("m.offered_at", "m.listing") if driver in _MARKS else ("l.offered_at", "l.id")
    others = tuple(_conditions(query, date, driver))
    if driver is None:
        yield _Arm("listing l", others)
    elif driver == "text":
        yield _Arm(_MATCHED, (("version_text MATCH ?", (match_expression(values),)), *others))
    elif driver in _MARKS:
        for value in values:
            marked = ("m.kind = ? AND m.key = ?", (_MARKS[driver], value))
            yield _Arm(_MARKED, (marked, *others), key, date)
    else:
        # `listing_verdict` leaves clear listings out, and SQLite chooses it only when told so in its words
        told = " AND l.verdict <> 'clear'" if (driver, order) == ("verdicts", "newest") else ""
        for value in values:
            yield _Arm("listing l", ((f"l.{_COLUMNS[driver]} = ?{told}", (value,)), *others))


def _conditions(query: ListingQuery, date: str, driver: str | None) -> Iterator[Condition]:
    """What a listing must meet besides the driver, whose column for the date is given."""
    for name, column in _COLUMNS.items():
        values: tuple[str, ...] = getattr(query, name)
        if values and name != driver:
            yield f"+l.{column} IN ({_places(values)})", values
    for name, kind in _MARKS.items():
        values = getattr(query, name)
        if values and name != driver:
            yield _IS_MARKED.format(_places(values)), (kind, *values)
    if query.price_min is not None or query.price_max is not None:
        yield "l.currency = ?", (query.currency,)
    if query.price_min is not None:
        yield "l.price >= ?", (query.price_min,)
    if query.price_max is not None:
        yield "l.price <= ?", (query.price_max,)
    if query.since is not None:
        yield f"{date} >= ?", (_midnight(query.since),)
    if query.until is not None:
        yield f"{date} < ?", (_midnight(query.until + timedelta(days=1)),)
    if query.gone is not None:
        yield f"(+l.gone_at IS NULL) = {'FALSE' if query.gone else 'TRUE'}", ()


def _midnight(day: date) -> str:
    return time_text(datetime.combine(day, time.min, DAY_ZONE))


def _places(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _bound(selects: Sequence[Condition]) -> tuple[object, ...]:
    return tuple(value for _, values in selects for value in values)


def _fingerprint(query: ListingQuery, order: Order) -> str:
    return hashlib.blake2b(repr((query, order)).encode(), digest_size=6).hexdigest()


def _write_cursor(row: Sequence[object], query: ListingQuery, order: Order) -> str:
    return base64.urlsafe_b64encode(as_json([_fingerprint(query, order), *row]).encode()).decode()


def _read_cursor(cursor: str, query: ListingQuery, order: Order) -> tuple[object, ...]:
    """The place in the order after which a page begins."""
    try:
        fingerprint, *place = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise StoreError(f"{cursor!r} is no cursor; use one that a page gave, or none") from error
    if fingerprint != _fingerprint(query, order):
        raise StoreError("this cursor belongs to another query or order; begin again without one")
    return tuple(place)
