"""`jargonwatch crawl`: ask the sources for their listings."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from crawler.cli.terminal import WorkspaceOption, err, out
from crawler.config import load_workspace
from crawler.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.progress import TaskID

    from crawler.runs import RunSummary, SourceProgress

_OUTCOME_STYLES: Final = {
    "done": "green",
    "failed": "bold red",
    "blocked": "bold yellow",
    "skipped": "yellow",
}


def crawl(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE…]", help="Names of sources; else all of them.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Crawl sources once: fetch, analyse, mask and store their listings.

    A source that fails or blocks doesn't stop the others; what was collected is kept.
    """
    from crawler.crawl import run_crawl

    loaded = load_workspace(workspace)
    with crawling() as progress:
        summaries = run_crawl(loaded, tuple(sources or ()), progress=progress)
    print_summaries(summaries)
    require_done(summaries)


@contextmanager
def crawling() -> Iterator[Callable[[SourceProgress], None]]:
    """A bar a source on standard error; what it yields is told how far each is."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages, {task.fields[listings]} listings"),
        TimeElapsedColumn(),
    )
    bars = Progress(*columns, console=err, transient=True)
    tasks: dict[str, TaskID] = {}

    def show(now: SourceProgress) -> None:
        if not tasks:
            bars.start()
        if now.source not in tasks:
            tasks[now.source] = bars.add_task(now.source, total=None, listings=0)
        bars.update(
            tasks[now.source],
            completed=now.pages,
            total=now.pages + now.waiting,
            listings=now.listings,
        )

    try:
        yield show if err.is_terminal else _unseen
    finally:
        if tasks:
            bars.stop()


def _unseen(_now: SourceProgress) -> None:
    """Progress is for those who watch: a log file gets the summaries only."""


def print_summaries(summaries: Sequence[RunSummary]) -> None:
    """A line a source, then why those that aren't done are not, and what to look at in those that are."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("source", "outcome"):
        table.add_column(name)
    for name in ("pages", "listings", "new", "changed", "hits", "flagged", "seconds"):
        table.add_column(name, justify="right")
    for run in summaries:
        counts = (run.pages, run.listings, run.new, run.changed, run.hits, run.flagged)
        table.add_row(
            run.source,
            Text(run.outcome, _OUTCOME_STYLES[run.outcome]),
            *(f"{count:,}" for count in counts),
            f"{(run.ended - run.started).total_seconds():.1f}",
        )
    out.print(table)
    for run in summaries:
        for line in (*run.reasons, *run.alarms):
            err.print(f"{run.source}: {line}", markup=False, soft_wrap=True)


def require_done(summaries: Sequence[RunSummary]) -> None:
    """Raise `JobError` where a source failed or blocked; a skipped one waits its turn."""
    wrong = [run.source for run in summaries if run.outcome in ("failed", "blocked")]
    if wrong:
        raise JobError(f"{len(wrong)} of {len(summaries)} sources are not done: {', '.join(wrong)}")
