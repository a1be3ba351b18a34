"""The terms page: what was offered under which word, and since when, each leading to its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, HTTPException, Query
from starlette.requests import Request
from starlette.responses import Response

from dashboards.web.catalogue import CatalogueDep
from dashboards.web.figures import listings_address
from dashboards.web.pages import DeskDep, StoreDep, answer
from dashboards.web.period import DAYS, PeriodDep
from dashboards.web.triage import labels_of
from pipelines.records import CATEGORIES, Category
from pipelines.store.answers import TermCount
from pipelines.store.query import All, Has, Offered
from pipelines.wording import Wording

if TYPE_CHECKING:
    from pipelines.store.query import Query as Tree

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {
    "terms.title": Wording("词库中的词", "Terms of the lexicon"),
    "terms.any": Wording("全部", "all"),
    "terms.term": Wording("词", "Term"),
    "terms.category": Wording("类别", "Category"),
    "terms.offers": Wording("商品数", "Offers"),
    "terms.share": Wording("每千条抓取", "Per 1,000 crawled"),
    "terms.forms": Wording("写法", "Forms"),
    "terms.precision": Wording("研判准确率", "Precision so far"),
    "terms.precision.value": Wording(
        "{share} %（{low}–{high} %，{n} 个）", "{share} % ({low}–{high} %, {n} listings)"
    ),
    "terms.none": Wording("这段时间没有任何词出现。", "No term was seen in this period."),
    "terms.known": Wording(
        "词库共 {known} 个词，其中 {seen} 个在此期间出现。",
        "{seen} of {known} terms were seen in this period.",
    ),
    "terms.period": Wording("时间范围", "Period"),
    "terms.unseen": Wording("也列出未出现的词", "also those not seen"),
    "terms.seen": Wording("只列出出现过的词", "only those seen"),
    "term.trend": Wording("商品数随时间的变化", "Offers over time"),
    "term.disguises": Wording("伪装写法", "Disguises"),
    "term.platforms": Wording("平台", "Platforms"),
    "term.near": Wording("同现的词", "In the same listings"),
    "term.first": Wording("首次", "First"),
    "term.last": Wording("最近", "Last"),
    "term.peak": Wording("最多的一天", "Peak"),
    "term.both": Wording("共同商品", "Listings with both"),
    "term.listings": Wording("看商品", "Its listings"),
    "term.unseen": Wording("还没有见过这个词。", "It has not been seen yet."),
}
FORMS: Final = 6


@router.get("/terms")
@router.get("/terms.json")
def show_terms(
    request: Request,
    desk: DeskDep,
    store: StoreDep,
    catalogue: CatalogueDep,
    period: PeriodDep,
    category: Annotated[Category | None, Query()] = None,
    unseen: Annotated[bool, Query(description="Also the terms that were not seen in the period.")] = False,
) -> Response:
    counted = store.counts(period.since, period.until)
    found = [each for each in counted.terms if category in (None, each.category)]
    if unseen:
        seen = {each.term_id for each in counted.terms}
        others = [each for each in catalogue.terms if category in (None, each.category)]
        others = [each for each in others if each.term_id not in seen]
        found += [TermCount(each.term_id, each.name, each.category, 0) for each in others]
    forms = {known.term_id: known.forms for known in catalogue.terms}

    def address(term_id: str) -> str:
        parts: tuple[Tree, ...] = (Has("term", (term_id,)), Offered(period.since, period.until))
        return listings_address(All(parts))

    context = {
        "period": period,
        "precisions": labels_of(request, desk).precisions(),
        "choices": DAYS,
        "counted": counted,
        "found": found,
        "unseen": unseen,
        "category": category,
        "categories": sorted(
            CATEGORIES if unseen else counted.categories, key=lambda name: -counted.categories.get(name, 0)
        ),
        "forms": {each.term_id: forms.get(each.term_id, ())[:FORMS] for each in found},
        "known": len(catalogue.terms),
        "address": address,
    }
    return answer(request, "terms.html", context, {"counts": counted, "precisions": context["precisions"]})


@router.get("/terms/{term_id}")
@router.get("/terms/{term_id}.json")
def show_term(
    request: Request,
    desk: DeskDep,
    store: StoreDep,
    catalogue: CatalogueDep,
    period: PeriodDep,
    term_id: str,
) -> Response:
    term = catalogue.term(term_id)
    if term is None:
        raise HTTPException(404, f"no term has the id {term_id}")
    history = store.history(term_id)
    near = store.cooccurring(term_id, top=12) if history else ()
    precision = labels_of(request, desk).precision(term_id)
    context = {
        "term": term,
        "period": period,
        "choices": DAYS,
        "precision": precision,
        "history": history,
        "near": near,
        "address": listings_address(Has("term", (term_id,))),
    }
    record = {"term": term, "history": history, "neighbours": near, "precision": precision}
    return answer(request, "term.html", context, record)
