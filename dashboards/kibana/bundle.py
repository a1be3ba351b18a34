"""Everything for Kibana as saved objects: dashboards compiled from their YAML, and what they stand on."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import yaml

from dashboards.kibana.objects import data_views, searches, tag, tag_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.kibana.objects import SavedObject

_PLACEHOLDER: Final = "PREFIX-"

DASHBOARD_VERSION: Final = "8.9.0"
"""The compiler writes 10.2.0, which Kibana has since 8.14. All that sets it apart from 8.9.0 is one setting
of the controls, left out here at its default, so that older Kibanas import the dashboards too."""

_ONLY_SINCE_8_14: Final = "showApplySelections"
_DRILL_DOWN: Final = "Listings behind it 查看帖子"
_TARGET: Final = "offers"
_KEPT: Final = ("id", "type", "attributes", "references", "coreMigrationVersion", "managed")


def saved_objects(prefix: str) -> list[SavedObject]:
    """All objects for the indices of a prefix, each after those that it refers to. Ids never change."""
    return [tag(prefix), *data_views(prefix), *searches(prefix), *_dashboards(prefix)]


def ndjson(prefix: str) -> str:
    """All objects as Kibana imports them: one JSON object a line."""
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in saved_objects(prefix))


def _dashboards(prefix: str) -> Iterator[SavedObject]:
    from kb_dashboard_core import render  # takes a second
    from kb_dashboard_core.loader import DashboardConfig

    folder = resources.files("dashboards.kibana")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda f: f.name)
    for file in files:
        said = yaml.safe_load(file.read_text(encoding="utf-8").replace(_PLACEHOLDER, f"{prefix}-"))
        for dashboard in said["dashboards"]:
            _add_drill_downs(dashboard, f"{prefix}-{_TARGET}")
        for config in DashboardConfig.model_validate(said).dashboards:
            yield _finished(render(config).model_dump(by_alias=True, mode="json"), prefix)


def _add_drill_downs(dashboard: dict[str, Any], target: str) -> None:
    """Have a click on any chart lead to the listings, with the filters and the time of the dashboard."""
    for panel in dashboard["panels"]:
        if "lens" in panel:
            panel["drilldowns"] = [{"name": _DRILL_DOWN, "dashboard": target, "triggers": ["filter"]}]


def _finished(compiled: SavedObject, prefix: str) -> SavedObject:
    """A compiled dashboard with titles on its panels and the tag, in the older shape."""
    finished = {name: compiled[name] for name in _KEPT}
    attributes = finished["attributes"]
    panels = json.loads(attributes["panelsJSON"])
    for panel in panels:
        named = panel["embeddableConfig"].get("attributes") or panel["embeddableConfig"].get("savedVis") or {}
        panel["title"] = named.get("title", "")
    attributes["panelsJSON"] = json.dumps(panels, ensure_ascii=False)
    attributes["controlGroupInput"].pop(_ONLY_SINCE_8_14, None)
    finished["references"] = [*compiled["references"], tag_reference(prefix)]
    finished["typeMigrationVersion"] = DASHBOARD_VERSION
    return finished
