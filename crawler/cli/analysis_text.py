"""Analyses for people: a listing in a few lines, a saved page as tables. Personal data is masked."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.masking import mask_analyzed
from pipelines.records import Listing

if TYPE_CHECKING:
    from rich.console import Console

    from pipelines.records import Analysis, Hit, Price, Signal

VERDICT_STYLES: Final = {"flagged": "bold red", "watch": "yellow", "clear": "green"}

_CONTEXT: Final = 12


def print_listing(console: Console, listing: Listing, analysis: Analysis, key: bytes) -> None:
    """Verdict and title in a line, then the hits and the reasons."""
    masked = mask_analyzed(listing, analysis, key)
    console.print(
        verdict_line(masked.analysis, masked.listing.title or masked.listing.description), soft_wrap=True
    )
    for hit in masked.analysis.hits:
        where = f"{hit.field} {hit.start}–{hit.end}"
        because = f" ({', '.join(hit.because)})" if hit.because else ""
        console.print(
            f"  [cyan]{escape(hit.term)}[/cyan] {hit.category}, written {escape(hit.surface)!r} in {where}, "
            f"{hit.disguise}, {hit.standing}{escape(because)}",
            soft_wrap=True,
        )
    for reason in masked.analysis.reasons:
        console.print(f"  [dim]{reason.points:+.2f} {escape(reason.en)}[/dim]", soft_wrap=True)


def verdict_line(analysis: Analysis, text: str) -> Text:
    """`flagged 0.82 bankcard: the text`."""
    style = VERDICT_STYLES[analysis.verdict]
    head = Text(f"{analysis.verdict} {analysis.score:.2f}", style=style)
    if analysis.category:
        head.append(f" {analysis.category}", style="default")
    return head.append(f": {text}", style="default")


@dataclass(frozen=True, slots=True)
class Places:
    """Line and column (both from 1) of positions in a text."""

    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Places:
        return cls((0, *accumulate(len(line) for line in text.splitlines(keepends=True))))

    def at(self, position: int) -> str:
        """`line:column` of a position."""
        line = bisect_right(self.starts, position)
        return f"{line}:{position - self.starts[line - 1] + 1}"


def page_tables(text: str, analysis: Analysis, key: bytes) -> list[Table]:
    """The terms, prices and signals of a page: all their places, and the words around the first.

    Lines and columns are those of the page's text; what is shown of it is cut from the masked text, so
    that no half of a number stays in sight. Excused hits are left out.
    """
    page = Listing("page", "", "", title="", description=text, seen_at=datetime.now(UTC))
    masked = mask_analyzed(page, analysis, key)
    terms = _Finds("Terms", ("term", "category"))
    for hit, shown in zip(analysis.hits, masked.analysis.hits, strict=True):
        if hit.standing != "excused":
            terms.add((hit.term, hit.category), hit.start, shown)
    prices = _Finds("Prices and quantities", ("amount", "unit", "quantity"))
    for price, shown_price in zip(analysis.prices, masked.analysis.prices, strict=True):
        amount = f"{price.amount:g} {price.currency or ''}".rstrip() if price.amount is not None else ""
        quantity = f"{price.quantity:g}" if price.quantity is not None else ""
        prices.add((amount, price.unit or "", quantity), price.start, shown_price)
    signals = _Finds("Contacts and phrases", ("kind", "name"))
    for signal, shown_signal in zip(analysis.signals, masked.analysis.signals, strict=True):
        signals.add((signal.kind, signal.name), signal.start, shown_signal)
    places = Places.of(text)
    return [
        found.table(places, masked.listing.description) for found in (terms, prices, signals) if found.rows
    ]


class _Finds:
    """What was found of one kind: equal finds share a row."""

    def __init__(self, title: str, columns: tuple[str, ...]) -> None:
        self.title, self.columns = title, columns
        self.rows: dict[tuple[str, ...], tuple[list[int], Hit | Price | Signal]] = {}

    def add(self, cells: tuple[str, ...], start: int, shown: Hit | Price | Signal) -> None:
        """Note one find: the cells of its row, where it starts, and how it stands in the masked text."""
        self.rows.setdefault(cells, ([], shown))[0].append(start)

    def table(self, places: Places, shown_text: str) -> Table:
        """A row a find, in the order of the page."""
        table = Table(
            title=self.title,
            title_justify="left",
            title_style="bold",
            box=None,
            pad_edge=False,
            header_style="dim",
        )
        for column in self.columns:
            table.add_column(column)
        table.add_column("line:column", overflow="fold", ratio=1)
        table.add_column("first in", overflow="fold", ratio=1)
        for cells, (starts, shown) in self.rows.items():
            where = ", ".join(places.at(start) for start in starts)
            table.add_row(*cells, where, _surroundings(shown_text, shown))
        return table


def _surroundings(text: str, found: Hit | Price | Signal) -> Text:
    before = text[max(found.start - _CONTEXT, 0) : found.start]
    after = text[found.end : found.end + _CONTEXT]
    inside = text[found.start : found.end]
    return Text.assemble(_one_line(before), (_one_line(inside), "bold"), _one_line(after))


def _one_line(text: str) -> str:
    return " ".join(text.split())
