"""`jargonwatch init`: a workspace to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.terminal import out
from crawler.config import CONFIG_NAME, init_workspace


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new or empty folder.", show_default=False)
    ],
) -> None:
    """Make a workspace: configuration, sources, lexicon and masking key in one folder."""
    workspace = init_workspace(directory)
    out.print(f"[bold]{directory}[/bold] is a workspace now. What is in it, and what to do with it:\n")
    for name, meaning in (
        (CONFIG_NAME, "say who is crawling (contact)"),
        (f"{workspace.sources_dir.name}/", "one YAML file a marketplace; an example lies there"),
        (f"{workspace.lexicon_dir.name}/", "the slang, yours to change"),
        (workspace.key_path.name, "makes pseudonyms of personal data; keep it secret and keep it safe"),
    ):
        out.print(f"  [cyan]{name:<17}[/cyan] {meaning}")
    out.print(f"\nThen: [cyan]cd {directory}[/cyan] and [cyan]jargonwatch sources check[/cyan]")
