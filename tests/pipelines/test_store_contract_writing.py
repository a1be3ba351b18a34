"""The contract of stores: what a crawl writes, in whatever order and however often."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from pipelines.errors import StoreError
from pipelines.records import Money
from pipelines.store.answers import RunEnd, WriteResult
from pipelines.store.query import EVERYTHING
from tests.pipelines.store_cases import DAY, HOUR, NOON, contents, hit, offer, seen, start

if TYPE_CHECKING:
    from pipelines.records import AnalyzedListing
    from pipelines.store.protocol import Store


def history(store: Store, item: AnalyzedListing):
    found = store.get(item.listing.listing_id)
    assert found is not None
    return found


def test_a_listing_comes_back_with_every_field(store: Store) -> None:
    item = offer(published_at=NOON - DAY, hits=[hit(), hit("纯棉", standing="excused", field="description")])
    start(store)
    assert store.write([item], run_id="run-1") == WriteResult(new=1, hits=1, flagged=1)
    stored = history(store, item)
    assert stored.listing.listing == item.listing
    assert stored.listing.analysis == item.analysis
    assert stored.listing.first_seen == stored.listing.last_seen == NOON
    assert stored.listing.gone_at is None
    assert [version.listing for version in stored.versions] == [item.listing]


def test_a_bare_listing_comes_back_too(store: Store) -> None:
    item = offer(
        hits=[],
        verdict="clear",
        description="",
        native_id=None,
        url=None,
        price=None,
        seller_id=None,
        seller_name=None,
        shelf=None,
        extra={},
    )
    start(store)
    store.write([item], run_id="run-1")
    assert history(store, item).listing.listing == item.listing
    assert history(store, item).listing.analysis == item.analysis


def test_an_unknown_listing_is_none(store: Store) -> None:
    assert store.get("0" * 24) is None


def test_writing_a_batch_again_changes_nothing(store: Store) -> None:
    batch = [offer(n) for n in range(5)]
    start(store)
    store.write(batch, run_id="run-1")
    before, run = contents(store), store.run("run-1")
    last_change = store.changes(0)[-1].seq
    again = store.write(batch, run_id="run-1")
    assert again == WriteResult(unchanged=5, hits=5, flagged=5)
    assert contents(store) == before
    assert store.run("run-1") == run
    assert store.changes(last_change) == ()


def test_a_second_identical_crawl_moves_only_last_seen(store: Store) -> None:
    batch = [offer(n) for n in range(5)]
    start(store)
    store.write(batch, run_id="run-1")
    before = contents(store)
    start(store, "run-2", at=NOON + DAY)
    result = store.write([seen(item, NOON + DAY) for item in batch], run_id="run-2")
    assert result == WriteResult(unchanged=5, hits=5, flagged=5)
    after = contents(store)
    assert {stored.last_seen for stored in after["listings"]} == {NOON + DAY}
    for part in ("facets", "trend", "flagged", "totals", "absences"):
        assert after[part] == before[part]
    assert [
        replace(stored, last_seen=NOON, current=replace(stored.current, last_seen=NOON))
        for stored in after["listings"]
    ] == before["listings"]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "四件套 改了"},
        {"description": "改了"},
        {"price": Money(3.0, "CNY", "套")},
        {"price": Money(101.5, "USDT", "套")},
        {"price": Money(101.5, "CNY", "个")},
        {"price": None},
    ],
)
def test_another_title_description_or_price_is_a_new_version(store: Store, change: dict) -> None:
    item = offer()
    later = seen(item, NOON + DAY, **change)
    start(store)
    store.write([item], run_id="run-1")
    assert store.write([later], run_id="run-1").changed == 1
    stored = history(store, item)
    assert [version.listing for version in stored.versions] == [item.listing, later.listing]
    assert stored.listing.listing == later.listing
    assert stored.listing.versions == 2
    assert (stored.listing.first_seen, stored.listing.last_seen) == (NOON, NOON + DAY)
    assert [version.last_seen for version in stored.versions] == [NOON, NOON + DAY]


def test_another_url_seller_or_shelf_is_no_new_version_but_shown(store: Store) -> None:
    item = offer()
    moved = seen(
        item, NOON + DAY, url="https://market.example/i/1", seller_name="t***", shelf="cards", extra={}
    )
    start(store)
    store.write([item], run_id="run-1")
    assert store.write([moved], run_id="run-1").unchanged == 1
    assert history(store, item).listing.listing == replace(moved.listing, seen_at=NOON)


def test_a_listing_twice_in_a_batch_is_stored_once(store: Store) -> None:
    item = offer()
    start(store)
    result = store.write([item, seen(item, NOON + HOUR), item, offer(2)], run_id="run-1")
    assert (result.new, result.unchanged) == (2, 2)
    assert store.totals().versions == 2
    assert history(store, item).listing.last_seen == NOON + HOUR
    assert store.run("run-1").listings == 2


def test_an_old_wording_that_returns_is_a_version_again(store: Store) -> None:
    item = offer()
    start(store)
    for hours, title in enumerate(("一", "二", "一")):
        store.write([seen(item, NOON + hours * HOUR, title=title)], run_id="run-1")
    assert [version.listing.title for version in history(store, item).versions] == ["一", "二", "一"]


def test_an_older_sighting_never_replaces_what_is_current(store: Store) -> None:
    item = offer(title="新")
    start(store)
    store.write([item], run_id="run-1")
    old = seen(item, NOON - DAY, title="旧", seller_name="before")
    assert store.write([old], run_id="run-1").changed == 1
    stored = history(store, item)
    assert stored.listing.listing == item.listing
    assert [version.listing.title for version in stored.versions] == ["旧", "新"]
    assert stored.listing.first_seen == NOON - DAY
    assert stored.listing.last_seen == NOON


def test_an_older_sighting_that_reads_the_same_dates_the_version_back(store: Store) -> None:
    item = offer()
    start(store)
    store.write([item], run_id="run-1")
    assert store.write([seen(item, NOON - DAY)], run_id="run-1").unchanged == 1
    stored = history(store, item)
    assert [version.listing.seen_at for version in stored.versions] == [NOON - DAY]
    assert stored.listing.first_seen == NOON - DAY
    assert stored.listing.last_seen == NOON


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_of_sightings_gives_the_same_store(
    store: Store, another_store: Store, order: tuple[int, ...]
) -> None:
    item = offer()
    titles = ("一", "一", "二", "三")
    sightings = [
        seen(item, NOON + n * HOUR, title=title, published_at=NOON - DAY) for n, title in enumerate(titles)
    ]
    for each in (store, another_store):
        start(each)
    store.write(sightings, run_id="run-1")
    for index in order:
        another_store.write([sightings[index]], run_id="run-1")
    assert contents(another_store) == contents(store)


def test_two_wordings_of_one_moment_are_kept_alike_in_either_order(
    store: Store, another_store: Store
) -> None:
    one, two = offer(title="一"), offer(title="二")
    for each, batch in ((store, [one, two]), (another_store, [two, one])):
        start(each)
        each.write(batch, run_id="run-1")
        each.write(batch, run_id="run-1")
    assert store.totals().versions == 2
    assert contents(store) == contents(another_store)


@pytest.mark.parametrize(
    ("published", "offered"),
    [(None, NOON), (-3 * DAY, NOON - 3 * DAY), (HOUR, NOON)],
    ids=["no date of its own", "its own date", "a date in the future"],
)
def test_a_first_version_is_dated_by_the_page_unless_that_is_impossible(store, published, offered) -> None:
    item = offer(published_at=None if published is None else NOON + published)
    start(store)
    store.write([item], run_id="run-1")
    assert history(store, item).listing.current.offered_at == offered


def test_a_changed_listing_is_dated_by_its_change_not_its_first_publication(store: Store) -> None:
    item = offer(published_at=NOON - 3 * DAY)
    start(store)
    changed = seen(item, NOON + DAY, title="改了")
    renewed = seen(item, NOON + 3 * DAY, title="又改了", published_at=NOON + 2 * DAY)
    store.write([item, changed, renewed], run_id="run-1")
    offered = [version.offered_at for version in history(store, item).versions]
    assert offered == [NOON - 3 * DAY, NOON + DAY, NOON + 2 * DAY]


def test_an_unchanged_listing_judged_by_a_newer_lexicon_takes_its_analysis(store: Store) -> None:
    start(store)
    store.write([offer()], run_id="run-1")
    newer = seen(offer(hits=[hit(), hit("跑分")], lexicon="lexicon-2"), NOON + DAY)
    result = store.write([newer], run_id="run-1")
    assert result == WriteResult(unchanged=1, hits=2, flagged=1, rejudged=1)
    stored = history(store, newer)
    assert stored.listing.analysis == newer.analysis
    assert len(stored.versions) == 1
    assert {term.term for term in store.facets(EVERYTHING).terms} == {"四件套", "跑分"}


def test_a_batch_is_written_whole_or_not_at_all(store: Store) -> None:
    start(store)
    with pytest.raises(StoreError, match="surrogate"):
        store.write([offer(1), offer(2, title="\ud800")], run_id="run-1")
    assert store.totals().listings == 0
    assert store.run("run-1").listings == 0
    store.write([offer(1)], run_id="run-1")
    assert store.totals().listings == 1


def test_a_time_without_zone_is_refused(store: Store) -> None:
    start(store)
    with pytest.raises(StoreError, match="no zone"):
        store.write([offer(seen_at=NOON.replace(tzinfo=None))], run_id="run-1")


def test_writing_needs_a_running_run(store: Store) -> None:
    with pytest.raises(StoreError, match="no run 'run-1'"):
        store.write([offer()], run_id="run-1")
    start(store)
    store.finish_run("run-1", RunEnd(NOON, "done"))
    with pytest.raises(StoreError, match="run-1 is done"):
        store.write([offer()], run_id="run-1")


def test_an_empty_batch_is_fine(store: Store) -> None:
    start(store)
    assert store.write([], run_id="run-1") == WriteResult()


def test_text_of_any_kind_survives(store: Store) -> None:
    title = "𠮷👨‍👩‍👧 四\u200b件\x00套\r\n'\"; DROP TABLE listing; -- %_*"
    item = offer(title=title, description="\u202e" * 3 + "x" * 100_000)
    start(store)
    store.write([item], run_id="run-1")
    assert history(store, item).listing.listing == item.listing


def test_changes_tell_a_follower_of_everything_once_and_then_of_what_is_new(store: Store) -> None:
    start(store)
    store.write([offer(n) for n in range(3)], run_id="run-1")
    followed, cursor = [], 0
    while page := store.changes(cursor, limit=2):
        assert [change.seq for change in page] == sorted({change.seq for change in page})
        followed += page
        cursor = page[-1].seq
    kinds = sorted(change.kind for change in followed)
    assert kinds == ["listing"] * 3 + ["run"] + ["version"] * 3
    for change in followed:
        if change.kind == "version":
            assert store.version(int(change.key)) is not None
    store.write([seen(offer(0), NOON + DAY, title="改了")], run_id="run-1")
    fresh = [(change.kind, change.key) for change in store.changes(cursor)]
    assert ("listing", offer(0).listing.listing_id) in fresh
    assert sorted(kind for kind, _ in fresh) == ["listing", "version"]


def test_a_superseded_version_is_told_of_when_its_end_becomes_known(store: Store) -> None:
    start(store)
    store.write([offer()], run_id="run-1")
    store.write([seen(offer(), NOON + DAY)], run_id="run-1")
    cursor = store.changes(0)[-1].seq
    store.write([seen(offer(), NOON + 2 * DAY, title="改了")], run_id="run-1")
    versions = [change for change in store.changes(cursor) if change.kind == "version"]
    assert len(versions) == 2
