"""`jargonwatch queries`: queries that are asked again, by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from crawler.asking import Place, open_archive, saved_queries, user_name
from crawler.cli.terminal import WorkspaceOption, example, out
from crawler.config import load_workspace

app = typer.Typer(
    help="Save queries and ask them by name: jargonwatch search @NAME.",
    epilog=example("jargonwatch queries list"),
    no_args_is_help=True,
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name, without @.")]
OwnerOption = Annotated[
    str | None, typer.Option(help="Whose it is; else the user's own.", show_default=False)
]


@app.command(epilog=example("jargonwatch queries save sets 'term:四件套 verdict:flagged'"))
def save(
    name: NameArgument,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="As in docs/query.md.")],
    owner: OwnerOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Save a query, or change one of your own."""
    loaded = load_workspace(workspace)
    with open_archive(loaded, Place.EMBEDDED) as archive:
        archive.query(query)
    now = datetime.now(UTC)
    saved = saved_queries(loaded).save(name, query, owner=owner or user_name(), saved_at=now)
    out.print(f"@{saved.name} is saved; jargonwatch search @{saved.name}", markup=False)


@app.command("list", epilog=example("jargonwatch queries list"))
def list_queries(workspace: WorkspaceOption = None) -> None:
    """Show the saved queries."""
    from rich.table import Table

    loaded = load_workspace(workspace)
    drawn = Table("name", "owner", "saved", "query", box=None, header_style="bold", pad_edge=False)
    for saved in saved_queries(loaded).all():
        drawn.add_row(f"@{saved.name}", saved.owner, f"{saved.saved_at:%Y-%m-%d}", saved.query)
    out.print(drawn)


@app.command(epilog=example("jargonwatch queries remove sets"))
def remove(name: NameArgument, owner: OwnerOption = None, workspace: WorkspaceOption = None) -> None:
    """Take a saved query of your own away."""
    loaded = load_workspace(workspace)
    saved_queries(loaded).remove(name, owner=owner or user_name(), removed_at=datetime.now(UTC))
