"""`jargonwatch ingest`: read files that were handed over."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from crawler.cli.crawl import print_summaries, require_done
from crawler.cli.terminal import WorkspaceOption, err
from crawler.config import load_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.runs import SourceProgress


def ingest(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="JSON Lines, CSV, Parquet or Excel.", show_default=False),
    ],
    source: Annotated[
        str,
        typer.Option(metavar="NAME", help="The source that says how to read them.", show_default=False),
    ],
    again: Annotated[
        bool, typer.Option("--again", help="Read also what was read before, as after a change of the source.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Read files as a source with `kind: feed` describes them: analyse, mask and store their listings.

    A file is read once, whatever its name. Rows that are no listings are counted, and kept with their
    reasons beside the log of the run.
    """
    from crawler.ingest import ingest as read_files

    with reading() as progress:
        summary, known = read_files(
            load_workspace(workspace), source, tuple(files), again=again, progress=progress
        )
    for path, file in known.items():
        alias = f" as {file.name}" if file.name != path.name else ""
        err.print(
            f"{path}: was read before{alias}, by {file.run_id}; --again reads it again",
            markup=False,
            soft_wrap=True,
        )
    if summary is not None:
        print_summaries([summary])
        require_done([summary])


@contextmanager
def reading() -> Iterator[Callable[[SourceProgress], None]]:
    """A bar on standard error; what it yields is told how far the reading is."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[listings]} listings"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("reading", total=1.0, listings=0)

        def show(now: SourceProgress) -> None:
            bar.update(task, completed=now.share or 0.0, listings=now.listings)

        yield show
