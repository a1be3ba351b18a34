"""Whole crawls of the demo marketplace, from source files to the store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crawler import cli
from crawler.crawl import run_crawl
from crawler.demo import Demo
from crawler.errors import ConfigError
from pipelines.analysis import analyze
from pipelines.errors import LexiconError
from pipelines.lexicon.load import load_lexicon
from pipelines.records import listing_id
from pipelines.store.query import EVERYTHING, Gone, Has
from pipelines.store.sqlite import open_store
from spiders.errors import SourceError
from tests.crawler.workspaces import add_source, demo_source, small_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.config import Workspace
    from crawler.demo import Offer, Visit
    from crawler.runs import RunSummary, SourceProgress
    from pipelines.store.answers import StoredListing
    from pipelines.store.query import Query


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo() as running:
        yield running


@pytest.fixture(autouse=True)
def as_new(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "demo" in request.fixturenames:
        for key in ("jishi", "fanpu", "jiujie"):
            request.getfixturevalue("demo").unblock(key)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_workspace(tmp_path / "desk")


@pytest.fixture
def jishi(demo: Demo, tmp_path: Path) -> dict[str, Any]:
    return demo_source(demo, tmp_path / "templates", "demo-jishi") | {"start": [everything(demo)]}


def everything(demo: Demo) -> dict[str, str]:
    return {"category": f"{demo.platforms['jishi'].url}/all"}


def stored(workspace: Workspace, query: Query = EVERYTHING) -> list[StoredListing]:
    """Everything in the store that a query matches."""
    with open_store(workspace.store_path, must_exist=True) as store:
        found: list[StoredListing] = []
        cursor: str | None = None
        while True:
            page = store.search(query, limit=1000, cursor=cursor)
            found += page.listings
            if (cursor := page.cursor) is None:
                return found


def crawl(workspace: Workspace, *names: str, **keys: Any) -> RunSummary:
    """The summary of crawling one source."""
    return run_crawl(workspace, names, **keys)[0]


@dataclass(frozen=True)
class Twice:
    """Two crawls of the whole demo over HTTP; between them one listing was taken down."""

    workspace: Workspace
    offers: tuple[Offer, ...]
    steps: list[SourceProgress]
    first: list[RunSummary]
    stored_first: list[StoredListing]
    gone: str
    visits: list[Visit]
    second: list[RunSummary]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    workspace = small_workspace(tmp_path_factory.mktemp("twice") / "desk")
    with Demo() as demo:
        for path in demo.sources(workspace.sources_dir, browser=False):
            path.write_text(path.read_text(encoding="utf-8") + "gone_after: 1\n", encoding="utf-8")
        steps: list[SourceProgress] = []
        offers = demo.offers()
        first = run_crawl(workspace, progress=steps.append)
        stored_first = stored(workspace)
        gone = demo.offers("jiujie")[-1].native_id
        demo.remove("jiujie", gone)
        demo.forget_requests()
        second = run_crawl(workspace)
        yield Twice(workspace, offers, steps, first, stored_first, gone, demo.requests, second)


def test_a_crawl_stores_every_listing_once(twice: Twice) -> None:
    assert {run.source: run.outcome for run in twice.first} == {
        "demo-jishi": "done",
        "demo-jiujie": "done",
        "demo-fanpu-json": "done",
    }
    found = sorted((one.listing.platform, one.listing.native_id) for one in twice.stored_first)
    assert found == sorted((offer.platform, offer.native_id) for offer in twice.offers)
    assert all(run.fill_rates["title"] == 1 for run in twice.first if run.fill_rates)


def test_progress_is_told_for_every_source_up_to_its_end(twice: Twice) -> None:
    last = {step.source: step for step in twice.steps if step.pages}
    assert last.keys() == {run.source for run in twice.first}
    assert all(step.waiting == 0 for step in last.values())


def test_a_second_crawl_changes_nothing_but_when_listings_were_last_seen(twice: Twice) -> None:
    assert all((run.outcome, run.new, run.changed) == ("done", 0, 0) for run in twice.second)
    again = {one.listing.listing_id: one for one in stored(twice.workspace, Gone(False))}
    assert len(again) == len(twice.offers) - 1
    before = {one.listing.listing_id: one for one in twice.stored_first}
    for key, one in again.items():
        assert one.last_seen > before[key].last_seen
        assert one.versions == 1


def test_pages_that_have_not_changed_are_not_sent_again(twice: Twice) -> None:
    items = [visit for visit in twice.visits if visit.path == "/item"]
    assert items
    assert all("if-none-match" in visit.headers for visit in items)


def test_a_listing_that_complete_crawls_miss_is_gone(twice: Twice) -> None:
    assert [one.listing.native_id for one in stored(twice.workspace, Gone(True))] == [twice.gone]


def test_what_is_stored_is_what_the_page_says_with_the_verdict_of_the_analysis(twice: Twice) -> None:
    lexicon = load_lexicon(twice.workspace.lexicon_dir)
    offers = {listing_id(offer.platform, offer.native_id): offer for offer in twice.offers}
    flagged = 0
    for one in twice.stored_first:
        offer = offers[one.listing.listing_id]
        assert one.analysis.verdict == analyze(one.listing, lexicon).verdict
        flagged += one.analysis.verdict == "flagged"
        if "[" not in one.listing.title:
            assert one.listing.title == " ".join(offer.title.split())
    assert flagged == sum({run.source: run.flagged for run in reversed(twice.first)}.values())


def test_no_sellers_id_is_written_down_anywhere(twice: Twice) -> None:
    sellers = {offer.seller.seller_id.encode() for offer in twice.offers}
    for path in twice.workspace.data_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [seller for seller in sellers if seller in content], path


def test_jumps_to_another_platform_are_followed_and_kept_as_links_of_sellers(
    demo: Demo, workspace: Workspace, tmp_path: Path, jishi: dict[str, Any]
) -> None:
    there = demo_source(demo, tmp_path / "templates", "demo-jiujie")
    nowhere = {"start": [{"shop": f"{demo.platforms['jiujie'].url}/user?uid=nobody&p={{page}}"}]}
    add_source(workspace, there, **nowhere)
    summaries = run_crawl(workspace, [add_source(workspace, jishi)])
    assert [run.source for run in summaries] == ["demo-jishi", "demo-jiujie"]
    assert summaries[1].listings > 0
    outlets = {offer.seller.outlet[1] for offer in demo.offers("jishi") if offer.seller.outlet}
    assert len(summaries[0].jumps["demo-jiujie"]) == len(outlets)
    with open_store(workspace.store_path) as store:
        links = store.links(platform="jiujie")
    assert len({link.to_seller for link in links}) == len(outlets)
    assert all(link.from_platform == "jishi" and link.to_seller.startswith("jiujie#") for link in links)
    sellers = {one.listing.seller_id for one in stored(workspace, Has("platform", ("jiujie",)))}
    assert {link.to_seller for link in links} >= sellers


def test_a_killed_crawl_goes_on_where_it_was_and_loses_and_repeats_nothing(
    demo: Demo, workspace: Workspace, jishi: dict[str, Any]
) -> None:
    name = add_source(workspace, jishi, politeness={"delay": 0.01, "adaptive": False})

    def kill(step: SourceProgress) -> None:
        if step.listings > 60:
            (pid,) = (workspace.jobs_dir / name).glob("*/pid")
            os.kill(int(pid.read_text()), signal.SIGKILL)

    demo.forget_requests()
    killed = crawl(workspace, name, progress=kill)
    before = len(demo.requests)
    assert killed.outcome == "failed"
    assert "ended unexpectedly" in killed.reasons[0]
    resumed = crawl(workspace, name)
    assert (resumed.outcome, resumed.run_id) == ("done", killed.run_id)
    assert resumed.listings == len(demo.offers("jishi"))
    assert {one.listing.native_id for one in stored(workspace)} == {
        offer.native_id for offer in demo.offers("jishi")
    }
    items = [visit.query for visit in demo.requests[before:] if visit.path == "/item"]
    assert len(items) < len(demo.offers("jishi"))
    with open_store(workspace.store_path) as store:
        assert store.run(killed.run_id).attempts == 2
    assert not list((workspace.jobs_dir / name).glob("*/frontier.sqlite"))


def test_a_run_outside_its_assertions_fails_and_its_data_wait_until_they_are_accepted(
    demo: Demo, workspace: Workspace, jishi: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    asserted = {"listings": {"min": 5000}, "fields": {"price": 1.0}, "flagged": {"max": 0.001}}
    run = crawl(workspace, add_source(workspace, jishi, assertions=asserted))
    assert run.outcome == "failed"
    assert run.staged == len(demo.offers("jishi"))
    said = "\n".join(run.reasons)
    assert "assertions.listings: 120, at least 5000 asked" in said
    assert "assertions.fields.price: filled in" in said
    assert "assertions.flagged" in said
    assert stored(workspace) == []
    where = ["--workspace", str(workspace.root)]
    assert cli.run(["quarantine", "list", *where]) == 0
    assert run.source in capsys.readouterr().out
    assert cli.run(["quarantine", "accept", run.run_id, *where]) == 0
    assert len(stored(workspace)) == run.staged
    assert cli.run(["quarantine", "reject", run.run_id, *where]) == 2


def test_a_block_ends_the_run_early_and_holds_off_the_next_one(
    demo: Demo, workspace: Workspace, jishi: dict[str, Any]
) -> None:
    name = add_source(workspace, jishi, politeness={"delay": 0, "adaptive": False}, assertions=None)
    demo.block("jishi", status=403, after=30)
    demo.forget_requests()
    run = crawl(workspace, name)
    assert run.outcome == "blocked"
    assert run.reasons[0].startswith("the site blocks")
    assert len(demo.requests) < 45
    assert 0 < len(stored(workspace)) < 30
    demo.unblock("jishi")
    demo.forget_requests()
    held = crawl(workspace, name)
    assert held.outcome == "skipped"
    assert "it blocked once; it is not asked before" in held.reasons[0]
    assert demo.requests == []


def test_captcha_pages_and_requests_to_wait_end_a_run_too(
    demo: Demo, workspace: Workspace, tmp_path: Path, jishi: dict[str, Any]
) -> None:
    blocks = {"css": "#captcha-box", "stop_after": 1}
    demo.block("jishi", status=200)
    captcha = add_source(workspace, jishi, blocks=blocks)
    demo.block("jiujie", status=429, retry_after=0)
    jiujie = demo_source(demo, tmp_path / "templates", "demo-jiujie")
    start = [{"category": f"{demo.platforms['jiujie'].url}/list?p={{page}}"}]
    waiting = add_source(workspace, jiujie, blocks=blocks, start=start)
    demo.forget_requests()
    assert [run.outcome for run in run_crawl(workspace, [captcha, waiting])] == ["blocked", "blocked"]
    asked = [visit.path for visit in demo.requests if visit.platform == "jiujie"]
    assert asked == ["/robots.txt", *["/list"] * 4]


def test_pages_out_of_hours_or_budget_are_not_asked(
    demo: Demo, workspace: Workspace, jishi: dict[str, Any]
) -> None:
    pace = {"delay": 0, "adaptive": False}
    now = datetime.now(UTC)
    hours = f"{now + timedelta(hours=2):%H}:00-{now + timedelta(hours=3):%H}:00"  # not within the test
    elsewhen = pace | {"hours": hours, "timezone": "UTC"}
    shut = add_source(workspace, jishi, name="shut", politeness=elsewhen)
    few = add_source(workspace, jishi, name="few", politeness=pace | {"pages_per_day": 5}, assertions=None)
    some = add_source(workspace, jishi, name="some", limits={"pages": 7}, assertions=None, politeness=pace)
    demo.forget_requests()
    runs = {run.source: run for run in run_crawl(workspace, [shut, few, some])}
    assert (runs["shut"].outcome, runs["shut"].reasons) == (
        "skipped",
        (f"outside politeness.hours ({hours} UTC)",),
    )
    assert (runs["few"].pages, runs["some"].pages) == (5, 7), [run.reasons for run in runs.values()]
    assert runs["few"].ledger == "stopped"
    assert "pages_per_day is spent" in runs["few"].reasons[0]
    assert runs["some"].outcome == "done"
    assert any("limits.pages ended it" in text for text in runs["some"].alarms)
    assert len([visit for visit in demo.requests if visit.path != "/robots.txt"]) == 12
    assert "is spent for today" in crawl(workspace, few).reasons[0]


def test_a_fill_rate_that_falls_by_half_is_an_alarm(
    demo: Demo, workspace: Workspace, jishi: dict[str, Any]
) -> None:
    reading = {
        "items": ".results .item",
        "fields": {"native_id": "::attr(data-id)", "title": ".line1 a", "price": ".price", "shelf": ".nope"},
    }
    base = jishi | {"list": reading, "detail": None, "assertions": None}
    before = crawl(workspace, add_source(workspace, base))
    assert any(text.startswith("shelf: its rules match nothing on") for text in before.alarms)
    drifted = [{"category": f"{demo.platforms['jishi'].url}/fault/drift"}]
    run = crawl(workspace, add_source(workspace, base, start=drifted))
    assert run.outcome == "done"
    assert any(text.startswith("selector drift: price is filled in 0%") for text in run.alarms)


def test_an_id_or_a_title_that_is_the_same_on_all_listings_is_an_alarm(
    workspace: Workspace, jishi: dict[str, Any]
) -> None:
    jishi["list"]["fields"]["native_id"] = {"css": "title", "scope": "page"}
    del jishi["detail"]
    run = crawl(workspace, add_source(workspace, jishi))
    assert run.listings == 1
    assert any(line.startswith("native_id is the same on all ") for line in run.alarms)
    jishi["list"]["fields"] |= {"native_id": {"query": "id"}, "title": {"value": "Home"}}
    run = crawl(workspace, add_source(workspace, jishi))
    assert any(line.startswith(f"title is the same on all {run.listings} ") for line in run.alarms)


def test_wrong_configuration_is_named_before_anything_is_asked(
    demo: Demo, workspace: Workspace, jishi: dict[str, Any]
) -> None:
    demo.forget_requests()
    abroad = {"hosts": ["shop.example"], "start": [{"category": "https://shop.example/all"}]}
    name = add_source(workspace, jishi, name="abroad", **abroad)
    with pytest.raises(ConfigError, match="crawling needs the URL of who is crawling"):
        run_crawl(workspace, [name])
    with pytest.raises(ConfigError, match="no source is called nothing; known are abroad"):
        run_crawl(workspace, ["nothing"])
    (workspace.lexicon_dir / "terms" / "bankcard.yaml").unlink()
    with pytest.raises(LexiconError, match="holds no term"):
        run_crawl(workspace, [add_source(workspace, jishi)])
    assert demo.requests == []


def test_a_source_file_with_mistakes_fails_alone_unless_it_is_named(
    workspace: Workspace, jishi: dict[str, Any]
) -> None:
    name = add_source(workspace, jishi)
    (workspace.sources_dir / "prize.yaml").write_text("name: prize\n", encoding="utf-8")
    runs = run_crawl(workspace)
    assert [(run.source, run.outcome) for run in runs] == [(name, "done"), ("prize", "failed")]
    assert any("prize.yaml:1: platform: is missing" in line for line in runs[1].reasons)
    with pytest.raises(SourceError, match="platform: is missing"):
        run_crawl(workspace, ["prize"])
    (workspace.sources_dir / f"{name}.yaml").unlink()
    with pytest.raises(SourceError, match="platform: is missing"):
        run_crawl(workspace)


def test_scrapys_own_commands_crawl_a_source_file_too(
    workspace: Workspace, jishi: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    monkeypatch.setenv("JARGONWATCH_WORKSPACE", str(workspace.root))
    file = workspace.sources_dir / f"{add_source(workspace, jishi)}.yaml"
    scrapy = [sys.executable, "-m", "scrapy"]
    listed = subprocess.run([*scrapy, "list"], capture_output=True, text=True, check=True)
    assert "listings" in listed.stdout.split()
    subprocess.run([*scrapy, "crawl", "listings", "-a", f"source={file}", "-L", "ERROR"], check=True)
    assert len(stored(workspace)) == 120
