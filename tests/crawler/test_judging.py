"""What a run's counts come to: sound, failed, blocked, quarantined; complete or not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from crawler.judging import Ending, judge
from crawler.runs import tally_of
from pipelines.store.answers import Run, RunStart
from tests.spiders.source_files import make_source

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.judging import Judgement

STARTED = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SOUND = {
    "page/asked": 3,
    "page/list": 2,
    "listing/count": 40,
    "listing/field/title": 40,
    "listing/field/url": 40,
}


def judged(
    folder: Path,
    stats: dict[str, int],
    ending: tuple[Any, ...] = ("finished", 0, None),
    *,
    listings: int = 40,
    flagged: int = 2,
    usual: tuple[dict[str, float], ...] = (),
    **source: Any,
) -> Judgement:
    read = make_source(folder, **source)
    start = RunStart("r", "corner-shop", "corner", "manual", STARTED)
    run = Run(start, None, "running", 1, listings, 0, 0, 3, flagged, 0)
    return judge(read, run, tally_of(stats, list(read.rules())), Ending(*ending), usual)


def test_a_run_that_saw_everything_is_done_and_complete(tmp_path: Path) -> None:
    judgement = judged(tmp_path, SOUND)
    assert (judgement.outcome, judgement.reasons, judgement.alarms) == ("done", (), ())
    assert judgement.complete
    assert judgement.accept


@pytest.mark.parametrize(
    ("stats", "ending"),
    [
        ({"page/cut": 1}, ("finished", 0, None)),
        ({"error/timeout": 1}, ("finished", 0, None)),
        ({"error/http-503": 1}, ("finished", 0, None)),
        ({}, ("finished", 4, "limits.pages")),
        ({}, ("closespider_timeout", 4, None)),
    ],
)
def test_a_run_that_may_have_missed_something_is_done_but_not_complete(
    tmp_path: Path, stats: dict[str, int], ending: tuple[Any, ...]
) -> None:
    judgement = judged(tmp_path, SOUND | stats, ending)
    assert judgement.outcome == "done"
    assert not judgement.complete


def test_listings_that_are_gone_or_closed_leave_a_run_complete(tmp_path: Path) -> None:
    assert judged(tmp_path, SOUND | {"error/http-404": 2, "error/robots": 1}).complete


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (("shutdown", 9, None), "stopped"),
        (("hours", 9, None), "stopped"),
        (("finished", 9, "politeness.pages_per_day"), "stopped"),
        (("blocked", 9, None), "blocked"),
        (("start_error", 0, None), "failed"),
    ],
)
def test_how_it_ended_decides_first(tmp_path: Path, ending: tuple[Any, ...], outcome: str) -> None:
    judgement = judged(tmp_path, SOUND, ending)
    assert judgement.outcome == outcome
    assert len(judgement.reasons) == 1


def test_a_run_without_a_listing_fails_unless_the_file_allows_it(tmp_path: Path) -> None:
    nothing = {"page/list": 2, "page/without-items": 2}
    assert "list.items (li) matches nothing on 2 pages" in judged(tmp_path, nothing, listings=0).reasons[0]
    allowed = judged(tmp_path, nothing, listings=0, assertions={"listings": {"min": 0}})
    assert allowed.outcome == "done"
    unchanged = judged(tmp_path, {"page/list": 2, "page/unchanged": 40})
    assert unchanged.outcome == "done"


def test_a_blocked_run_keeps_what_it_had_unless_that_is_unsound(tmp_path: Path) -> None:
    few = {"listings": {"min": 100}, "fields": {"title": 0.9}}
    partial = judged(tmp_path, SOUND, ("blocked", 9, None), assertions=few)
    assert (partial.outcome, partial.accept) == ("blocked", True)
    untitled = SOUND | {"listing/field/title": 4}
    unsound = judged(tmp_path, untitled, ("blocked", 9, None), assertions=few)
    assert (unsound.outcome, unsound.accept) == ("quarantined", False)


def test_every_broken_assertion_is_a_reason(tmp_path: Path) -> None:
    asserted = {"listings": {"max": 10}, "fields": {"title": 1.0}, "flagged": {"max": 0.01}}
    judgement = judged(tmp_path, SOUND | {"listing/field/title": 30}, assertions=asserted)
    assert judgement.outcome == "quarantined"
    assert judgement.reasons == (
        "assertions.listings: 40, at most 10 allowed",
        "assertions.fields.title: filled in 75% of listings, at least 100% asked",
        "assertions.flagged: 0.05, at most 0.01 allowed",
    )


def test_a_field_that_used_to_be_rare_or_few_listings_are_no_drift(tmp_path: Path) -> None:
    half = SOUND | {"listing/field/title": 20}
    (alarm,) = judged(tmp_path, half, usual=({"title": 1.0}, {"title": 1.0})).alarms
    assert alarm.startswith("selector drift: title is filled in 50% of listings, 100% in the 2 sound runs")
    assert not judged(tmp_path, half, usual=({"title": 0.9},)).alarms
    assert not judged(tmp_path, SOUND | {"listing/field/title": 1}, usual=({"title": 0.05},)).alarms
    assert not judged(
        tmp_path,
        {"listing/count": 4, "listing/field/url": 4, "listing/field/title": 1},
        usual=({"title": 1.0},),
    ).alarms
