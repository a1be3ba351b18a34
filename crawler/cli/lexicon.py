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


@app.command(epilog=example("jargonwatch lexicon candidates", "jargonwatch lexicon candidates --top 100"))
def candidates(
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 30,
    workspace: WorkspaceOption = None,
) -> None:
    """Propose new slang: strings that flagged listings have far more often than clear ones.

    What the lexicon finds already, or was decided on in the dashboard, is left out. Listings that analysts
    settled there count as they said. Nothing is added: accept each there, by its examples, or write it into
    a term.
    """
    from rich.table import Table
    from rich.text import Text

    from crawler.config import load_workspace
    from dashboards.proposals import DECISIONS_NAME, Proposals
    from dashboards.triage import LABELS_NAME, Labels
    from pipelines.lexicon.files import read_lexicon
    from pipelines.lexicon.patches import FOLDER
    from pipelines.store.sqlite import open_store

    loaded = load_workspace(workspace)
    labels = Labels(loaded.data_dir / LABELS_NAME, str)
    proposals = Proposals(loaded.data_dir / DECISIONS_NAME, loaded.data_dir / FOLDER)
    with open_store(loaded.store_path, must_exist=True) as store:
        found = proposals.search(store, read_lexicon(loaded.lexicon_dir), labels, top=top)
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("string", "category", "flagged", "clear", "times", "p", "example"):
        right = name in ("flagged", "clear", "times", "p")
        drawn.add_column(name, justify="right" if right else "left", no_wrap=True, overflow="ellipsis")
    for each in found.candidates:
        counts = (f"{each.flagged}", f"{each.clear}", f"{each.ratio:,.0f}", f"{each.p:.0e}")
        drawn.add_row(Text(each.text), each.category, *counts, Text(each.examples[0].title))
    out.print(drawn)
    out.print(
        f"{len(found.candidates)} of {found.strings:,} strings, in {found.flagged:,} flagged and"
        f" {found.clear:,} clear texts"
    )


@app.command(epilog=example("jargonwatch lexicon apply", "jargonwatch lexicon apply my-patch.yaml"))
def apply(
    patches: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATCH...]", help="Else all that wait in data/lexicon-patches/."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write patches into the workspace's lexicon: new terms, and new forms of terms.

    All of them or, where one has a mistake, none. Comments and order of the files stay. What was applied
    goes into data/lexicon-patches/applied/.
    """
    from crawler.config import load_workspace
    from pipelines.lexicon.patches import FOLDER, apply_patches

    loaded = load_workspace(workspace)
    folder = loaded.data_dir / FOLDER
    paths = patches or sorted(folder.glob("*.yaml"))
    if not paths:
        out.print(f"{folder}: no patch waits", markup=False, soft_wrap=True)
        return
    for file in apply_patches(loaded.lexicon_dir, paths):
        out.print(f"changed {file}", markup=False, soft_wrap=True)
    for path in paths:
        if path.parent == folder:
            (folder / "applied").mkdir(exist_ok=True)
            path.rename(folder / "applied" / path.name)
    out.print(f"{len(paths)} patches applied; to judge what is stored by them: jargonwatch reanalyze")
