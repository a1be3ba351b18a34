"""Listings, triage and terms in a real Chromium: what an analyst does on a Monday morning."""

from __future__ import annotations

import json

import httpx

from crawler.cli.evaluate import read_labelled
from dashboards.triage import LABELS_NAME, Labels
from dashboards.web.app import create_app
from dashboards.web.settings import WebSettings
from pipelines.lexicon.load import DEFAULT_LEXICON
from pipelines.store.query import All, Has
from pipelines.store.sqlite import open_store
from tests.dashboards.web.visiting import needs_chromium, serving, visiting

pytestmark = needs_chromium


def test_a_query_leads_to_listings_and_a_listing_to_its_reasons(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/listings")
        page.get_by_label("Query").fill("term:四件套 verdict:flagged")
        page.get_by_role("button", name="Search").click()
        assert page.locator(".found li").count() > 3
        page.locator(".found a.title").first.click()
        pane = page.get_by_label("Reading")
        assert pane.locator("mark.mark-term").count() > 0
        assert "confirmed by" in pane.get_by_label("Why this score").text_content()
        visit.require_sound()


def test_a_facet_narrows_the_query_and_says_so_in_the_language(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/listings?q=verdict:flagged")
        page.get_by_label("Facets").get_by_role("link", name="jishi").click()
        assert page.get_by_label("Query").input_value() == "verdict:flagged platform:jishi"
        assert set(page.locator(".found .row > .soft:nth-child(3)").all_text_contents()) == {"jishi"}


def test_pages_follow_each_other_to_the_end(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/listings")
        seen = set()
        while True:
            titles = page.locator(".found a.title").evaluate_all("all => all.map(each => each.href)")
            fresh = {title.rpartition("read=")[2] for title in titles}
            assert not fresh & seen
            seen |= fresh
            if not page.locator("a[rel=next]").count():
                break
            page.locator("a[rel=next]").click()
        assert len(seen) == httpx.get(f"{site}/api/totals").json()["listings"]


def test_a_mistake_is_told_beside_the_query(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/listings?q=platfrom:x")
        told = page.get_by_role("alert").text_content()
        assert told == "unknown field 'platfrom' at 1, did you mean 'platform'?"
        assert page.get_by_label("Query").input_value() == "platfrom:x"


def test_the_search_box_offers_what_may_come_next(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/listings")
        with page.expect_response("**/complete.json*"):
            page.get_by_label("Query").press_sequentially("verdict:fl")
        page.wait_for_selector("#completions option[value='verdict:flagged']", state="attached")


def test_hostile_titles_are_text(browser, site):
    with visiting(browser, "zh", "light", 1440) as visit:
        page = visit.open(site + "/listings?q=onerror")
        assert "<img src=x onerror=" in page.locator(".found a.title").first.text_content()
        assert page.locator(".found img").count() == 0
        page = visit.open(site + "/listings?q=套件四")
        page.locator(".found a.title").first.click()
        assert page.locator("article .hidden-char").count() > 0
        visit.require_sound()


def test_decisions_by_key_become_labels_that_evaluate_reads(browser, site, web_data):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/triage")
        first = page.locator(".found li[aria-current] input").get_attribute("value")
        page.keyboard.press("j")
        page.wait_for_url("**read=*")
        second = page.locator(".found li[aria-current] input").get_attribute("value")
        assert second != first
        page.keyboard.press("y")
        page.get_by_text("You decided 1;").wait_for()
        assert page.locator(f".found input[value='{second}']").count() == 0
        page.get_by_label("Note").fill("an ordinary shop")
        page.get_by_role("button", name="Not illicit").click()
        page.get_by_text("You decided 2;").wait_for()
        page.keyboard.press("u")
        page.get_by_text("You decided 3;").wait_for()
        page.keyboard.press("z")
        page.get_by_text("You decided 2;").wait_for()
        visit.require_sound()
    path = web_data / LABELS_NAME
    rows = [row for row in read_labelled(path, "illicit") if row.listing.listing_id]
    assert sorted(row.illicit for row in rows) == [False, True]
    assert "an ordinary shop" in path.read_text(encoding="utf-8")


def test_several_listings_are_decided_at_once(browser, site, web_data):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/triage")
        boxes = page.locator(".found input[type=checkbox]")
        wanted = {boxes.nth(place).get_attribute("value") for place in (0, 1, 2)}
        for place in (1, 2):
            boxes.nth(place).check()
        page.get_by_role("button", name="Confirmed").click()
        page.wait_for_url("**/triage")
        left = page.locator(".found input").evaluate_all("all => all.map(each => each.value)")
        assert not wanted & set(left)
    lines = (web_data / LABELS_NAME).read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["id"] for line in lines[-3:]} == wanted


def test_two_analysts_who_differ_are_seen_and_a_term_has_its_precision_so_far(
    browser, tmp_path, bundle_folder, demo_store_path
):
    with open_store(demo_store_path) as store:
        query = All((Has("term", ("bankcard.four-piece-set",)), Has("verdict", ("flagged",))))
        found = store.search(query, limit=4).listings
    labels = Labels(tmp_path / LABELS_NAME, str)
    labels.decide(found[:3], "confirmed", analyst="王")
    labels.decide(found[2:], "not illicit", analyst="赵")
    settings = WebSettings(data_dir=tmp_path, lexicon_dir=DEFAULT_LEXICON, bundle_folder=bundle_folder)
    app = create_app(settings, lambda: open_store(demo_store_path))
    with serving(app) as site, visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/triage")
        disputed = page.locator("section", has=page.get_by_role("heading", name="Disputed"))
        assert "王: Confirmed" in disputed.text_content()
        assert "赵: Not illicit" in disputed.text_content()
        assert page.get_by_role("row", name="王, 赵").count() == 1
        row = visit.open(site + "/terms").get_by_role("row", name="四件套").first
        assert "67 % (" in row.text_content()
        page = visit.open(site + "/terms/bankcard.four-piece-set")
        assert "Precision so far67 % (21–94 %, 3 listings)" in page.locator("dl").text_content()
        visit.require_sound()


def test_a_term_has_its_history(browser, site):
    with visiting(browser, "zh", "dark", 1440) as visit:
        page = visit.open(site + "/terms")
        visit.open(site + page.locator("tbody a", has_text="四件套").first.get_attribute("href"))
        assert "伪装写法" in page.locator("main").text_content()
        assert page.locator("[data-chart*=term][data-drawn=yes]").count() == 1
        page.get_by_role("link", name="看商品").click()
        assert page.locator(".found li").count() > 0


def test_the_whole_lexicon_can_be_looked_at_with_its_forms(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/terms?category=weapon")
        seen = page.locator("tbody tr").count()
        page.get_by_role("link", name="also those not seen").click()
        assert page.locator("tbody tr").count() > seen
        assert set(page.locator("tbody td[data-label=Category]").all_text_contents()) == {"weapons"}
        assert "、" in page.locator("tbody td[data-label=Forms]").last.text_content()
        visit.require_sound()
