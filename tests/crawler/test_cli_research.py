"""Questions to history from the command line."""

from __future__ import annotations

import json

import pytest

from crawler.cli import run
from crawler.config import init_workspace
from pipelines.store.answers import RunEnd
from pipelines.store.sqlite import open_store
from tests.pipelines.store_cases import DAY, HOUR, NOON, hit, offer, seen, start

SETS = {"term_id": "bankcard.four-piece-set", "term": "四件套"}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    workspace = init_workspace(tmp_path / "desk")
    workspace.data_dir.mkdir()
    with open_store(workspace.store_path) as store:
        start(store)
        batch = [offer(n, hits=[hit(**SETS)]) for n in range(3)]
        store.write([*batch, seen(offer(9, hits=[hit(**SETS)]), NOON - 40 * DAY)], run_id="run-1")
        store.finish_run("run-1", RunEnd(NOON + HOUR, "done"))
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("USER", "wang")
    monkeypatch.setenv("LOGNAME", "wang")
    return workspace.root


def answer(capsys, *arguments: str) -> str:
    assert run(arguments) == 0
    return capsys.readouterr().out


def test_a_search_shows_listings_and_what_the_answer_rests_on(desk, capsys):
    assert run(["search", "term:四件套", "--limit", "2"]) == 0
    shown = capsys.readouterr()
    assert "四件套 第2号" in shown.out
    assert "crawled on 1 of 1 days" in shown.err
    assert "there is more: --cursor" in shown.err


def test_a_mistake_in_a_query_is_one_line_with_its_place(desk, capsys):
    assert run(["search", "term:四件套 platfrom:x"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "jargonwatch: unknown field 'platfrom' at 10, did you mean 'platform'?\n"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["search", "四件套", "--concordance"], "四件套 第2号"),
        (["trend", "四件套", "--by", "month"], "2025-03-01"),
        (["prices", "term:四件套"], "0.5"),
        (["sellers"], "seller-1"),
        (["history", "四件套"], "peak"),
        (["compare", "2025-01", "2025-03"], "四件套"),
        (["cooccur", "四件套"], "name"),
    ],
)
def test_every_question_has_its_answer(desk, capsys, arguments, shown):
    assert shown in answer(capsys, *arguments)


def test_answers_go_to_pipes_and_files(desk, capsys):
    lines = answer(capsys, "search", "term:四件套", "--format", "jsonl").splitlines()
    assert {json.loads(line)["seller"] for line in lines} == {"seller-1"}
    assert answer(capsys, "trend", "四件套", "--by", "month", "--format", "csv").startswith("step,series")
    assert answer(capsys, "search", "--output", "all.parquet") == ""
    manifest = json.loads((desk / "all.parquet.manifest.json").read_text(encoding="utf-8"))
    assert manifest["rows"] == 4
    assert not manifest["more_rows"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search", "--format", "parquet"], "add --output FILE.parquet"),
        (["search", "--output", "all.xls"], "how is it to be written? end the name in .csv"),
        (["compare", "2025-01..", "2025-03"], "'2025-01..' is no period"),
        (["search", "--from", "elasticsearch"], "no cluster is configured"),
        (["search", "--concordance", "--order", "strongest"], "leave --order away"),
    ],
)
def test_wrong_use_says_what_to_do(desk, capsys, arguments, said):
    assert run(arguments) == 2
    assert said in capsys.readouterr().err.replace("\n", " ")


def test_queries_are_saved_and_asked_by_name(desk, capsys):
    assert "@sets is saved" in answer(capsys, "queries", "save", "sets", "term:四件套")
    listed = answer(capsys, "queries", "list")
    assert "@sets" in listed
    assert "term:四件套" in listed
    assert len(answer(capsys, "search", "@sets since:2025-03-01", "--format", "jsonl").splitlines()) == 3
    assert run(["queries", "save", "wrong", "platfrom:x"]) == 1
    assert run(["queries", "remove", "sets", "--owner", "li"]) == 1
    answer(capsys, "queries", "remove", "sets")
    assert "@sets" not in answer(capsys, "queries", "list")
