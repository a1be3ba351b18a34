"""What the pages may ask of the service that crawls on a schedule; the service implements it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from datetime import datetime

SourceState = Literal["scheduled", "running", "paused", "unscheduled", "broken"]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A configured source as the service has it.

    `scheduled` waits for `next_run` (UTC), `running` is being crawled now, `paused` waits for somebody to
    resume it, `unscheduled` has no schedule, `broken` has a file that cannot be used; `note` says why.
    """

    source: str
    platform: str
    state: SourceState
    schedule: str | None = None
    next_run: datetime | None = None
    note: str = ""


class ServiceControl(Protocol):
    """The running service. Each method may be called from any thread and returns at once.

    A source that the service doesn't know is a `KeyError`; what it refuses (running already, its file is
    broken) is a `ValueError` whose message is one line for a person.
    """

    def sources(self) -> tuple[SourceStatus, ...]:
        """All configured sources, by name."""

    def run_now(self, source: str, *, by: str) -> None:
        """Start a run as soon as there is room; `by` is who asked, for the ledger."""

    def pause(self, source: str, *, by: str) -> None:
        """Start no more runs of a source until it is resumed; one that is running ends by itself."""

    def resume(self, source: str, *, by: str) -> None:
        """Let a paused source run by its schedule again."""
