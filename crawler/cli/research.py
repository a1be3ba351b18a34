"""`jargonwatch search`, `trend`, `prices`, `cooccur`, `compare`, `sellers`, `history`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Group
from rich.text import Text

from crawler.asking import Place, open_archive, saved_queries
from crawler.cli.answers import Form, FormOption, OutputOption, PlaceOption, deliver
from crawler.cli.terminal import WorkspaceOption
from crawler.config import Workspace, load_workspace
from crawler.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dashboards.research.table import Table
    from pipelines.records import Verdict
    from pipelines.store.answers import StoredListing


class OrderChoice(StrEnum):
    """How listings are sorted."""

    NEWEST = "newest"
    STRONGEST = "strongest"


class StepChoice(StrEnum):
    """How finely time is parted."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class VerdictChoice(StrEnum):
    """What the analysis made of a listing."""

    FLAGGED = "flagged"
    WATCH = "watch"
    CLEAR = "clear"


LIMIT: Final = 20
VERDICT_STYLES: Final = {"flagged": "bold red", "watch": "yellow", "clear": "green"}

QueryArgument = Annotated[
    str,
    typer.Argument(
        metavar="QUERY", help="As in docs/query.md; @NAME is a saved one. Nothing: all.", show_default=False
    ),
]
SinceOption = Annotated[
    str | None, typer.Option(help="The first day: 2025-01-31, 2025-01, 2025, 30d, 3m …", show_default=False)
]
UntilOption = Annotated[str | None, typer.Option(help="The last day, written alike.", show_default=False)]
PlatformOption = Annotated[
    list[str] | None,
    typer.Option("--platform", "-p", metavar="NAME", help="Only this platform; may be repeated."),
]
VerdictOption = Annotated[
    list[VerdictChoice] | None, typer.Option("--verdict", help="Only this verdict; may be repeated.")
]


def search(
    query: QueryArgument = "",
    order: Annotated[OrderChoice, typer.Option(help="By day, or by score.")] = OrderChoice.NEWEST,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"Listings at most; else {LIMIT}, and all of them into a file."),
    ] = None,
    cursor: Annotated[str | None, typer.Option(help="Go on where an answer ended.")] = None,
    concordance: Annotated[
        bool, typer.Option("--concordance", help="Show each term and word of the query in its context.")
    ] = False,
    place: PlaceOption = Place.EMBEDDED,
    form: FormOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Find listings by words, terms, platforms, sellers, prices and days."""
    from dashboards.research.archive import LONGEST_ANSWER

    loaded = load_workspace(workspace)
    count = limit or (LONGEST_ANSWER if output else LIMIT)
    with open_archive(loaded, place) as archive:
        text = saved_queries(loaded).expand(query)
        zone = loaded.config.timezone
        if concordance:
            if order is not OrderChoice.NEWEST:
                raise ConfigError("--concordance shows the newest listings; leave --order away")
            table = archive.concordance(text, limit=count, cursor=cursor)
            deliver(table, form, output, timezone=zone, show=_concordance)
        else:
            found = archive.find(text, order=order.value, limit=count, cursor=cursor)
            table = archive.tabulate(found)
            deliver(table, form, output, timezone=zone, show=lambda _: Group(*map(_listing, found.listings)))


def trend(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TERM...", help="Terms or categories; none: all listings.", show_default=False
        ),
    ] = None,
    by: Annotated[StepChoice, typer.Option(help="How finely time is parted.")] = StepChoice.DAY,
    since: SinceOption = None,
    until: UntilOption = None,
    platform: PlatformOption = None,
    verdict: VerdictOption = None,
    place: PlaceOption = Place.EMBEDDED,
    form: FormOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Count offers over time, as they are and per 1,000 crawled, so that crawling more is no trend."""
    loaded = load_workspace(workspace)
    with open_archive(loaded, place) as archive:
        found = archive.trend(
            *(names or ()),
            since=since,
            until=until,
            by=by.value,
            platforms=platform or (),
            verdicts=_verdicts(verdict),
        )
    _deliver(loaded, found, form, output, "step name offers crawled per_1000 days_covered days")


def prices(
    query: QueryArgument = "",
    by: Annotated[StepChoice, typer.Option(help="How finely time is parted.")] = StepChoice.MONTH,
    place: PlaceOption = Place.EMBEDDED,
    form: FormOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what matching listings ask, as quantiles over time by currency and unit."""
    loaded = load_workspace(workspace)
    with open_archive(loaded, place) as archive:
        found = archive.prices(saved_queries(loaded).expand(query), by=by.value)
    _deliver(loaded, found, form, output)


def cooccur(
    term: Annotated[str, typer.Argument(metavar="TERM", help="A term by id, name or form.")],
    since: SinceOption = None,
    until: UntilOption = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many terms.")] = LIMIT,
    place: PlaceOption = Place.EMBEDDED,
    form: FormOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the terms that stand in the same listings as a term."""
    loaded = load_workspace(workspace)
    with open_archive(loaded, place) as archive:
        found = archive.cooccurring(term, since=since, until=until, top=top)
    _deliver(loaded, found, form, output, "name both asked other share log_ratio p")


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A period: 2025-01..2025-03, or 2025-01.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    platform: PlatformOption = None,
    verdict: VerdictOption = None,
    top: Annotated[int, typer.Option(min=1, help="How many terms are shown; a file has all.")] = LIMIT,
    place: PlaceOption = Place.EMBEDDED,
    form: FormOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Compare two periods: which terms became more or less frequent, how much, and how surely."""
    loaded = load_workspace(workspace)
    with open_archive(loaded, place) as archive:
        found = archive.compare(
            *(_period(period) for period in (first, second)),
            platforms=platform or (),
            verdicts=_verdicts(verdict),
            top=None if output else top,
        )
    _deliver(loaded, found, form, output, "name offers_a offers_b per_1000_a per_1000_b log_ratio p")


def sellers(
    query: QueryArgument = "",
    top: Annotated[int, typer.Option(min=1, max=10_000, help="How many sellers.")] = LIMIT,
    place: PlaceOption = Place.EMBEDDED,
    form: FormOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the sellers (pseudonyms) of matching listings, those with the most flagged ones first."""
    loaded = load_workspace(workspace)
    with open_archive(loaded, place) as archive:
        found = archive.sellers(saved_queries(loaded).expand(query), top=top)
    _deliver(loaded, found, form, output)


def history(
    term: Annotated[str, typer.Argument(metavar="TERM", help="A term by id, name or form.")],
    place: PlaceOption = Place.EMBEDDED,
    form: FormOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Tell a term's history: first sight, peak, disguises, platforms, neighbours, since when it is known."""
    loaded = load_workspace(workspace)
    with open_archive(loaded, place) as archive:
        found = archive.history(term)
    _deliver(loaded, found, form, output)


def _deliver(
    workspace: Workspace, table: Table, form: Form | None, output: Path | None, columns: str = ""
) -> None:
    deliver(table, form, output, timezone=workspace.config.timezone, columns=columns.split())


def _verdicts(chosen: Sequence[VerdictChoice] | None) -> tuple[Verdict, ...]:
    return tuple(each.value for each in chosen or ())


def _period(text: str) -> tuple[str, str]:
    since, separator, until = text.partition("..")
    if not since or (separator and not until):
        raise ConfigError(f"{text!r} is no period; write 2025-01..2025-03, or 2025-01 for a month")
    return since, until or since


def _concordance(table: Table) -> Text:
    """Keywords under each other, what stands before them pushed against them."""
    from rich.cells import cell_len

    lines = Text(no_wrap=True, overflow="ellipsis")
    rows = table.records()
    width = max((cell_len(str(row["left"])) for row in rows), default=0)
    for row in rows:
        left = str(row["left"])
        lines.append(f"{row['offered']}  ", style="dim")
        lines.append(" " * (width - cell_len(left)) + left)
        lines.append(str(row["keyword"]), style="bold red" if row["term"] else "bold")
        lines.append(str(row["right"]))
        lines.append(f"  {row['term'] or ''} {row['disguise'] or ''}\n", style="dim")
    lines.rstrip()
    return lines


def _listing(stored: StoredListing) -> Text:
    from pipelines.store.answers import day_of

    listing, analysis = stored.listing, stored.analysis
    line = Text(f"{day_of(stored.current.offered_at)} ", style="dim", overflow="fold")
    line.append(f"{analysis.verdict} {analysis.score:.2f}", style=VERDICT_STYLES[analysis.verdict])
    price = listing.price
    asked = f" {price.amount:g} {price.currency}" if price else ""
    line.append(f" {listing.platform}{asked} {listing.listing_id}\n", style="not dim")
    title = Text("  " + listing.title, style="not dim")
    for hit in analysis.hits:
        if hit.field == "title":
            style = "dim" if hit.standing == "excused" else "bold red"
            title.stylize(style, hit.start + 2, hit.end + 2)
    return line.append_text(title)
