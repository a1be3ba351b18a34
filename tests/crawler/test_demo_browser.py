"""The demo's JavaScript platform in a real Chromium."""

from __future__ import annotations

import shutil
from datetime import date

import pytest
import requests
from playwright.sync_api import sync_playwright

from crawler.demo import Demo

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def demo():
    with Demo(today=date(2024, 3, 1)) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser):
    page = browser.new_page()
    yield page
    page.close()


def titles(tab) -> list[str]:
    return tab.locator(".card a.title").all_text_contents()


def test_without_a_browser_there_is_nothing_to_read(demo):
    shell = requests.get(demo.platforms["fanpu"].url + "/", timeout=10).text
    assert "card" not in shell
    assert not any(offer.title in shell for offer in demo.offers("fanpu"))


def test_the_button_loads_more_until_everything_is_there(demo, tab):
    tab.goto(demo.platforms["fanpu"].url + "/")
    tab.wait_for_selector(".card")
    assert len(titles(tab)) == 24
    pages = 1
    while tab.locator("button.more").count():
        tab.click("button.more")
        pages += 1
        tab.wait_for_selector(f"#app[data-page='{pages}']")
    assert titles(tab) == [offer.title for offer in demo.offers("fanpu")]
    descriptions = tab.locator(".card .desc").all_text_contents()
    assert descriptions == [offer.description for offer in demo.offers("fanpu")]
    assert "没有更多了" in tab.locator(".last").text_content()


def test_scrolling_loads_more_until_everything_is_there(demo, tab):
    tab.goto(demo.platforms["fanpu"].url + "/scroll")
    tab.wait_for_selector(".card")
    while not tab.locator(".last").count():
        before = len(titles(tab))
        tab.evaluate("scrollTo(0, document.body.scrollHeight)")
        tab.wait_for_function("count => document.querySelectorAll('.card').length > count", arg=before)
    assert titles(tab) == [offer.title for offer in demo.offers("fanpu")]


def test_search_shop_and_listing_pages_are_built_as_well(demo, tab):
    base, offer = demo.platforms["fanpu"].url, demo.offers("fanpu")[0]
    for path in ("/search?q=接码", f"/shelf/{offer.shelf}", f"/seller/{offer.seller.seller_id}"):
        tab.goto(base + path)
        tab.wait_for_selector(".card")
    assert offer.title in titles(tab)
    tab.goto(f"{base}/item/{offer.native_id}")
    tab.wait_for_selector(".goods")
    assert tab.locator("h1").text_content() == offer.title
    tab.goto(base + "/search?q=不存在的词")
    tab.wait_for_selector(".empty")


def test_pictures_are_asked_for_only_by_who_loads_them(demo, tab):
    demo.forget_requests()
    tab.route(
        "**/*", lambda route: route.abort() if route.request.resource_type == "image" else route.continue_()
    )
    tab.goto(demo.platforms["fanpu"].url + "/")
    tab.wait_for_selector(".card")
    asked = {visit.path for visit in demo.requests}
    assert {"/", "/app.js", "/api/items"} <= asked
    assert not [path for path in asked if path.startswith(("/picture/", "/private/"))]
