"""What every command shares: the two consoles and the options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

out: Final = Console(highlight=False)
"""Answers, on standard output."""

err: Final = Console(stderr=True, highlight=False)
"""Progress, counts and errors, on standard error."""

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="DIR",
        help="The workspace; else $JARGONWATCH_WORKSPACE, else the nearest from here upward.",
        show_default=False,
    ),
]

LexiconOption = Annotated[
    Path | None,
    typer.Option(
        "--lexicon",
        metavar="DIR",
        help="A lexicon folder; else the workspace's, else the one that comes with the program.",
        show_default=False,
    ),
]


def example(*commands: str) -> str:
    """The epilog of a command's help, in Markdown."""
    head = "**Example**" if len(commands) == 1 else "**Examples**"
    return f"{head}\n\n" + "\n".join(f"* `{command}`" for command in commands)
