"""`jargonwatch sources …`: the files that say what is crawled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from crawler.cli.terminal import WorkspaceOption, err, example, out
from crawler.config import load_workspace
from crawler.errors import ConfigError, JobError

if TYPE_CHECKING:
    from crawler.config import Workspace
    from crawler.trial import FieldTrial, PageTrial

app = typer.Typer(
    help="Check and try the source files, one a marketplace.",
    no_args_is_help=True,
    epilog=example(
        "jargonwatch sources check", "jargonwatch sources try sources/market.yaml --keyword 四件套"
    ),
)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A source file.", show_default=False)]
FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE…]", help="Source files; else all of the workspace.", show_default=False),
]
KeywordOption = Annotated[
    str | None,
    typer.Option(metavar="WORD", help="Look at the search page of this word.", show_default=False),
]
UrlOption = Annotated[
    str | None, typer.Option(metavar="URL", help="Look at this list page.", show_default=False)
]


@app.command(epilog=example("jargonwatch sources check", "jargonwatch sources check sources/market.yaml"))
def check(
    files: FilesArgument = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Read source files and name every mistake by file, line and key."""
    from spiders.contract import load_source
    from spiders.errors import SourceError

    paths = list(files or source_files(load_workspace(workspace)))
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
        ways = ", ".join(dict.fromkeys(way.kind for way in source.start)) or "files"
        how = "feed" if source.kind == "feed" else source.render
        out.print(
            f"{path}: {source.name} ({source.platform}, {how}): {ways}",
            markup=False,
            soft_wrap=True,
        )
    if wrong:
        raise ConfigError(f"{wrong} of {len(paths)} source files have mistakes")


@app.command(
    name="try",
    epilog=example(
        "jargonwatch sources try sources/market.yaml --keyword 四件套",
        "jargonwatch sources try sources/market.yaml --page saved.html --url https://market.example/list?page=1",
    ),
)
def try_(
    file: FileArgument,
    keyword: KeywordOption = None,
    url: UrlOption = None,
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Try it on this saved page or export.", show_default=False),
    ] = None,
    listing: Annotated[bool, typer.Option("--listing", help="The saved page is a listing's own.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Fetch one list page and its first listing, and show which rule gave each field. Stores nothing.

    With --page no page is fetched: the file is tried on one that you have saved, or on the export of a feed.
    """
    from crawler.trial import try_page, try_source

    loaded = load_workspace(workspace)
    if page is None:
        trial = try_source(loaded, file, keyword=keyword, url=url)
    else:
        trial = try_page(file, page, url=url, listing=listing)
    for tried in trial.pages:
        print_page_trial(tried, loaded.masking_key())
    for problem in trial.problems:
        err.print(problem, markup=False, soft_wrap=True)
    if not trial.ok:
        raise JobError(f"{file}: not every rule holds on these pages")


def print_page_trial(page: PageTrial, key: bytes) -> None:
    """What the rules give on a page: the first listing, and how many listings have each field."""
    kind = {"list": "list page", "listing": "a listing's own page", "file": "file"}[page.kind]
    status = f" ({page.status})" if page.status is not None else ""
    out.print(f"[bold]{kind}[/bold] {escape(page.url)}{status}, {len(page.items)} listings", soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("field", "filled", "first value", "rule"):
        table.add_column(column, overflow="fold")
    for place, field in enumerate(page.items[0] if page.items else ()):
        filled = sum(item[place].value is not None for item in page.items)
        rules = Text("\n".join(f"not {failed}" for failed in field.failed), style="dim")
        if field.rule:
            rules.append(("\n" if field.failed else "") + field.rule, style="default")
        table.add_row(field.field, f"{filled}/{len(page.items)}", shown_value(field, key), rules)
    out.print(table)
    if page.next_url:
        out.print(f"next page: {escape(page.next_url)}", soft_wrap=True)
    for problem in page.problems:
        err.print(problem, markup=False, soft_wrap=True)
    out.print()


def shown_value(field: FieldTrial, key: bytes) -> Text:
    """A value with personal data masked; of a seller only that there is one."""
    from pipelines.masking import mask_text

    if field.value is None:
        return Text("nothing", style="yellow")
    if field.field.startswith("seller_"):
        return Text(f"{field.value[:1]}… ({len(field.value)} characters)")
    return Text(mask_text(field.value, key).text)


@app.command(epilog=example("jargonwatch sources record sources/market.yaml --keyword 四件套"))
def record(
    file: FileArgument,
    keyword: KeywordOption = None,
    url: UrlOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Keep a list page and its first listing as a fixture for `sources test`, personal data masked."""
    from crawler.fixtures import record_source

    out.print(str(record_source(load_workspace(workspace), file, keyword=keyword, url=url)), markup=False)


@app.command(name="test", epilog=example("jargonwatch sources test"))
def replay(files: FilesArgument = None, workspace: WorkspaceOption = None) -> None:
    """Replay the recorded pages without a network: do the rules still give what they gave?"""
    from crawler.fixtures import replay_fixtures

    loaded = load_workspace(workspace)
    results = replay_fixtures(loaded, list(files or source_files(loaded)))
    for result in results:
        out.print(
            f"{result.source} {result.fixture.name}: {'differs' if result.differences else 'as recorded'}"
        )
        for difference in result.differences:
            err.print(f"  {difference}", markup=False, soft_wrap=True)
    if not results:
        raise ConfigError(
            "there is no fixture yet; run: jargonwatch sources record FILE", file=loaded.sources_dir
        )
    if wrong := sum(bool(result.differences) for result in results):
        raise JobError(f"{wrong} of {len(results)} fixtures differ")


def source_files(workspace: Workspace) -> list[Path]:
    """The source files of a workspace; a `ConfigError` where there are none."""
    paths = sorted(workspace.sources_dir.glob("*.yaml"))
    if not paths:
        raise ConfigError(
            "there is no source file (*.yaml) yet; copy the example beside them and fill it in",
            file=workspace.sources_dir,
        )
    return paths
