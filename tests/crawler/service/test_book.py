"""The service's book: what was due and what became of it, over restarts, edits and clocks that are set."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import JobError
from crawler.service.book import Book
from crawler.service.timetable import Timetable

NOW = datetime(2025, 3, 10, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOURLY = Timetable("market", every=3600.0)


@pytest.fixture
def book(tmp_path):
    with Book(tmp_path) as opened:
        yield opened


def came(book, until, table=HOURLY):
    plan = book.plan("crawl", table, NOW)
    return book.account("crawl", replace(table, anchor=plan.anchor), until)


def test_a_plan_begins_with_its_first_time_and_waits_for_its_turn(book):
    fire = came(book, NOW)
    assert (fire.scheduled_at, fire.state, fire.asked) == (NOW, "waiting", "schedule")
    assert came(book, NOW + MINUTE) is None
    book.begin(fire, NOW)
    book.note_run(fire, "run-1")
    book.end(fire, "done", NOW + MINUTE, "", 120.0)
    (kept,) = book.fires()
    assert (kept.state, kept.run_id, kept.attempts, kept.peak_mb) == ("done", "run-1", 1, 120.0)


def test_times_that_passed_without_a_service_are_accounted_for_at_the_next_start(book, tmp_path):
    fire = came(book, NOW)
    book.end(fire, "done", NOW)
    with Book(tmp_path) as again:
        fire = came(again, NOW + timedelta(hours=3, minutes=10))
        assert fire.scheduled_at == NOW + timedelta(hours=3)
        assert [each.state for each in again.fires()] == ["waiting", "coalesced", "coalesced", "done"]


def test_a_clock_that_is_set_forward_leaves_no_time_untold(book):
    book.end(came(book, NOW), "done", NOW)
    fire = came(book, NOW + timedelta(days=1, hours=2, minutes=61))
    assert fire.scheduled_at == NOW + timedelta(hours=27)
    known = [each.scheduled_at for each in book.fires(limit=100, oldest=True)]
    assert known == [NOW + timedelta(hours=n) for n in range(28)]


def test_a_clock_that_is_set_back_begins_a_new_lap(book):
    book.end(came(book, NOW + timedelta(hours=5)), "done", NOW)
    fire = came(book, NOW + MINUTE)
    assert fire is None
    fire = came(book, NOW + timedelta(hours=1))
    assert (fire.scheduled_at, fire.lap) == (NOW + timedelta(hours=1), 1)


def test_a_changed_schedule_counts_on_from_its_last_time(book):
    book.end(came(book, NOW), "done", NOW)
    changed = Timetable("market", every=600.0)
    book.plan("crawl", changed, NOW + MINUTE)
    fire = came(book, NOW + timedelta(minutes=11), changed)
    assert fire.scheduled_at == NOW + timedelta(minutes=10)


def test_a_removed_schedule_waits_no_more(book):
    fire = came(book, NOW)
    book.retire("crawl", ["market"], NOW)
    assert book.plans() == ()
    (kept,) = book.fires()
    assert (kept.id, kept.state) == (fire.id, "missed")


def test_what_comes_during_a_pause_is_missed_and_a_run_now_is_not(book):
    assert book.pause("market", NOW, "by wang")
    assert not book.pause("market", NOW)
    assert came(book, NOW) is None
    asked = book.ask("market", NOW)
    assert asked.asked == "run-now"
    assert book.ask("market", NOW) is None
    assert book.resume("market")
    assert not book.resume("market")


def test_requests_are_taken_once_however_often_they_were_made(book):
    book.request("market", NOW, "wang")
    book.request("market", NOW, "li")
    assert book.take_requests() == ("market",)
    assert book.take_requests() == ()


def test_only_who_still_seems_to_run_waits_again(book):
    fire = came(book, NOW)
    book.begin(fire, NOW)
    book.again(fire, "nobody ended it")
    assert book.fires()[0].state == "waiting"
    book.end(fire, "done", NOW)
    book.again(fire, "nobody ended it")
    assert book.fires()[0].state == "done"


def test_failures_are_counted_up_to_the_last_success(book):
    for hour, state in enumerate(["failed", "done", "failed", "failed"]):
        book.end(came(book, NOW + timedelta(hours=hour)), state, NOW)
    assert book.failures("market") == 2


def test_a_trouble_keeps_its_beginning_until_it_is_over(book):
    book.set_trouble("failing", "market", "once", NOW)
    book.set_trouble("failing", "market", "twice", NOW + MINUTE)
    (trouble,) = book.troubles()
    assert (trouble.since, trouble.message, trouble.told_at) == (NOW, "twice", None)
    book.told(trouble, NOW)
    assert book.troubles()[0].told_at == NOW
    assert book.end_trouble("failing", "market").message == "twice"
    assert book.end_trouble("failing", "market") is None


def test_old_entries_are_forgotten_but_the_last_of_each(book):
    for hour in range(3):
        book.end(came(book, NOW + timedelta(hours=hour)), "done", NOW + timedelta(hours=hour))
    assert book.forget(NOW + timedelta(days=1)) == 2
    assert len(book.fires()) == 1


def test_a_book_that_cannot_be_written_says_which(tmp_path):
    with Book(tmp_path) as book:
        other = sqlite3.connect(book.path)
        other.execute("DROP TABLE pause")
        with pytest.raises(JobError, match=r"service\.sqlite"):
            book.pause("market", NOW)
        other.close()
