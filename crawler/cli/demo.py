"""`jargonwatch demo`: a marketplace on this machine to try everything on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from crawler.cli.crawl import crawling, print_summaries, require_done
from crawler.cli.report import print_report
from crawler.cli.terminal import err, out

if TYPE_CHECKING:
    from crawler.demo import Demo

FOLDER: Final = Path("demo-workspace")
SHOWN: Final = 5
"""Flagged listings in the report of a first run."""


def demo(
    listings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Sell the listings of a JSON Lines file instead of made-up ones.",
            show_default=False,
        ),
    ] = None,
    crawl: Annotated[
        bool, typer.Option("--crawl", help="Crawl the marketplace, print the report, and end.")
    ] = False,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            "-w",
            metavar="DIR",
            help="Where --crawl keeps its data; else demo-workspace, or demo-NAME for NAME.jsonl.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1024, max=65533, help="The first of three ports; else 8750, or any that are free."),
    ] = None,
) -> None:
    """Serve the demo marketplace on this machine until Ctrl-C, or crawl it once from end to end."""
    from crawler.demo import serve
    from crawler.first_run import crawl_demo, demo_ports

    if not crawl:
        ports = demo_ports(port)
        serve(listings, ports.start if ports else None, ready=say_where)
        return
    folder = workspace or (Path(f"demo-{listings.stem}") if listings else FOLDER)
    err.print("crawling the demo marketplace on this machine", style="dim")
    with crawling() as progress:
        made, summaries = crawl_demo(folder, listings=listings, port=port, progress=progress)
    print_summaries(summaries)
    require_done(summaries)
    out.print()
    print_report(made, listings=SHOWN)
    out.print("\n[bold]Where to look next[/bold]")
    for command, meaning in (
        (
            f"jargonwatch report --workspace {folder}",
            "this report with more listings; --language zh, --format json",
        ),
        ("jargonwatch demo", "the marketplace itself, to look at in a browser"),
        ("jargonwatch init DIR", "a workspace for your own sources"),
    ):
        out.print(f"  [cyan]{command}[/cyan]  {meaning}", soft_wrap=True)


def say_where(running: Demo) -> None:
    """Print the addresses of the platforms."""
    for site in running.platforms.values():
        out.print(f"{site.name}  [cyan]{site.url}[/cyan]")
    if running.dropped:
        err.print(f"{running.dropped} characters that no page can carry were left out")
    err.print("serving until Ctrl-C", style="dim")
