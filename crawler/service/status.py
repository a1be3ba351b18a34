"""How a workspace's service is, read from its book and store: the same for commands, pages and HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.mailing import OUTBOX_NAME, open_outbox
from crawler.service.book import Book
from crawler.service.owning import owner
from crawler.service.plans import read_plans
from dashboards.web.control import SourceStatus
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crawler.config import Workspace
    from crawler.service.book import Fire, Trouble
    from crawler.service.plans import Plans
    from dashboards.web.control import SourceState
    from pipelines.store.answers import Run


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source: how the service has it, what became of its last fire, and its last run in the ledger."""

    status: SourceStatus
    fire: Fire | None
    run: Run | None


@dataclass(frozen=True, slots=True)
class Status:
    """`pid` is None while no service runs. `queue`: changes that wait for Elasticsearch, None without one."""

    pid: int | None
    sources: tuple[SourceLine, ...]
    tasks: tuple[tuple[str, datetime | None, Fire | None], ...]
    troubles: tuple[Trouble, ...]
    queue: int | None
    mails: int
    store_bytes: int
    listings: int


def read_status(workspace: Workspace) -> Status:
    """The status of a workspace's service, also while none runs."""
    plans = read_plans(workspace)
    with Book(workspace.data_dir) as book:
        pid = owner(workspace.data_dir)
        lines = []
        listings = 0
        runs: dict[str, Run] = {}
        if workspace.store_path.exists():
            with open_store(workspace.store_path) as store:
                listings = store.totals().listings
                for name in plans.sources:
                    runs |= {run.start.source: run for run in store.runs(source=name, limit=1)}
        for status in source_statuses(plans, book):
            last = book.fires(name=status.source, limit=1)
            lines.append(SourceLine(status, last[0] if last else None, runs.get(status.source)))
        tasks = tuple(
            (plan.name, plan.next_due, next(iter(book.fires(name=plan.name, limit=1)), None))
            for plan in book.plans()
            if plan.kind == "task"
        )
        return Status(
            pid=pid,
            sources=tuple(lines),
            tasks=tasks,
            troubles=book.troubles(),
            queue=_queue(workspace),
            mails=_mails(workspace),
            store_bytes=_size(workspace),
            listings=listings,
        )


def source_statuses(plans: Plans, book: Book) -> tuple[SourceStatus, ...]:
    """Every configured source as the service has it, by name."""
    due = {plan.name: plan.next_due for plan in book.plans() if plan.kind == "crawl"}
    pauses = book.pauses()
    running = {fire.name: fire for fire in book.fires(states=("running",), limit=1000)}
    found = []
    for name, planned in sorted(plans.sources.items()):
        state: SourceState = "scheduled" if planned.timetable else "unscheduled"
        note = plans.broken.get(planned.path.name, "")
        if name in running:
            state, note = "running", note or f"since {running[name].begun_at:%H:%M} UTC"
        elif name in pauses:
            state, note = "paused", note or pauses[name].reason
        schedule = planned.timetable.spec if planned.timetable else None
        next_run = due.get(name) if planned.timetable and state != "paused" else None
        found.append(SourceStatus(name, planned.source.platform, state, schedule, next_run, note))
    known = {planned.path.name for planned in plans.sources.values()}
    found += [
        SourceStatus(file.removesuffix(".yaml"), "", "broken", note=said)
        for file, said in sorted(plans.broken.items())
        if file not in known
    ]
    return tuple(found)


class Control:
    """`dashboards.web.control.ServiceControl` by way of the book."""

    def __init__(self, plans: Callable[[], Plans], book: Book, now: Callable[[], datetime]) -> None:
        self._plans, self._book, self._now = plans, book, now

    def sources(self) -> tuple[SourceStatus, ...]:
        """All configured sources, by name."""
        return source_statuses(self._plans(), self._book)

    def run_now(self, source: str, *, by: str) -> None:
        """Start a run as soon as there is room; the book has it as asked for."""
        status = self._status(source)
        if status.state in ("running", "broken"):
            raise ValueError(f"{source} is {status.state}{f': {status.note}' if status.note else ''}")
        self._book.request(source, self._now(), by)

    def pause(self, source: str, *, by: str) -> None:
        """Start no more runs of a source until it is resumed."""
        self._status(source)
        if not self._book.pause(source, self._now(), f"by {by}"):
            raise ValueError(f"{source} is paused already")

    def resume(self, source: str, *, by: str) -> None:  # noqa: ARG002 - part of the protocol
        """Let a paused source run by its schedule again."""
        self._status(source)
        if not self._book.resume(source):
            raise ValueError(f"{source} is not paused")

    def _status(self, source: str) -> SourceStatus:
        return {status.source: status for status in self.sources()}[source]


def _queue(workspace: Workspace) -> int | None:
    if workspace.config.elasticsearch is None or not workspace.store_path.exists():
        return None
    from pipelines.store.elasticsearch.outbox import Outbox

    with Outbox(workspace.store_path, workspace.config.elasticsearch_prefix) as outbox:
        return outbox.state().pending


def _mails(workspace: Workspace) -> int:
    if not (workspace.data_dir / OUTBOX_NAME).exists():
        return 0
    with open_outbox(workspace) as outbox:
        return len(outbox.letters("waiting"))


def _size(workspace: Workspace) -> int:
    paths = (workspace.store_path, workspace.store_path.with_name(workspace.store_path.name + "-wal"))
    return sum(path.stat().st_size for path in paths if path.exists())
