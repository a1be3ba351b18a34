"""The contract of stores: the ledger of runs, quarantine, sweeps and links."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pipelines.errors import StoreError
from pipelines.store.answers import (
    Absence,
    RunEnd,
    RunStart,
    SellerLink,
    SweepResult,
    TrendQuery,
    WriteResult,
)
from pipelines.store.query import Gone
from tests.pipelines.store_cases import DAY, HOUR, NOON, WHOLE, contents, everything, hit, offer, seen, start

if TYPE_CHECKING:
    from pipelines.store.answers import ListingHistory
    from pipelines.store.protocol import Store

END = RunEnd(
    finished_at=NOON + HOUR,
    outcome="done",
    message="",
    pages=12,
    bytes=34567,
    fill_rates={"title": 1.0, "price": 0.5},
    errors={"timeout": 2, "http-404": 1},
)


def test_a_run_is_kept_with_everything_the_ledger_asks(store: Store) -> None:
    opening = RunStart("run-1", "market-search", "market", "schedule", NOON, "logs/run-1.log")
    begun = store.start_run(opening)
    assert (begun.start, begun.end, begun.outcome, begun.attempts) == (opening, None, "running", 1)
    store.write([offer(1), offer(2, hits=[hit(), hit(standing="excused")], verdict="watch")], run_id="run-1")
    store.write([seen(offer(1), NOON + HOUR, title="改了")], run_id="run-1")
    ended = store.finish_run("run-1", END)
    assert ended == store.run("run-1") == store.runs()[0]
    assert (ended.start, ended.end, ended.outcome) == (opening, END, "done")
    assert (ended.listings, ended.new, ended.changed, ended.hits, ended.flagged) == (2, 2, 0, 2, 1)


def test_a_second_run_counts_what_it_saw_and_what_was_new(store: Store) -> None:
    start(store)
    store.write([offer(n) for n in range(3)], run_id="run-1")
    start(store, "run-2", at=NOON + DAY)
    store.write([seen(offer(n), NOON + DAY) for n in range(1, 4)], run_id="run-2")
    store.write([seen(offer(0), NOON + DAY, title="改了")], run_id="run-2")
    run = store.run("run-2")
    assert (run.listings, run.new, run.changed, run.hits, run.flagged) == (4, 1, 1, 4, 4)


@pytest.mark.parametrize("outcome", ["failed", "blocked", "stopped", "killed"])
def test_a_run_that_did_not_get_done_goes_on_where_it_was(store: Store, outcome) -> None:
    start(store)
    store.write([offer(1)], run_id="run-1")
    store.finish_run("run-1", replace(END, outcome=outcome))
    again = store.start_run(RunStart("run-1", "market-search", "market", "resume", NOON + DAY, "other.log"))
    assert (again.outcome, again.end, again.attempts) == ("running", None, 2)
    assert (again.start.started_at, again.start.log_file) == (NOON, "other.log")
    store.write([offer(1), offer(2)], run_id="run-1")
    assert store.run("run-1").listings == 2


def test_a_killed_run_that_left_no_word_can_be_started_again(store: Store) -> None:
    start(store)
    start(store)
    assert store.run("run-1").attempts == 2


@pytest.mark.parametrize("outcome", ["done", "quarantined"])
def test_a_run_that_came_to_its_end_is_not_started_again(store: Store, outcome) -> None:
    start(store)
    store.finish_run("run-1", replace(END, outcome=outcome))
    with pytest.raises(StoreError, match=f"run-1 of market-search is {outcome}"):
        start(store)


def test_a_run_id_belongs_to_one_source(store: Store) -> None:
    start(store)
    with pytest.raises(StoreError, match="another id"):
        start(store, source="forum-search")


def test_an_unknown_run_is_an_error_that_names_it(store: Store) -> None:
    with pytest.raises(StoreError, match="no run 'nope'"):
        store.run("nope")
    with pytest.raises(StoreError, match="no run 'nope'"):
        store.finish_run("nope", END)


@pytest.mark.parametrize("outcome", ["running", "accepted", "rejected"])
def test_a_run_cannot_end_in_an_outcome_that_is_no_end(store: Store, outcome) -> None:
    start(store)
    with pytest.raises(StoreError, match=f"cannot end as {outcome}"):
        store.finish_run("run-1", replace(END, outcome=outcome))


def test_a_run_ends_once(store: Store) -> None:
    start(store)
    store.finish_run("run-1", END)
    with pytest.raises(StoreError, match="run-1 is done"):
        store.finish_run("run-1", END)


def test_runs_are_found_by_source_and_outcome_latest_first_and_page_back_in_time(store: Store) -> None:
    for n in range(5):
        source = "market-search" if n % 2 == 0 else "forum-search"
        start(store, f"run-{n}", source=source, at=NOON + n * HOUR)
    store.finish_run("run-2", replace(END, outcome="failed"))
    assert [run.start.run_id for run in store.runs(limit=2)] == ["run-4", "run-3"]
    assert [run.start.run_id for run in store.runs(before=NOON + 3 * HOUR)] == ["run-2", "run-1", "run-0"]
    assert [run.start.run_id for run in store.runs(source="forum-search")] == ["run-3", "run-1"]
    assert [run.start.run_id for run in store.runs(outcomes=("failed", "done"))] == ["run-2"]


def test_fill_rates_come_from_sound_runs_of_the_source_latest_first(store: Store) -> None:
    outcomes = ["done", "failed", "done", "quarantined", "done"]
    for n, outcome in enumerate(outcomes):
        start(store, f"run-{n}", at=NOON + n * HOUR)
        store.finish_run(f"run-{n}", replace(END, outcome=outcome, fill_rates={"price": n / 10}))
    store.accept_run("run-3")
    start(store, "other", source="forum-search")
    store.finish_run("other", END)
    assert store.fill_rates("market-search", last=3) == ({"price": 0.4}, {"price": 0.3}, {"price": 0.2})


def test_staged_listings_are_in_no_answer_until_their_run_is_accepted(
    store: Store, another_store: Store
) -> None:
    batch = [offer(n, published_at=NOON - DAY) for n in range(7)]
    for each in (store, another_store):
        start(each)
    empty = contents(store)
    assert store.stage(batch[:4], run_id="run-1") == 4
    assert store.stage(batch[2:], run_id="run-1") == 7
    assert contents(store) == empty
    store.finish_run("run-1", replace(END, outcome="quarantined"))
    waiting = store.run("run-1")
    assert (waiting.staged, waiting.listings, waiting.hits, waiting.flagged) == (7, 7, 7, 7)
    assert store.accept_run("run-1") == WriteResult(new=7, hits=7, flagged=7)
    another_store.write(batch, run_id="run-1")
    assert contents(store) == contents(another_store)
    accepted = store.run("run-1")
    assert accepted == replace(waiting, outcome="accepted", end=accepted.end, staged=0, new=7)


def test_a_running_run_within_its_assertions_is_accepted_and_goes_on(store: Store) -> None:
    start(store)
    store.stage([offer()], run_id="run-1")
    assert store.accept_run("run-1").new == 1
    assert store.run("run-1").outcome == "running"
    assert store.finish_run("run-1", END).outcome == "done"


def test_a_staged_listing_comes_back_with_every_field(store: Store) -> None:
    item = offer(published_at=NOON - DAY, hits=[hit(), hit("纯棉", standing="excused")])
    bare = offer(2, price=None, extra={}, hits=[])
    start(store)
    store.stage([item, bare], run_id="run-1")
    store.accept_run("run-1")
    for each in (item, bare):
        stored = store.get(each.listing.listing_id)
        assert stored is not None
        assert (stored.listing.listing, stored.listing.analysis) == (each.listing, each.analysis)


def test_the_latest_sighting_is_what_is_staged(store: Store) -> None:
    start(store)
    store.stage([seen(offer(), NOON + HOUR, title="新")], run_id="run-1")
    assert store.stage([offer(title="旧")], run_id="run-1") == 1
    store.accept_run("run-1")
    assert everything(store)[0].listing.title == "新"


def test_a_rejected_run_leaves_its_figures_and_nothing_else(store: Store) -> None:
    start(store)
    empty = contents(store)
    store.stage([offer(n) for n in range(3)], run_id="run-1")
    store.finish_run("run-1", replace(END, outcome="quarantined"))
    assert store.reject_run("run-1") == 3
    assert contents(store) == empty
    run = store.run("run-1")
    assert (run.outcome, run.staged, run.listings, run.new, run.flagged) == ("rejected", 0, 3, 0, 3)


def test_a_run_is_decided_on_once(store: Store) -> None:
    start(store)
    with pytest.raises(StoreError, match="run-1 is running"):
        store.reject_run("run-1")
    store.finish_run("run-1", replace(END, outcome="quarantined"))
    store.reject_run("run-1")
    with pytest.raises(StoreError, match="run-1 is rejected"):
        store.accept_run("run-1")
    with pytest.raises(StoreError, match="run-1 is rejected"):
        store.reject_run("run-1")


def sweep(
    store: Store, number: int, *numbers: int, gone_after: int = 2, source: str = "market-search"
) -> int:
    """A complete sweep on a day of its own that sees the numbered listings; how many it found gone."""
    at = NOON + number * DAY
    run_id = start(store, f"{source}-{number}", source=source, at=at)
    platform = source.removesuffix("-search")
    store.write([seen(offer(n, platform=platform), at + HOUR) for n in numbers], run_id=run_id)
    return store.complete_sweep(source, run_id, finished_at=at + 2 * HOUR, gone_after=gone_after).gone


def of(store: Store, number: int) -> ListingHistory:
    found = store.get(offer(number).listing.listing_id)
    assert found is not None
    return found


def test_a_listing_missed_by_enough_complete_sweeps_is_gone(store: Store) -> None:
    assert [sweep(store, 0, 1, 2), sweep(store, 1, 1), sweep(store, 2, 1), sweep(store, 3, 1)] == [0, 0, 1, 0]
    assert of(store, 1).listing.gone_at is None
    assert of(store, 2).listing.gone_at == NOON + 2 * DAY + 2 * HOUR
    assert store.totals().gone == 1
    assert [each.listing.native_id for each in everything(store, Gone(True))] == ["2"]
    assert [each.listing.native_id for each in everything(store, Gone(False))] == ["1"]


def test_a_listing_that_comes_back_is_there_again_and_its_absence_is_remembered(store: Store) -> None:
    for number, numbers in enumerate([(1,), (), (), (1,), (), ()]):
        sweep(store, number, *numbers)
    first, second = (NOON + day * DAY + 2 * HOUR for day in (2, 5))
    back = NOON + 3 * DAY + HOUR
    assert of(store, 1).absences == (Absence(first, back), Absence(second, None))
    store.write([seen(offer(1), NOON + 9 * DAY, title="改了")], run_id="market-search-5")
    assert of(store, 1).listing.gone_at is None
    assert of(store, 1).absences[1].returned_at == NOON + 9 * DAY


def test_a_sighting_older_than_its_absence_does_not_bring_a_listing_back(store: Store) -> None:
    for number, numbers in enumerate([(1,), (), ()]):
        sweep(store, number, *numbers)
    store.write([seen(offer(1), NOON + HOUR / 2, title="旧")], run_id="market-search-2")
    assert of(store, 1).listing.gone_at is not None


def test_a_sweep_says_nothing_of_other_sources(store: Store) -> None:
    sweep(store, 0, 1)
    for number in range(3):
        sweep(store, number, source="forum-search")
    assert of(store, 1).listing.gone_at is None


def test_a_run_completes_one_sweep_however_often_it_says_so(store: Store) -> None:
    sweep(store, 0, 1)
    run_id = start(store, "run-1", at=NOON + DAY)
    results = [
        store.complete_sweep("market-search", run_id, finished_at=NOON + DAY + HOUR, gone_after=2)
        for _ in range(3)
    ]
    assert results == [SweepResult(sweeps=2, gone=0)] * 3


def test_a_resumed_sweep_remembers_what_its_run_saw_before_the_kill(store: Store) -> None:
    sweep(store, 0, 1, 2)
    start(store, "run-1", at=NOON + DAY)
    store.write([seen(offer(1), NOON + DAY + HOUR)], run_id="run-1")
    start(store, "run-1", at=NOON + 2 * DAY)
    store.write([seen(offer(2), NOON + 2 * DAY + HOUR)], run_id="run-1")
    result = store.complete_sweep("market-search", "run-1", finished_at=NOON + 3 * DAY, gone_after=1)
    assert result.gone == 0


def test_gone_listings_stay_in_the_trend_of_their_day(store: Store) -> None:
    for number, numbers in enumerate([(1,), (), ()]):
        sweep(store, number, *numbers)
    assert sum(store.trend(TrendQuery(*WHOLE)).series["all"]) == 1


def test_being_gone_is_told_of_in_the_changes(store: Store) -> None:
    sweep(store, 0, 1)
    sweep(store, 1)
    cursor = store.changes(0)[-1].seq
    sweep(store, 2)
    assert ("listing", offer(1).listing.listing_id) in {(c.kind, c.key) for c in store.changes(cursor)}


def test_a_sweep_rule_of_less_than_one_is_refused(store: Store) -> None:
    start(store)
    with pytest.raises(StoreError, match="gone_after is 0"):
        store.complete_sweep("market-search", "run-1", finished_at=NOON, gone_after=0)


JUMP = SellerLink("market", "seller-1", "forum", "seller-9", "https://forum.example/u/9", NOON, "run-1")


def test_a_pair_of_sellers_is_linked_once_and_its_latest_sighting_kept(store: Store) -> None:
    start(store)
    later = replace(JUMP, seen_at=NOON + timedelta(days=1), url="https://forum.example/u/9?x")
    assert [store.link(JUMP), store.link(later), store.link(JUMP)] == [True, False, False]
    assert store.links() == (later,)


def test_links_are_found_from_either_end(store: Store) -> None:
    start(store)
    back = replace(JUMP, from_platform="forum", from_seller="seller-9", to_platform="market", to_seller="x")
    for each in (JUMP, back):
        store.link(each)
    assert store.links(platform="forum", seller="seller-9") == (back, JUMP)
    assert store.links(platform="market", seller="x") == (back,)
    assert store.links(platform="market", seller="seller-9") == ()


def test_a_link_needs_a_known_run(store: Store) -> None:
    with pytest.raises(StoreError, match="no run 'run-1'"):
        store.link(JUMP)
