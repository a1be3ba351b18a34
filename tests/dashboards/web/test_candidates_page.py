"""Candidates of new slang in a real Chromium: accepted into a patch, rejected for good."""

from __future__ import annotations

import json

import httpx
import pytest

from crawler import cli
from dashboards.web.app import create_app
from dashboards.web.period import today
from dashboards.web.settings import WebSettings
from pipelines.lexicon.files import read_lexicon
from pipelines.store.sqlite import open_store
from tests.crawler.workspaces import small_workspace
from tests.dashboards.web.demo_store import build
from tests.dashboards.web.visiting import needs_chromium, serving, visiting

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A workspace whose lexicon knows bank cards alone, so that the rest of the demo's slang is new to it."""
    workspace = small_workspace(tmp_path_factory.mktemp("candidates") / "desk")
    workspace.data_dir.mkdir()
    build(workspace.store_path, today())
    return workspace


@pytest.fixture(scope="module")
def pages(desk, bundle_folder):
    settings = WebSettings(
        data_dir=desk.data_dir, lexicon_dir=desk.lexicon_dir, bundle_folder=bundle_folder, analyst="林"
    )
    app = create_app(
        settings,
        lambda: open_store(desk.store_path),
        mask=lambda text: text.replace("13800138000", "[phone]"),
    )
    with serving(app) as address:
        yield address


def proposed(pages):
    return [each["text"] for each in httpx.get(f"{pages}/candidates.json").json()["candidates"]]


def test_an_accepted_candidate_becomes_a_term_of_the_lexicon(browser, desk, pages, capsys):
    chosen = proposed(pages)[0]
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(pages + "/candidates")
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=chosen, exact=True))
        row.get_by_text("As a new term").click()
        row.get_by_label("Id", exact=True).fill("tool.found-here")
        row.get_by_label("What it means").fill("found by 13800138000")
        row.get_by_role("button", name=f"Accept: {chosen}").click()
        assert "is written; read it" in page.get_by_role("status").text_content()
        visit.require_sound()
    (patch,) = (desk.data_dir / "lexicon-patches").glob("*.yaml")
    text = patch.read_text(encoding="utf-8")
    assert f"by 林: {chosen}, in " in text
    assert "gloss: found by [phone]" in text
    assert cli.run(["lexicon", "apply", "--workspace", str(desk.root)]) == 0
    assert "1 patches applied" in capsys.readouterr().out
    added = {spec.id: spec for _, spec in read_lexicon(desk.lexicon_dir).terms}["tool.found-here"]
    assert (added.term, added.strength, added.severity) == (chosen, "medium", 3)
    assert chosen not in proposed(pages)
    assert cli.run(["lexicon", "apply", "--workspace", str(desk.root)]) == 0
    assert "no patch waits" in capsys.readouterr().out


def test_a_candidate_may_be_another_form_of_a_term(browser, desk, pages):
    chosen = proposed(pages)[1]
    with visiting(browser, "zh", "dark", 390) as visit:
        page = visit.open(pages + "/candidates")
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=chosen, exact=True))
        row.get_by_text("已有词的写法").click()
        row.get_by_label("哪个词").fill("bankcard.four-piece-set")
        row.get_by_role("button", name=f"已有词的写法: {chosen}").click()
        assert "已写出补丁" in page.get_by_role("status").text_content()
    assert cli.run(["lexicon", "apply", "--workspace", str(desk.root)]) == 0
    forms = {spec.id: spec.forms for _, spec in read_lexicon(desk.lexicon_dir).terms}
    assert chosen in forms["bankcard.four-piece-set"]


def test_a_rejected_candidate_is_proposed_no_more_here_nor_on_the_command_line(browser, desk, pages, capsys):
    chosen = proposed(pages)[0]
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(pages + "/candidates")
        page.get_by_role("button", name=f"Reject: {chosen}").click()
        assert page.get_by_role("status").text_content() == f"“{chosen}” is rejected."
    assert chosen not in proposed(pages)
    assert cli.run(["lexicon", "candidates", "--top", "5", "--workspace", str(desk.root)]) == 0
    assert chosen not in [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.split()]
    lines = (desk.data_dir / "candidates.jsonl").read_text(encoding="utf-8").splitlines()
    last = json.loads(lines[-1])
    assert (last["text"], last["decision"], last["analyst"]) == (chosen, "rejected", "林")


def test_what_is_no_candidate_or_has_no_token_changes_nothing(desk, pages):
    before = sorted(path.name for path in desk.data_dir.rglob("*.yaml"))
    assert httpx.post(f"{pages}/candidates/reject", data={"text": "x"}).status_code == 403
    with httpx.Client(base_url=pages) as client:
        csrf = client.get("/candidates").text.split('data-csrf="')[1].split('"')[0]
        head = {"X-CSRF-Token": csrf}
        assert client.post("/candidates/reject", data={"text": "没有"}, headers=head).status_code == 409
        chosen = proposed(pages)[0]
        wrong = {"text": chosen, "term_id": "Not A Slug", "category": "sim"}
        assert client.post("/candidates/accept", data=wrong, headers=head).status_code == 422
        taken = {**wrong, "term_id": "bankcard.four-piece-set"}
        assert client.post("/candidates/accept", data=taken, headers=head).status_code == 409
        unknown = {"text": chosen, "term_id": "sim.none"}
        assert client.post("/candidates/accept-form", data=unknown, headers=head).status_code == 404
    assert sorted(path.name for path in desk.data_dir.rglob("*.yaml")) == before
    assert chosen in proposed(pages)
