"""Any JSONL file of listings on the demo's platforms: every one reachable, nothing lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from parsel import Selector

from crawler.demo import PLATFORM_KEYS, Demo
from crawler.demo.listings import write_price
from crawler.errors import ConfigError
from tests.crawler.demo_visits import LISTS, walk

DATA = Path(__file__).parents[3] / "shared" / "data" / "listings-dev.jsonl"


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def fetch(session: requests.Session, url: str) -> Selector:
    answer = session.get(url, timeout=10)
    assert answer.status_code == 200
    return Selector(text=answer.text)


def read_back(demo: Demo, session: requests.Session, platform: str, native_id: str) -> dict[str, str | None]:
    """A listing as its own page says it; on fanpu as the JSON behind the page does."""
    base, name = demo.platforms[platform].url, quote(native_id, safe="")
    if platform == "fanpu":
        item = session.get(f"{base}/api/item?id={name}", timeout=10).json()
        return {key: item[key] for key in ("id", "title", "desc", "price")}
    if platform == "jishi":
        here = fetch(session, f"{base}/item?id={name}")
        rules = {"id": ".goods-id", "title": "h1.goods-title", "desc": ".desc", "price": ".goods-meta .price"}
    else:
        here = fetch(session, f"{base}/view?gid={name}")
        rules = {
            "id": "[itemprop=sku]",
            "title": "[itemprop=name]",
            "desc": "[itemprop=description]",
            "price": "[itemprop=price]",
        }
    read = {key: here.css(f"{rule}::text").get() for key, rule in rules.items()}
    return read | {key: read[key] or "" for key in ("title", "desc")}


def test_awkward_characters_come_back_as_they_were_written(tmp_path):
    rows = [
        {"id": f"{platform}/a b&c?{place}", "platform": platform, **row}
        for platform in PLATFORM_KEYS
        for place, row in enumerate(
            (
                {"title": "&lt;spanclass=H&gt;帽子&lt;/span&gt; <b>粗</b> \"'", "description": "a\r\nb\tc"},
                {"title": "  emoji 👩‍👩‍👧 🍃 ¥ € ﷼ ꧁ \u3000", "price": 0.1},
                {"title": "</script><script>alert(1)</script>", "price": "35元/套 <b>"},
                {"title": "\U00020bb7\ue5e5 ㊣", "description": "{{ 7*7 }}", "price": 12345678.9},
            )
        )
    ]
    with Demo(write(tmp_path / "rows.jsonl", *rows)) as demo, requests.Session() as session:
        assert demo.dropped == 0
        for row in rows:
            assert read_back(demo, session, row["platform"], row["id"]) == {
                "id": row["id"],
                "title": row["title"],
                "desc": row.get("description", ""),
                "price": write_price(row.get("price")),
            }


def test_what_no_page_can_carry_is_dropped_and_counted(tmp_path):
    path = write(tmp_path / "rows.jsonl", {"id": "1", "title": "a\x00b\ud83d\u0085c", "platform": "jishi"})
    with Demo(path) as demo, requests.Session() as session:
        assert demo.dropped == 3
        assert read_back(demo, session, "jishi", "1")["title"] == "abc"


def test_numbers_and_texts_are_prices_and_numbers_are_ids(tmp_path):
    path = write(tmp_path / "rows.jsonl", {"id": 7, "price": 5, "note": [1]}, {"id": "8", "price": "5.50"})
    with Demo(path) as demo:
        assert {(offer.native_id, offer.price) for offer in demo.offers()} == {("7", "¥5"), ("8", "5.50")}


@pytest.mark.parametrize("price", [359.0, 62.51, 0.1 + 0.2, 1e22, 1e-7, -3.0, 5])
def test_a_price_keeps_every_digit(price):
    assert float(write_price(price).removeprefix("¥")) == price


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "1"}\n{"id": 2\n', r"rows\.jsonl:2: is not JSON"),
        ('{"id": "1"}\n[]\n', r"rows\.jsonl:2"),
        ('{"title": "a"}\n', r"rows\.jsonl:1: id: Field required"),
        ('{"id": "1"}\n\n{"id": 1}\n', r"rows\.jsonl:3: id 1 stands on line 1 too"),
        ('{"id": "1", "price": NaN}\n', r"rows\.jsonl:1: is not JSON: NaN"),
        ('{"id": "1", "price": [3]}\n', r"rows\.jsonl:1: price"),
        ("\n", "has no listing"),
        ("\xff", "cannot be read as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_served_is_refused_with_its_line(tmp_path, text, message):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=message):
        Demo(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.jsonl"):
        Demo(tmp_path / "nowhere.jsonl")


@pytest.mark.skipif(not DATA.exists(), reason="the shared listings are not beside this repository")
def test_two_thousand_real_listings_are_all_reachable_and_read_back_exactly():
    rows = {
        row["id"]: {
            "id": row["id"],
            "title": row["title"],
            "desc": row["description"],
            "price": write_price(row["price"]),
        }
        for row in map(json.loads, DATA.read_text(encoding="utf-8").splitlines())
    }
    with Demo(DATA) as demo, requests.Session() as session:
        offers = demo.offers()
        assert len(offers) == len(rows) == 2063
        assert min(len(demo.offers(platform)) for platform in PLATFORM_KEYS) > 600
        for platform, path in LISTS.items():
            expected = {rows[offer.native_id]["title"] for offer in demo.offers(platform)}
            assert {title for _, title in walk(demo, platform, path)} == expected
        number, listed = 1, set()
        while True:
            answer = session.get(f"{demo.platforms['fanpu'].url}/api/items?page={number}", timeout=10).json()
            listed |= {item["id"] for item in answer["items"]}
            if number == answer["pages"]:
                break
            number += 1
        assert listed == {offer.native_id for offer in demo.offers("fanpu")}
        for offer in offers:
            assert read_back(demo, session, offer.platform, offer.native_id) == rows[offer.native_id]
