"""`jargonwatch quarantine …`: data of runs that were outside their source's assertions."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from crawler.cli.terminal import WorkspaceOption, example, out
from crawler.config import load_workspace
from crawler.errors import ConfigError
from pipelines.errors import StoreError

app = typer.Typer(
    help="Accept or reject the data of runs that were outside their source's assertions.",
    no_args_is_help=True,
    epilog=example("jargonwatch quarantine list", "jargonwatch quarantine accept RUN"),
)

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]


@app.command("list", epilog=example("jargonwatch quarantine list"))
def list_runs(workspace: WorkspaceOption = None) -> None:
    """Name the runs whose data wait, and why."""
    from pipelines.store.sqlite import open_store

    with open_store(load_workspace(workspace).store_path, must_exist=True) as store:
        runs = store.runs(outcomes=("quarantined",), limit=1000)
    if not runs:
        out.print("no run waits")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("run", "source", "listings", "why"):
        table.add_column(column, overflow="fold")
    for run in runs:
        table.add_row(run.start.run_id, run.start.source, str(run.staged), run.end.message if run.end else "")
    out.print(table)


@app.command(epilog=example("jargonwatch quarantine accept 20260105T080000Z-market-1a2b"))
def accept(run: RunArgument, workspace: WorkspaceOption = None) -> None:
    """Store what the run found after all."""
    from pipelines.store.sqlite import open_store

    with open_store(load_workspace(workspace).store_path, must_exist=True) as store:
        try:
            done = store.accept_run(run)
        except StoreError as error:
            raise ConfigError(str(error), key="RUN") from error
    out.print(f"{run}: {done.new} new, {done.changed} changed, {done.unchanged} unchanged")


@app.command(epilog=example("jargonwatch quarantine reject 20260105T080000Z-market-1a2b"))
def reject(run: RunArgument, workspace: WorkspaceOption = None) -> None:
    """Drop what the run found."""
    from pipelines.store.sqlite import open_store

    with open_store(load_workspace(workspace).store_path, must_exist=True) as store:
        try:
            dropped = store.reject_run(run)
        except StoreError as error:
            raise ConfigError(str(error), key="RUN") from error
    out.print(f"{run}: {dropped} listings dropped")
