"""`jargonwatch sources try`, `record` and `test` on the demo marketplace."""

from __future__ import annotations

from datetime import date

import pytest

from crawler import cli
from crawler.demo import Demo
from crawler.first_run import demo_workspace


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A workspace with the sources of a running demo."""
    with Demo(today=date(2024, 3, 1)) as demo:
        workspace = demo_workspace(tmp_path_factory.mktemp("desk") / "demo")
        demo.sources(workspace.sources_dir, browser=False)
        yield workspace.root


@pytest.fixture(autouse=True)
def here(desk, monkeypatch):
    monkeypatch.chdir(desk)
    monkeypatch.delenv("JARGONWATCH_WORKSPACE", raising=False)
    monkeypatch.delenv("JARGONWATCH_KEY", raising=False)


def test_a_try_shows_each_field_with_the_rule_that_gave_it_and_stores_nothing(desk, capsys):
    assert cli.run(["sources", "try", "sources/demo-jishi.yaml", "--keyword", "四件套"]) in (0, 1)
    shown = capsys.readouterr().out
    assert "list page" in shown
    assert "css: a.title" in shown
    assert "query: id" in shown
    assert "a listing's own page" in shown
    assert not (desk / "data" / "listings.sqlite").exists()


def test_a_rule_that_matches_nothing_is_named_and_the_exit_code_is_1(desk, capsys):
    sound = (desk / "sources" / "demo-jiujie.yaml").read_text(encoding="utf-8")
    (desk / "broken.yaml").write_text(sound.replace("price: font", "price: blink"), encoding="utf-8")
    assert cli.run(["sources", "try", "broken.yaml"]) == 1
    errors = capsys.readouterr().err
    assert "price: no rule gives anything" in errors
    assert errors.splitlines()[-1].startswith("jargonwatch: broken.yaml: not every rule holds")


def test_a_recorded_page_is_replayed_without_the_network_until_a_rule_changes(desk, capsys):
    path = desk / "sources" / "demo-jishi.yaml"
    assert cli.run(["sources", "record", str(path), "--keyword", "四件套"]) == 0
    capsys.readouterr()
    assert cli.run(["sources", "test"]) == 0
    assert "as recorded" in capsys.readouterr().out
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace("title: a.title", "title: .price"), encoding="utf-8")
    assert cli.run(["sources", "test", str(path)]) == 1
    shown = capsys.readouterr()
    path.write_text(sound, encoding="utf-8")
    assert "title:" in shown.err
    assert "1 of 1 fixtures differ" in shown.err


def test_without_fixtures_it_is_said_how_to_make_one(desk, capsys):
    assert cli.run(["sources", "test", "sources/demo-jiujie.yaml"]) == 2
    assert "sources record" in capsys.readouterr().err
