"""`jargonwatch sources …`: the files that say what is crawled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.terminal import WorkspaceOption, err, example, out
from crawler.config import load_workspace
from crawler.errors import ConfigError

app = typer.Typer(
    help="Check the source files, one a marketplace.",
    no_args_is_help=True,
    epilog=example("jargonwatch sources check"),
)


@app.command(epilog=example("jargonwatch sources check", "jargonwatch sources check sources/market.yaml"))
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE…]", help="Source files; else all of the workspace.", show_default=False
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Read source files and name every mistake by file, line and key."""
    from spiders.contract import load_source
    from spiders.errors import SourceError

    paths = list(files or sorted(load_workspace(workspace).sources_dir.glob("*.yaml")))
    if not paths:
        raise ConfigError(
            "there is no source file (*.yaml) yet; copy the example beside them and fill it in",
            file=load_workspace(workspace).sources_dir,
        )
    wrong = 0
    names: dict[str, Path] = {}
    for path in paths:
        try:
            source = load_source(path)
        except SourceError as error:
            err.print(str(error), markup=False, soft_wrap=True)
            wrong += 1
            continue
        if source.name in names:
            err.print(
                f"{path}: name: {source.name} is the name of {names[source.name]} too",
                markup=False,
                soft_wrap=True,
            )
            wrong += 1
            continue
        names[source.name] = path
        ways = ", ".join(dict.fromkeys(way.kind for way in source.start))
        out.print(
            f"{path}: {source.name} ({source.platform}, {source.render}): {ways}",
            markup=False,
            soft_wrap=True,
        )
    if wrong:
        raise ConfigError(f"{wrong} of {len(paths)} source files have mistakes")
