"""Fields out of saved pages of several kinds of site, by rules as a source file states them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.records import Money
from spiders.assembly import build_listing, identity, values_of
from spiders.errors import ListingError, PageError
from spiders.extraction import extract, links
from spiders.pages import read_page
from tests.spiders.source_files import NOW, make_source, saved, text_response

if TYPE_CHECKING:
    from pathlib import Path

    from spiders.extraction import Value

TABLE = {
    "items": "#main tr:has(td)",
    "fields": {
        "native_id": {"query": "id"},
        "url": "td:nth-child(2) a::attr(href)",
        "title": "td:nth-child(2) a",
        "price": [{"css": "td:nth-child(3)", "without": "small"}, "td:nth-child(3) small"],
        "seller_name": "td:nth-child(4) a",
        "seller_id": {"css": "td:nth-child(4) a", "attr": "href", "regex": r"u=([^&]+)"},
        "extra": {
            "rating": {"css": "td:nth-child(4)", "regex": r"\(([\d.]+) ★\)", "transform": "number"},
            "from": {"css": "td:nth-child(2) font", "regex": "Ships from: (.+)"},
        },
    },
    "next": {"link": {"xpath": "//a[starts-with(., 'Next')]/@href"}},
}
DIVS = {
    "items": [".gone", "div.c-item:not(.ad)"],
    "fields": {
        "native_id": "::attr(data-sku)",
        "url": ".t a::attr(href)",
        "title": ".t a",
        "price": {"css": ".p", "without": "s"},
        "seller_name": {"css": ".u a", "without": ".credit"},
        "seller_id": {"css": ".u a", "attr": "href", "regex": r"/u/(\d+)"},
        "published_at": ".when",
        "extra": {"credit": ".credit"},
    },
}


def rows(
    folder: Path, name: str, url: str, reading: dict[str, Any], **changes: Any
) -> list[dict[str, Value]]:
    """What the rules of a list page give, an entry a listing."""
    source = make_source(folder, list=reading, **changes)
    assert source.list is not None
    page = read_page(saved(name, url), source.list, NOW)
    return [
        values_of(extract(source.list.fields, item, page, source)) for item in page.items(source.list.items)
    ]


def test_a_bare_table_gives_its_rows_sticky_one_and_all(tmp_path: Path) -> None:
    found = rows(tmp_path, "bare-table.html", "https://shop.example/list.php?page=2", TABLE)
    assert [row["native_id"] for row in found] == ["901", "311", "312", "313"]
    assert found[1] == {
        "native_id": "311",
        "url": "https://shop.example/listing.php?id=311&ref=list",
        "title": "Paperback novels, box of 20",
        "price": Money(1299.0, "EUR"),
        "seller_name": "bouquiniste",
        "seller_id": "bouquiniste",
        "extra.rating": "4.8",
        "extra.from": "FR",
    }
    assert found[2]["price"] == Money(12.0, "GBP")
    assert found[2]["title"] == "Garden hose 20 m with reel"
    assert "extra.rating" not in found[2]
    assert "price" not in found[3]
    assert "extra.from" not in found[3]


def test_nested_divs_give_whole_words_and_names_without_what_stands_beside_them(tmp_path: Path) -> None:
    found = rows(tmp_path, "nested-divs.html", "https://shop.example/zh/search?q=x", DIVS)
    assert [row["title"] for row in found] == ["纯棉四件套 1.8米床", "二手路由器", "旧相机"]
    assert [row["seller_name"] for row in found] == ["小米粥", "阿布", "阿布"]
    assert [row.get("price") for row in found] == [Money(129.0), Money(12000.0), None]
    assert found[0]["extra.credit"] == "信用极好 · 98%"
    assert [row["published_at"] for row in found] == [
        datetime(2026, 11, 24, 1, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 13, 5, tzinfo=UTC),
        datetime(2026, 11, 19, 16, 0, tzinfo=UTC),
    ]


def test_relative_links_count_from_the_base_of_the_page_and_scripts_are_no_links(tmp_path: Path) -> None:
    found = rows(tmp_path, "nested-divs.html", "https://shop.example/x", DIVS)
    assert [row.get("url") for row in found] == [
        "https://shop.example/zh/item/5521?spm=a1.b3",
        "https://shop.example/zh/item/5522",
        None,
    ]


def test_json_inside_a_script_reads_by_jmespath(tmp_path: Path) -> None:
    reading = {
        "format": "json",
        "within": {"css": "script:contains('__STATE__')", "regex": r"__STATE__ = (\{.*\});"},
        "items": "list.rows",
        "fields": {
            "native_id": "id",
            "title": "name",
            "price": "price.value",
            "currency": "price.unit",
            "seller_id": "owner.id",
            "seller_name": "owner.nick",
            "shelf": {"json": "tags", "all": True, "join": "/"},
            "description": {"json": "html", "transform": "html"},
        },
    }
    found = rows(tmp_path, "nested-divs.html", "https://shop.example/x", reading)
    assert found == [
        {
            "native_id": "71",
            "title": "折叠自行车",
            "price": Money(399.5),
            "currency": "CNY",
            "seller_id": "3",
            "seller_name": "风",
            "shelf": "运动/户外",
            "description": "九成新\n带锁 & 打气筒",
        },
        {"native_id": "72", "seller_id": "4"},
    ]


def test_an_extra_price_is_kept_as_people_write_it(tmp_path: Path) -> None:
    fields = {
        "native_id": {"query": "id"},
        "url": "td:nth-child(2) a::attr(href)",
        "title": "td:nth-child(2) a",
        "extra": {
            "was": {"value": "原价 ¥1,299 / 套", "transform": "price"},
            "sold": {"value": "1234567", "transform": "number"},
        },
    }
    url = "https://shop.example/list.php"
    values = rows(tmp_path, "bare-table.html", url, TABLE | {"fields": fields})[0]
    listing = build_listing(values, make_source(tmp_path), seen_at=NOW)
    assert listing.extra == {"was": "1299 CNY / 套", "sold": "1234567"}


def test_a_price_in_cents_is_divided(tmp_path: Path) -> None:
    fields = {
        "native_id": {"query": "id"},
        "url": "td:nth-child(2) a::attr(href)",
        "title": "td:nth-child(2) a",
        "price": {"value": "1290050", "divide": 100},
        "extra": {"fee": {"value": "250", "transform": "number", "divide": 100}},
    }
    row = rows(tmp_path, "bare-table.html", "https://shop.example/", TABLE | {"fields": fields})[0]
    assert (row["price"], row["extra.fee"]) == (Money(12900.5), "2.5")


def test_a_listings_own_page_gives_structured_data_where_its_rules_ask_for_it(tmp_path: Path) -> None:
    reading = {
        "fields": {
            "title": ["h1.missing", {"data": "product.name"}],
            "native_id": {"data": "product.sku"},
            "price": {"data": "product.offers.price"},
            "currency": {"data": "product.offers.priceCurrency"},
            "seller_name": {"data": "product.offers.seller.name"},
            "description": ".desc",
            "shelf": {"xpath": "//td[.='Category']/following-sibling::td[1]"},
            "published_at": {
                "xpath": "//td[.='Listed']/following-sibling::td[1]",
                "date_format": "%d/%m/%Y %H:%M",
            },
            "extra": {"og": {"data": 'og."og:title"'}, "site": {"value": "corner"}},
        }
    }
    source = make_source(tmp_path, detail=reading)
    assert source.detail is not None
    page = read_page(saved("product.html", "https://shop.example/p/7"), source.detail, NOW)
    findings = extract(source.detail.fields, page.root, page, source)
    assert values_of(findings) == {
        "title": "Camping stove",
        "native_id": "CS-7",
        "price": Money(24.5),
        "currency": "EUR",
        "seller_name": "Berg",
        "description": "Gas, two flames.\n600 g\nwith bag",
        "shelf": "Outdoor",
        "published_at": datetime(2024, 5, 3, 10, 30, tzinfo=UTC),
        "extra.og": "Camping stove (OG)",
        "extra.site": "corner",
    }
    assert [str(attempt.rule) for attempt in findings["title"].failed] == ["css: h1.missing"]


def test_a_rule_that_finds_something_of_no_use_says_what_it_found(tmp_path: Path) -> None:
    source = make_source(tmp_path, list=TABLE)
    assert source.list is not None
    page = read_page(saved("bare-table.html", "https://shop.example/l"), source.list, NOW)
    price = extract(source.list.fields, page.items(source.list.items)[3], page, source)["price"]
    assert price.value is None
    assert [attempt.text for attempt in price.failed] == ["ask", None]


def test_the_next_page_is_found_on_the_whole_page(tmp_path: Path) -> None:
    source = make_source(tmp_path, list=TABLE)
    assert source.list is not None
    assert source.list.next is not None
    assert source.list.next.link is not None
    page = read_page(saved("bare-table.html", "https://shop.example/list.php?page=2"), source.list, NOW)
    assert links(source.list.next.link, page.root, page, source) == ["https://shop.example/list.php?page=3"]


def test_a_field_of_the_whole_page_belongs_to_each_of_its_items(tmp_path: Path) -> None:
    reading = TABLE | {"fields": {"title": "a", "shelf": {"css": "title", "scope": "page"}}}
    found = rows(tmp_path, "bare-table.html", "https://shop.example/l", reading)
    assert {row["shelf"] for row in found} == {"Listings - page 2"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<html>captcha</html>", "is not JSON as the source file says; it begins with '<html>captcha"),
        ("", "is not JSON"),
    ],
)
def test_a_page_that_is_not_the_json_it_should_be_says_how_it_begins(
    tmp_path: Path, text: str, said: str
) -> None:
    reading = {"format": "json", "items": "rows", "fields": {"title": "name"}}
    source = make_source(tmp_path, list=reading)
    assert source.list is not None
    with pytest.raises(PageError, match=said):
        read_page(text_response("https://shop.example/api", text), source.list, NOW)


def test_jsonp_is_json(tmp_path: Path) -> None:
    reading = {"format": "json", "items": "rows", "fields": {"title": "name"}}
    source = make_source(tmp_path, list=reading)
    assert source.list is not None
    wrapped = f"callback12({json.dumps({'rows': [{'name': 'x'}]})});"
    page = read_page(text_response("https://shop.example/api", wrapped), source.list, NOW)
    assert len(page.items(source.list.items)) == 1


def test_a_listing_is_known_by_its_own_id_else_by_its_canonical_address(tmp_path: Path) -> None:
    assert identity({"native_id": "7", "url": "https://shop.example/a"}) == "7"
    one = identity({"url": "https://shop.example/a?b=2&a=1#top"})
    assert one == identity({"url": "https://shop.example/a?a=1&b=2"})
    source = make_source(tmp_path)
    with pytest.raises(ListingError, match="without native_id and url"):
        build_listing({"title": "x"}, source, seen_at=NOW)
    with pytest.raises(ListingError, match=r"no title for https://shop\.example/a"):
        build_listing({"url": "https://shop.example/a"}, source, seen_at=NOW)


def test_a_listing_takes_currency_and_unit_from_their_own_rules(tmp_path: Path) -> None:
    values: dict[str, Value] = {
        "native_id": "7",
        "title": "x",
        "price": Money(5.0),
        "currency": "EUR",
        "unit": "套",
        "extra.credit": "good",
    }
    listing = build_listing(values, make_source(tmp_path), seen_at=NOW)
    assert listing.price == Money(5.0, "EUR", "套")
    assert listing.extra == {"credit": "good"}
