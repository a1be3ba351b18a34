"""`jargonwatch lexicon …`: the slang itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.terminal import WorkspaceOption, example, out
from crawler.config import find_workspace

app = typer.Typer(
    help="Check the lexicon, and explain what it makes of a text.",
    no_args_is_help=True,
    epilog=example("jargonwatch lexicon check", "jargonwatch lexicon explain '四.件.套 懂的来'"),
)


@app.command(epilog=example("jargonwatch lexicon check", "jargonwatch lexicon check my-lexicon/"))
def check(
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="A lexicon folder; else the workspace's, else the one that comes with the program.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Read every file of a lexicon, count its terms and list what is doubtful in it.

    A file that cannot be used is named by file, line and key.
    """
    from pipelines.lexicon.check import findings
    from pipelines.lexicon.files import read_lexicon

    folder = lexicon_folder(directory, workspace)
    files = read_lexicon(folder)
    doubts = list(findings(files))
    for doubt in doubts:
        out.print(f"{doubt.problem}: {doubt.key}: {doubt.message}", markup=False, soft_wrap=True)
    for category, count in sorted(Counter(category for category, _ in files.terms).items()):
        out.print(f"  {category:<10} {count:>4}")
    out.print(f"{folder}: {len(files.terms)} terms, {len(doubts)} doubts, no mistakes", markup=False)


def lexicon_folder(given: Path | None, workspace: Path | None) -> Path:
    """The lexicon a command works with."""
    from pipelines.lexicon.load import DEFAULT_LEXICON

    if given is not None:
        return given
    found = find_workspace(workspace)
    return found.lexicon_dir if found else DEFAULT_LEXICON
