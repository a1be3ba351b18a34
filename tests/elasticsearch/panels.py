"""What Kibana asks of Elasticsearch for each panel of the dashboards, as far as they use it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashboards.kibana.objects import SavedObject

    type Clause = dict[str, Any]

_COMPARISON = re.compile(r'(\S+) (>=|<=|>|<) "([^"]+)"')
_OPERATORS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}
_PLAIN = {"count", "formula", "math"}
_METRICS = {"unique_count": "cardinality", "average": "avg", "max": "max", "min": "min", "sum": "sum"}


@dataclass(frozen=True)
class Panel:
    """A panel's request to the indices of a data view."""

    dashboard: str
    title: str
    data_view: str
    body: Clause
    columns: tuple[Mapping[str, Any], ...] = ()
    queries: tuple[str, ...] = ()


def panels(objects: list[SavedObject]) -> Iterator[Panel]:
    """The requests of all panels of all dashboards."""
    searches = {each["id"]: each for each in objects if each["type"] == "search"}
    for dashboard in objects:
        if dashboard["type"] != "dashboard":
            continue
        for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
            if panel["type"] == "lens":
                yield _lens(dashboard, panel)
            elif panel["type"] == "visualization":
                yield _vega(dashboard, panel)
            else:
                yield _search(dashboard, panel, searches)


def search_request(search: SavedObject) -> Clause:
    """What Discover asks for a saved search."""
    source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    return {
        "query": kql(source["query"]["query"]),
        "sort": [{field: direction} for field, direction in search["attributes"]["sort"]],
        "highlight": {"fields": {"*": {}}},
    }


def kql(query: str) -> Clause:
    """A query in Kibana's language as Elasticsearch has it, of what the dashboards use of that language."""
    if not query:
        return {"match_all": {}}
    if query.startswith("not "):
        return {"bool": {"must_not": [kql(query[4:])]}}
    for word, clause in ((" or ", "should"), (" and ", "filter")):
        if len(parts := _parts(query, word)) > 1:
            return {"bool": {clause: [kql(part) for part in parts]}}
    if found := _COMPARISON.fullmatch(query):
        return {"range": {found[1]: {_OPERATORS[found[2]]: found[3]}}}
    field, value = query.split(": ", maxsplit=1)
    if value == "*":
        return {"exists": {"field": field}}
    values = value.strip("()").split(" or ") if value.startswith("(") else [value]
    return {"bool": {"should": [_match(field, each) for each in values]}}


def _match(field: str, value: str) -> Clause:
    return {"match_phrase": {field: value.strip('"')}} if value.startswith('"') else {"match": {field: value}}


def _parts(query: str, word: str) -> list[str]:
    """The parts of a query between words that stand outside of brackets."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(query):
        depth += (char == "(") - (char == ")")
        if depth == 0 and query.startswith(word, place):
            parts.append(query[start:place])
            start = place + len(word)
    return [*parts, query[start:]]


def _lens(dashboard: SavedObject, panel: Mapping[str, Any]) -> Panel:
    attributes = panel["embeddableConfig"]["attributes"]
    state = attributes["state"]
    (layer,) = state["datasourceStates"]["formBased"]["layers"].values()
    columns = [layer["columns"][name] for name in layer["columnOrder"]]
    aggregations: Clause = {}
    metrics: Clause = {}
    level = aggregations
    for number, column in enumerate(each for each in columns if each["isBucketed"]):
        level[f"b{number}"] = _bucket(column)
        level = level[f"b{number}"].setdefault("aggs", {})
    queries = [state["query"]["query"]]
    for number, column in enumerate(each for each in columns if not each["isBucketed"]):
        filtered = (column.get("filter") or {}).get("query")
        if filtered:
            queries.append(filtered)
            metrics[f"m{number}"] = {"filter": kql(filtered)}
        elif column["operationType"] not in _PLAIN:
            metrics[f"m{number}"] = _metric(column)
    level |= metrics
    view = attributes["references"][0]["id"]
    query = _in_time(dashboard, kql(state["query"]["query"]))
    body = {"size": 0, "track_total_hits": True, "query": query, "aggs": aggregations}
    queries = [each for each in queries if each]
    return Panel(dashboard["id"], panel["title"], view, body, tuple(columns), tuple(queries))


def _in_time(dashboard: SavedObject, query: Clause) -> Clause:
    times = {"gte": dashboard["attributes"]["timeFrom"], "lte": dashboard["attributes"]["timeTo"]}
    return {"bool": {"filter": [query, {"range": {"@timestamp": times}}]}}


def _bucket(column: Mapping[str, Any]) -> Clause:
    if column["operationType"] == "date_histogram":
        return {"date_histogram": {"field": column["sourceField"], "calendar_interval": "1d"}}
    assert column["operationType"] == "terms", column["operationType"]
    return {"terms": {"field": column["sourceField"], "size": column["params"]["size"]}}


def _metric(column: Mapping[str, Any]) -> Clause:
    kind, field = column["operationType"], column["sourceField"]
    if kind in ("median", "percentile"):
        percent = 50 if kind == "median" else column["params"]["percentile"]
        return {"percentiles": {"field": field, "percents": [percent]}}
    return {_METRICS[kind]: {"field": field}}


def _vega(dashboard: SavedObject, panel: Mapping[str, Any]) -> Panel:
    spec = json.loads(panel["embeddableConfig"]["savedVis"]["params"]["spec"])
    url = spec["data"]["url"]
    return Panel(dashboard["id"], panel["title"], url["index"], _at_time(url["body"]))


def _at_time(body: Any) -> Any:
    """A Vega request with the end of the time filter, as Kibana puts it in: now."""
    if isinstance(body, list):
        return [_at_time(each) for each in body]
    if not isinstance(body, dict):
        return body
    if body.get("%timefilter%") == "max":
        assert body["unit"] == "week"
        return int((datetime.now(UTC) + timedelta(weeks=body["shift"])).timestamp() * 1000)
    return {name: _at_time(each) for name, each in body.items()}


def _search(dashboard: SavedObject, panel: Mapping[str, Any], searches: Mapping[str, SavedObject]) -> Panel:
    (identity,) = (
        reference["id"]
        for reference in dashboard["references"]
        if reference["type"] == "search" and reference["name"].startswith(panel["panelIndex"])
    )
    body = search_request(searches[identity])
    body["query"] = _in_time(dashboard, body["query"])
    return Panel(dashboard["id"], panel["title"] or identity, searches[identity]["references"][0]["id"], body)
