"""What becomes of the times that have come: the misfire policy, which docs/service.md declares. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

State = Literal[
    "waiting",  # its time has come, and it waits for its turn
    "running",
    "done",
    "failed",
    "coalesced",  # another fire does its work
    "missed",  # nothing did its work
]
OPEN: tuple[State, ...] = ("waiting", "running")
CLOSED: tuple[State, ...] = ("done", "failed", "coalesced", "missed")


@dataclass(frozen=True, slots=True)
class Accounted:
    """A time that has come, and what became of it. `reason` says why it is not waiting."""

    scheduled_at: datetime
    due_at: datetime
    state: State
    reason: str = ""


def account(
    times: Sequence[tuple[datetime, datetime]],
    now: datetime,
    *,
    late: float,
    is_open: bool,
    paused: bool,
) -> list[Accounted]:
    """What becomes of times (scheduled, due) that have come since the last account, the earliest first.

    One at most is left waiting, the last, and the others are coalesced into it. While an earlier fire
    `is_open` (waits or runs), all are coalesced into that. What was due longer than `late` seconds ago is
    missed, as is what comes while `paused`.
    """
    if paused:
        return [Accounted(at, due, "missed", "it is paused") for at, due in times]
    if is_open:
        return [Accounted(at, due, "coalesced", "an earlier one was not over") for at, due in times]
    last = times[-1] if times else None
    if last is None or now - last[1] > timedelta(seconds=late):
        reason = f"the service did not get to it within {late:g} s (schedule.late)"
        return [Accounted(at, due, "missed", reason) for at, due in times]
    earlier = [Accounted(at, due, "coalesced", "a later one was due too") for at, due in times[:-1]]
    return [*earlier, Accounted(*last, "waiting")]
