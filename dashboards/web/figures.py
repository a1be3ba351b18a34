"""Answers of the store as charts: a Vega-Lite specification whose marks lead to listings, and a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from dashboards.query import write
from dashboards.web.crawled import plain
from pipelines.records import CATEGORIES
from pipelines.store.query import All, Has, Offered
from pipelines.wording import CATEGORY_WORDING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashboards.web.texts import Language
    from pipelines.store.answers import SellerLink, Step, TermCount, Trend
    from pipelines.store.insights import PeriodCounts, Prices
    from pipelines.store.query import Query

type Spec = dict[str, Any]
type Say = Callable[[str], str]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
PALETTE: Final = dict(
    zip(
        CATEGORIES,
        (
            "#4c78a8", "#9ecae9", "#f58518", "#e45756", "#54a24b", "#b79a20", "#439894",
            "#d67195", "#88624f", "#b279a2", "#79706e", "#bab0ac", "#6f6fc4",
        ),
        strict=True,
    )
)  # fmt: skip
"""A colour a category, the same on every chart, telling on light and dark ground."""


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


def trend_figure(trend: Trend, say: Say, language: Language) -> Figure:
    """Offers by category, stacked."""
    asked = trend.query
    values, rows = [], []
    for category in sorted(trend.series, key=lambda name: -sum(trend.series[name])):
        wording = CATEGORY_WORDING[category]  # type: ignore[index]
        name = wording.zh if language == "zh" else wording.en
        for step, count, crawled in zip(trend.steps, trend.series[category], trend.crawled, strict=True):
            if not count:
                continue
            days = Offered(max(step, asked.since), min(last_day(step, asked.by), asked.until))
            parts: list[Query] = [Has("category", (category,)), days]
            if asked.verdicts:
                parts.append(Has("verdict", asked.verdicts))
            href = listings_address(All(tuple(parts)))
            share = round(1000 * count / crawled, 2) if crawled else None
            values.append(
                {"day": str(step), "name": name, "n": count, "share": share, "href": href, "key": category}
            )
            rows.append(Row((str(step), name, count, share), href))
    present = list(dict.fromkeys((value["key"], value["name"]) for value in values))
    spec = {
        **_base(),
        "data": {"values": values},
        "params": [{"name": "brush", "select": {"type": "interval", "encodings": ["x"]}}],
        "mark": {"type": "bar", "cursor": "pointer", "binSpacing": 1},
        "encoding": {
            "x": {
                "field": "day",
                "type": "temporal",
                "timeUnit": _TIME_UNITS[asked.by],
                "title": None,
                "scale": {"domain": [_utc(trend.steps[0]), _utc(last_day(trend.steps[-1], asked.by))]},
                "axis": {**_days_axis(asked.by), "tickCount": 8},
            },
            "y": {"field": "n", "type": "quantitative", "title": None, "axis": {"domain": False}},
            "color": {
                "field": "name",
                "type": "nominal",
                "title": None,
                "scale": {"domain": [n for _, n in present], "range": [PALETTE[c] for c, _ in present]},  # type: ignore[index]
                "legend": {"orient": "bottom", "columns": 5, "symbolType": "square"},
            },
            "order": {"aggregate": "sum", "field": "n", "sort": "descending"},
            "href": {"field": "href"},
            "tooltip": _tooltip(
                ("day", say("chart.day")), ("name", say("chart.category")), ("n", say("chart.offers")),
                ("share", say("chart.share")),
            ),
        },
    }  # fmt: skip
    columns = (say("chart.day"), say("chart.category"), say("chart.offers"), say("chart.share"))
    rows.sort(key=lambda row: str(row.cells[0]), reverse=True)
    return Figure(spec, Table(say("trend.title"), columns, tuple(rows)), {"since": "since", "until": "until"})


def heat_figure(by_platform: Mapping[str, PeriodCounts], say: Say, *, top: int = 18) -> Figure:
    """The most frequent terms by platform, as offers for each 1,000 crawled on the platform."""
    totals: dict[str, int] = {}
    terms: dict[str, TermCount] = {}
    for counts in by_platform.values():
        for term in counts.terms:
            totals[term.term_id] = totals.get(term.term_id, 0) + term.listings
            terms[term.term_id] = term
    shown = sorted(totals, key=lambda term_id: (-totals[term_id], term_id))[:top]
    labels = _labels([terms[term_id] for term_id in shown])
    values, rows = [], []
    for platform, counts in by_platform.items():
        offered = {term.term_id: term.listings for term in counts.terms}
        for term_id in shown:
            if not (count := offered.get(term_id, 0)):
                continue
            share = round(1000 * count / counts.crawled, 2) if counts.crawled else 0.0
            parts = (
                Has("term", (term_id,)),
                Has("platform", (platform,)),
                Offered(counts.since, counts.until),
                Has("verdict", ("flagged",)),
            )
            href = listings_address(All(parts))
            values.append(
                {
                    "term": labels[term_id],
                    "platform": plain(platform),
                    "n": count,
                    "share": share,
                    "href": href,
                }
            )
            rows.append(Row((labels[term_id], plain(platform), count, share), href))
    order = [labels[term_id] for term_id in shown]
    position = {
        "x": {"field": "platform", "type": "nominal", "title": None, "axis": {"orient": "top", **_FLAT}},
        "y": {"field": "term", "type": "nominal", "title": None, "sort": order},
    }  # fmt: skip
    spec = {
        **_base(),
        "data": {"values": values},
        "mark": {"type": "rect", "cursor": "pointer", "cornerRadius": 2},
        "encoding": {
            **position,
            "color": {
                "field": "share",
                "type": "quantitative",
                "title": say("chart.share"),
                "scale": {"scheme": "tealblues", "type": "sqrt"},
                "legend": {"orient": "bottom", "gradientLength": 160, "titleLimit": 300},
            },
            "href": {"field": "href"},
            "tooltip": _tooltip(
                ("term", say("chart.term")), ("platform", say("chart.platform")), ("n", say("chart.offers")),
                ("share", say("chart.share")),
            ),
        },
        "config": {"axis": {"grid": False, "ticks": False, "domain": False}},
    }  # fmt: skip
    rows.sort(key=lambda row: -int(row.cells[2] or 0))
    columns = (say("chart.term"), say("chart.platform"), say("chart.offers"), say("chart.share"))
    return Figure(spec, Table(say("heat.title"), columns, tuple(rows)))


def prices_figure(prices: Prices, say: Say) -> Figure:
    """Quantiles of the most frequent currency and unit over time: bands and the median."""
    series = prices.series[0] if prices.series else None
    unit = " / ".join(part for part in (series.currency, series.unit) if part) if series else ""
    values, rows = [], []
    for step, found in zip(prices.steps, series.quantiles if series else (), strict=False):
        if found is None:
            continue
        days = Offered(step, last_day(step, prices.by))
        href = listings_address(All((prices.query, days)))
        values.append(
            {
                "day": str(step),
                "p10": found.p10,
                "p25": found.p25,
                "p50": found.p50,
                "p75": found.p75,
                "p90": found.p90,
                "n": found.count,
                "href": href,
            }
        )
        rounded = (round(value, 2) for value in (found.p10, found.p25, found.p50, found.p75, found.p90))
        rows.append(Row((str(step), found.count, *rounded), href))
    axis: Spec = {
        "field": "day",
        "type": "temporal",
        "timeUnit": _TIME_UNITS["day"],
        "title": None,
        "axis": {**_days_axis(prices.by), "tickCount": 6},
    }
    amount: Spec = {"type": "quantitative", "title": unit, "scale": {"zero": False}}
    names = ("p10", "p25", "p50", "p75", "p90")
    tooltip = _tooltip(
        ("day", say("chart.day")), *((name, name) for name in names), ("n", say("chart.prices"))
    )
    spec = {
        **_base(),
        "data": {"values": values},
        "encoding": {"x": axis},
        "layer": [
            {
                "mark": {"type": "area", "opacity": 0.18, "color": "#4c78a8"},
                "encoding": {"y": {"field": "p10", **amount}, "y2": {"field": "p90"}},
            },
            {
                "mark": {"type": "area", "opacity": 0.3, "color": "#4c78a8"},
                "encoding": {"y": {"field": "p25", **amount}, "y2": {"field": "p75"}},
            },
            {
                "mark": {"type": "line", "color": "#4c78a8", "strokeWidth": 2},
                "encoding": {"y": {"field": "p50", **amount}},
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 60,
                    "color": "#4c78a8",
                    "cursor": "pointer",
                },
                "encoding": {
                    "y": {"field": "p50", **amount},
                    "href": {"field": "href"},
                    "tooltip": tooltip,
                },
            },
        ],
    }
    columns = (say("chart.day"), say("chart.prices"), *(f"{name} {unit}".strip() for name in names))
    return Figure(spec, Table(say("prices.title"), columns, tuple(rows)))


def links_figure(links: Sequence[SellerLink], say: Say, *, top: int = 120) -> Figure:
    """Sellers who point to other sellers, as a net (in Vega, since Vega-Lite has no forces)."""
    shown = sorted(links, key=lambda link: link.seen_at, reverse=True)[:top]
    sellers: dict[tuple[str, str], int] = {}
    for link in shown:
        for end in ((link.from_platform, link.from_seller), (link.to_platform, link.to_seller)):
            sellers.setdefault(end, len(sellers))
    nodes = [
        {
            "index": index,
            "platform": plain(platform),
            "seller": plain(seller),
            "href": _seller_address(platform, seller),
        }
        for (platform, seller), index in sellers.items()
    ]
    edges = [
        {
            "source": sellers[link.from_platform, link.from_seller],
            "target": sellers[link.to_platform, link.to_seller],
        }
        for link in shown
    ]
    rows = tuple(
        Row(
            (
                plain(link.from_seller), plain(link.from_platform), plain(link.to_seller),
                plain(link.to_platform), str(link.seen_at.date()),
            ),
            _seller_address(link.from_platform, link.from_seller),
        )
        for link in shown
    )  # fmt: skip
    columns = tuple(say(f"links.{name}") for name in ("from", "from platform", "to", "to platform", "seen"))
    return Figure(_net(nodes, edges, say), Table(say("links.title"), columns, rows))


def _net(nodes: list[Spec], edges: list[Spec], say: Say) -> Spec:
    fields = (("chart.platform", "platform"), ("chart.seller", "seller"))
    parts = ", ".join(f"'{say(key)}': datum.{field}" for key, field in fields)
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "width": 400,
        "height": 240,
        "padding": 4,
        "autosize": "none",
        "data": [{"name": "sellers", "values": nodes}, {"name": "jumps", "values": edges}],
        "scales": [
            {
                "name": "color",
                "type": "ordinal",
                "domain": {"data": "sellers", "field": "platform"},
                "range": ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#b279a2", "#439894", "#b79a20"],
            }
        ],
        "legends": [{"fill": "color", "orient": "bottom-left", "symbolType": "circle"}],
        "marks": [
            {
                "name": "nodes",
                "type": "symbol",
                "zindex": 1,
                "from": {"data": "sellers"},
                "encode": {
                    "enter": {
                        "fill": {"scale": "color", "field": "platform"},
                        "size": {"value": 90},
                        "middle_x": {"signal": "width / 2"},
                        "middle_y": {"signal": "height / 2"},
                        "cursor": {"value": "pointer"},
                        "href": {"field": "href"},
                        "tooltip": {"signal": f"{{{parts}}}"},
                    }
                },
                "transform": [
                    {
                        "type": "force",
                        "iterations": 250,
                        "static": True,
                        "signal": "force",
                        "forces": [
                            {"force": "center", "x": {"signal": "width / 2"}, "y": {"signal": "height / 2"}},
                            {"force": "collide", "radius": 9},
                            {"force": "nbody", "strength": -22, "distanceMax": 120},
                            {"force": "x", "x": "middle_x", "strength": 0.05},
                            {"force": "y", "y": "middle_y", "strength": 0.14},
                            {"force": "link", "links": "jumps", "distance": 26},
                        ],
                    }
                ],
            },
            {
                "type": "path",
                "from": {"data": "jumps"},
                "interactive": False,
                "encode": {
                    "update": {
                        "stroke": {"value": "#8a94a0"},
                        "strokeWidth": {"value": 1},
                        "opacity": {"value": 0.7},
                    }
                },
                "transform": [
                    {
                        "type": "linkpath",
                        "require": {"signal": "force"},
                        "shape": "line",
                        "sourceX": "datum.source.x",
                        "sourceY": "datum.source.y",
                        "targetX": "datum.target.x",
                        "targetY": "datum.target.y",
                    }
                ],
            },
        ],
    }


_FLAT: Final[Spec] = {"labelAngle": 0}
_TIME_UNITS: Final[dict[Step, str]] = {
    "day": "utcyearmonthdate",
    "week": "utcyearmonthdate",
    "month": "utcyearmonth",
}


def _seller_address(platform: str, seller: str) -> str:
    return listings_address(All((Has("platform", (platform,)), Has("seller", (seller,)))))


def _days_axis(by: Step) -> Spec:
    return {"format": "%Y-%m" if by == "month" else "%m-%d", "grid": False}


def _base() -> Spec:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": "container",
        "autosize": {"type": "fit", "contains": "padding"},
    }


def _tooltip(*fields: tuple[str, str]) -> list[Spec]:
    return [
        {"field": field, "title": title}
        | (
            {"type": "temporal", "timeUnit": "utcyearmonthdate", "format": "%Y-%m-%d"}
            if field == "day"
            else {}
        )
        for field, title in fields
    ]


def _utc(day: date) -> Spec:
    return {"year": day.year, "month": day.month, "date": day.day, "utc": True}


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
