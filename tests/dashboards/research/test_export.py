"""Answers as files, and saved queries."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from dashboards.research.basis import Basis, SourceBasis
from dashboards.research.errors import ExportError, ResearchError
from dashboards.research.export import export, write_text
from dashboards.research.saved import SavedQueries
from dashboards.research.table import Column, Table

ASKED = datetime(2025, 3, 10, 4, tzinfo=UTC)
GAP = (date(2025, 2, 3), date(2025, 2, 4))
SOURCE = SourceBasis("market-search", "market", date(2025, 1, 1), 69, 67, (GAP,))
BASIS = Basis(
    "embedded store", ASKED, "abc123", "1", 5, date(2025, 1, 1), date(2025, 3, 10), (SOURCE,)
)  # fmt: skip
COLUMNS = (
    Column("title", "text", "as written"),
    Column("offered", "date", "the day"),
    Column("price", "number", "in CNY"),
    Column("terms", "texts", "ids"),
)


def table(*titles: str) -> Table:
    rows = tuple((title, date(2025, 3, 10), -1.5, ("a", "b")) for title in titles)
    return Table("search", "term:a", COLUMNS, rows, BASIS)


@pytest.mark.parametrize(
    "title", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =HYPERLINK(1)", "\u3000@x"]
)
def test_no_text_is_a_formula_in_a_spreadsheet(title):
    written = io.StringIO()
    write_text(table(title), "csv", written)
    (_, row) = csv.reader(io.StringIO(written.getvalue().removeprefix("\ufeff"), newline=""))
    assert row == [f"'{title}", "2025-03-10", "-1.5", "a b"]


def test_json_lines_keep_texts_as_they_are():
    written = io.StringIO()
    write_text(table("=四件套"), "jsonl", written)
    assert json.loads(written.getvalue()) == {
        "title": "=四件套", "offered": "2025-03-10", "price": -1.5, "terms": ["a", "b"]
    }  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_every_file_has_a_manifest_by_which_it_can_be_made_again(tmp_path, form):
    path = tmp_path / f"sets.{form}"
    manifest_path = export(table("四件套", "二"), path, form, asked_by="wang")
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (manifest["query"], manifest["rows"], manifest["asked_by"]) == ("term:a", 2, "wang")
    assert (manifest["store"], manifest["lexicon_version"]) == ("embedded store", "abc123")
    assert manifest["asked_at"] == "2025-03-10T04:00:00+00:00"
    assert manifest["sources"][0]["gaps"] == [["2025-02-03", "2025-02-04"]]
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, manifest_path.name]


def test_parquet_keeps_the_types(tmp_path):
    export(table("四件套"), tmp_path / "sets.parquet", "parquet", asked_by="wang")
    frame = pl.read_parquet(tmp_path / "sets.parquet")
    assert frame.schema == {
        "title": pl.String, "offered": pl.Date, "price": pl.Float64, "terms": pl.List(pl.String)
    }  # fmt: skip


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(ExportError, match=r"nowhere/sets\.csv: cannot be written"):
        export(table("四件套"), tmp_path / "nowhere" / "sets.csv", "csv", asked_by="wang")


def test_saved_queries_have_a_name_and_an_owner(tmp_path):
    saved = SavedQueries(tmp_path / "queries.jsonl")
    saved.save("sets", "term:四件套", owner="wang", saved_at=ASKED)
    saved.save("sets", "term:四件套 OR term:八件套", owner="wang", saved_at=ASKED)
    again = SavedQueries(tmp_path / "queries.jsonl")
    assert [(each.name, each.owner, each.query) for each in again.all()] == [
        ("sets", "wang", "term:四件套 OR term:八件套")
    ]
    assert again.expand("@sets since:30d") == "(term:四件套 OR term:八件套) since:30d"
    assert again.expand("@sets") == "term:四件套 OR term:八件套"
    assert again.expand("term:a") == "term:a"
    with pytest.raises(ResearchError, match="was saved by wang"):
        again.save("sets", "x", owner="li", saved_at=ASKED)
    with pytest.raises(ResearchError, match="did you mean 'sets'"):
        again.expand("@set")
    again.remove("sets", owner="wang", removed_at=ASKED)
    assert again.all() == ()


@pytest.mark.parametrize("name", ["", "a b", "@a", "x" * 65, "-a"])
def test_a_name_that_no_command_line_could_hold_is_refused(tmp_path, name):
    with pytest.raises(ResearchError, match="can be no name"):
        SavedQueries(tmp_path / "queries.jsonl").save(name, "x", owner="wang", saved_at=ASKED)
