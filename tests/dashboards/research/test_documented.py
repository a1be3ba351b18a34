"""The page on queries and the example notebook say what is so."""

from __future__ import annotations

from pathlib import Path

import nbformat

from crawler.config import init_workspace
from dashboards.query import FIELDS
from pipelines.store.answers import RunEnd
from pipelines.store.sqlite import open_store
from tests.pipelines.store_cases import HOUR, NOON, hit, offer, start

DOCS = Path(__file__).parents[3] / "docs"


def test_every_field_of_the_query_language_is_documented_with_its_example():
    page = (DOCS / "query.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{field.name}` | {field.meaning} | `{field.example}` |" for field in FIELDS.values()]


def test_the_notebook_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    workspace = init_workspace(tmp_path / "demo-workspace")
    workspace.data_dir.mkdir()
    sets = {"term_id": "bankcard.four-piece-set", "term": "四件套"}
    with open_store(workspace.store_path) as store:
        start(store)
        store.write([offer(n, hits=[hit(**sets)]) for n in range(3)], run_id="run-1")
        store.finish_run("run-1", RunEnd(NOON + HOUR, "done"))
    monkeypatch.chdir(tmp_path)
    notebook = nbformat.reads((DOCS / "research.ipynb").read_text(encoding="utf-8"), as_version=4)
    names: dict[str, object] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs or cell.source == "archive.close()"
            exec(cell.source, names)  # noqa: S102 - our own notebook
    shown = capsys.readouterr().out
    assert "3 flagged listings" in shown
    assert "【四件套】" in shown
