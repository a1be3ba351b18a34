"""When things are due: cron lines as cron reads them, intervals, jitter, quiet hours, what is missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.service.accounting import account
from crawler.service.timetable import Hours, Timetable, TimetableTrigger

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2025, 3, 10, 0, 0, tzinfo=SHANGHAI)


def local(moment: datetime | None) -> str:
    assert moment is not None
    return moment.astimezone(SHANGHAI).strftime("%a %m-%d %H:%M")


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("0 */6 * * *", "Mon 03-10 06:00"),
        ("30 4 * * *", "Mon 03-10 04:30"),
        ("0 8 * * 0", "Sun 03-16 08:00"),
        ("0 8 * * 7", "Sun 03-16 08:00"),
        ("0 8 * * 1-5", "Mon 03-10 08:00"),
        ("0 8 * * mon,wed", "Mon 03-10 08:00"),
        ("0 8 * * 5/1", "Fri 03-14 08:00"),
        ("0 8 15 * 3", "Wed 03-12 08:00"),  # cron: either the day or the weekday
        ("59 23 31 12 *", "Wed 12-31 23:59"),
    ],
)
def test_a_cron_line_means_what_it_means_to_cron(line, first):
    assert local(Timetable("x", cron=line).after(MONDAY.astimezone(UTC))) == first


def test_a_day_that_never_comes_never_fires():
    assert Timetable("x", cron="0 0 31 2 *").after(MONDAY) is None


def test_an_interval_counts_from_its_anchor_whenever_it_is_asked():
    every = Timetable("x", every=3600.0, anchor=MONDAY.astimezone(UTC) + timedelta(minutes=7))
    assert local(every.after(MONDAY)) == "Mon 03-10 00:07"
    assert local(every.after(MONDAY + timedelta(hours=5, minutes=30))) == "Mon 03-10 06:07"


@given(st.integers(0, 10**6), st.floats(1, 3600))
def test_jitter_puts_off_by_no_more_than_it_says_and_always_by_the_same(minutes, jitter):
    at = MONDAY.astimezone(UTC) + timedelta(minutes=minutes)
    table = Timetable("market", every=7200.0, jitter=jitter)
    assert timedelta(0) <= table.due(at) - at <= timedelta(seconds=jitter)
    assert table.due(at) == replace(table).due(at)


def test_what_is_due_in_quiet_hours_begins_when_they_end():
    night = Hours("22:00-06:00", "Asia/Shanghai", closed=True)
    table = Timetable("x", cron="0 * * * *", hours=(night,))
    assert local(table.due(MONDAY + timedelta(hours=23))) == "Tue 03-11 06:00"
    assert local(table.due(MONDAY + timedelta(hours=3))) == "Mon 03-10 06:00"
    assert local(table.due(MONDAY + timedelta(hours=12))) == "Mon 03-10 12:00"
    day = Hours("08:00-22:30", "Asia/Shanghai", closed=False)
    both = replace(table, hours=(night, day))
    assert local(both.due(MONDAY + timedelta(hours=3))) == "Mon 03-10 08:00"


def test_apscheduler_is_told_the_same_times():
    table = Timetable("x", every=600.0, jitter=60.0, anchor=MONDAY.astimezone(UTC))
    trigger = TimetableTrigger(table)
    now = MONDAY.astimezone(UTC) + timedelta(seconds=1)
    first = trigger.get_next_fire_time(None, now)
    assert first == table.due(MONDAY + timedelta(seconds=600))


def times(*minutes: int):
    return [(MONDAY + timedelta(minutes=n), MONDAY + timedelta(minutes=n)) for n in minutes]


def states(*asked, **keys):
    return [one.state for one in account(*asked, **({"late": 600, "is_open": False, "paused": False} | keys))]


def test_of_several_times_that_came_at_once_the_last_stands_for_all():
    now = MONDAY + timedelta(minutes=31)
    assert states(times(10, 20, 30), now) == ["coalesced", "coalesced", "waiting"]


def test_a_time_while_an_earlier_crawl_runs_is_coalesced_into_it():
    assert states(times(10), MONDAY + timedelta(minutes=10), is_open=True) == ["coalesced"]


def test_what_the_service_got_to_too_late_is_missed():
    assert states(times(10, 20), MONDAY + timedelta(hours=5)) == ["missed", "missed"]


def test_what_comes_while_a_source_is_paused_is_missed():
    (one,) = account(times(10), MONDAY + timedelta(minutes=10), late=600, is_open=False, paused=True)
    assert (one.state, one.reason) == ("missed", "it is paused")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 500), max_size=8, unique=True).map(sorted),
    st.integers(0, 1000),
    st.booleans(),
    st.booleans(),
)
def test_every_time_is_accounted_for_and_at_most_one_waits(minutes, now, is_open, paused):
    came = times(*minutes)
    found = account(came, MONDAY + timedelta(minutes=now), late=600, is_open=is_open, paused=paused)
    assert [(one.scheduled_at, one.due_at) for one in found] == came
    assert sum(one.state == "waiting" for one in found) <= 1
