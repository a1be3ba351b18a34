"""The first run: the demo marketplace crawled from end to end, twice, and with listings of a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler import cli
from crawler.config import load_workspace
from pipelines.store.query import EVERYTHING
from pipelines.store.sqlite import open_store

LISTINGS = Path(__file__).parents[2] / "../shared/data/listings-dev.jsonl"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JARGONWATCH_WORKSPACE", raising=False)
    monkeypatch.delenv("JARGONWATCH_KEY", raising=False)
    return tmp_path


def stored(folder: Path) -> dict[str, tuple]:
    """Every listing of a workspace: everything about it that a second look may not change."""
    with open_store(load_workspace(folder).store_path, must_exist=True) as store:
        page = store.search(EVERYTHING, limit=1000)
        found = list(page.listings)
        while page.cursor:
            page = store.search(EVERYTHING, limit=1000, cursor=page.cursor)
            found += page.listings
    return {
        one.listing.listing_id: (
            one.listing.platform,
            one.listing.title,
            one.listing.description,
            one.listing.price,
            one.listing.seller_id,
            one.analysis,
            one.first_seen,
            one.gone_at,
            one.versions,
        )
        for one in found
    }


def test_the_first_run_reports_and_the_second_changes_nothing(here, capsys):
    assert cli.run(["demo", "--crawl"]) == 0
    shown = capsys.readouterr().out
    assert "Top terms" in shown
    assert "四件套" in shown
    assert "Flagged listings" in shown
    assert "Where to look next" in shown
    first = stored(here / "demo-workspace")
    assert len(first) > 200
    assert {entry[0] for entry in first.values()} == {"jishi", "fanpu", "jiujie"}
    assert cli.run(["demo", "--crawl"]) == 0
    assert stored(here / "demo-workspace") == first


def test_the_demo_does_not_touch_a_workspace_that_somebody_works_in(here, capsys):
    cli.run(["init", "desk"])
    capsys.readouterr()
    assert cli.run(["demo", "--crawl", "--workspace", "desk"]) == 2
    assert "choose another folder" in capsys.readouterr().err
    assert list((here / "desk" / "sources").glob("*.yaml")) == []


def test_listings_of_a_file_are_all_stored_once_with_the_verdict_that_analyze_gives(here, capfdbinary):
    rows = [
        {"id": f"r{n}", "title": title, "description": "", "price": 9.5 + n}
        for n, title in enumerate(
            ["四件套 银行卡带U盾 懂的来", "纯棉四件套 1.8米床", "菠菜种子 四季播", "人脸识别门锁"] * 8
        )
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (here / "mine.jsonl").write_text(lines, encoding="utf-8")
    assert cli.run(["demo", "--crawl", "--listings", "mine.jsonl"]) == 0
    capfdbinary.readouterr()
    found = stored(here / "demo-mine")
    assert sorted(entry[1] for entry in found.values()) == sorted(row["title"] for row in rows)
    assert cli.run(["analyze", "--format", "jsonl", "mine.jsonl"]) == 0
    answers = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    expected = {row["title"]: answer["verdict"] for row, answer in zip(rows, answers, strict=True)}
    assert {entry[1]: entry[5].verdict for entry in found.values()} == expected


def test_a_file_that_is_not_listings_is_refused_by_name_and_line(here, capsys):
    (here / "broken.jsonl").write_text('{"title": "a", "id": 1}\nnonsense\n')
    assert cli.run(["demo", "--crawl", "--listings", "broken.jsonl"]) == 2
    assert "broken.jsonl:2" in capsys.readouterr().err
