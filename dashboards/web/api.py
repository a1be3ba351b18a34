"""The read-only HTTP API: the questions of the command line, as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, HTTPException, Query
from fastapi.encoders import jsonable_encoder
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboards.query import Catalogue, parse, write
from dashboards.query.errors import QueryError
from dashboards.web.catalogue import CatalogueDep
from dashboards.web.pages import StoreDep
from dashboards.web.period import PeriodDep, today
from dashboards.web.schemas import model_of
from pipelines.records import Category, Verdict
from pipelines.store import query as tree
from pipelines.store.answers import (
    Facets,
    ListingHistory,
    Order,
    Page,
    Run,
    SellerLink,
    Step,
    Term,
    Totals,
    Trend,
    TrendQuery,
)
from pipelines.store.insights import Cooccurrence, Coverage, PeriodCounts, Prices, SellerActivity, TermHistory

router: Final = APIRouter(prefix="/api", tags=["store"])

LARGEST_PAGE: Final = 200
MOST: Final = 1000
_TREE: Final = get_args(tree.Query.__value__)

TextDep = Annotated[str, Query(alias="q", max_length=4000, description="A query, as in docs/query.md.")]
TopDep = Annotated[int, Query(ge=1, le=MOST)]


def _answers(record: type, *, several: bool = False) -> dict[int | str, dict[str, Any]]:
    model: Any = model_of(record)
    error = {"description": "What is wrong, as {error: {code, message}}; of a query with its position."}
    return {
        200: {"model": list[model] if several else model},
        400: error,
        401: error,
        422: error,
        503: error,
        504: error,
    }


def as_json(record: object) -> Response:
    """A record of the store as JSON. Tokens, which only the analysis needs, are left out."""
    return JSONResponse(jsonable_encoder(_plain(record)))


def _plain(value: Any) -> Any:
    if isinstance(value, _TREE):
        return write(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.name != "tokens"
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


@router.get("/totals", responses=_answers(Totals))
def totals(store: StoreDep) -> Response:
    """How much the store holds."""
    return as_json(store.totals())


@router.get("/search", responses=_answers(Page))
def search(
    store: StoreDep,
    catalogue: CatalogueDep,
    q: TextDep = "",
    order: Order = "newest",
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Matching listings, a page at a time: `cursor` of an answer leads to the next, null ends it."""
    return as_json(store.search(parse(q, catalogue), order=order, limit=limit, cursor=cursor))


@router.get("/facets", responses=_answers(Facets))
def facets(store: StoreDep, catalogue: CatalogueDep, q: TextDep = "", top: TopDep = 20) -> Response:
    """Counts of everything that matches."""
    return as_json(store.facets(parse(q, catalogue), top=top))


@router.get("/listings/{listing_id}", responses=_answers(ListingHistory))
def listing(store: StoreDep, listing_id: str) -> Response:
    """A listing with its versions, hits and absences."""
    found = store.get(listing_id)
    if found is None:
        raise HTTPException(404, f"no listing has the id {listing_id}")
    return as_json(found)


@router.get("/trend", responses=_answers(Trend))
def trend(
    store: StoreDep,
    catalogue: CatalogueDep,
    period: PeriodDep,
    by: Step = "day",
    term: Annotated[list[str] | None, Query(max_length=50)] = None,
    category: Annotated[list[Category] | None, Query()] = None,
    platform: Annotated[list[str] | None, Query(max_length=50)] = None,
    verdict: Annotated[list[Verdict] | None, Query()] = None,
) -> Response:
    """Offers a step, beside all that was crawled; each parameter may be repeated."""
    asked = TrendQuery(
        since=period.since,
        until=period.until,
        by=by,
        terms=tuple(dict.fromkeys(each for name in term or () for each in _term_ids(catalogue, name))),
        categories=tuple(category or ()),
        platforms=tuple(platform or ()),
        verdicts=tuple(verdict or ()),
    )
    return as_json(store.trend(asked))


@router.get("/prices", responses=_answers(Prices))
def prices(store: StoreDep, catalogue: CatalogueDep, q: TextDep = "", by: Step = "month") -> Response:
    """Quantiles of what matching listings ask, a step, currency and unit."""
    return as_json(store.prices(parse(q, catalogue), by=by))


@router.get("/cooccur/{term}", responses=_answers(Cooccurrence, several=True))
def cooccur(
    store: StoreDep,
    catalogue: CatalogueDep,
    term: str,
    since: date | None = None,
    until: date | None = None,
    top: TopDep = 20,
) -> Response:
    """Terms that stand in the same listings."""
    return as_json(store.cooccurring(_one_term(catalogue, term), since=since, until=until, top=top))


@router.get("/counts", responses=_answers(PeriodCounts))
def counts(
    store: StoreDep,
    period: PeriodDep,
    platform: Annotated[list[str] | None, Query(max_length=50)] = None,
    verdict: Annotated[list[Verdict] | None, Query()] = None,
) -> Response:
    """Offers of every term and category in a period."""
    return as_json(
        store.counts(
            period.since, period.until, platforms=tuple(platform or ()), verdicts=tuple(verdict or ())
        )
    )


@router.get("/sellers", responses=_answers(SellerActivity, several=True))
def sellers(store: StoreDep, catalogue: CatalogueDep, q: TextDep = "", top: TopDep = 20) -> Response:
    """Sellers of matching listings, most flagged first."""
    return as_json(store.sellers(parse(q, catalogue), top=top))


@router.get("/links", responses=_answers(SellerLink, several=True))
def links(store: StoreDep, platform: str | None = None, seller: str | None = None) -> Response:
    """Jumps between sellers' pages."""
    return as_json(store.links(platform=platform, seller=seller))


@router.get("/history/{term}", responses=_answers(TermHistory))
def history(store: StoreDep, catalogue: CatalogueDep, term: str) -> Response:
    """The whole history of a term."""
    found = store.history(_one_term(catalogue, term))
    if found is None:
        raise HTTPException(404, f"no hit of {term} counts")
    return as_json(found)


@router.get("/terms", responses=_answers(Term, several=True))
def terms(store: StoreDep) -> Response:
    """The terms that were ever hit."""
    return as_json(store.terms())


@router.get("/coverage", responses=_answers(Coverage))
def coverage(store: StoreDep, period: PeriodDep) -> Response:
    """On which days each source was watched: what the figures of a period rest on."""
    return as_json(store.coverage(period.since, min(period.until, today())))


@router.get("/runs", responses=_answers(Run, several=True))
def runs(
    store: StoreDep,
    source: str | None = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
) -> Response:
    """The ledger of runs, latest first."""
    return as_json(store.runs(source=source, limit=limit))


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response:
    """This description of the API."""
    described: dict[str, Any] = request.app.openapi()
    return JSONResponse(described)


def _term_ids(catalogue: Catalogue, written: str) -> tuple[str, ...]:
    found = catalogue.term_ids(written)
    if not found:
        raise QueryError(
            f"no term is called '{written}'", position=1, suggestion=catalogue.closest_term(written)
        )
    return found


def _one_term(catalogue: Catalogue, written: str) -> str:
    found = _term_ids(catalogue, written)
    if len(found) > 1:
        raise HTTPException(400, f"{written} names several terms: {', '.join(found)}; give one's id")
    return found[0]
