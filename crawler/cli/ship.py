"""`jargonwatch ship`: bring Elasticsearch up to date with the store."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from crawler.cli.terminal import WorkspaceOption, err, out
from crawler.cluster import cluster_settings, keeping
from crawler.config import Workspace, load_workspace
from crawler.errors import ConfigError, JobError
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from crawler.shipping import DayDifference, Progress, Shipper, ShippingResult
    from pipelines.store.elasticsearch.outbox import Outbox


def ship(
    status: Annotated[
        bool, typer.Option("--status", help="Only say what is shipped, what waits and what was refused.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Only send again what the cluster refused before.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Fill new indices from the beginning, then switch to them.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare all documents with the store's, day by day, afterwards.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Bring Elasticsearch up to date with the store, from where the last time ended.

    A cluster that is down, full or overloaded is waited for, up to ten minutes. Killing this loses nothing.
    """
    if status + retry + rebuild > 1:
        raise ConfigError("--status, --retry and --rebuild exclude each other; give one of them")
    loaded = load_workspace(workspace)
    cluster_settings(loaded)
    open_store(loaded.store_path, must_exist=True).close()
    from pipelines.store.elasticsearch.outbox import Outbox

    with Outbox(loaded.store_path, loaded.config.elasticsearch_prefix) as outbox:
        if status:
            _print_status(outbox, as_json=as_json)
            return
        _ship(loaded, outbox, retry=retry, rebuild=rebuild, verify=verify, as_json=as_json)


def _ship(
    workspace: Workspace, outbox: Outbox, *, retry: bool, rebuild: bool, verify: bool, as_json: bool
) -> None:
    from crawler.shipping import Shipper, only_shipper
    from pipelines.store.elasticsearch.connection import connect
    from pipelines.store.elasticsearch.indices import Indices

    client = connect(cluster_settings(workspace))
    indices = Indices(client, workspace.config.elasticsearch_prefix, keeping(workspace))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with only_shipper(workspace.data_dir), ProgressBar(*columns, console=err, transient=True) as bar:
        total = outbox.state().pending if not rebuild else None
        task = bar.add_task("shipping", total=total)
        began = time.monotonic()

        def tell(progress: Progress) -> None:
            rate = progress.documents / (time.monotonic() - began)
            text = f"{progress.documents:,} documents, {rate:,.0f}/s"
            if progress.waiting_for:
                text = f"waiting: {progress.waiting_for}"
            bar.update(task, completed=progress.changes, description=escape(text))

        shipper = Shipper(outbox, client, indices, told=tell)
        result = _call(shipper, retry=retry, rebuild=rebuild)
        differences = shipper.differences() if verify else None
    _print_result(result, differences, as_json=as_json)
    if differences:
        raise JobError(f"{len(differences)} days differ; make them alike with: jargonwatch ship --rebuild")
    if result.refused:
        raise JobError(f"the cluster refuses {result.refused} documents; see: jargonwatch ship --status")


def _call(shipper: Shipper, *, retry: bool, rebuild: bool) -> ShippingResult:
    if retry:
        return shipper.retry()
    return shipper.rebuild() if rebuild else shipper.ship()


def _print_result(
    result: ShippingResult, differences: tuple[DayDifference, ...] | None, *, as_json: bool
) -> None:
    counts = {name: getattr(result, name) for name in type(result).__match_args__}
    if as_json:
        days = None if differences is None else [_record(difference) for difference in differences]
        out.print_json(json.dumps({**counts, "differences": days}))
        return
    out.print(
        f"{result.changes:,} changes: [bold]{result.written:,}[/bold] documents written,"
        f" {result.known:,} were there, {result.dropped:,} dropped, {result.refused:,} refused"
    )
    if differences == ():
        out.print("[green]Every day has the same documents in the store and in the cluster.[/green]")
    elif differences:
        table = Table("kind", "day", "in the store", "in the cluster")
        for each in differences:
            table.add_row(each.kind, each.day, f"{each.stored:,}", f"{each.shipped:,}")
        out.print(table)


def _print_status(outbox: Outbox, *, as_json: bool) -> None:
    state, letters = outbox.state(), outbox.dead_letters()
    shipped_at = state.shipped_at.isoformat() if state.shipped_at else None
    if as_json:
        refused = [_record(letter) | {"failed_at": letter.failed_at.isoformat()} for letter in letters]
        waiting = {"shipped_at": shipped_at, "pending": state.pending}
        out.print_json(json.dumps({**waiting, "refused": refused}, ensure_ascii=False))
        return
    out.print(f"shipped last: {shipped_at or 'never'}; {state.pending:,} changes wait")
    if letters:
        table = Table("refused", "made from", "tries", "why")
        for letter in letters:
            table.add_row(letter.kind, letter.key, str(letter.attempts), escape(letter.reason))
        out.print(table)
        out.print("Mend the cause, then: [cyan]jargonwatch ship --retry[/cyan]")


def _record(answer: object) -> dict[str, object]:
    return {name: getattr(answer, name) for name in type(answer).__match_args__}  # type: ignore[attr-defined]
