"""The pages in a real Chromium: sound in both languages, themes and widths, and what a click does."""

from __future__ import annotations

import pytest

from tests.dashboards.web.visiting import LOOKS, needs_chromium, visiting

pytestmark = needs_chromium

PAGES = (
    "/",
    "/?days=14",
    "/listings?q=verdict:flagged",
    "/listings?q=platfrom:x",
    "/triage",
    "/terms",
    "/candidates",
    "/listings/{flagged}/evidence",
    "/terms/bankcard.four-piece-set",
    "/terms?unseen=true",
    "/sources",
    "/runs",
    "/runs/{run}",
    "/charts/heat",
    "/no-such-page",
)


def address_of(site, path):
    import httpx

    run = httpx.get(f"{site}/runs.json").json()["runs"][0]["start"]["run_id"]
    flagged = httpx.get(f"{site}/listings.json?q=verdict:flagged").json()["listings"][0]
    return site + path.format(run=run, flagged=flagged["current"]["listing"]["listing_id"])


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound(browser, site, path, language, theme, width):
    with visiting(browser, language, theme, width) as visit:
        page = visit.open(address_of(site, path))
        if path == "/no-such-page":
            visit.complaints.clear()  # the browser itself tells of the 404
        assert page.locator("html").get_attribute("lang") == {"zh": "zh-Hans", "en": "en"}[language]
        visit.require_sound()


def test_every_chart_of_the_overview_is_drawn_and_has_its_table(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site)
        charts = page.locator("[data-chart]")
        assert charts.count() == 4
        assert charts.evaluate_all("all => all.map(each => each.dataset.drawn)") == ["yes"] * 4
        assert page.locator("[data-chart] canvas[role=img][aria-label]").count() == 4
        page.locator("[data-chart*=trend] summary").click()
        first = page.locator("[data-chart*=trend] tbody a").first
        assert first.is_visible()
        first.click()
        page.wait_for_url("**/listings?q=category*")


def test_a_bar_leads_to_its_listings(browser, site):
    with visiting(browser, "zh", "light", 1440) as visit:
        page = visit.open(site + "/?days=30")
        box = page.locator("[data-chart*=trend] canvas").bounding_box()
        bottom = box["y"] + box["height"] - 110
        for right in range(30, int(box["width"]) - 60, 4):
            page.mouse.move(box["x"] + box["width"] - right, bottom)
            if page.locator("#vg-tooltip-element.visible").count():
                break
        page.mouse.click(box["x"] + box["width"] - right, bottom)
        page.wait_for_url("**/listings?q=category*")


def test_dragging_over_days_zooms_into_them(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site)
        box = page.locator("[data-chart*=trend] canvas").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 24, steps=4)
        page.mouse.up()
        page.wait_for_url("**since=*until=*")
        assert page.locator("input[type=date][name=since]").input_value() > "2020"


def test_a_theme_once_chosen_stays(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/runs")
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_label("Theme: Dark").click()
        page.goto(site + "/sources")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        page.get_by_text("中文").click()
        page.goto(site + "/runs")
        assert page.locator("h1").text_content() == "运行"


def test_the_keyboard_reaches_the_content_first(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/runs")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_a_source_is_started_and_paused_by_hand(browser, site, service):
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(site + "/sources")
        page.get_by_role("button", name="Start now: demo-jishi").click()
        assert page.get_by_role("status").text_content() == "Asked for a run of demo-jishi."
        page.get_by_role("button", name="Resume: demo-jiujie").click()
        page.get_by_role("button", name="Pause: demo-jiujie").click()
        assert page.get_by_role("button", name="Resume: demo-jiujie").is_visible()
        assert page.get_by_role("button", name="Start now: new").count() == 0
    assert service.asked == [
        ("run", "demo-jishi", "林"),
        ("resume", "demo-jiujie", "林"),
        ("pause", "demo-jiujie", "林"),
    ]


def test_a_field_that_is_no_longer_filled_is_seen(browser, site):
    with visiting(browser, "en", "light", 1440) as visit:
        row = visit.open(site + "/sources").get_by_role("row", name="demo-fanpu")
        assert "drift 96 → 31 %" in row.text_content()


def test_without_scripts_the_charts_are_tables(browser, site):
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(site)
    page.locator("[data-chart*=trend] a").click()
    assert page.locator("h1").text_content() == "Flagged offers by category"
    assert page.locator("tbody tr").count() > 10
    context.close()
