"""Questions to a store as requests to Elasticsearch."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Final, assert_never

from pipelines.errors import StoreError
from pipelines.store.bigrams import index_text
from pipelines.store.conditions import day_after, midnight
from pipelines.store.query import All, Any, Gone, Has, Matches, Not, Offered, Priced

if TYPE_CHECKING:
    import typing
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pipelines.store.answers import Order, TrendQuery
    from pipelines.store.query import Comparison, Field, Query

    type Clause = dict[str, typing.Any]

LARGEST_PAGE: Final = 1000

_FIELDS: Final[Mapping[Field, str]] = {
    "platform": "platform",
    "source": "source",
    "category": "category",
    "term": "term_id",
    "disguise": "disguise",
    "verdict": "verdict",
    "seller": "seller.id",
}
_BOUNDS: Final[Mapping[Comparison, str]] = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
NEWEST: Final[tuple[Clause, ...]] = (
    {"@timestamp": {"order": "desc", "format": "strict_date_optional_time_nanos"}},
    {"listing_id": "desc"},
)
_SORTS: Final[dict[Order, tuple[Clause, ...]]] = {
    "newest": NEWEST,
    "strongest": ({"score": "desc"}, *NEWEST),
}


def listings(query: Query) -> Clause:
    """The listings that a query means."""
    match query:
        case Matches(text):
            return _substring(text)
        case Has(field, values):
            return {"terms": {_FIELDS[field]: list(values)}}
        case Priced(op, amount, currency):
            bounds = {"gte": amount, "lte": amount} if op == "=" else {_BOUNDS[op]: amount}
            return _every([{"term": {"price.currency": currency}}, {"range": {"price.amount": bounds}}])
        case Offered(since, until):
            return offered(since, until)
        case Gone(gone):
            return {"term": {"gone": gone}}
        case All(parts):
            return _every([listings(part) for part in parts])
        case Any(parts):
            return {"bool": {"should": [listings(part) for part in parts]}} if parts else {"match_none": {}}
        case Not(part):
            return {"bool": {"must_not": [listings(part)]}}
        case _:
            assert_never(query)


def page(query: Query, order: Order, limit: int, cursor: str | None) -> Clause:
    """The search for a page of listings, one more than asked for to know whether another page follows."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise StoreError(f"a page of {limit} listings cannot be had; ask for 1 to {LARGEST_PAGE}")
    after = {"search_after": _read_cursor(cursor, query, order)} if cursor else {}
    return {"query": listings(query), "sort": list(_SORTS[order]), "size": limit + 1, **after}


def write_cursor(place: Sequence[object], query: Query, order: Order) -> str:
    """Where the next page of a query begins, as a text for the asker to give back."""
    said = json.dumps({"of": _fingerprint(query, order), "after": place})
    return base64.urlsafe_b64encode(said.encode()).decode()


def counted(query: TrendQuery, flag: str) -> list[Clause]:
    """The documents that stand for distinct listings on the days and platforms of a trend."""
    days = {"gte": query.since.isoformat(), "lte": query.until.isoformat()}
    filters: list[Clause] = [{"term": {flag: True}}, {"range": {"day": days}}]
    if query.platforms:
        filters.append({"terms": {"platform": list(query.platforms)}})
    return filters


def _every(clauses: Sequence[Clause]) -> Clause:
    return {"bool": {"filter": list(clauses)}}


def offered(since: date | None, until: date | None) -> Clause:
    """Listings offered between two days, both inclusive."""
    days = {"gte": midnight(since)} if since else {}
    days |= {"lt": midnight(day_after(until))} if until else {}
    return {"range": {"@timestamp": days}} if days else {"match_all": {}}


def _substring(text: str) -> Clause:
    """Where a text stands in the title or the description, both folded; see `pipelines.store.bigrams`."""
    words = index_text(text).split()
    if not words:
        raise StoreError(f"{text!r} holds no letter, digit or Chinese character to search for")
    if len(words) == 1:
        return {"prefix": {"bigrams": words[0]}}
    return {"match_phrase": {"bigrams": " ".join(words[:-1])}}


def _fingerprint(query: Query, order: Order) -> str:
    return hashlib.blake2b(repr((query, order)).encode(), digest_size=6).hexdigest()


def _read_cursor(cursor: str, query: Query, order: Order) -> list[object]:
    try:
        said = json.loads(base64.urlsafe_b64decode(cursor))
        fingerprint, place = said["of"], list(said["after"])
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"{cursor!r} is no cursor; use one that a page gave, or none") from error
    if fingerprint != _fingerprint(query, order):
        raise StoreError("this cursor belongs to another query or order; begin again without one")
    return place
