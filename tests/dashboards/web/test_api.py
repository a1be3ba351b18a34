"""The read-only HTTP API on the demo store."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from dashboards.web.app import create_app
from dashboards.web.errors import BusyError, TooSlowError
from dashboards.web.pool import StorePool
from dashboards.web.settings import WebSettings
from pipelines.errors import StoreError
from pipelines.store.sqlite import open_store
from tests.dashboards.web.visiting import serving


@pytest.fixture(scope="module")
def api(site):
    with httpx.Client(base_url=f"{site}/api", timeout=30) as client:
        yield client


def answer(api, path, **parameters):
    found = api.get(path, params=parameters)
    assert found.status_code == 200, found.text
    return found.json()


def test_pages_follow_each_other_by_cursor_until_all_are_there(api):
    found, cursor = [], None
    while True:
        page = answer(api, "/search", q="verdict:flagged", limit=50, **({"cursor": cursor} if cursor else {}))
        found += [each["current"]["listing"]["listing_id"] for each in page["listings"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert len(found) == len(set(found)) == answer(api, "/facets", q="verdict:flagged")["listings"] > 100


def test_a_term_is_found_by_its_name(api):
    assert answer(api, "/facets", q="term:四件套")["listings"] > 10
    assert answer(api, "/history/四件套")["term"] == "四件套"
    assert [each["both"] for each in answer(api, "/cooccur/四件套", top=3)]


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/totals", {}),
        ("/trend", {"term": "接码", "days": 30}),
        ("/trend", {"category": ["sim", "payment"], "verdict": "flagged", "by": "week"}),
        ("/prices", {"q": "category:sim"}),
        ("/counts", {"days": 30, "verdict": "flagged"}),
        ("/sellers", {"q": "verdict:flagged", "top": 5}),
        ("/links", {}),
        ("/terms", {}),
        ("/coverage", {"days": 30}),
        ("/runs", {"source": "demo-jishi", "limit": 3}),
    ],
)
def test_a_question_is_answered_as_openapi_describes(api, path, parameters):
    described = answer(api, "/openapi.json")
    operation = described["paths"][f"/api{path}"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    record = answer(api, path, **parameters)
    if schema.get("type") == "array":
        assert record
        record, schema = record[0], schema["items"]
    fields = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
    assert set(record) == set(fields)


def test_the_crawled_count_stands_beside_every_trend(api):
    trend = answer(api, "/trend", term="接码", days=30)
    assert len(trend["steps"]) == len(trend["crawled"]) == 30
    assert all(len(series) == 30 for series in trend["series"].values())


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/search?q=platfrom:x", 400, "unknown field 'platfrom' at 1, did you mean 'platform'?"),
        ("/search?limit=201", 422, "limit: "),
        ("/search?cursor=nonsense", 400, "cursor"),
        ("/history/没有的词", 400, "no term is called '没有的词'"),
        ("/listings/none", 404, "no listing has the id none"),
        ("/trend?since=2025-02-01&until=2025-01-01", 422, "since (2025-02-01) lies after until (2025-01-01)"),
        ("/trend?category=nonsense", 422, "category.0: "),
        ("/nothing", 404, ""),
    ],
)
def test_a_mistake_is_told_as_json(api, path, status, said):
    found = api.get(path)
    assert found.status_code == status
    assert said in found.json()["error"]["message"]


def test_a_mistake_in_a_query_has_its_position(api):
    error = api.get("/search", params={"q": "四件套 platfrom:x"}).json()["error"]
    assert (error["code"], error["position"], error["suggestion"]) == ("query", 5, "platform")


def test_every_page_has_its_json(site):
    for path in ("/overview", "/sources", "/runs", "/charts/trend", "/charts/links"):
        found = httpx.get(f"{site}{path}.json")
        assert found.headers["content-type"] == "application/json"
        assert found.json()


class Slow:
    """A store whose question ends only when it is interrupted."""

    def __init__(self) -> None:
        self.interrupted = threading.Event()

    def interrupt(self) -> None:
        self.interrupted.set()

    def totals(self):
        assert self.interrupted.wait(10)
        raise StoreError("interrupted")

    def close(self) -> None:
        pass


def test_a_question_that_takes_too_long_is_ended(tmp_path):
    settings = WebSettings(data_dir=tmp_path, seconds_per_question=0.05)
    with serving(create_app(settings, Slow)) as address:
        found = httpx.get(f"{address}/api/totals")
    assert found.status_code == 504
    assert found.json()["error"]["code"] == "too-slow"


def test_a_question_ended_late_does_not_end_the_next(tmp_path):
    slow = Slow()
    pool = StorePool(lambda: slow, size=1, seconds=0.05)
    with pytest.raises(TooSlowError), pool.lent() as store:
        store.totals()
    slow.interrupted.clear()
    with pool.lent():
        pass
    time.sleep(0)
    assert not slow.interrupted.is_set()


def test_when_all_connections_are_taken_the_answer_is_busy(demo_store_path):
    pool = StorePool(lambda: open_store(demo_store_path), size=1, seconds=0.05)
    with pool.lent(), pytest.raises(BusyError), pool.lent():
        pass
    pool.close()
