"""Broken, hostile and forbidden pages: what was collected is kept, and each fault is counted and named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests

from crawler.crawl import run_crawl
from crawler.demo import Demo
from pipelines.store.query import EVERYTHING
from pipelines.store.sqlite import open_store
from tests.crawler.workspaces import add_source, demo_source, small_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.config import Workspace
    from crawler.demo import Visit
    from crawler.runs import RunSummary

FAULTS = {
    "too-large": ["huge", "endless", "bomb"],
    "timeout": ["slow"],
    "other-host": ["redirect/elsewhere", "redirect/private"],
    "redirect": ["redirect/loop"],
    "unreadable": ["binary"],
    "http-404": ["nothing-here"],
    "http-500": ["status/500"],
    "http-304": ["etag/unasked"],
    "no-title": ["empty"],
    "encoding": ["wrong-encoding"],
}
"""What each page of /fault/ is counted as."""


@dataclass(frozen=True)
class Crawled:
    """One crawl of many sources, and who was asked for what."""

    workspace: Workspace
    runs: dict[str, RunSummary]
    visits: list[Visit]
    site: str

    def titles(self, source: str) -> set[str]:
        with open_store(self.workspace.store_path) as store:
            page = store.search(EVERYTHING, limit=1000)
        return {one.listing.title for one in page.listings if one.listing.source == source}

    def log(self, source: str) -> str:
        log_file = self.runs[source].log_file
        assert log_file is not None
        return log_file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo(size=94) as running:
        yield running


@pytest.fixture(scope="module")
def crawled(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    folder = tmp_path_factory.mktemp("faults")
    workspace = small_workspace(folder / "desk")
    base = demo_source(demo, folder / "templates", "demo-jishi") | {
        "politeness": {"delay": 0, "concurrency": 4, "adaptive": False, "retries": 0},
        "limits": {"page_mb": 0.5, "page_seconds": 4},
        "assertions": None,
        "blocks": None,
    }
    site = demo.platforms["jishi"].url
    host = site.removeprefix("http://")
    pages = [f"{site}/fault/{page}" for pages in FAULTS.values() for page in pages]
    told = [f"{site}/fault/of/13800138000", f"{site}/shop?sid=js9999"]
    requests.get(f"{site}/fault/bomb", stream=True, timeout=60).close()  # packing it takes seconds, once
    demo.forget_requests()
    good = f"{site}/item?id={demo.offers('jishi')[0].native_id}"

    def add(name: str, start: list[Any], **changes: Any) -> None:
        add_source(workspace, base, name=name, start=start, **changes)

    add("faults", [{"listing": [*pages, *told, good]}])
    add("links", [{"category": f"{site}/fault/links"}])
    add("untitled", [{"category": f"{site}/fault/untitled"}], detail=None)
    add("forbidden", [{"category": [f"{site}/private/orders", f"{site}/checkout"]}])
    add("unlisted", [{"category": f"{site}/all"}], list=base["list"] | {"items": ".no-such-thing"})
    add("loopback", [{"category": f"{site}/all"}], allow_private=False)
    by_name = f"localhost:{host.partition(':')[2]}"
    add("by-name", [{"category": f"http://{by_name}/all"}], hosts=[by_name], allow_private=False)
    add("rss", [{"rss": [f"{site}/rss.xml", f"{site}/atom.xml"]}], list=None, detail=None)
    add("sitemap", [{"sitemap": f"{site}/sitemap.xml", "match": r"/item\?id="}], list=None)
    add("search", [{"search": f"{site}/search?q={{keyword}}", "keywords": ["闲置", "出"]}])
    runs = {run.source: run for run in run_crawl(workspace)}
    return Crawled(workspace, runs, demo.requests, site)


def test_every_fault_is_counted_by_its_kind_and_the_good_page_is_kept(demo: Demo, crawled: Crawled) -> None:
    run = crawled.runs["faults"]
    expected = {kind: len(pages) for kind, pages in FAULTS.items()}
    expected["http-404"] += 2
    assert dict(run.errors) == expected
    assert run.listings == 2  # the other is the page in the wrong encoding, of the same offer
    offer = demo.offers("jishi")[0]
    assert crawled.titles("faults") == {" ".join(offer.title.split())}


def test_every_page_that_failed_is_named_in_the_log_without_a_traceback(crawled: Crawled) -> None:
    log = crawled.log("faults")
    for kind, pages in FAULTS.items():
        for page in pages:
            assert f"/fault/{page}" in log, kind
    assert "Traceback" not in log


def test_links_that_are_scripts_or_data_or_lead_elsewhere_are_not_followed(
    demo: Demo, crawled: Crawled
) -> None:
    run = crawled.runs["links"]
    assert run.listings == 1
    assert set(run.errors) <= {"other-host", "no-id"}
    assert {visit.path for visit in crawled.visits} <= {
        "/robots.txt", "/item", "/all", "/shop", "/search", "/rss.xml", "/atom.xml", "/sitemap.xml",
        *(visit.path for visit in crawled.visits if visit.path.startswith("/fault/")),
    }  # fmt: skip


def test_a_listing_without_a_title_is_counted_and_the_others_are_kept(demo: Demo, crawled: Crawled) -> None:
    run = crawled.runs["untitled"]
    assert run.errors["no-title"] == 1
    assert run.listings == len(demo.offers("jishi")) - 1


def test_pages_that_robots_txt_closes_are_not_asked(crawled: Crawled) -> None:
    run = crawled.runs["forbidden"]
    assert (run.outcome, dict(run.errors)) == ("failed", {"robots": 2})
    assert not [visit for visit in crawled.visits if visit.path in ("/private/orders", "/checkout")]


def test_a_selector_that_matches_nothing_fails_the_run_by_name(crawled: Crawled) -> None:
    run = crawled.runs["unlisted"]
    assert run.outcome == "failed"
    assert run.reasons[0].startswith("no listing: list.items (.no-such-thing) matches nothing on 1 pages")


@pytest.mark.parametrize("source", ["loopback", "by-name"])
def test_a_private_address_is_refused_however_it_is_written(crawled: Crawled, source: str) -> None:
    run = crawled.runs[source]
    assert run.outcome == "failed"
    assert run.errors["private-address"] >= 1
    assert "allow_private: true would allow it" in crawled.log(source)
    assert run.bytes == 0


@pytest.mark.parametrize("source", ["rss", "sitemap", "search"])
def test_each_way_in_finds_listings(demo: Demo, crawled: Crawled, source: str) -> None:
    run = crawled.runs[source]
    assert run.outcome == "done"
    assert run.listings > 3
    assert run.fill_rates["title"] == 1


def test_a_sitemap_leads_to_every_listing(demo: Demo, crawled: Crawled) -> None:
    assert crawled.runs["sitemap"].listings == len(demo.offers("jishi"))


def test_a_log_names_no_phone_number_and_no_seller(crawled: Crawled) -> None:
    log = crawled.log("faults")
    assert f"{crawled.site}/shop?sid=jishi#" in log
    assert "13800138000" not in log
    assert "js9999" not in log


def test_who_is_crawling_is_said_to_the_site(crawled: Crawled) -> None:
    assert {visit.headers["user-agent"] for visit in crawled.visits} == {"jargonwatch (demo on this machine)"}
