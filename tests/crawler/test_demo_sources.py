"""The source files of the demo marketplace: they fit the contract and read its pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import urljoin

import pytest
import requests
from parsel import Selector

from crawler.demo import Demo
from crawler.demo.dates import SHANGHAI
from spiders.contract import Source, load_source, load_sources
from spiders.extraction import extract, links
from spiders.pages import Page

NOW = datetime(2024, 3, 1, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo():
    with Demo(today=date(2024, 3, 1)) as running:
        yield running


@pytest.fixture(scope="module")
def sources(demo, tmp_path_factory) -> dict[str, Source]:
    written = demo.sources(tmp_path_factory.mktemp("sources"), browser=False)
    return {source.platform: source for source in map(load_source, written)}


def fetch(url: str, page_format: str) -> Page:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200
    root = answer.json() if page_format == "json" else Selector(text=answer.text)
    return Page(url, NOW, answer.text, page_format, root)


def way(source: Source, kind: str) -> str:
    return next(way for way in source.start if way.kind == kind).addresses[0].replace("{page}", "1")


def test_one_source_a_platform_fits_the_contract_with_a_browser_and_without(demo, tmp_path):
    for browser, name in ((True, "demo-fanpu"), (False, "demo-fanpu-json")):
        found = load_sources(demo.sources(tmp_path / name, browser=browser)[0].parent)
        assert set(found) == {"demo-jishi", name, "demo-jiujie"}
        assert {source.platform for source in found.values()} == set(demo.platforms)
        assert found[name].render == ("browser" if browser else "http")
        for source in found.values():
            assert source.hosts == (demo.platforms[source.platform].url.removeprefix("http://"),)


@pytest.mark.parametrize("platform", ["jishi", "fanpu", "jiujie"])
def test_a_list_page_gives_the_listings_as_they_were_written(demo, sources, platform):
    source = sources[platform]
    page = fetch(way(source, "category"), source.list.format)
    offers = {offer.native_id: offer for offer in demo.offers(platform)}
    items = page.items(source.list.items)
    assert 15 <= len(items) <= 26
    for item in items:
        found = {
            name: finding.value for name, finding in extract(source.list.fields, item, page, source).items()
        }
        offer = offers[found["native_id"]]
        assert found["title"] == offer.title
        assert found["url"].startswith(demo.platforms[platform].url)
        assert (found["seller_id"], found["seller_name"]) == (offer.seller.seller_id, offer.seller.name)
        published = offer.published_at.astimezone(SHANGHAI)
        assert found["published_at"].astimezone(SHANGHAI).date() == published.date()
        if platform != "fanpu":
            assert (found["extra.area"], found["extra.rating"]) == (
                offer.seller.area,
                str(offer.seller.rating),
            )


@pytest.mark.parametrize("platform", ["jishi", "jiujie"])
def test_a_listings_own_page_adds_the_description_the_time_and_the_shelf(demo, sources, platform):
    source = sources[platform]
    path = {"jishi": "/item?id=", "jiujie": "/view?gid="}[platform]
    for offer in demo.offers(platform)[:20]:
        page = fetch(demo.platforms[platform].url + path + offer.native_id, "html")
        fields = extract(source.detail.fields, page.root, page, source)
        assert fields["title"].value == offer.title
        assert fields["description"].value == offer.description
        assert fields["published_at"].value == offer.published_at.replace(second=0, microsecond=0)
        assert fields["shelf"].value


def test_the_next_page_and_the_jump_to_the_other_platform_are_found(demo, sources):
    source = sources["jishi"]
    first = fetch(way(source, "category"), "html")
    (following,) = links(source.list.next.link, first.root, first, source)
    assert following == urljoin(first.url, "/all?page=2")
    shop = fetch(way(source, "shop"), "html")
    (jump,) = links(source.list.jumps, shop.root, shop, source)
    assert sources["jiujie"].seller_of_shop(jump) == "jj1000"
    offer = next(offer for offer in demo.offers("jishi") if offer.seller.seller_id == "js1000")
    page = fetch(f"{demo.platforms['jishi'].url}/item?id={offer.native_id}", "html")
    assert links(source.detail.jumps, page.root, page, source) == [jump]
