"""What is brought to Kibana: of the shape that it imports, of fields that exist, and showing something."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from crawler.shipping import Shipper
from dashboards.kibana.bundle import ndjson, saved_objects
from dashboards.kibana.push import KibanaError, KibanaSettings, push
from pipelines.store.elasticsearch.indices import Indices
from pipelines.store.elasticsearch.mappings import fields
from pipelines.store.elasticsearch.outbox import Outbox
from pipelines.store.sqlite import SqliteStore
from tests.elasticsearch.answering import answering
from tests.elasticsearch.cluster import cluster, new_prefix, remove
from tests.elasticsearch.demo_data import UNUSUAL, fill
from tests.elasticsearch.kibana_shapes import OBJECT
from tests.elasticsearch.panels import Panel, panels, search_request

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "jw"
OBJECTS = saved_objects(PREFIX)
PANELS = list(panels(OBJECTS))
DASHBOARDS = [each for each in OBJECTS if each["type"] == "dashboard"]
SEARCHES = [each for each in OBJECTS if each["type"] == "search"]

AGGREGATABLE = {"keyword", "boolean", "date", "date_nanos", "double", "integer", "long"}


def named(objects: list[dict]) -> list[str]:
    return [each["id"] for each in objects]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indices]:
    """Indices with weeks of made-up data."""
    path = tmp_path_factory.mktemp("demo") / "store.sqlite"
    indices = Indices(cluster(), new_prefix())
    with SqliteStore(path) as store, Outbox(path, indices.prefix) as outbox:
        fill(store)
        assert Shipper(outbox, cluster(), indices, patience=0).ship().refused == 0
    indices.refresh()
    yield indices
    remove(cluster(), indices)


@pytest.mark.parametrize("number", range(len(OBJECTS)), ids=named(OBJECTS))
def test_every_object_has_the_shape_that_kibana_imports(number):
    OBJECT.validate_python(OBJECTS[number])


def test_every_reference_leads_to_an_object_that_comes_before_or_to_a_dashboard():
    known: set[tuple[str, str]] = {("dashboard", each["id"]) for each in DASHBOARDS}
    for each in OBJECTS:
        assert {(to["type"], to["id"]) for to in each["references"]} <= known, each["id"]
        known.add((each["type"], each["id"]))
    assert len(known) == len(OBJECTS)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=named(DASHBOARDS))
def test_every_name_inside_a_dashboard_is_among_its_references(dashboard):
    names = {reference["name"]: reference["id"] for reference in dashboard["references"]}
    assert f"tag-ref-{PREFIX}-tag" in names
    for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
        attributes = panel["embeddableConfig"].get("attributes", {})
        for reference in attributes.get("references", []):
            assert names[f"{panel['panelIndex']}:{reference['name']}"] == reference["id"]
        layers = (
            attributes.get("state", {}).get("datasourceStates", {}).get("formBased", {}).get("layers", {})
        )
        named_layers = {reference["name"] for reference in attributes.get("references", [])}
        assert named_layers == {f"indexpattern-datasource-layer-{layer}" for layer in layers}
    controls = json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"])
    for identity, control in controls.items():
        assert f"controlGroup_{identity}:{control['type'].removesuffix('Control')}DataView" in names


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=named(DASHBOARDS))
def test_panels_fill_their_rows_and_do_not_overlap(dashboard):
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
        grid = panel["gridData"]
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert grid["x"] + grid["w"] <= 48
        assert not cells & taken
        assert grid["i"] == panel["panelIndex"]
        taken |= cells


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=named(DASHBOARDS))
def test_titles_and_descriptions_are_in_both_languages_and_every_chart_leads_to_the_listings(dashboard):
    attributes = dashboard["attributes"]
    texts = [attributes["title"], attributes["description"]]
    for panel in json.loads(attributes["panelsJSON"]):
        texts.append(panel["title"] or attributes["title"])
        if panel["type"] == "lens":
            (event,) = panel["embeddableConfig"]["enhancements"]["dynamicActions"]["events"]
            assert event["action"]["factoryId"] == "DASHBOARD_TO_DASHBOARD_DRILLDOWN"
            kind, event_id = event["action"]["factoryId"], event["eventId"]
            name = f"{panel['panelIndex']}:drilldown:{kind}:{event_id}:dashboardId"
            assert {"type": "dashboard", "id": f"{PREFIX}-offers", "name": name} in dashboard["references"]
    for text in texts:
        assert re.search(r"[A-Za-z]", text), text
        assert re.search(r"[\u4e00-\u9fff]", text), text


def test_the_same_objects_come_out_every_time_and_others_for_another_prefix():
    assert ndjson(PREFIX) == ndjson(PREFIX)
    assert not {each["id"] for each in saved_objects("other")} & {each["id"] for each in OBJECTS}


def field_names(query: str) -> set[str]:
    return set(re.findall(r"([\w.@]+)(?:: | (?:>=|<=|<|>) )", re.sub(r'"[^"]*"', '""', query)))


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.dashboard} {panel.title}")
def test_every_field_of_a_panel_is_in_the_mapping_and_of_a_type_that_can_be_counted(panel: Panel):
    known = fields(panel.data_view.removeprefix(f"{PREFIX}-"))
    for column in panel.columns:
        field = column.get("sourceField")
        if field and field != "___records___":
            assert known[field] in AGGREGATABLE, f"{panel.title}: {field}"
            if column["operationType"] == "date_histogram":
                assert field == "@timestamp"
    for query in panel.queries:
        assert field_names(query)
        assert field_names(query) <= known.keys()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=named(DASHBOARDS))
def test_controls_filter_fields_that_all_panels_of_the_dashboard_have(dashboard):
    views = {
        panel.data_view.removeprefix(f"{PREFIX}-") for panel in PANELS if panel.dashboard == dashboard["id"]
    }
    for control in json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"]).values():
        given = control["explicitInput"]
        assert fields(given["dataViewId"].removeprefix(f"{PREFIX}-"))[given["fieldName"]] in AGGREGATABLE
        for view in views - {"links"}:  # a link has no listing: it is shown whole
            assert given["fieldName"] in fields(view), f"{dashboard['id']}: {view}"


@pytest.mark.parametrize("search", SEARCHES, ids=named(SEARCHES))
def test_every_field_of_a_saved_search_is_in_the_mapping(search):
    known = fields("listings")
    attributes = search["attributes"]
    query = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])["query"]["query"]
    assert {
        *attributes["columns"],
        *(field for field, _ in attributes["sort"]),
        *field_names(query),
    } <= known.keys()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.dashboard} {panel.title}")
def test_every_panel_shows_something_of_demo_data(shown: Indices, panel: Panel):
    index = panel.data_view.replace(f"{PREFIX}-", f"{shown.prefix}-", 1)
    found = cluster().search(index=index, body=panel.body)
    assert found["timed_out"] is False
    if "aggs" in panel.body:
        assert_shown(found.get("aggregations", {}))
    if panel.body.get("size") != 0 or not panel.body["aggs"]:
        assert found["hits"]["total"]["value"] > 0


def assert_shown(aggregations: dict[str, Any]) -> None:
    """Every aggregation has buckets or a value, and of those below a bucket one has, in some bucket."""
    for name, each in aggregations.items():
        if "buckets" in each:
            filled = [bucket for bucket in each["buckets"] if bucket["doc_count"]]
            assert filled, name
            below = [{key: value for key, value in b.items() if isinstance(value, dict)} for b in filled]
            for key in below[0]:
                assert any(has_something(bucket[key]) for bucket in below), f"{name} > {key}"
        else:
            assert has_something(each), name


def has_something(each: dict[str, Any]) -> bool:
    if "buckets" in each:
        return any(bucket["doc_count"] for bucket in each["buckets"])
    if "values" in each:
        return any(value is not None for value in each["values"].values())
    return bool(each.get("doc_count", each.get("value")))


def test_the_term_that_is_new_this_week_is_the_most_unusual(shown: Indices):
    (panel,) = (each for each in PANELS if each.title.startswith("Unusual"))
    found = cluster().search(index=f"{shown.prefix}-hits", body=panel.body)
    assert found["aggregations"]["unusual"]["buckets"][0]["key"] == UNUSUAL


def test_words_that_a_saved_search_looks_for_are_highlighted(shown: Indices):
    (search,) = (each for each in SEARCHES if each["id"].endswith("secrecy"))
    found = cluster().search(index=f"{shown.prefix}-listings", body=search_request(search))
    highlighted = found["hits"]["hits"][0]["highlight"]["description"][0]
    assert "".join(re.findall(r"<em>(.*?)</em>", highlighted)) == "懂的来"


def test_objects_are_pushed_into_a_space_with_the_key_and_over_what_is_there():
    with answering(lambda _: (200, {"success": True, "successCount": 17})) as server:
        assert push(KibanaSettings(server.url, "desk", api_key="a2V5"), ndjson(PREFIX)) == 17
        (asked,) = server.asked
        assert (asked.method, asked.path) == ("POST", "/s/desk/api/saved_objects/_import?overwrite=true")
        assert asked.headers["kbn-xsrf"] == "true"
        assert asked.headers["authorization"] == "ApiKey a2V5"
        assert b'filename="jargonwatch.ndjson"' in asked.body
        assert ndjson(PREFIX).encode() in asked.body
        push(KibanaSettings(f"{server.url}/", user="u", password="p"), "")
        assert server.asked[1].path == "/api/saved_objects/_import?overwrite=true"
        assert server.asked[1].headers["authorization"].startswith("Basic ")


REFUSAL = {"id": "jw-term", "type": "dashboard", "error": {"type": "missing_references"}}


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (
            200,
            {"success": False, "successCount": 16, "errors": [REFUSAL]},
            "dashboard jw-term: missing_references",
        ),
        (401, {"message": "no"}, "Kibana answers 401"),
        (404, {"message": "no such space"}, "Kibana answers 404"),
    ],
)
def test_what_kibana_refuses_is_said(status, body, message):
    with answering(lambda _: (status, body)) as server, pytest.raises(KibanaError, match=message):
        push(KibanaSettings(server.url), "")


def test_a_kibana_that_is_not_there_is_named():
    with answering(lambda _: (200, {})) as server:
        url = server.url
    with pytest.raises(KibanaError, match=f"{url}: Kibana cannot be reached"):
        push(KibanaSettings(url), "")
