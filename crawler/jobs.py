"""What a source is to do next: begin a run, go on with one that was cut short, or wait."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from crawler.inbox import new_exports
from crawler.runs import new_run_id
from pipelines.store.answers import RunEnd, RunStart
from spiders.hours import seconds_open

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crawler.config import Workspace
    from pipelines.store.answers import Outcome, Run
    from pipelines.store.protocol import Store
    from spiders.contract import Source
    from spiders.feeds.exports import Export

RESUME_WITHIN: Final = timedelta(hours=24)
"""A run that was cut short longer ago isn't gone on with: its beginning would be of another day."""
CUT_SHORT: Final[tuple[Outcome, ...]] = ("running", "stopped", "killed")
"""How the ledger has a run that may be gone on with."""
LONGEST_BACK_OFF: Final = timedelta(days=7)
RUNS_LOOKED_AT: Final = 200
LEAST_CLOSING: Final = 5
LONGEST_CLOSING: Final = 300
"""Seconds that a crawl may take to close: as long again as limits.minutes, but no longer than this."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a child process is to do. Paths are absolute."""

    workspace: str
    source: str
    run_id: str
    reason: str
    job_dir: str
    log_file: str
    pages_today: int
    """How many pages the daily budget leaves."""
    memory_mb: int
    config: dict[str, Any]
    """The configuration of the workspace as it was read last without mistakes, as plain data."""
    shops: tuple[str, ...] = ()
    files: tuple[dict[str, Any], ...] = ()
    """Of a feed: `Export.plain()` of each file to read."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a source cannot be crawled now."""

    reason: str


@contextmanager
def only_crawl_of(workspace: Workspace, source: Source) -> Iterator[int | None]:
    """Hold the lock of a source, as a file descriptor to pass on to the child; None if another has it."""
    folder = workspace.jobs_dir / source.name
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


def next_job(
    workspace: Workspace,
    source: Source,
    path: Path,
    store: Store,
    *,
    reason: str,
    shops: tuple[str, ...] = (),
    exports: Sequence[Export] | None = None,
) -> Job | Hindrance:
    """The job of a source whose lock is held. Closes runs that can no longer be gone on with.

    `exports`: the files of a feed to read, instead of those that are new in its folder.
    """
    now = datetime.now(UTC)
    runs = store.runs(source=source.name, limit=RUNS_LOOKED_AT)
    hindrance = _back_off(source, runs, now) or _hours(source, now)
    pages_left = _pages_left(source, runs, now)
    if hindrance is None and pages_left <= 0:
        hindrance = f"politeness.pages_per_day ({source.politeness.pages_per_day}) is spent for today"
    if hindrance is None and source.files is not None and exports is None:
        exports, hindrance = new_exports(workspace, source, now)
    if hindrance is not None:
        return Hindrance(hindrance)
    folder = workspace.jobs_dir / source.name
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    resumed = None if shops or source.files else _resumable(folder, runs, digest, now)
    _close_others(folder, store, runs, resumed, now)
    if source.files is not None:
        _reject_cut_short(store, runs)
    run_id = resumed.start.run_id if resumed else new_run_id(source.name)
    job_dir = folder / run_id
    job_dir.mkdir(exist_ok=True)
    (job_dir / "source.sha256").write_text(digest, encoding="ascii")
    workspace.logs_dir.mkdir(parents=True, exist_ok=True)
    return Job(
        workspace=str(workspace.root),
        source=str(path.resolve()),
        run_id=run_id,
        reason=reason,
        job_dir=str(job_dir),
        log_file=str(workspace.logs_dir / f"{run_id}.log"),
        pages_today=pages_left,
        memory_mb=source.limits.memory_mb or workspace.config.memory_mb,
        config=workspace.config.model_dump(mode="json"),
        shops=shops,
        files=tuple(export.plain() for export in exports or ()),
    )


def _back_off(source: Source, runs: tuple[Run, ...], now: datetime) -> str | None:
    blocked = 0
    for run in runs:
        if run.end is None or run.end.errors.get("blocked", 0) < source.blocks.stop_after:
            break
        blocked += 1
    if not blocked or runs[0].end is None:
        return None
    wait = min(timedelta(seconds=source.blocks.back_off * 2 ** (blocked - 1)), LONGEST_BACK_OFF)
    until = runs[0].end.finished_at + wait
    if now >= until:
        return None
    times = "once" if blocked == 1 else f"{blocked} times in a row"
    return f"it blocked {times}; it is not asked before {until:%Y-%m-%d %H:%M} UTC (blocks.back_off)"


def _hours(source: Source, now: datetime) -> str | None:
    if seconds_open(source.politeness, now) is not None:
        return None
    return f"outside politeness.hours ({source.politeness.hours} {source.politeness.timezone})"


def _pages_left(source: Source, runs: tuple[Run, ...], now: datetime) -> int:
    budget = source.politeness.pages_per_day
    if budget is None:
        return source.limits.pages
    midnight = now.astimezone(ZoneInfo(source.politeness.timezone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    spent = sum(run.end.pages for run in runs if run.end is not None and run.end.finished_at >= midnight)
    return budget - spent


def _resumable(folder: Path, runs: tuple[Run, ...], digest: str, now: datetime) -> Run | None:
    """The latest run, if it was killed or stopped lately and the source file is still the same."""
    latest = runs[0] if runs else None
    if latest is None or latest.outcome not in CUT_SHORT:
        return None
    job_dir = folder / latest.start.run_id
    noted = job_dir / "source.sha256"
    fresh = now - latest.start.started_at < RESUME_WITHIN
    whole = (job_dir / "frontier.sqlite").exists() and noted.exists()
    return latest if fresh and whole and noted.read_text(encoding="ascii") == digest else None


def _close_others(
    folder: Path, store: Store, runs: tuple[Run, ...], resumed: Run | None, now: datetime
) -> None:
    """Close what was killed or stopped and isn't gone on with; what such runs staged waits for a decision."""
    for run in runs:
        if run == resumed or run.outcome not in CUT_SHORT:
            continue
        if run.outcome != "running":
            if not run.staged:
                continue
            store.start_run(RunStart(run.start.run_id, run.start.source, run.start.platform, "close", now))
        message = "it was cut short and not gone on with"
        pages = pages_asked(folder / run.start.run_id)
        outcome: Outcome = "quarantined" if run.staged else "killed"
        store.finish_run(run.start.run_id, RunEnd(now, outcome, message, pages=pages))
    kept = {"lock", resumed.start.run_id if resumed else ""}
    for leftover in folder.iterdir():
        if leftover.name not in kept:
            shutil.rmtree(leftover)


def _reject_cut_short(store: Store, runs: tuple[Run, ...]) -> None:
    """Drop what cut-short runs of files had staged: the files are read again from the start."""
    for run in runs:
        if run.staged and run.outcome in CUT_SHORT:
            store.reject_run(run.start.run_id)


def seconds_allowed(source: Source) -> int:
    """How long a crawl may take in all before it is killed, to be gone on with."""
    seconds = source.limits.minutes * 60
    return int(seconds + min(max(seconds, LEAST_CLOSING), LONGEST_CLOSING))


def pages_asked(job_dir: Path) -> int:
    """How many pages a run had asked when it was cut short."""
    frontier = job_dir / "frontier.sqlite"
    if not frontier.exists():
        return 0
    with closing(sqlite3.connect(frontier)) as database:
        row = database.execute("SELECT value FROM state WHERE name = 'page/asked'").fetchone()
    return int(json.loads(row[0])) if row else 0
