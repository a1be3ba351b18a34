"""Templates, aliases and roll-over: by the client, or by the cluster where it can."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.errors import StoreError
from pipelines.store.elasticsearch.connection import ClusterSettings, connect
from pipelines.store.elasticsearch.indices import Indices, Keeping
from pipelines.store.elasticsearch.mappings import KINDS, fields, properties
from tests.elasticsearch.answering import Asked, answering


def test_the_indices_have_the_mapping_that_is_written_down_and_refuse_other_fields(client, indices):
    indices.prepare("store-1")
    for kind in KINDS:
        found = client.indices.get_mapping(index=indices.alias(kind)).body
        (mapping,) = (each["mappings"] for each in found.values())
        assert mapping["dynamic"] == "strict"
        assert mapping["_meta"] == mapping["_meta"] | {"kind": kind, "store": "store-1"}
        assert flat(mapping["properties"]) == fields(kind)
        assert {"lexicon_version", "pipeline_version"} <= fields(kind).keys()


def flat(properties: dict[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, field in properties.items():
        inner = field.get("properties")
        if inner is None or "type" in field:
            found[before + name] = field.get("type", "object")
        found |= flat(inner or {}, f"{before}{name}.")
    return found


def test_preparing_again_asks_twice_and_changes_nothing(client, indices):
    assert indices.prepare("store-1") is True
    before = client.indices.get(index=f"{indices.prefix}-*").body
    assert indices.prepare("store-1") is False
    assert client.indices.get(index=f"{indices.prefix}-*").body == before


def test_fields_that_a_newer_program_writes_are_added_to_existing_indices(client, indices, monkeypatch):
    indices.prepare("store-1")
    module = "pipelines.store.elasticsearch.indices"
    monkeypatch.setattr(f"{module}.fingerprint", lambda: "newer")
    newer = {"note": {"type": "keyword"}}
    monkeypatch.setattr(f"{module}.properties", lambda kind: properties(kind) | newer)
    assert indices.prepare("store-1") is False
    for kind in KINDS:
        found = client.indices.get_mapping(index=indices.alias(kind)).body
        assert all("note" in each["mappings"]["properties"] for each in found.values())


def test_a_field_of_another_type_needs_a_rebuild(indices, monkeypatch):
    indices.prepare("store-1")
    module = "pipelines.store.elasticsearch.indices"
    monkeypatch.setattr(f"{module}.fingerprint", lambda: "newer")
    monkeypatch.setattr(
        f"{module}.properties", lambda kind: properties(kind) | {"score": {"type": "keyword"}}
    )
    with pytest.raises(StoreError, match=r"fields of another type.*--rebuild"):
        indices.prepare("store-1")


@pytest.mark.parametrize("prefix", ["", "JW", "1a", "a-b", "a*", "a" * 41])
def test_a_prefix_that_no_index_can_have_is_refused(prefix):
    client = connect(ClusterSettings("http://127.0.0.1:1"))
    with pytest.raises(StoreError, match="cannot begin the names of indices"):
        Indices(client, prefix)


def with_features(asked: Asked) -> tuple[int, Any]:
    """A cluster that has lifecycle management and data streams, and no index yet."""
    if asked.path.startswith("/_alias/"):
        return 200, {}
    if asked.path.startswith("/_data_stream/") and asked.method == "GET":
        return 200, {"data_streams": []}
    if asked.method == "GET" and asked.path == "/_ilm/status":
        return 200, {"operation_mode": "RUNNING"}
    return 200, {} if asked.method == "GET" else {"acknowledged": True}


def test_a_cluster_with_lifecycle_management_and_data_streams_uses_them():
    with answering(with_features) as server:
        indices = Indices(connect(ClusterSettings(server.url)), "jw", Keeping(keep_days=90))
        assert indices.prepare("store-1") is True
        policy = server.put("/_ilm/policy/jw-hits")["policy"]["phases"]
        assert policy["hot"]["actions"]["rollover"]["max_primary_shard_size"] == "30gb"
        assert policy["delete"] == {"min_age": "90d", "actions": {"delete": {}}}
        assert "delete" not in server.put("/_ilm/policy/jw-listings")["policy"]["phases"]
        hits, versions = (server.put(f"/_index_template/jw-{kind}") for kind in ("hits", "versions"))
        assert hits["data_stream"] == {}
        assert hits["template"]["settings"]["index.lifecycle.name"] == "jw-hits"
        assert "index.lifecycle.rollover_alias" not in hits["template"]["settings"]
        assert "data_stream" not in versions
        assert versions["template"]["settings"]["index.lifecycle.rollover_alias"] == "jw-versions"
        paths = [(each.method, each.path) for each in server.asked]
        assert ("PUT", "/_data_stream/jw-hits-000001") in paths
        assert ("PUT", "/jw-versions-000001") in paths
        before = len(server.asked)
        indices.tend()
        assert len(server.asked) == before, "the cluster rolls over by itself"


@pytest.mark.parametrize("status", [400, 404, 405, 410])
def test_a_feature_that_is_answered_with_an_error_is_absent(status):
    with answering(lambda _: (status, {"error": {"type": "x", "reason": "y"}})) as server:
        features = Indices(connect(ClusterSettings(server.url)), "jw").features
        assert (features.lifecycle, features.data_streams) == (False, False)
