"""The `jargonwatch` command: every error is one line with the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from crawler import cli
from crawler.config import CONFIG_NAME, EXAMPLE_NAME
from pipelines.errors import StoreError
from pipelines.store.sqlite import open_store
from tests.dashboards.stored import keep, offer


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A working directory outside every workspace."""
    monkeypatch.chdir(tmp_path)
    for name in ("JARGONWATCH_WORKSPACE", "JARGONWATCH_KEY", "JARGONWATCH_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def desk(here, monkeypatch, capsys):
    """A new workspace, as the working directory."""
    assert cli.run(["init", "desk"]) == 0
    capsys.readouterr()
    monkeypatch.chdir(here / "desk")
    return here / "desk"


def complaint(capsys) -> str:
    """The one line on standard error."""
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1, shown.err
    assert shown.err.startswith("jargonwatch: ")
    assert "Traceback" not in shown.out + shown.err
    return shown.err


def test_version_prints_the_version_alone(capsys):
    assert cli.run(["version"]) == 0
    assert capsys.readouterr().out == version("jargonwatch") + "\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["crawk"], "No such command 'crawk'"),
        (["report", "--colour"], "No such option: --colour"),
        (["report", "--since", "yesterday"], "yesterday"),
        (["init"], "Missing argument"),
        (["analyze", "--format", "xml"], "xml"),
        (["sources", "chekc"], "No such command 'chekc'"),
        (["demo", "--port", "80"], "1024"),
    ],
)
def test_wrong_use_is_one_line_that_points_to_the_help_and_exit_code_2(capsys, arguments, said):
    assert cli.run(arguments) == 2
    line = complaint(capsys)
    assert said in line
    assert line.rstrip().endswith("--help")


def test_the_command_alone_shows_its_help(capsys):
    assert cli.run([]) == 2
    shown = capsys.readouterr()
    assert "Usage" in shown.out
    assert shown.err == ""


def test_init_says_what_it_made_and_what_to_do_next(capsys):
    assert cli.run(["init", "desk"]) == 0
    shown = capsys.readouterr().out
    for name in (CONFIG_NAME, "sources/", "lexicon/", "masking.key"):
        assert name in shown
    assert "jargonwatch sources check" in shown


def test_a_folder_that_is_a_workspace_already_is_refused(capsys):
    cli.run(["init", "desk"])
    capsys.readouterr()
    assert cli.run(["init", "desk"]) == 2
    assert "already" in complaint(capsys)


@pytest.mark.parametrize("arguments", [["crawl"], ["report"], ["sources", "check"]])
def test_outside_a_workspace_a_command_says_how_to_make_one(capsys, arguments):
    assert cli.run(arguments) == 2
    assert "jargonwatch init DIR" in complaint(capsys)


def test_a_wrong_configuration_is_named_by_file_line_and_key(desk, capsys):
    (desk / CONFIG_NAME).write_text('\ncontakt = "x"\n')
    assert cli.run(["report"]) == 2
    assert f"{CONFIG_NAME}:2: contakt: unknown key" in complaint(capsys)


def test_sources_check_lists_sound_sources(desk, capsys):
    (desk / "sources" / EXAMPLE_NAME).rename(desk / "sources" / "market.yaml")
    assert cli.run(["sources", "check"]) == 0
    assert "example-market" in capsys.readouterr().out


def test_sources_check_names_every_mistake_of_every_file(desk, capsys):
    sound = (desk / "sources" / EXAMPLE_NAME).read_text(encoding="utf-8")
    (desk / "sources" / "a.yaml").write_text(
        sound.replace("render: http", "render: telepathy"), encoding="utf-8"
    )
    (desk / "sources" / "b.yaml").write_text(sound.replace("items:", "itens:"), encoding="utf-8")
    (desk / "sources" / "c.yaml").write_text(sound, encoding="utf-8")
    (desk / "sources" / "d.yaml").write_text(sound, encoding="utf-8")
    assert cli.run(["sources", "check"]) == 2
    errors = capsys.readouterr().err
    line = sound[: sound.index("render: http")].count("\n") + 1
    assert f"a.yaml:{line}: render:" in errors
    assert "b.yaml:" in errors
    assert "itens" in errors
    assert "d.yaml: name: example-market" in errors
    assert errors.splitlines()[-1] == "jargonwatch: 3 of 4 source files have mistakes"


def test_sources_check_takes_files_without_a_workspace(here, capsys):
    (here / "a.yaml").write_text("name: 3\n")
    assert cli.run(["sources", "check", "a.yaml"]) == 2
    assert "a.yaml:1" in capsys.readouterr().err


def test_a_workspace_without_sources_is_told_to_add_one(desk, capsys):
    assert cli.run(["sources", "check"]) == 2
    assert "no source file" in complaint(capsys)


def test_lexicon_check_counts_the_terms_of_the_workspace(desk, capsys):
    assert cli.run(["lexicon", "check"]) == 0
    shown = capsys.readouterr().out
    assert "bankcard" in shown
    assert "no mistakes" in shown


def test_lexicon_check_names_the_mistake_by_file_and_line(desk, capsys):
    path = desk / "lexicon" / "terms" / "bankcard.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("strength: ", "strength: very-", 1), encoding="utf-8")
    line = text[: text.index("strength: ")].count("\n") + 1
    assert cli.run(["lexicon", "check"]) == 2
    assert f"bankcard.yaml:{line}: " in complaint(capsys)


def test_an_empty_lexicon_is_refused_in_one_line(desk, capsys):
    for path in (desk / "lexicon" / "terms").iterdir():
        path.unlink()
    (desk / "listings.jsonl").write_text('{"title": "a"}\n')
    assert cli.run(["analyze", "listings.jsonl"]) == 2
    assert "lexicon" in complaint(capsys)


def test_crawling_without_saying_who_is_crawling_is_refused(desk, capsys):
    (desk / "sources" / EXAMPLE_NAME).rename(desk / "sources" / "market.yaml")
    assert cli.run(["crawl"]) == 2
    assert "contact" in complaint(capsys)


def test_an_unknown_source_is_named(desk, capsys):
    (desk / "sources" / EXAMPLE_NAME).rename(desk / "sources" / "market.yaml")
    assert cli.run(["crawl", "nowhere"]) == 2
    assert "nowhere" in complaint(capsys)


def test_a_report_before_any_crawl_says_so(desk, capsys):
    assert cli.run(["report"]) == 1
    assert "run a crawl first" in complaint(capsys)


def test_a_report_is_printed_for_people_and_for_programs(desk, capsys):
    (desk / "data").mkdir()
    with open_store(desk / "data" / "listings.sqlite") as store:
        keep(
            store,
            offer("1", "四件套 银行卡", verdict="flagged", score=0.8, term=("b.s", "四件套", "bankcard")),
        )
    assert cli.run(["report", "--since", "2024-01-01", "--until", "2024-12-31"]) == 0
    assert "1 listings, 1 hits" in capsys.readouterr().out
    assert cli.run(["report", "--format", "json", "--until", "2023-12-31"]) == 0
    assert '"hits": 0' in capsys.readouterr().out


def test_a_job_that_fails_ends_with_exit_code_1(desk, capsys, monkeypatch):
    def refuse(*_args: object, **_options: object) -> None:
        raise StoreError("listings.sqlite: the disk is full; make room and run it again")

    monkeypatch.setattr("crawler.cli.report.open_store", refuse)
    assert cli.run(["report"]) == 1
    assert "the disk is full" in complaint(capsys)


def test_an_internal_error_is_one_line_too_and_shows_where_only_on_request(desk, capsys, monkeypatch):
    def fail(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("crawler.cli.report.open_store", fail)
    assert cli.run(["report"]) == 1
    assert "internal error, please report it: ZeroDivisionError: oops" in complaint(capsys)
    monkeypatch.setenv("JARGONWATCH_DEBUG", "1")
    assert cli.run(["report"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_the_installed_command_ends_with_the_exit_code(here):
    command = [os.path.join(os.path.dirname(sys.executable), "jargonwatch"), "report"]  # noqa: PTH118, PTH120
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("jargonwatch: no workspace here")
