"""The demo marketplace: what its platforms sell and how their pages read."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from lxml import etree
from parsel import Selector
from protego import Protego

from crawler.demo import PLATFORM_KEYS, Demo
from crawler.demo.dates import ago
from crawler.demo.goods import TRAPS
from crawler.demo.slang import RISING
from pipelines.records import CATEGORIES, DISGUISES
from tests.crawler.demo_visits import LISTS, get, page, walk

TODAY = date(2024, 3, 1)
NOON = datetime(2024, 3, 1, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo():
    with Demo(today=TODAY) as running:
        yield running


def test_a_few_hundred_listings_of_the_last_ninety_days_are_mostly_ordinary(demo):
    offers = demo.offers()
    assert len(offers) == 360
    assert all(NOON - timedelta(days=90) <= offer.published_at < NOON for offer in offers)
    slang = [offer for offer in offers if offer.category]
    assert 40 <= len(slang) <= 50
    assert {offer.category for offer in slang} == set(CATEGORIES)
    assert set(DISGUISES) - {offer.disguise for offer in slang} == {"initials"}
    assert {draft.title for draft in TRAPS} <= {offer.title for offer in offers if not offer.category}


def test_three_terms_rise_towards_today(demo):
    recent = Counter()
    for offer in demo.offers():
        if offer.category in ("bankcard", "payment", "sim"):
            recent[offer.category, offer.published_at > NOON - timedelta(days=30)] += 1
    assert len(RISING) == 3
    for category in ("bankcard", "payment", "sim"):
        assert recent[category, True] >= 3 * recent[category, False]


def test_the_same_seed_and_day_give_the_same_listings(demo):
    with Demo(today=TODAY) as again:
        assert again.offers() == demo.offers()
    with Demo(today=TODAY, seed=7) as other:
        assert other.offers() != demo.offers()
    with Demo(today=TODAY + timedelta(days=1)) as tomorrow:
        assert [offer.title for offer in tomorrow.offers("jishi")] == [
            offer.title for offer in demo.offers("jishi")
        ]
        assert tomorrow.offers("jishi")[0].published_at == demo.offers("jishi")[0].published_at + timedelta(1)


def test_sellers_come_back_and_the_people_behind_slang_ads_do_so_on_several_platforms(demo):
    per_seller = Counter((offer.platform, offer.seller.seller_id) for offer in demo.offers())
    assert max(per_seller.values()) >= 5
    names = {offer.platform: set() for offer in demo.offers()}
    for offer in demo.offers():
        if offer.category:
            names[offer.platform].add(offer.seller.name)
    assert len(set.intersection(*names.values())) >= 3


@pytest.mark.parametrize("platform", ["jishi", "jiujie"])
def test_walking_the_list_pages_reaches_every_listing(demo, platform):
    links = walk(demo, platform, LISTS[platform])
    titles = dict(links)
    offers = demo.offers(platform)
    assert {url.partition("&")[0].rpartition("=")[2] for url in titles} == {o.native_id for o in offers}
    assert set(titles.values()) == {offer.title for offer in offers}


def test_the_promoted_listing_sticks_to_the_top_of_every_page(demo):
    tops = set()
    for number in (1, 2, 6):
        here = page(f"{demo.platforms['jishi'].url}/all?page={number}")
        tops.add(here.css(".results .item")[0].attrib["data-id"])
        assert 15 <= len(here.css(".results .item")) <= 25
    assert tops == {demo.offers("jishi")[-1].native_id}


def test_a_page_beyond_the_last_is_empty_and_leads_no_further(demo):
    beyond = page(demo.platforms["jishi"].url + "/all?page=99")
    assert not beyond.css(".item")
    assert not beyond.css("a.next")


@pytest.mark.parametrize("platform", PLATFORM_KEYS)
def test_a_keyword_finds_what_holds_it(demo, platform):
    base = demo.platforms[platform].url
    expected = {
        offer.native_id for offer in demo.offers(platform) if "接码" in offer.title + offer.description
    }
    assert expected
    if platform == "fanpu":
        found = {item["id"] for item in get(f"{base}/api/items?q={quote('接码')}").json()["items"]}
    elif platform == "jishi":
        found = set(
            page(f"{base}/search?q={quote('接码')}").css(".item:not(.promoted)::attr(data-id)").getall()
        )
    else:
        rows = page(f"{base}/find?kw={quote('接码', encoding='gbk')}").css("tr:not([bgcolor='#ffe9b0']) td a")
        found = {a.attrib["href"].rpartition("=")[2] for a in rows if "view?" in a.attrib["href"]}
    assert found == expected


def test_a_listing_page_of_jishi_reads_as_it_was_written(demo):
    for offer in demo.offers("jishi"):
        here = page(f"{demo.platforms['jishi'].url}/item?id={offer.native_id}")
        assert here.css("h1.goods-title::text").get() == offer.title
        assert here.css(".desc::text").get() == offer.description
        assert here.css(".goods-meta .price::text").get() == offer.price
        assert here.css(".goods-id::text").get() == offer.native_id
        data = json.loads(here.css("script[type='application/ld+json']::text").get())
        assert (data["name"], data["sku"]) == (offer.title, offer.native_id)


def test_jiujie_is_gbk_and_loses_no_character(demo):
    base = demo.platforms["jiujie"].url
    written = demo.offers("jiujie")
    assert any("💳" in offer.title or "📩" in offer.title or "🏃" in offer.title for offer in written)
    for offer in written:
        answer = get(f"{base}/view?gid={offer.native_id}")
        assert answer.headers["content-type"] == "text/html; charset=gbk"
        here = Selector(text=answer.content.decode("gbk"))
        assert here.css("[itemprop=name]::text").get() == offer.title
        assert here.css("[itemprop=description]::text").get() == offer.description
        assert here.css("[itemprop=price]::text").get() == offer.price


def test_feeds_the_sitemap_and_the_json_search_say_the_same_as_the_pages(demo):
    base = demo.platforms["jishi"].url
    offers = demo.offers("jishi")
    rss = etree.fromstring(get(base + "/rss.xml").content)
    assert [item.findtext("guid") for item in rss.iter("item")] == [o.native_id for o in offers[:50]]
    atom = etree.fromstring(get(base + "/atom.xml").content)
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert [title.text for title in atom.findall("a:entry/a:title", names)] == [o.title for o in offers[:50]]
    sitemap = etree.fromstring(get(base + "/sitemap.xml").content)
    assert sum("/item?id=" in (loc.text or "") for loc in sitemap.iter() if loc.tag.endswith("loc")) == 120
    found, number = [], 1
    while number:
        data = get(f"{base}/api/search?page={number}&size=50").json()["data"]
        found += data["items"]
        number = data["next"]
    assert [(item["id"], item["desc"]) for item in found] == [(o.native_id, o.description) for o in offers]


def test_an_unchanged_page_is_not_sent_twice(demo):
    url = demo.platforms["jishi"].url + "/all?page=2"
    first = get(url)
    assert get(url, **{"If-None-Match": first.headers["etag"]}).status_code == 304
    assert get(url, **{"If-Modified-Since": first.headers["last-modified"]}).status_code == 304
    assert get(url, **{"If-None-Match": '"other"'}).status_code == 200
    assert get(url, **{"If-Modified-Since": "nonsense"}).status_code == 200


def test_every_shop_that_points_elsewhere_points_to_a_shop_of_jiujie(demo):
    base = demo.platforms["jishi"].url
    sellers = {offer.seller for offer in demo.offers("jishi")}
    outlets = []
    for seller in sellers:
        shop = page(f"{base}/shop?sid={seller.seller_id}")
        assert shop.css(".shop-name::text").get() == seller.name
        outlets += shop.css("a.outlet::attr(href)").getall()
    assert len(outlets) >= 3
    for outlet in outlets:
        assert outlet.startswith(demo.platforms["jiujie"].url + "/user?uid=")
        assert page(outlet).css("#who")


def test_robots_txt_forbids_what_pages_link_to_and_the_demo_tells_who_went_there(demo):
    for site in demo.platforms.values():
        robots = Protego.parse(get(site.url + "/robots.txt").text)
        assert not robots.can_fetch(site.url + "/private/orders", "jargonwatch")
        assert not robots.can_fetch(site.url + "/checkout?id=1", "jargonwatch")
        assert robots.can_fetch(site.url + "/", "jargonwatch")
    assert page(demo.platforms["jishi"].url + "/all").css("a[href^='/private/']")
    demo.forget_requests()
    get(demo.platforms["jiujie"].url + "/private/orders?from=test", **{"User-Agent": "curious"})
    (visit,) = demo.requests
    assert (visit.platform, visit.method, visit.path, visit.query) == (
        "jiujie",
        "GET",
        "/private/orders",
        "from=test",
    )
    assert visit.headers["user-agent"] == "curious"


def test_what_is_unknown_is_not_found(demo):
    for platform, path in (
        ("jishi", "/item?id=0"),
        ("jishi", "/shop?sid=0"),
        ("jiujie", "/view"),
        ("fanpu", "/no"),
    ):
        assert get(demo.platforms[platform].url + path).status_code == 404


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        (timedelta(seconds=30), "刚刚"),
        (timedelta(minutes=5), "5分钟前"),
        (timedelta(hours=3), "3小时前"),
        (timedelta(hours=14), "昨天 22:00"),
        (timedelta(days=4), "4天前"),
        (timedelta(days=20), "02-10"),
        (timedelta(days=80), "2023-12-12"),
    ],
)
def test_ages_are_written_as_chinese_platforms_write_them(passed, expected):
    assert ago(NOON - passed, NOON) == expected
