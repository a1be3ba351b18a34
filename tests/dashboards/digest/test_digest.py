"""The digest: what it says, how it looks, and that each recipient gets it once."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from playwright.sync_api import sync_playwright

from crawler import cli
from dashboards.digest.content import read_digest
from dashboards.digest.crawled import defanged
from dashboards.digest.rendering import render, sparkline, summary
from dashboards.web.period import today
from pipelines.store.sqlite import open_store
from tests.crawler.mail_server import Taken, mail_server
from tests.crawler.workspaces import small_workspace, with_mail_server, write_config
from tests.dashboards.digest import golden
from tests.dashboards.web.demo_store import build
from tests.dashboards.web.visiting import ARGUMENTS, CHROMIUM, needs_chromium

DAY = today() - timedelta(days=1)
URL = "https://desk.example.org"


@pytest.fixture(scope="module")
def store_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("digest") / "listings.sqlite"
    build(path, today())
    return path


@pytest.fixture(scope="module")
def digest(store_path):
    with open_store(store_path) as store:
        return read_digest(store, DAY)


def test_a_burst_is_told_in_the_first_lines(digest):
    lines = [line.text for line in summary(digest, "en")]
    assert lines[0].startswith(f"{DAY}: {digest.flagged} flagged offers, usually ")
    assert any(line.startswith("Rising: ") and "八件套 (14)" in line for line in lines[:3])
    assert len(lines) <= 10
    assert any(line.text.startswith("上升：") for line in summary(digest, "zh"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_link_leads_to_the_pages_and_crawled_text_is_no_markup(digest, language):
    made = render(digest, language, URL)
    links = re.findall(r'href="([^"]+)"', made.html)
    assert links
    assert all(link.startswith(f"{URL}/") for link in links)
    assert "<script" not in made.html
    assert made.html.count("<img") == 1
    assert len(made.html.encode()) < 100_000
    assert made.chart is not None
    assert made.chart.startswith(b"\x89PNG")
    assert f"{digest.flagged}" in made.subject


def test_a_sparkline_has_a_bar_a_day_and_a_dot_where_nothing_was_watched():
    assert sparkline([0, 1, None, 8]) == "▁▂·█"
    assert sparkline([5, *[0] * 14]) == "▁" * 14


def test_the_texts_are_as_the_golden_files_have_them(tmp_path):
    for language, text in golden.texts(tmp_path).items():
        assert text == golden.path(language).read_text(encoding="utf-8"), golden.__doc__


def test_what_needs_a_person_is_named_with_its_reason(store_path):
    with open_store(store_path) as store:
        made = render(read_digest(store, today() - timedelta(days=3)), "en", URL)
    assert "Needs a person: demo-jiujie could not be crawled." in made.text.splitlines()[1]
    assert "demo-jiujie: failed, no answer from the site; try again later" in made.text


def test_no_address_of_a_seller_can_be_clicked():
    assert defanged("加我 https://shop.example.com/a 或 t.me/x") == (
        "加我 hxxps://shop[.]example[.]com/a 或 t[.]me/x"
    )
    assert defanged("\u202eabc") == "⟨U+202E⟩abc"


def test_a_day_without_a_crawl_says_that_its_figures_say_nothing(store_path):
    with open_store(store_path) as store:
        lines = summary(read_digest(store, DAY - timedelta(days=300)), "en")
    assert "the figures say nothing" in lines[0].text


@needs_chromium
@pytest.mark.parametrize(("width", "scheme"), [(800, "light"), (390, "dark")])
def test_it_reads_well_at_desk_and_phone_and_loads_nothing(digest, tmp_path, width, scheme):
    made = render(digest, "zh", URL)
    page_file = tmp_path / "digest.html"
    chart = base64.b64encode(made.chart or b"").decode()
    page_file.write_text(made.html.replace("cid:trend", f"data:image/png;base64,{chart}"), encoding="utf-8")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.images[0].naturalWidth") > 500
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        chromium.close()


@pytest.fixture
def desk(tmp_path, store_path):
    workspace = small_workspace(tmp_path / "desk")
    workspace.data_dir.mkdir()
    with open_store(store_path) as store:
        store.totals()
    workspace.store_path.write_bytes(store_path.read_bytes())
    return workspace


TEAMS = """
teams:
  desk:
    to: [a@example.org, b@example.org]
  sims:
    to: [b@example.org, d@example.org]
    language: en
    categories: [sim]
"""


def configured(workspace, port):
    (workspace.root / "teams.yaml").write_text(TEAMS, encoding="utf-8")
    return write_config(with_mail_server(workspace, port), mail_from="jw@example.org")


def test_each_recipient_gets_a_day_once(desk, tmp_path, capsys):
    taken = Taken()
    with mail_server(tmp_path, taken, security="none") as port:
        workspace = configured(desk, port)
        asked = ["digest", "--day", f"{DAY}", "--workspace", str(workspace.root)]
        assert cli.run(asked) == 0
        assert "3 put into the outbox, 3 sent" in capsys.readouterr().out
        assert cli.run(asked) == 0
        assert "0 put into the outbox, 0 sent" in capsys.readouterr().out
        assert cli.run([*asked, "--to", "c@example.org"]) == 0
    mails = dict(taken.messages)
    assert sorted(to for to, _ in taken.messages) == [f"{name}@example.org" for name in "abcd"]
    assert "flagged listings" in mails["d@example.org"]["Subject"]
    assert "SIM cards" in mails["d@example.org"].get_body(("plain",)).get_content()
    assert "八件套" not in mails["d@example.org"].get_body(("plain",)).get_content()
    mail = mails["b@example.org"]
    assert "个告警商品" in mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "image/png"]
    assert "八件套" in mail.get_body(("plain",)).get_content()
    assert len({message["Message-ID"] for _, message in taken.messages}) == 4


def test_a_digest_for_nobody_says_what_is_missing(desk, capsys):
    assert cli.run(["digest", "--workspace", str(desk.root)]) == 2
    assert "teams.yaml: a digest needs somebody to read it" in capsys.readouterr().err


def test_a_preview_is_a_page_with_its_chart(desk, tmp_path, capsys):
    page = tmp_path / "preview.html"
    asked = ["digest", "--preview", str(page), "--day", f"{DAY}", "--language", "en", "--no-open"]
    assert cli.run([*asked, "--workspace", str(desk.root)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "data:image/png;base64," in text
    assert "Terms that rise and fall" in text
