"""`jargonwatch ship` and `jargonwatch kibana` as typed, against a real cluster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from crawler import cli
from crawler.config import load_workspace
from dashboards.kibana.bundle import ndjson
from pipelines.store.elasticsearch.connection import address
from pipelines.store.sqlite import open_store
from tests.elasticsearch.answering import answering
from tests.pipelines.store_cases import offer, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new workspace, as the working directory, without secrets in the environment."""
    for name in ("WORKSPACE", "KEY", "ELASTICSEARCH_API_KEY", "ELASTICSEARCH_PASSWORD", "KIBANA_API_KEY"):
        monkeypatch.delenv(f"JARGONWATCH_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    assert cli.run(["init", "desk"]) == 0
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def crawled(desk: Path, client, indices) -> Path:
    """That workspace with a cluster and thirty listings."""
    said = f'elasticsearch = "{address(client)}"\nelasticsearch_prefix = "{indices.prefix}"\n'
    (desk / "jargonwatch.toml").write_text(said)
    path = load_workspace().store_path
    path.parent.mkdir(exist_ok=True)
    with open_store(path) as store:
        start(store)
        store.write([offer(n) for n in range(30)], run_id="run-1")
    return desk


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command line that succeeds; what it printed on standard output."""

    def show(*words: str) -> str:
        capsys.readouterr()
        assert cli.run(words) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return show


def test_shipping_says_what_it_did_and_status_what_waits(crawled, shown, client, indices):
    assert shown("ship", "--status").startswith("shipped last: never; 61 changes wait")
    said = shown("ship", "--verify")
    assert "61 changes: 92 documents written, 0 were there, 0 dropped, 0 refused" in said
    assert "Every day has the same documents" in said
    assert "0 changes wait" in shown("ship", "--status")
    indices.refresh()
    assert indices.documents("listings") == 30


def test_programs_get_json(crawled, shown):
    assert json.loads(shown("ship", "--status", "--json")) == {
        "shipped_at": None,
        "pending": 61,
        "refused": [],
    }
    result = json.loads(shown("ship", "--verify", "--json"))
    assert result == {
        "changes": 61,
        "written": 92,
        "known": 0,
        "dropped": 0,
        "refused": 0,
        "differences": [],
    }
    assert json.loads(shown("ship", "--rebuild", "--json"))["written"] == 92


def test_refused_documents_are_listed_with_the_reason_and_end_in_a_failure(
    crawled, shown, client, indices, capsys
):
    shown("ship")
    limit = {"index.mapping.nested_objects.limit": 0}
    client.indices.put_settings(index=indices.alias("listings"), settings=limit)
    with open_store(load_workspace().store_path) as store:
        store.write([offer(99)], run_id="run-1")
    assert cli.run(["ship"]) == 1
    assert "the cluster refuses 1 documents; see: jargonwatch ship --status" in capsys.readouterr().err
    (letter,) = json.loads(shown("ship", "--status", "--json"))["refused"]
    assert (letter["kind"], letter["key"]) == ("listings", offer(99).listing.listing_id)
    assert "nested documents" in letter["reason"]
    assert cli.run(["ship", "--verify"]) == 1
    assert "1 days differ" in capsys.readouterr().err
    client.indices.put_settings(
        index=indices.alias("listings"), settings={"index.mapping.nested_objects.limit": None}
    )
    assert "0 refused" in shown("ship", "--retry", "--verify")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["ship"], 2, "no cluster is configured"),
        (["ship", "--status", "--rebuild"], 2, "exclude each other"),
        (["kibana", "push"], 2, "no Kibana is configured"),
    ],
)
def test_what_is_missing_is_said_in_a_line(desk, capsys, words, code, message):
    capsys.readouterr()
    assert cli.run(words) == code
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_a_workspace_without_a_store_has_nothing_to_ship(desk, capsys):
    (desk / "jargonwatch.toml").write_text('elasticsearch = "http://127.0.0.1:9"\n')
    capsys.readouterr()
    assert cli.run(["ship"]) == 1
    assert "there is no store yet" in capsys.readouterr().err


def test_dashboards_are_exported_and_pushed(desk, shown, monkeypatch):
    assert "17 objects are in desk.ndjson" in shown("kibana", "export", "desk.ndjson")
    assert (desk / "desk.ndjson").read_text(encoding="utf-8") == ndjson("jw")
    monkeypatch.setenv("JARGONWATCH_KIBANA_API_KEY", "a2V5")
    with answering(lambda _: (200, {"success": True, "successCount": 17})) as kibana:
        (desk / "jargonwatch.toml").write_text(f'kibana = "{kibana.url}"\nkibana_space = "desk"\n')
        assert f"17 objects are in {kibana.url}, space desk" in shown("kibana", "push").replace("\n", "")
        assert kibana.asked[0].headers["authorization"] == "ApiKey a2V5"
