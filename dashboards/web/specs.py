"""Specifications of the charts: Vega-Lite, and Vega for the net of sellers. Data come in as values.

Labels are given in the reader's language. Each value's `href` is where its mark leads; `day` is an ISO date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pipelines.records import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipelines.store.answers import Step

type Spec = dict[str, Any]
type Titles = Sequence[tuple[str, str]]
"""Fields of a value and what they are called, as its tooltip shows them."""

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
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


_TIME_UNITS: Final[dict[Step, str]] = {
    "day": "utcyearmonthdate",
    "week": "utcyearmonthdate",
    "month": "utcyearmonth",
}
_BLUE: Final = "#4c78a8"


def stacked_bars(
    values: list[Spec],
    by: Step,
    days: tuple[date, date],
    colors: Sequence[tuple[str, str]],
    titles: Titles,
) -> Spec:
    """Counts `n` a day, stacked by `name`; `colors` pairs names with colours. Dragging sets `brush`."""
    return {
        **_base(values),
        "params": [{"name": "brush", "select": {"type": "interval", "encodings": ["x"]}}],
        "mark": {"type": "bar", "cursor": "pointer", "binSpacing": 1},
        "encoding": {
            "x": {**_days(by, ticks=8), "scale": {"domain": [_utc(day) for day in days]}},
            "y": {"field": "n", "type": "quantitative", "title": None, "axis": {"domain": False}},
            "color": {
                "field": "name",
                "type": "nominal",
                "title": None,
                "scale": {"domain": [n for n, _ in colors], "range": [color for _, color in colors]},
                "legend": {"orient": "bottom", "columns": 3, "symbolType": "square"},
            },
            "order": {"aggregate": "sum", "field": "n", "sort": "descending"},
            "href": {"field": "href"},
            "tooltip": _tooltip(titles),
        },
    }


def cells(values: list[Spec], rows: list[str], legend: str, titles: Titles) -> Spec:
    """Shares by `term` (in the order of `rows`) and `platform`."""
    return {
        **_base(values),
        "mark": {"type": "rect", "cursor": "pointer", "cornerRadius": 2},
        "encoding": {
            "x": {
                "field": "platform",
                "type": "nominal",
                "title": None,
                "axis": {"orient": "top", "labelAngle": 0},
            },
            "y": {"field": "term", "type": "nominal", "title": None, "sort": rows},
            "color": {
                "field": "share",
                "type": "quantitative",
                "title": legend,
                "scale": {"type": "sqrt", "range": "heatmap"},
                "legend": {"orient": "bottom", "gradientLength": 160, "titleLimit": 300},
            },
            "href": {"field": "href"},
            "tooltip": _tooltip(titles),
        },
        "config": {"axis": {"grid": False, "ticks": False, "domain": False}},
    }


def bands(values: list[Spec], by: Step, unit: str, titles: Titles) -> Spec:
    """Quantiles p10 to p90 over time: two bands, and the median as a line with points."""

    def amount(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "title": unit, "scale": {"zero": False}}

    def band(low: str, high: str, opacity: float) -> Spec:
        return {
            "mark": {"type": "area", "opacity": opacity, "color": _BLUE},
            "encoding": {"y": amount(low), "y2": {"field": high}},
        }

    points = {"type": "point", "filled": True, "size": 60, "color": _BLUE, "cursor": "pointer"}
    return {
        **_base(values),
        "encoding": {"x": _days(by, ticks=6)},
        "layer": [
            band("p10", "p90", 0.18),
            band("p25", "p75", 0.3),
            {"mark": {"type": "line", "color": _BLUE, "strokeWidth": 2}, "encoding": {"y": amount("p50")}},
            {
                "mark": points,
                "encoding": {"y": amount("p50"), "href": {"field": "href"}, "tooltip": _tooltip(titles)},
            },
        ],
    }


def net(nodes: list[Spec], edges: list[Spec], titles: Titles) -> Spec:
    """Nodes, coloured by `platform`, that forces arrange; edges name them by place."""
    parts = ", ".join(f"'{title}': datum.{field}" for field, title in titles)
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


def _base(values: list[Spec]) -> Spec:
    return {
        "$schema": _SCHEMA,
        "width": "container",
        "height": "container",
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": values},
    }


def _days(by: Step, *, ticks: int) -> Spec:
    return {
        "field": "day",
        "type": "temporal",
        "timeUnit": _TIME_UNITS[by],
        "title": None,
        "axis": {"format": "%Y-%m" if by == "month" else "%m-%d", "grid": False, "tickCount": ticks},
    }


def _tooltip(titles: Titles) -> list[Spec]:
    day = {"type": "temporal", "timeUnit": "utcyearmonthdate", "format": "%Y-%m-%d"}
    return [{"field": field, "title": title} | (day if field == "day" else {}) for field, title in titles]


def _utc(day: date) -> Spec:
    return {"year": day.year, "month": day.month, "date": day.day, "utc": True}
