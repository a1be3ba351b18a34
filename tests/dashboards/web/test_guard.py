"""Who may see the pages, by which name, and what is recorded of it."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager

import httpx
import pytest

from dashboards.web.app import create_app
from dashboards.web.errors import WebError
from dashboards.web.settings import WebSettings
from pipelines.masking import mask_text
from pipelines.store.sqlite import open_store
from tests.dashboards.web.demo_store import KEY
from tests.dashboards.web.visiting import serving

TOKEN = "a-token-of-thirty-two-characters"


@contextmanager
def served(store_path, tmp_path, **settings):
    made = WebSettings(data_dir=tmp_path, **settings)
    app = create_app(made, lambda: open_store(store_path), mask=lambda text: mask_text(text, KEY).text)
    with serving(app) as address, httpx.Client(base_url=address) as client:
        yield client


def lines(folder):
    return [
        json.loads(line) for file in (folder / "audit").iterdir() for line in file.read_text().splitlines()
    ]


@pytest.mark.parametrize(
    "settings", [{"host": "0.0.0.0"}, {"url": "https://desk.example.org"}, {"host": "desk"}]
)
def test_pages_that_others_can_reach_are_not_served_without_a_token(tmp_path, settings):
    with pytest.raises(WebError, match="JARGONWATCH_WEB_TOKEN"):
        create_app(WebSettings(data_dir=tmp_path, **settings), lambda: None)
    create_app(WebSettings(data_dir=tmp_path, token=TOKEN, **settings), lambda: None)
    create_app(WebSettings(data_dir=tmp_path, user_header="X-User", **settings), lambda: None)


def test_a_short_token_is_refused(tmp_path):
    with pytest.raises(WebError, match="at least 24"):
        create_app(WebSettings(data_dir=tmp_path, token="short"), lambda: None)


def test_a_rebound_name_is_refused(site):
    assert httpx.get(site, headers={"Host": "evil.example"}).status_code == 421
    assert httpx.get(site, headers={"Host": "127.0.0.1.evil.example:80"}).status_code == 421
    assert httpx.get(f"{site}/runs", headers={"Host": "localhost:1"}).status_code == 200


def test_every_answer_carries_the_strict_headers(site):
    for path in ("/runs", "/runs.json", "/api/totals", "/static/app.css", "/no-such-page", "/api/no-such"):
        headers = httpx.get(site + path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert httpx.get(f"{site}/runs", headers={"Host": "evil.example"}).headers["content-security-policy"]


def test_no_page_has_inline_script_or_style(site):
    for path in ("/", "/sources", "/runs", "/charts/trend"):
        page = httpx.get(site + path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)


def test_a_post_needs_the_token_of_our_own_page(site, service):
    address = f"{site}/sources/demo-fanpu/run"
    before = list(service.asked)
    with httpx.Client() as client:
        page = client.get(f"{site}/sources").text
        token = re.search(r'data-csrf="(\w+)"', page)[1]
        assert client.post(address).status_code == 403
        assert client.post(address, data={"csrf": "0" * 64}).status_code == 403
        assert (
            client.post(address, data={"csrf": token}, headers={"Origin": "http://evil.example"}).status_code
            == 403
        )
        assert (
            client.post(address, data={"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"}).status_code
            == 403
        )
        assert service.asked == before
        assert client.post(address, data={"csrf": token}, headers={"Origin": site}).status_code == 303
        refused = client.post(f"{site}/sources/new/run", headers={"X-CSRF-Token": token})
        assert refused.status_code == 409
        assert "its file is broken" in refused.text
    assert httpx.post(address, data={"csrf": token}).status_code == 403, "a token is of one browser's cookie"


def test_cookies_stay_on_this_site_and_away_from_scripts(site):
    cookies = httpx.get(f"{site}/runs?lang=zh&theme=dark").headers.get_list("set-cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {"jw_visit", "jw_lang", "jw_theme"}
    assert all("SameSite=Strict" in cookie and "HttpOnly" in cookie for cookie in cookies)


def test_with_a_token_visitors_log_in_and_programs_send_it(demo_store_path, tmp_path):
    with served(demo_store_path, tmp_path, token=TOKEN) as client:
        assert client.get("/runs?source=a").headers["location"] == "/login?next=%2Fruns%3Fsource%3Da"
        refused = client.get("/api/totals")
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "unauthorized"
        assert client.get("/api/totals", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/api/totals", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert client.get("/static/app.css").status_code == 200
        csrf = re.search(r'data-csrf="(\w+)"', client.get("/login").text)[1]
        form = {"csrf": csrf, "name": "王敏", "next": "//evil.example"}
        assert client.post("/login", data={**form, "token": "wrong" * 6}).status_code == 403
        assert client.get("/runs").status_code == 303
        entered = client.post("/login", data={**form, "token": TOKEN})
        assert entered.headers["location"] == "/"
        assert client.get("/runs").status_code == 200
        client.post("/logout", data={"csrf": csrf})
        assert client.get("/runs").status_code == 303
    assert [line["action"] for line in lines(tmp_path) if line["analyst"] == "王敏"] == ["saw", "changed"]


def test_a_forged_session_does_not_count(demo_store_path, tmp_path):
    with served(demo_store_path, tmp_path, token=TOKEN) as client:
        client.cookies.set("jw_session", "MTc2MDAwMDAwMHxldmU=." + "0" * 64)
        assert client.get("/runs").status_code == 303


def test_behind_a_proxy_its_user_is_believed_and_nobody_else(demo_store_path, tmp_path):
    with served(demo_store_path, tmp_path, user_header="X-User") as client:
        assert client.get("/runs").status_code == 401
        assert client.get("/runs", headers={"X-User": "li.na"}).status_code == 200
    assert lines(tmp_path)[-1]["analyst"] == "li.na"


def test_the_audit_log_says_who_saw_and_exported_what_without_personal_data(demo_store_path, tmp_path):
    with served(demo_store_path, tmp_path, analyst="赵") as client:
        client.get("/runs?source=demo-fanpu")
        client.get("/api/search?q=13812345678+四件套")
        client.get("/runs/none")
        client.get("/static/app.css")
    saw, exported, refused = lines(tmp_path)
    assert (saw["analyst"], saw["action"], saw["path"], saw["query"]) == (
        "赵",
        "saw",
        "/runs",
        "source=demo-fanpu",
    )
    assert (exported["action"], exported["path"]) == ("exported", "/api/search")
    assert "13812345678" not in exported["query"]
    assert "四件套" in exported["query"]
    assert (refused["action"], refused["status"]) == ("refused", 404)
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "audit").iterdir())


def test_what_cannot_be_recorded_is_not_shown(demo_store_path, tmp_path):
    (tmp_path / "audit").write_text("in the way")
    with served(demo_store_path, tmp_path) as client:
        answer = client.get("/runs")
    assert answer.status_code == 503
    assert "audit log cannot be written" in answer.text
    assert "demo-" not in answer.text
