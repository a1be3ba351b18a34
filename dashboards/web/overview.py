"""The overview: the last day against the usual, and charts of a period, each mark leading to its listings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Query
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from dashboards.first_sights import without_own_disguises
from dashboards.unusual import ALL, Comparison, DayComparison, compare_day
from dashboards.web.bundle import chart_bundle
from dashboards.web.catalogue import catalogue_of
from dashboards.web.figures import (
    Figure,
    heat_figure,
    links_figure,
    listings_address,
    prices_figure,
    term_figure,
    trend_figure,
)
from dashboards.web.guard import YEAR
from dashboards.web.kept import Kept
from dashboards.web.pages import DeskDep, StoreDep, VisitDep, answer
from dashboards.web.period import DAYS, PeriodDep, today
from pipelines.records import CATEGORIES
from pipelines.store.answers import Step, TrendQuery, day_of
from pipelines.store.query import All, Has, Offered
from pipelines.wording import Wording

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {
    "overview.title": Wording("概览", "Overview"),
    "overview.empty": Wording(
        "这个库里还没有抓取到任何内容。先运行 jargonwatch crawl，或用 jargonwatch demo --crawl 看示例。",
        "Nothing has been crawled into this store yet. Run jargonwatch crawl, or jargonwatch demo --crawl.",
    ),
    "period": Wording("时间范围", "Period"),
    "period.days": Wording("{days} 天", "{days} days"),
    "period.zoomed": Wording("已放大到", "zoomed to"),
    "since": Wording("从", "from"),
    "until": Wording("到", "to"),
    "apply": Wording("应用", "Apply"),
    "flagged offers": Wording("告警商品", "flagged offers"),
    "crawled offers": Wording("抓取商品", "crawled offers"),
    "usually": Wording("通常 {low}–{high}", "usually {low}–{high}"),
    "usually about": Wording("通常约 {usual}", "usually about {usual}"),
    "new terms": Wording("本周首次出现", "first seen this week"),
    "watched": Wording("有抓取的来源", "sources watched"),
    "of": Wording("共 {all} 个", "of {all}"),
    "rising": Wording("高于通常", "Above the usual"),
    "falling": Wording("低于通常", "Below the usual"),
    "frequent": Wording("当天最多，属通常范围", "Most frequent that day, as usual"),
    "compared": Wording(
        "{day}（最近一个完整的日子）与此前 8 周相比，按抓取量校正；基于 {days} 个可比日。",
        "{day}, the last day that is over, against the 8 weeks before it, per crawled listing; on {days} "
        "comparable days.",
    ),
    "compared.gap": Wording(
        "{day} 没有完整的抓取，因此无法比较。", "No crawl was sound on {day}, so there is nothing to compare."
    ),
    "compared.few": Wording(
        "可比的日子太少（{days} 个，至少需要 14 个），只列出最多的词。",
        "Too few days to compare with ({days}; 14 are needed): the most frequent terms instead.",
    ),
    "compared.none": Wording("没有异常。", "Nothing unusual."),
    "not crawled": Wording("当天未抓取：{names}", "Not crawled that day: {names}"),
    "rising.term": Wording("词", "Term"),
    "rising.count": Wording("当天", "That day"),
    "rising.usual": Wording("通常", "Usually"),
    "rising.series": Wording("8 周", "8 weeks"),
    "rising.chance": Wording("q 值", "q value"),
    "trend.title": Wording("各类别的告警商品", "Flagged offers by category"),
    "trend.hint": Wording("拖选可放大，点击看商品", "drag to zoom, click for the listings"),
    "heat.title": Wording("词 × 平台（每千条抓取）", "Terms by platform, per 1,000 crawled"),
    "prices.title": Wording("价格分布", "Asking prices"),
    "prices.term": Wording("词", "Term"),
    "prices.hint": Wording("中位数，深色为四分位，浅色为 10–90%", "median; dark: quartiles, light: 10–90 %"),
    "links.title": Wording("卖家之间的指向", "Sellers pointing to sellers"),
    "links.from": Wording("卖家", "Seller"),
    "links.from platform": Wording("平台", "Platform"),
    "links.to": Wording("指向卖家", "Points to"),
    "links.to platform": Wording("平台 ", "On platform"),
    "links.seen": Wording("最近见到", "Last seen"),
    "sights.title": Wording("首次出现", "First sights"),
    "sights.none": Wording("这段时间没有新词或新写法。", "No new term or disguise in this period."),
    "sights.day": Wording("日期", "Day"),
    "sights.as": Wording("写法", "Written"),
    "sights.new": Wording("新词", "new term"),
    "chart.day": Wording("起始日", "Day"),
    "chart.category": Wording("类别", "Category"),
    "chart.offers": Wording("商品数", "Offers"),
    "chart.share": Wording("每千条抓取", "Per 1,000 crawled"),
    "chart.term": Wording("词 ", "Term"),
    "chart.platform": Wording("平台  ", "Platform"),
    "chart.prices": Wording("报价数", "Prices"),
    "chart.seller": Wording("卖家 ", "Seller"),
}

WEEK: Final = timedelta(days=6)
SHOWN: Final = 10
FALLING: Final = 4
FLAGGED: Final = Has("verdict", ("flagged",))

_day_comparisons: Final = Kept[date, DayComparison](seconds=120)


@router.get("/")
@router.get("/overview.json")
def show_overview(
    request: Request,
    store: StoreDep,
    period: PeriodDep,
    term: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    totals = store.totals()
    if totals.last_offered is None:
        return answer(request, "overview.html", {"totals": totals}, {"totals": totals})
    day = min(today() - timedelta(days=1), day_of(totals.last_offered))
    compared = _day_comparisons.get(request.app, day, lambda: compare_day(store, day))
    sights = without_own_disguises(store.first_sights(max(period.since, period.until - WEEK), period.until))
    counted = store.counts(period.since, period.until, verdicts=("flagged",))
    chosen = term or next((found.term_id for found in counted.terms), None)
    names = {found.term_id: found.term for found in store.terms()}
    context: dict[str, Any] = {
        "totals": totals,
        "period": period,
        "choices": DAYS,
        "day": day,
        "compared": compared,
        "whole": compared.of(ALL),
        "rising": compared.unusual("rising")[:SHOWN],
        "falling": compared.unusual("falling")[:FALLING],
        "frequent": _most(compared),
        "enough": any(each.q is not None for each in compared.comparisons),
        "sights": sights,
        "coverage": store.coverage(day, day),
        "names": names,
        "term": chosen,
        "terms": counted.terms[:200],
        "flagged_address": listings_address(All((FLAGGED, Offered(day, day)))),
        "term_address": lambda term_id: listings_address(
            All((Has("term", (term_id,)), FLAGGED, Offered(day, day)))
        ),
    }
    record = {
        "totals": totals,
        "period": {"since": period.since, "until": period.until},
        "compared": compared,
        "first_sights": sights,
        "terms": counted.terms,
    }
    return answer(request, "overview.html", context, record)


def _most(compared: DayComparison) -> tuple[Comparison, ...]:
    """The most frequent terms of a day that are as usual, or that nothing can be said of yet."""
    unusual = len(compared.unusual("rising")) + len(compared.unusual("falling"))
    terms = [each for each in compared.comparisons if each.subject[0] == "term" and each.count]
    usual = [each for each in terms if each.direction == "usual"]
    return tuple(sorted(usual, key=lambda each: -each.count)[: max(SHOWN - unusual, 0)])


@router.get("/charts/{name}")
@router.get("/charts/{name}.json")  # the nearer to the function, the sooner it is matched
def show_chart(
    request: Request,
    desk: DeskDep,
    visit: VisitDep,
    store: StoreDep,
    name: str,
    period: PeriodDep,
    term: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """A chart as {spec, table}, or as a page with its table."""

    def say(key: str) -> str:
        return desk.texts.say(visit.language, key).strip()

    def trend() -> Figure:
        days = (period.since, period.until)
        asked = TrendQuery(*days, by=period.step, categories=CATEGORIES, verdicts=("flagged",))
        return trend_figure(store.trend(asked), say, visit.language)

    def heat() -> Figure:
        days = (period.since, period.until)
        platforms = sorted({source.platform for source in store.coverage(*days).sources})
        counts = {each: store.counts(*days, platforms=(each,), verdicts=("flagged",)) for each in platforms}
        return heat_figure(counts, say)

    def prices() -> Figure:
        parts = (FLAGGED, Offered(period.since, period.until))
        asked = All((Has("term", (term,)), *parts)) if term else All(parts)
        by: Step = "week" if period.length <= 200 else "month"
        return prices_figure(store.prices(asked, by=by), by, say)

    def of_term() -> Figure:
        known = catalogue_of(request, desk, store).term(term or "")
        if known is None:
            raise HTTPException(404, f"no term has the id {term}")
        asked = TrendQuery(period.since, period.until, period.step, terms=(known.term_id,))
        return term_figure(store.trend(asked), known, say)

    charts: dict[str, Callable[[], Figure]] = {
        "trend": trend,
        "term": of_term,
        "heat": heat,
        "prices": prices,
        "links": lambda: links_figure(store.links(), say),
    }
    if name not in charts:
        raise HTTPException(404, f"no chart is called {name}; the charts are {', '.join(charts)}")
    figure = charts[name]()
    return answer(request, "figure.html", {"table": figure.table}, figure)


@router.get("/static/vega.js")
def bundle(desk: DeskDep) -> FileResponse:
    """The chart libraries; the address changes with their versions."""
    return FileResponse(
        chart_bundle(desk.settings.bundle_dir),
        media_type="text/javascript",
        headers={"Cache-Control": f"public, max-age={YEAR}, immutable"},
    )
