"""The broken pages of the demo marketplace are broken in the way they say."""

from __future__ import annotations

import http.client
import threading
import zlib
from datetime import date
from urllib.parse import urlsplit

import pytest
import requests
from parsel import Selector

from crawler.demo import Demo
from crawler.demo.faults import HUGE_BYTES
from tests.crawler.demo_visits import get


@pytest.fixture(scope="module")
def demo():
    with Demo(today=date(2024, 3, 1)) as running:
        yield running


@pytest.fixture(scope="module")
def base(demo):
    return demo.platforms["jishi"].url + "/fault"


def test_a_page_in_the_wrong_encoding_is_gbk_under_a_utf8_header(demo, base):
    answer = get(base + "/wrong-encoding")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")
    assert demo.offers("jishi")[0].title in answer.content.decode("gbk")


@pytest.mark.parametrize(("path", "announced"), [("/huge", str(HUGE_BYTES)), ("/endless", None)])
def test_half_a_gigabyte_streams_until_the_visitor_has_enough(base, path, announced):
    with requests.get(base + path, stream=True, timeout=10) as answer:
        assert answer.headers.get("content-length") == announced
        assert (
            sum(len(chunk) for chunk, _ in zip(answer.iter_content(65536), range(40), strict=False))
            > 2_000_000
        )


def test_the_gzip_bomb_is_small_to_send_and_huge_to_unpack(base):
    with requests.get(base + "/bomb", stream=True, timeout=30) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        packed = answer.raw.read(decode_content=False)
    assert len(packed) < 4_000_000
    unpacked = zlib.decompressobj(31)
    size = 0
    while not unpacked.eof:
        size += len(unpacked.decompress(packed, 1 << 24))
        packed = unpacked.unconsumed_tail
    assert size == HUGE_BYTES


def test_blocks_answer_with_their_status_and_retry_after(base):
    refused = get(base + "/status/429?retry_after=7")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert get(base + "/status/403").status_code == 403
    captcha = get(base + "/captcha")
    assert captcha.status_code == 200
    assert Selector(text=captcha.text).css("#captcha-box")


def test_redirects_lead_elsewhere_into_a_private_net_round_in_circles_or_where_one_asks(base):
    assert get(base + "/redirect/elsewhere").headers["location"].startswith("http://elsewhere.invalid/")
    assert get(base + "/redirect/private").headers["location"].startswith("http://10.")
    first, second = (get(base + "/redirect/loop").headers["location"] for _ in range(2))
    assert first != second
    assert first.startswith("/fault/redirect/loop")
    assert get(base + "/redirect?to=/all").headers["location"] == "/all"


def test_one_listing_of_the_list_has_no_title_on_its_own_page_either(demo, base):
    items = Selector(text=get(base + "/untitled").text).css(".item:not(.promoted)")
    untitled = [item for item in items if not item.css("a.title::text").get()]
    assert [item.attrib["data-id"] for item in untitled] == [demo.offers("jishi")[1].native_id]
    own = Selector(text=get(f"{base}/{untitled[0].css('a.title').attrib['href']}").text)
    assert own.css("h1.goods-title")
    assert not own.css("h1.goods-title::text").get()
    assert own.css(".desc::text").get()


def test_after_a_drift_the_old_selectors_find_nothing(base):
    here = Selector(text=get(base + "/drift").text)
    assert here.css(".results .item")
    assert not here.css(".results .item .title, .results .item .price")


def test_links_that_are_none_stand_beside_one_that_is(base):
    links = Selector(text=get(base + "/links").text).css(".item a.title::attr(href)").getall()
    assert sum(link.startswith("/item?id=") for link in links) == 1
    assert {"javascript", "data", "file"} <= {urlsplit(link).scheme for link in links if "[" not in link}


def test_etags_are_misused_in_four_ways(base):
    assert get(base + "/etag/unasked").status_code == 304
    assert get(base + "/etag/changing").headers["etag"] != get(base + "/etag/changing").headers["etag"]
    first, second = get(base + "/etag/stale"), get(base + "/etag/stale")
    assert first.headers["etag"] == second.headers["etag"]
    assert first.text != second.text
    assert get(base + "/etag/stale", **{"If-None-Match": '"stale"'}).status_code == 304
    assert not get(base + "/etag/malformed").headers["etag"].startswith('"')


def test_empty_and_binary_answers_call_themselves_pages(base):
    assert get(base + "/empty").content == b""
    assert b"\x00" in get(base + "/binary").content


def test_a_slow_page_waits_for_its_release_and_survives_a_visitor_who_hangs_up():
    with Demo(today=date(2024, 3, 1)) as demo:
        parts = urlsplit(demo.platforms["jishi"].url)
        impatient = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        impatient.request("GET", "/fault/slow")
        impatient.close()
        answers = []
        url = demo.platforms["jishi"].url + "/fault/slow"
        patient = threading.Thread(target=lambda: answers.append(get(url).status_code))
        patient.start()
        assert get(demo.platforms["jishi"].url + "/all").status_code == 200
        assert answers == []
        demo.release()
        patient.join(10)
        assert answers == [200]
        assert get(url).status_code == 200


def test_the_demo_ends_while_pages_are_still_streaming():
    before = set(threading.enumerate())
    with Demo(today=date(2024, 3, 1)) as demo:
        answer = requests.get(demo.platforms["jishi"].url + "/fault/endless", stream=True, timeout=10)
        assert next(answer.iter_content(1024))
    answer.close()
    assert set(threading.enumerate()) == before
