"""Questions to a store as requests to Elasticsearch."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from pipelines.errors import StoreError
from pipelines.store.answers import DAY_ZONE
from pipelines.store.bigrams import index_text
from pipelines.store.rows import time_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from pipelines.store.answers import ListingQuery, Order, TrendQuery

    type Clause = dict[str, Any]

LARGEST_PAGE: Final = 1000

_FIELDS: Final = {
    "platforms": "platform",
    "categories": "category",
    "terms": "term_id",
    "disguises": "disguise",
    "verdicts": "verdict",
    "sellers": "seller.id",
}
_NEWEST: Final[tuple[Clause, ...]] = (
    {"@timestamp": {"order": "desc", "format": "strict_date_optional_time_nanos"}},
    {"listing_id": "desc"},
)
_SORTS: Final[dict[Order, tuple[Clause, ...]]] = {
    "newest": _NEWEST,
    "strongest": ({"score": "desc"}, *_NEWEST),
}


def listings(query: ListingQuery) -> Clause:
    """The listings that a query means."""
    return {"bool": {"filter": list(_listing_filters(query))}}


def page(query: ListingQuery, order: Order, limit: int, cursor: str | None) -> dict[str, Any]:
    """The search for a page of listings, one more than asked for to know whether another page follows."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise StoreError(f"a page of {limit} listings cannot be had; ask for 1 to {LARGEST_PAGE}")
    after = {"search_after": _read_cursor(cursor, query, order)} if cursor else {}
    return {"query": listings(query), "sort": list(_SORTS[order]), "size": limit + 1, **after}


def write_cursor(place: Sequence[object], query: ListingQuery, order: Order) -> str:
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


def _listing_filters(query: ListingQuery) -> Iterator[Clause]:
    for text in query.text:
        yield _substring(text)
    for name, field in _FIELDS.items():
        if values := getattr(query, name):
            yield {"terms": {field: list(values)}}
    bounds = {"gte": query.price_min, "lte": query.price_max}
    if given := {bound: value for bound, value in bounds.items() if value is not None}:
        yield {"term": {"price.currency": query.currency}}
        yield {"range": {"price.amount": given}}
    days: dict[str, str] = {}
    if query.since is not None:
        days["gte"] = _midnight(query.since)
    if query.until is not None:
        days["lt"] = _midnight(query.until + timedelta(days=1))
    if days:
        yield {"range": {"@timestamp": days}}
    if query.gone is not None:
        yield {"term": {"gone": query.gone}}


def _substring(text: str) -> Clause:
    """Where a text stands in the title or the description, both folded; see `pipelines.store.bigrams`."""
    words = index_text(text).split()
    if not words:
        raise StoreError(f"{text!r} holds no letter, digit or Chinese character to search for")
    if len(words) == 1:
        return {"prefix": {"bigrams": words[0]}}
    return {"match_phrase": {"bigrams": " ".join(words[:-1])}}


def _midnight(day: date) -> str:
    return time_text(datetime.combine(day, time.min, DAY_ZONE))


def _fingerprint(query: ListingQuery, order: Order) -> str:
    return hashlib.blake2b(repr((query, order)).encode(), digest_size=6).hexdigest()


def _read_cursor(cursor: str, query: ListingQuery, order: Order) -> list[object]:
    try:
        said = json.loads(base64.urlsafe_b64decode(cursor))
        fingerprint, place = said["of"], list(said["after"])
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"{cursor!r} is no cursor; use one that a page gave, or none") from error
    if fingerprint != _fingerprint(query, order):
        raise StoreError("this cursor belongs to another query or order; begin again without one")
    return place
