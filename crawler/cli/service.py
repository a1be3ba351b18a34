"""`jargonwatch status`, `pause`, `resume`, `run-now`, `runs`: what the service does, and words to it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from crawler.asking import user_name
from crawler.cli.answers import print_json
from crawler.cli.terminal import WorkspaceOption, example, out
from crawler.config import Workspace, load_workspace
from crawler.errors import ConfigError, JobError
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from crawler.service.status import Control, Status
    from pipelines.store.answers import Run

runs_app = typer.Typer(
    help="Look at the ledger of runs.",
    epilog=example("jargonwatch runs list", "jargonwatch runs show 20250310T040000Z-market-a-0001"),
    no_args_is_help=True,
)

SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="The name of a source.")]
STYLES: Final = {"done": "green", "failed": "red", "missed": "yellow", "running": "cyan"}


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Say how the service is: next crawls, last results, queues, sizes, and what needs a person."""
    from crawler.service.status import read_status

    loaded = load_workspace(workspace)
    found = read_status(loaded)
    if as_json:
        print_json(asdict(found))
    else:
        _print_status(loaded, found)


def pause(source: SourceArgument, workspace: WorkspaceOption = None) -> None:
    """Crawl a source no more until it is resumed; a crawl that runs ends by itself."""
    _say(load_workspace(workspace), "pause", source)
    out.print(f"{source} is paused; jargonwatch resume {source}", markup=False)


def resume(source: SourceArgument, workspace: WorkspaceOption = None) -> None:
    """Let a paused source be crawled by its schedule again."""
    _say(load_workspace(workspace), "resume", source)
    out.print(f"{source} is crawled by its schedule again", markup=False)


def run_now(source: SourceArgument, workspace: WorkspaceOption = None) -> None:
    """Have the running service crawl a source as soon as there is room."""
    from crawler.service.owning import owner

    loaded = load_workspace(workspace)
    if owner(loaded.data_dir) is None:
        raise JobError(f"no service runs on this workspace; jargonwatch crawl {source} crawls without one")
    _say(loaded, "run_now", source)
    out.print(f"{source} is crawled as soon as there is room; jargonwatch status", markup=False)


@runs_app.command("list", epilog=example("jargonwatch runs list --source market-a"))
def list_runs(
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the latest runs."""
    loaded = load_workspace(workspace)
    with open_store(loaded.store_path, must_exist=True) as store:
        found = store.runs(source=source, limit=limit)
    if as_json:
        print_json([asdict(run) for run in found])
        return
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("run", "began", "took", "outcome", "pages", "listings", "new", "flagged"):
        drawn.add_column(name, justify="right" if name in ("pages", "listings", "new", "flagged") else "left")
    for run in found:
        drawn.add_row(
            run.start.run_id,
            _local(run.start.started_at, loaded),
            _took(run),
            Text(run.outcome, style=STYLES.get(run.outcome, "yellow")),
            f"{run.end.pages:,}" if run.end else "",
            *(f"{count:,}" for count in (run.listings, run.new, run.flagged)),
        )
    out.print(drawn)


@runs_app.command(epilog=example("jargonwatch runs show 20250310T040000Z-market-a-0001"))
def show(
    run_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a run.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Show all that the ledger has of a run, as JSON, and what the service has of it."""
    from crawler.service.book import Book

    loaded = load_workspace(workspace)
    with open_store(loaded.store_path, must_exist=True) as store:
        run = store.run(run_id)
    with Book(loaded.data_dir) as book:
        fires = [fire for fire in book.fires(name=run.start.source, limit=1000) if fire.run_id == run_id]
    print_json({"run": asdict(run), "fires": [asdict(fire) for fire in fires]})


def _say(workspace: Workspace, what: str, source: str) -> None:
    """Ask the book; what it refuses is a `JobError`, an unknown source a `ConfigError`."""
    from crawler.service.book import Book
    from crawler.service.plans import read_plans
    from crawler.service.status import Control

    plans = read_plans(workspace)
    with Book(workspace.data_dir) as book:
        control: Control = Control(lambda: plans, book, lambda: datetime.now(UTC))
        try:
            getattr(control, what)(source, by=user_name())
        except KeyError as error:
            known = ", ".join(sorted(plans.sources)) or "none"
            raise ConfigError(f"no source is called {source}; known are {known}") from error
        except ValueError as error:
            raise JobError(str(error)) from error


def _print_status(workspace: Workspace, found: Status) -> None:
    running = f"service: pid {found.pid}" if found.pid else "service: not running (jargonwatch serve)"
    out.print(Text(running, style="green" if found.pid else "yellow"))
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("source", "state", "next", "last time", "last run", "listings"):
        drawn.add_column(name, no_wrap=True, justify="right" if name == "listings" else "left")
    for line in found.sources:
        status, fire, run = line.status, line.fire, line.run
        drawn.add_row(
            status.source,
            Text(status.state, style="red" if status.state == "broken" else ""),
            _local(status.next_run, workspace),
            Text(fire.state if fire else "", style=STYLES.get(fire.state, "") if fire else ""),
            f"{run.outcome} {_local(run.start.started_at, workspace)}" if run else "",
            f"{run.listings:,}" if run else "",
        )
    out.print(drawn)
    for line in found.sources:
        reasons = (line.status.note, line.fire.reason if line.fire and line.fire.state == "failed" else "")
        for said in filter(None, reasons):
            out.print(Text(f"{line.status.source}: {said}", style="dim"))
    for name, due, fire in found.tasks:
        last = f", last: {fire.state} {fire.reason}".rstrip() if fire else ""
        out.print(f"{name}: next {_local(due, workspace)}{last}", markup=False)
    out.print(f"store: {found.listings:,} listings, {found.store_bytes / 1e6:,.1f} MB")
    if found.queue is not None:
        out.print(f"Elasticsearch: {found.queue:,} changes wait")
    if found.mails:
        out.print(f"mail: {found.mails} wait")
    for trouble in found.troubles:
        out.print(Text(f"{trouble.kind} {trouble.name}: {trouble.message}", style="red"))
    if not found.troubles:
        out.print(Text("health: nothing needs a person", style="green"))


def _local(moment: datetime | None, workspace: Workspace) -> str:
    if moment is None:
        return ""
    return moment.astimezone(ZoneInfo(workspace.config.timezone)).strftime("%m-%d %H:%M:%S")


def _took(run: Run) -> str:
    return f"{(run.end.finished_at - run.start.started_at).total_seconds():,.0f} s" if run.end else ""
