"""`jargonwatch evidence …`: the pages that flagged listings stood on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from crawler.cli.terminal import WorkspaceOption, err, example, out
from crawler.config import load_workspace
from crawler.errors import ConfigError, JobError

app = typer.Typer(
    help="Show the pages kept of flagged listings, and prove that nothing changed.",
    no_args_is_help=True,
    epilog=example("jargonwatch evidence verify", "jargonwatch evidence show 3fa9c1"),
)


@app.command(epilog=example("jargonwatch evidence verify"))
def verify(workspace: WorkspaceOption = None) -> None:
    """Check the seals of all manifests and the digests of all records and pages."""
    from pipelines.evidence.archive import manifests_in
    from pipelines.evidence.reading import verify as changes_in

    found = load_workspace(workspace)
    changes = list(changes_in(found.evidence_dir, found.masking_key()))
    for change in changes:
        err.print(change, markup=False, soft_wrap=True)
    runs = len(manifests_in(found.evidence_dir))
    if changes:
        raise JobError(f"{len(changes)} places of {runs} runs are not as they were kept")
    out.print(f"{found.evidence_dir}: {runs} runs, every seal and digest holds", soft_wrap=True)


@app.command(epilog=example("jargonwatch evidence show 3fa9c1", "jargonwatch evidence show 3fa9c1 --list"))
def show(
    listing: Annotated[str, typer.Argument(metavar="LISTING", help="A listing's id, or the start of it.")],
    only_list: Annotated[bool, typer.Option("--list", help="Name the records and serve nothing.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port of this machine.")] = 0,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the pages of a listing on this machine until Ctrl-C, without scripts or anything from outside."""
    from crawler.replay import serve
    from pipelines.evidence.reading import entries_of

    found = load_workspace(workspace)
    entries = entries_of(found.evidence_dir, listing)
    if not entries:
        raise ConfigError(f"no evidence of a listing {listing}; only flagged ones have any", key="LISTING")
    if len({entry.listing_id for entry in entries}) > 1:
        raise ConfigError(f"several listings begin with {listing}; give more of the id", key="LISTING")
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("seen", "kind", "archive", "SHA-256 of the page"):
        table.add_column(column, overflow="fold")
    for entry in entries:
        seen = datetime.fromisoformat(entry.seen_at).strftime("%Y-%m-%d %H:%M:%S UTC")
        table.add_row(seen, entry.kind, entry.archive, entry.payload_sha256)
    out.print(table)
    if not only_list:
        serve(
            found.evidence_dir,
            entries,
            port,
            ready=lambda url: out.print(f"{url}  (Ctrl-C ends it)", soft_wrap=True),
        )


@app.command(epilog=example("jargonwatch evidence prune"))
def prune(workspace: WorkspaceOption = None) -> None:
    """Delete what is older than `evidence_days`; every crawl does so by itself."""
    from pipelines.evidence.archive import prune as delete_old

    found = load_workspace(workspace)
    deleted = delete_old(found.evidence_dir, found.config.evidence_days)
    for name in deleted:
        out.print(Path(name).name, soft_wrap=True)
    out.print(f"{len(deleted)} archives deleted")
