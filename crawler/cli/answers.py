"""How answers are shown and where they go: on the screen, to standard output, to a file with its manifest."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer
from rich.cells import cell_len
from rich.table import Table as Grid
from rich.text import Text

from crawler.asking import Place, user_name
from crawler.cli.terminal import err, out
from crawler.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboards.research.table import Column, Kind, Table, Value


class Form(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


PlaceOption = Annotated[
    Place, typer.Option("--from", help="Which store answers; both answer alike.", case_sensitive=False)
]
FormOption = Annotated[
    Form | None,
    typer.Option(
        "--format",
        help="How to write the answer; else as the file's name ends, else a table to read.",
        show_default=False,
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to a file, with a manifest beside it."),
]

_ENDINGS: Final = {".csv": Form.CSV, ".jsonl": Form.JSONL, ".parquet": Form.PARQUET}
_RIGHT: Final[frozenset[Kind]] = frozenset({"whole", "number"})
_WIDEST: Final = 24
"""Characters of a column that are shown in any case."""
_SHOWN: Final = 3
"""Texts of a list that are shown."""
_NARROW: Final = 12
"""Ids of listings and sellers are shown so far; they are whole in every file."""


def deliver(
    table: Table,
    form: Form | None,
    output: Path | None,
    *,
    timezone: str,
    show: Callable[[Table], object] | None = None,
    columns: Sequence[str] = (),
) -> None:
    """Show a table, or write it where it was asked for. `show` draws what isn't a plain grid."""
    chosen = form or (_ENDINGS.get(output.suffix.lower()) if output else None)
    if output is not None:
        if chosen is None or chosen is Form.TABLE:
            raise ConfigError(f"{output}: how is it to be written? end the name in {', '.join(_ENDINGS)}")
        _export(table, chosen, output)
    elif chosen is None or chosen is Form.TABLE:
        out.print(show(table) if show else grid(table, timezone, columns))
        tell_basis(table)
    else:
        _print(table, chosen)


def grid(table: Table, timezone: str, names: Sequence[str] = ()) -> Grid:
    """A table as a grid of the terminal, of all its columns or those named."""
    drawn = Grid(box=None, header_style="bold", pad_edge=False)
    shown = [(i, c) for i, c in enumerate(table.columns) if not names or c.name in names]
    zone = ZoneInfo(timezone)
    cells = [[cell(row[i], column, zone) for i, column in shown] for row in table.rows]
    for place, (_, column) in enumerate(shown):
        longest = max((cell_len(row[place]) for row in cells), default=0)
        words = column.name.split("_")
        drawn.add_column(
            " ".join(words),
            justify="right" if column.kind in _RIGHT else "left",
            no_wrap=column.kind not in _RIGHT,
            overflow="ellipsis",
            max_width=_WIDEST if column.kind == "texts" else None,
            min_width=None if column.kind == "texts" else min(max(longest, *map(len, words)), _WIDEST),
        )
    for row in cells:
        drawn.add_row(*map(Text, row))
    return drawn


def cell(value: Value, column: Column, zone: ZoneInfo) -> str:
    """A value as people read it; times in their own zone."""
    match value:
        case None:
            return ""
        case float():
            return _number(value)
        case int():
            return f"{value:,}"
        case datetime():
            return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case tuple():
            more = len(value) - _SHOWN
            return ", ".join(value[:_SHOWN]) + (f" +{more}" if more > 0 else "")
    return value[:_NARROW] if column.name in ("listing_id", "seller") else value


def tell_basis(table: Table) -> None:
    """Say on standard error what an answer rests on, and where it goes on."""
    if not table.rows:
        err.print("nothing matches")
    for line in (*table.notes, *table.basis.describe()):
        err.print(Text(line, style="dim"))
    if table.cursor:
        err.print(Text(f"there is more: --cursor {table.cursor}", style="dim"), soft_wrap=True)


def _number(value: float) -> str:
    if value != 0 and abs(value) < 0.001:
        return f"{value:.0e}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def _export(table: Table, form: Form, output: Path) -> None:
    from dashboards.research.export import export

    manifest = export(table, output, form.value, asked_by=user_name())  # type: ignore[arg-type]
    err.print(Text(f"{len(table):,} rows in {output}, how they came about in {manifest}"), soft_wrap=True)
    if table.cursor:
        err.print(Text(f"more match than were asked for (--limit): --cursor {table.cursor}"), soft_wrap=True)


def _print(table: Table, form: Form) -> None:
    from dashboards.research.export import write_text

    if form is Form.PARQUET:
        raise ConfigError("Parquet is no text; add --output FILE.parquet")
    write_text(table, form.value, sys.stdout)  # type: ignore[arg-type]
    sys.stdout.flush()


def print_json(value: object) -> None:
    """A value as JSON on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
