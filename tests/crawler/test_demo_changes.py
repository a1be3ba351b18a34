"""The demo marketplace changing between two visits, turning visitors away, and starting where it is told."""

from __future__ import annotations

import socket
import threading
from datetime import date

import pytest
from parsel import Selector

from crawler.demo import Demo, serve
from crawler.errors import ConfigError, JobError
from tests.crawler.demo_visits import get

TODAY = date(2024, 3, 1)


@pytest.fixture
def demo():
    with Demo(today=TODAY) as running:
        yield running


def test_a_revised_listing_shows_its_new_price_and_title_at_the_next_visit(demo):
    offer = demo.offers("jishi")[3]
    url = f"{demo.platforms['jishi'].url}/item?id={offer.native_id}"
    before = get(url)
    demo.revise("jishi", offer.native_id, price=12.5, title="改过的标题")
    after = get(url, **{"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert Selector(text=after.text).css(".goods-meta .price::text").get() == "¥12.5"
    assert "改过的标题" in get(demo.platforms["jishi"].url + "/all").text
    assert demo.offers("jishi")[3].description == offer.description


def test_a_removed_listing_is_gone_from_its_page_and_from_the_lists(demo):
    offer = demo.offers("fanpu")[0]
    base = demo.platforms["fanpu"].url
    demo.remove("fanpu", offer.native_id)
    assert get(f"{base}/api/item?id={offer.native_id}").status_code == 404
    assert offer.native_id not in {item["id"] for item in get(base + "/api/items").json()["items"]}


def test_changing_what_is_not_there_names_it(demo):
    with pytest.raises(JobError, match="jiujie has no listing 42"):
        demo.revise("jiujie", "42", price=1)


def test_a_platform_can_turn_visitors_away_after_some_pages(demo):
    base = demo.platforms["jishi"].url
    demo.block("jishi", status=429, after=2, retry_after=60)
    assert [get(base + "/all").status_code for _ in range(4)] == [200, 200, 429, 429]
    assert get(base + "/all").headers["retry-after"] == "60"
    assert get(base + "/robots.txt").status_code == 200
    assert get(demo.platforms["jiujie"].url + "/list").status_code == 200
    demo.block("jishi", status=200)
    assert Selector(text=get(base + "/all").text).css("#captcha-box")
    demo.unblock("jishi")
    assert Selector(text=get(base + "/all").text).css(".item")


def test_the_ports_are_those_asked_for_and_a_taken_one_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} cannot be used"), Demo(ports=(0, 0, port)):
            pass
    with pytest.raises(ConfigError, match="needs 3 ports"), Demo(ports=(0,)):
        pass


def test_the_demo_keeps_its_changes_over_a_restart_of_the_server():
    demo = Demo(today=TODAY)
    native_id = demo.offers("jiujie")[0].native_id
    with demo:
        demo.remove("jiujie", native_id)
    with demo:
        assert get(f"{demo.platforms['jiujie'].url}/view?gid={native_id}").status_code == 404


def test_nothing_is_published_in_the_future_and_ages_are_told_from_now_where_no_day_is_given():
    with Demo() as demo:
        newest = demo.offers("jishi")[0]
        site = demo.platforms["jishi"]
        assert newest.published_at < site.catalogue.clock
        assert site.ago(newest) in get(site.url + "/all").text


def test_serve_says_where_it_is_and_ends_by_an_interrupt():
    seen, before = [], set(threading.enumerate())

    def ready(demo: Demo) -> None:
        seen.append(get(demo.platforms["jishi"].url + "/robots.txt").status_code)
        raise KeyboardInterrupt

    serve(ready=ready)
    assert seen == [200]
    assert set(threading.enumerate()) == before
