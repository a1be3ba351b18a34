"""Crawl sources, each in a process of its own, and say what came of it."""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler.errors import ConfigError
from crawler.inbox import require_inbox
from crawler.jobs import Hindrance, next_job, only_crawl_of, pages_asked, seconds_allowed
from crawler.nursery import Nursery
from crawler.runs import RunSummary, SourceProgress, new_run_id, summary_from
from crawler.workspace_settings import feed_token, user_agent
from pipelines.lexicon.files import read_lexicon
from pipelines.store.answers import RunEnd
from pipelines.store.sqlite import open_store
from spiders.contract import load_source
from spiders.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.config import Workspace
    from crawler.jobs import Job
    from crawler.runs import Exit
    from spiders.contract import Source
    from spiders.feeds.exports import Export


@dataclass(frozen=True, slots=True)
class Visit:
    """A source to crawl, why, and the shops to crawl or files to read instead of its own ways in."""

    path: Path
    reason: str
    shops: tuple[str, ...] = ()
    exports: tuple[Export, ...] | None = None


type Progress = Callable[[SourceProgress], None]

BUSY: Final = "another process is crawling it"
AT_ONCE: Final = 4
"""Sources crawled at the same time. Each waits for its own site most of the time."""
JUMP_ROUNDS: Final = 1
"""How often shops on other platforms are followed on to further platforms."""


def run_crawl(
    workspace: Workspace,
    source_names: Sequence[str] = (),
    *,
    progress: Progress | None = None,
    reason: str = "manual",
) -> list[RunSummary]:
    """Crawl sources of the workspace (all of them unless named) and return a summary of each.

    A source that cannot be crawled now is in the list as skipped; one that fails, as one does whose file has
    mistakes and that isn't named, doesn't touch the others.
    Shops on other configured platforms that pages pointed to are crawled after that. Raises `ConfigError`,
    `SourceError` or `LexiconError` before anything is asked where the configuration is wrong.
    """
    found, broken = _read_sources(workspace)
    paths = source_paths(workspace, source_names) if source_names or not found else found
    visits = [Visit(path, reason) for path in paths.values()]
    check(workspace, visits)
    with Nursery(workspace.lexicon_dir) as nursery:
        summaries = crawl_all(workspace, nursery, visits, progress)
        followed: set[str] = set()
        for _ in range(JUMP_ROUNDS):
            shops = shops_to_follow(summaries, followed)
            if not shops:
                break
            files = source_paths(workspace, tuple(shops))
            visits = [Visit(files[name], "jump", urls) for name, urls in shops.items()]
            summaries += crawl_all(workspace, nursery, visits, progress)
    return summaries if source_names else [*summaries, *(_unusable(error) for error in broken)]


def check(workspace: Workspace, visits: Sequence[Visit]) -> None:
    """Raises `ConfigError`, `SourceError` or `LexiconError` where the visits are not configured rightly."""
    read_lexicon(workspace.lexicon_dir)
    workspace.masking_key()
    for visit in visits:
        source = load_source(visit.path)
        user_agent(workspace, source)
        feed_token(source)
        if visit.exports is None:
            require_inbox(workspace, source)


def source_paths(workspace: Workspace, names: Sequence[str] = ()) -> dict[str, Path]:
    """The files of the named sources, or of all, by name.

    Raises `SourceError` for a file with mistakes, among the named ones only where that may be the one meant,
    and `ConfigError` where there is no such source.
    """
    found, broken = _read_sources(workspace)
    unknown = [name for name in names if name not in found]
    if broken and (unknown or not names):
        raise broken[0]
    if unknown:
        known = ", ".join(found) or "none"
        raise ConfigError(f"no source is called {unknown[0]}; known are {known}", file=workspace.sources_dir)
    if not found:
        raise ConfigError(
            "holds no source (*.yaml) yet; docs/sources.md says how one is written",
            file=workspace.sources_dir,
        )
    return {name: path for name, path in found.items() if not names or name in names}


def _read_sources(workspace: Workspace) -> tuple[dict[str, Path], list[SourceError]]:
    """The files of all sources by name, and what is wrong with those that have mistakes."""
    found: dict[str, Path] = {}
    broken: list[SourceError] = []
    for path in sorted(workspace.sources_dir.glob("*.yaml")):
        try:
            source = load_source(path)
        except SourceError as error:
            broken.append(error)
            continue
        if source.name in found:
            raise ConfigError(
                f"{source.name} is the name of {found[source.name].name} too", file=path, key="name"
            )
        found[source.name] = path
    return found, broken


def crawl_all(
    workspace: Workspace, nursery: Nursery, visits: Sequence[Visit], progress: Progress | None
) -> list[RunSummary]:
    """A summary of each visit, in order; several run at a time."""
    lock = threading.Lock()

    def tell(step: SourceProgress) -> None:
        if progress is not None:
            with lock:
                progress(step)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        tasks = [pool.submit(crawl_one, workspace, nursery, visit, tell) for visit in visits]
        return [task.result() for task in tasks]


def crawl_one(
    workspace: Workspace,
    nursery: Nursery,
    visit: Visit,
    tell: Progress,
    begun: Callable[[Job], None] | None = None,
) -> RunSummary:
    """Pay one visit and return what came of it, also where its process was killed.

    `begun` is told of the job before its process starts. Raises `SourceError` for a file with mistakes,
    `ConfigError`, `StoreError`, and `NurseryError` where the nursery has died.
    """
    source = load_source(visit.path)
    began = datetime.now(UTC)
    with only_crawl_of(workspace, source) as lock:
        if lock is None:
            return _skipped(source, began, BUSY)
        with open_store(workspace.store_path) as store:
            job = next_job(
                workspace,
                source,
                visit.path,
                store,
                reason=visit.reason,
                shops=visit.shops,
                exports=visit.exports,
            )
        if isinstance(job, Hindrance):
            return _skipped(source, began, job.reason)
        if begun is not None:
            begun(job)
        summary = _summary(workspace, source, job, began, nursery.run(job, lock, tell))
        if summary.ledger not in (None, "stopped"):
            shutil.rmtree(job.job_dir)
        return summary


def _summary(
    workspace: Workspace, source: Source, job: Job, began: datetime, report: dict[str, Any]
) -> RunSummary:
    ended: Exit | None = report.get("exit")
    if "summary" in report:
        return replace(summary_from(report["summary"]), exit=ended)
    told: str | None = report.get("failure", {}).get("message")
    reason = told or f"its process {_how(source, ended)}; the next crawl goes on"
    now = datetime.now(UTC)
    pages = pages_asked(Path(job.job_dir))
    with open_store(workspace.store_path) as store:
        if any(
            run.start.run_id == job.run_id for run in store.runs(source=source.name, outcomes=("running",))
        ):
            store.finish_run(job.run_id, RunEnd(now, "killed", reason, pages=pages, errors={"killed": 1}))
    return RunSummary(
        run_id=job.run_id,
        source=source.name,
        outcome="failed",
        reasons=(reason,),
        started=began,
        ended=now,
        pages=pages,
        errors={"killed": 1},
        log_file=Path(job.log_file),
        exit=ended,
    )


def _how(source: Source, ended: Exit | None) -> str:
    """How a process ended that left no word."""
    if ended is None:
        return "ended unexpectedly, and nobody saw how"
    if ended.over is not None:
        return f"was ended: {ended.over}"
    if ended.signal == signal.SIGALRM:
        return f"hung and was ended after {seconds_allowed(source)} s (limits.minutes)"
    if ended.signal is not None:
        return f"ended unexpectedly by {signal.Signals(ended.signal).name}"
    return f"ended unexpectedly with status {ended.status}"


def _skipped(source: Source, began: datetime, reason: str) -> RunSummary:
    return RunSummary(
        run_id=new_run_id(source.name),
        source=source.name,
        outcome="skipped",
        reasons=(reason,),
        started=began,
        ended=began,
    )


def _unusable(error: SourceError) -> RunSummary:
    """Of a source file with mistakes: it is called what its file is called."""
    now = datetime.now(UTC)
    return RunSummary(
        run_id=new_run_id(error.file.stem),
        source=error.file.stem,
        outcome="failed",
        reasons=tuple(str(error).splitlines()),
        started=now,
        ended=now,
    )


def shops_to_follow(summaries: Sequence[RunSummary], followed: set[str]) -> dict[str, tuple[str, ...]]:
    """Source → addresses of shops there, each only once."""
    shops: dict[str, tuple[str, ...]] = {}
    for summary in summaries:
        for source, urls in summary.jumps.items():
            fresh = tuple(url for url in urls if url not in followed)
            followed.update(fresh)
            shops[source] = (*shops.get(source, ()), *fresh)
    return {source: urls for source, urls in shops.items() if urls}
