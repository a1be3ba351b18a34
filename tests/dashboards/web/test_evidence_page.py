"""Kept pages in a real Chromium: shown on request, inert, recorded, and missed in a sentence."""

from __future__ import annotations

import json

import httpx

from tests.dashboards.web.conftest import Outside
from tests.dashboards.web.visiting import needs_chromium, visiting

pytestmark = needs_chromium


def flagged(site):
    found = httpx.get(f"{site}/listings.json?q=verdict:flagged").json()["listings"]
    return [each["current"]["listing"]["listing_id"] for each in found]


def audited(web_data):
    lines = []
    for path in sorted((web_data / "audit").glob("*.jsonl")):
        lines += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return lines


def test_a_kept_page_is_shown_without_scripts_and_asks_for_nothing(browser, site, web_data, outside):
    listing_id = flagged(site)[0]
    with visiting(browser, "en", "light", 1440) as visit:
        page = visit.open(f"{site}/listings/{listing_id}")
        page.get_by_role("link", name="Show the pages that were kept").click()
        frame = page.frame_locator("iframe.kept")
        assert frame.get_by_role("heading", name="四件套 银行卡").is_visible()
        picture = page.locator("img.kept")
        picture.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('img.kept').naturalWidth === 1")
        assert frame.locator("h1").evaluate("node => getComputedStyle(node).color") == "rgb(0, 128, 128)"
        assert page.title().startswith("Evidence")
        frame.get_by_role("button", name="Buy").click()
        assert frame.get_by_role("heading", name="四件套 银行卡").is_visible()
        assert httpx.get(f"{outside}/here").status_code == 404
    assert Outside.asked == ["/here"]
    paths = {line["path"] for line in audited(web_data) if line["analyst"] == "林"}
    assert {f"/listings/{listing_id}/evidence", f"/listings/{listing_id}/evidence/1"} <= paths


def test_a_kept_page_cannot_be_opened_as_one_of_our_own(site):
    answer = httpx.get(f"{site}/listings/{flagged(site)[0]}/evidence/1")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_not_kept_is_said(site):
    other = flagged(site)[1]
    assert "No page of this listing is kept" in httpx.get(f"{site}/listings/{other}/evidence?lang=en").text
    assert httpx.get(f"{site}/listings/{other}/evidence.json").json() == []
    assert httpx.get(f"{site}/listings/{other}/evidence/0").status_code == 404
    prefix = flagged(site)[0][:6]
    assert httpx.get(f"{site}/listings/{prefix}/evidence.json").json() == []


def test_a_damaged_record_is_said_and_not_shown(site, kept):
    listing_id = flagged(site)[0]
    (archive,) = kept.glob("*.warc.gz")
    before = archive.read_bytes()
    archive.write_bytes(b"\0" * len(before))
    try:
        answer = httpx.get(f"{site}/listings/{listing_id}/evidence/1?lang=en")
        assert answer.status_code == 410
        assert "holds no readable record" in answer.text
    finally:
        archive.write_bytes(before)
