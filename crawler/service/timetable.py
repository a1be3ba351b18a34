"""When something is to happen: a cron line or an interval, jitter, quiet hours. Pure.

The times of a timetable follow from its text alone, so that those that fell into a time without a
service can still be told. `APScheduler` triggers draw their jitter anew each time and add it to what an
interval is counted from, and take weekday 0 for Monday; here jitter is drawn from the time itself, and
weekdays are cron's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Iterator

WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of each day, as "22:00-06:00"; `closed`: nothing begins in them, else: nothing begins outside."""

    text: str
    timezone: str
    closed: bool

    def begins(self, moment: datetime) -> datetime:
        """The first moment from this one on at which something may begin."""
        first, last = (time.fromisoformat(part) for part in self.text.split("-"))
        if self.closed:
            first, last = last, first  # what is left open
        local = moment.astimezone(ZoneInfo(self.timezone))
        clock = local.time().replace(tzinfo=None)
        is_open = first <= clock < last if first < last else clock >= first or clock < last
        if is_open:
            return moment
        opens = local.replace(hour=first.hour, minute=first.minute, second=0, microsecond=0)
        return (opens if clock < first else opens + timedelta(days=1)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Timetable:
    """The times of one thing, named `name`. Either `cron` or `every` (seconds from `anchor`) is given.

    A time is known by what cron or interval say (`after`) and is `due` up to `jitter` seconds later, or when
    all `hours` are open. It may begin until `late` seconds after it was due.
    """

    name: str
    cron: str | None = None
    every: float | None = None
    timezone: str = "Asia/Shanghai"
    anchor: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    jitter: float = 0.0
    late: float = 3600.0
    hours: tuple[Hours, ...] = ()

    def after(self, moment: datetime) -> datetime | None:
        """The first time after a moment; None for a cron line that never comes, as 31 February."""
        if self.every is not None:
            step = timedelta(seconds=self.every)
            if moment < self.anchor:
                return self.anchor
            return self.anchor + ((moment - self.anchor) // step + 1) * step
        found: datetime | None = cron_trigger(self.cron or "", self.timezone).get_next_fire_time(
            None, moment + MICROSECOND
        )
        return None if found is None else found.astimezone(UTC)

    def due(self, scheduled_at: datetime) -> datetime:
        """When something scheduled at a time of this table may begin."""
        due = scheduled_at + timedelta(seconds=self._jitter_of(scheduled_at))
        for _ in self.hours:  # the hours of one may end in those of another
            for hours in self.hours:
                due = hours.begins(due)
        return due

    def between(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Times after `after` that are due by `until`, each with when it was due, in order."""
        at = self.after(after)
        while at is not None and at <= until and (due := self.due(at)) <= until:
            yield at, due
            at = self.after(at)

    def interval(self, moment: datetime) -> timedelta | None:
        """How long lies between the next two times; None where there are not two."""
        first = self.after(moment)
        second = self.after(first) if first else None
        return second - first if first and second else None

    @property
    def spec(self) -> str:
        """The timetable as text: two with the same have the same times."""
        when = self.cron if self.every is None else f"{self.every:g}s"
        closed = " ".join(f"{'not ' if one.closed else ''}{one.text}@{one.timezone}" for one in self.hours)
        return f"{when} {self.timezone} jitter {self.jitter:g} late {self.late:g} {closed}".strip()

    def _jitter_of(self, scheduled_at: datetime) -> float:
        if not self.jitter:
            return 0.0
        drawn = hashlib.sha256(f"{self.name} {scheduled_at.timestamp()}".encode()).digest()
        return self.jitter * int.from_bytes(drawn[:4]) / 2**32


class TimetableTrigger(BaseTrigger):  # type: ignore[misc]
    """A timetable as APScheduler asks for it."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """When the next time is due, after the last one and after now."""
        at = self.timetable.after((previous_fire_time or now).astimezone(UTC))
        return None if at is None else max(self.timetable.due(at), at)

    def __str__(self) -> str:
        return self.timetable.spec


@lru_cache(maxsize=256)
def cron_trigger(line: str, timezone: str) -> BaseTrigger:
    """A cron line as cron reads it: weekday 0 and 7 are Sunday; of day and weekday, either is enough."""
    minute, hour, day, month, weekday = line.lower().split()
    zone = ZoneInfo(timezone)
    common = {"minute": minute, "hour": hour, "month": month, "timezone": zone}
    days = [{"day": day}] if day != "*" or weekday == "*" else []
    weekdays = [{"day_of_week": _weekdays(weekday)}] if weekday != "*" else []
    triggers = [CronTrigger(**common, **part) for part in (*days, *weekdays)]
    return triggers[0] if len(triggers) == 1 else OrTrigger(triggers)


def _weekdays(field: str) -> str:
    """The weekdays of a cron line by name, since numbers mean other days to APScheduler."""
    found: set[int] = set()
    for item in field.split(","):
        days, _, step = item.partition("/")
        first, _, last = days.partition("-")
        begin = 0 if first == "*" else _weekday(first)
        end = _weekday(last) if last else begin
        if first == "*" or (step and not last):
            end = 6
        found.update(day % 7 for day in range(begin, end + 1, int(step or 1)))
    return ",".join(WEEKDAYS[day] for day in sorted(found))


def _weekday(text: str) -> int:
    return int(text) if text.isdigit() else WEEKDAYS.index(text)
