"""Answers of the store as charts: a specification whose marks lead to their listings, and a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

from dashboards.query import write
from dashboards.web.crawled import plain
from dashboards.web.specs import PALETTE, Spec, bands, cells, net, stacked_bars
from pipelines.store.answers import day_of
from pipelines.store.query import All, Has, Offered
from pipelines.wording import CATEGORY_WORDING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashboards.query import KnownTerm
    from dashboards.web.texts import Language
    from pipelines.store.answers import SellerLink, Step, TermCount, Trend
    from pipelines.store.insights import PeriodCounts, Prices
    from pipelines.store.query import Query

type Say = Callable[[str], str]

QUANTILES: Final = ("p10", "p25", "p50", "p75", "p90")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a chart's table; `href` leads to its listings."""

    cells: tuple[str | int | float | None, ...]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A chart as a table."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart. `zoom` names the parameters that dragging over days sets in the page's address."""

    spec: Spec
    table: Table
    zoom: Mapping[str, str] | None = None


def listings_address(query: Query) -> str:
    """The page of the listings that a query matches."""
    return "/listings?" + urlencode({"q": write(query)})


def last_day(first: date, by: Step) -> date:
    """The last day of a step."""
    if by == "day":
        return first
    if by == "week":
        return first + timedelta(days=6)
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


class Series(NamedTuple):
    """A series of a trend: its key there, what it is called, its colour, and its listings of any day."""

    key: str
    name: str
    color: str
    query: Query


def trend_figure(trend: Trend, say: Say, language: Language) -> Figure:
    """Offers by category, stacked."""
    ranked = sorted(trend.query.categories, key=lambda name: -sum(trend.series[name]))
    series = [
        Series(each, getattr(CATEGORY_WORDING[each], language), PALETTE[each], Has("category", (each,)))
        for each in ranked
    ]
    return _over_time(trend, series, say("trend.title"), {"name": say("chart.category")}, say)


def term_figure(trend: Trend, term: KnownTerm, say: Say) -> Figure:
    """Offers of one term, whatever their verdict."""
    series = Series(term.term_id, term.name, PALETTE[term.category], Has("term", (term.term_id,)))
    return _over_time(trend, [series], say("term.trend"), {"name": say("chart.term")}, say)


def _over_time(
    trend: Trend, series: Sequence[Series], caption: str, called: dict[str, str], say: Say
) -> Figure:
    asked = trend.query
    titles = {"day": say("chart.day"), **called, **_counted(say)}
    values, rows, colors = [], [], []
    for each in series:
        if any(trend.series[each.key]):
            colors.append((each.name, each.color))
        for step, count, crawled in zip(trend.steps, trend.series[each.key], trend.crawled, strict=True):
            if not count:
                continue
            days = Offered(max(step, asked.since), min(last_day(step, asked.by), asked.until))
            verdicts = (Has("verdict", asked.verdicts),) if asked.verdicts else ()
            href = listings_address(All((each.query, days, *verdicts)))
            share = per_thousand(count, crawled)
            values.append({"day": str(step), "name": each.name, "n": count, "share": share, "href": href})
            rows.append(Row((str(step), each.name, count, share), href))
    shown = (trend.steps[0], last_day(trend.steps[-1], asked.by))
    spec = stacked_bars(values, asked.by, shown, colors, tuple(titles.items()))
    rows.sort(key=lambda row: str(row.cells[0]), reverse=True)
    table = Table(caption, tuple(titles.values()), tuple(rows))
    return Figure(spec, table, {"since": "since", "until": "until"})


def heat_figure(by_platform: Mapping[str, PeriodCounts], say: Say, *, top: int = 18) -> Figure:
    """The most frequent terms by platform, as offers for each 1,000 crawled on the platform."""
    terms = {term.term_id: term for counts in by_platform.values() for term in counts.terms}
    totals = Counter[str]()
    for counts in by_platform.values():
        totals.update({term.term_id: term.listings for term in counts.terms})
    shown = sorted(totals, key=lambda term_id: (-totals[term_id], term_id))[:top]
    labels = _labels([terms[term_id] for term_id in shown])
    titles = {"term": say("chart.term"), "platform": say("chart.platform"), **_counted(say)}
    values, rows = [], []
    for platform, counts in by_platform.items():
        for term in counts.terms:
            if term.term_id not in labels:
                continue
            days = Offered(counts.since, counts.until)
            where = (Has("term", (term.term_id,)), Has("platform", (platform,)))
            href = listings_address(All((*where, days, Has("verdict", ("flagged",)))))
            row = (labels[term.term_id], plain(platform), term.listings)
            share = per_thousand(term.listings, counts.crawled)
            values.append({**dict(zip(titles, (*row, share), strict=True)), "href": href})
            rows.append(Row((*row, share), href))
    spec = cells(values, list(labels.values()), titles["share"], tuple(titles.items()))
    rows.sort(key=lambda row: -int(row.cells[2] or 0))
    return Figure(spec, Table(say("heat.title"), tuple(titles.values()), tuple(rows)))


def prices_figure(prices: Prices, by: Step, say: Say) -> Figure:
    """Quantiles of the most frequent currency and unit over time: bands and the median."""
    series = prices.series[0] if prices.series else None
    unit = " / ".join(part for part in (series.currency, series.unit) if part) if series else ""
    values, rows = [], []
    for step, found in zip(prices.steps, series.quantiles if series else (), strict=False):
        if found is None:
            continue
        href = listings_address(All((prices.query, Offered(step, last_day(step, by)))))
        spread = {name: getattr(found, name) for name in QUANTILES}
        values.append({"day": str(step), "n": found.count, "href": href, **spread})
        rows.append(Row((str(step), found.count, *(round(each, 2) for each in spread.values())), href))
    titles = (("day", say("chart.day")), ("n", say("chart.prices")), *((name, name) for name in QUANTILES))
    columns = (*(title for _, title in titles[:2]), *(f"{name} {unit}".strip() for name in QUANTILES))
    table = Table(say("prices.title"), columns, tuple(rows))
    return Figure(bands(values, by, unit, titles), table)


def links_figure(links: Sequence[SellerLink], say: Say, *, top: int = 120) -> Figure:
    """The latest seen of sellers who point to other sellers, as a net."""
    shown = sorted(links, key=lambda link: link.seen_at, reverse=True)[:top]
    places: dict[tuple[str, str], int] = {}
    for link in shown:
        for end in ((link.from_platform, link.from_seller), (link.to_platform, link.to_seller)):
            places.setdefault(end, len(places))
    nodes: list[Spec] = [
        {"platform": plain(platform), "seller": plain(seller), "href": _seller_address(platform, seller)}
        for platform, seller in places
    ]
    edges: list[Spec] = []
    rows = []
    for link in shown:
        source, target = (link.from_platform, link.from_seller), (link.to_platform, link.to_seller)
        edges.append({"source": places[source], "target": places[target]})
        written = [plain(each) for each in (*reversed(source), *reversed(target))]
        rows.append(Row((*written, str(day_of(link.seen_at))), _seller_address(*source)))
    columns = tuple(say(f"links.{name}") for name in ("from", "from platform", "to", "to platform", "seen"))
    titles = (("platform", say("chart.platform")), ("seller", say("chart.seller")))
    return Figure(net(nodes, edges, titles), Table(say("links.title"), columns, tuple(rows)))


def per_thousand(count: int, crawled: int) -> float | None:
    """A count beside what was crawled; None where nothing was."""
    return round(1000 * count / crawled, 2) if crawled else None


def _counted(say: Say) -> dict[str, str]:
    return {"n": say("chart.offers"), "share": say("chart.share")}


def _seller_address(platform: str, seller: str) -> str:
    return listings_address(All((Has("platform", (platform,)), Has("seller", (seller,)))))


def _labels(terms: Sequence[TermCount]) -> dict[str, str]:
    """The terms' names; with their category where two are called the same."""
    names = [term.term for term in terms]
    return {
        term.term_id: plain(
            term.term
            if names.count(term.term) == 1
            else f"{term.term} ({CATEGORY_WORDING[term.category].zh})"
        )
        for term in terms
    }
