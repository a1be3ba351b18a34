"""Pages of listings from the embedded store."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Final

from pipelines.errors import StoreError
from pipelines.store import reading
from pipelines.store.answers import Page
from pipelines.store.conditions import places
from pipelines.store.driving import arms
from pipelines.store.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

    from pipelines.store.answers import Order
    from pipelines.store.conditions import Condition
    from pipelines.store.query import Query

LARGEST_PAGE: Final = 1000


def search(connection: Connection, query: Query, *, order: Order, limit: int, cursor: str | None) -> Page:
    if not 1 <= limit <= LARGEST_PAGE:
        raise StoreError(f"a page of {limit} listings cannot be had; ask for 1 to {LARGEST_PAGE}")
    start = _read_cursor(cursor, query, order) if cursor else ()
    selects = []
    for arm in arms(query, order):
        columns = (*(("l.score",) if order == "strongest" else ()), arm.date, arm.key)
        beyond = [(f"({', '.join(columns)}) < ({places(start)})", start)] if start else []
        selects.append(arm.select(columns, beyond))
    if not selects:
        return Page((), None)
    by = "1 DESC, 2 DESC, 3 DESC" if order == "strongest" else "1 DESC, 2 DESC"
    statement, values = united(selects)
    rows = connection.execute(f"{statement} ORDER BY {by} LIMIT ?", (*values, limit + 1)).fetchall()
    more = len(rows) > limit
    listings = reading.listings(connection, [row[-1] for row in rows[:limit]])
    return Page(listings, _write_cursor(rows[limit - 1], query, order) if more else None)


def united(selects: Sequence[Condition]) -> Condition:
    """Several selects as one, each row once."""
    return " UNION ".join(sql for sql, _ in selects), tuple(v for _, values in selects for v in values)


def _fingerprint(query: Query, order: Order) -> str:
    return hashlib.blake2b(repr((query, order)).encode(), digest_size=6).hexdigest()


def _write_cursor(row: Sequence[object], query: Query, order: Order) -> str:
    return base64.urlsafe_b64encode(as_json([_fingerprint(query, order), *row]).encode()).decode()


def _read_cursor(cursor: str, query: Query, order: Order) -> tuple[object, ...]:
    """The place in the order after which a page begins."""
    try:
        fingerprint, *place = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise StoreError(f"{cursor!r} is no cursor; use one that a page gave, or none") from error
    if fingerprint != _fingerprint(query, order):
        raise StoreError("this cursor belongs to another query or order; begin again without one")
    return tuple(place)
