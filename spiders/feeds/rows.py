"""The rows of a feed's files: JSON Lines, CSV, Parquet, Excel. One row at a time, or a small batch of them.

A formula is data here: CSV keeps it as it is written, of an Excel file its last value is read.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Final

from spiders.errors import FileError
from spiders.feeds.texts import LONGEST_LINE, encoding_of, lines_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from spiders.feeds.declaration import Files
    from spiders.rules import Chain

BATCH: Final = 10_000
"""Rows of a Parquet file that are in memory at once, besides what it takes to unpack them."""
EXCEL_MB: Final = 64
EXCEL_UNPACKED_MB: Final = 512
"""An Excel file can only be read whole; what is larger has to come as CSV or Parquet."""

_MB: Final = 1024 * 1024
_HALF_CHARACTER: Final = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its data, or what is wrong with it.

    `number` is that of the line (JSON Lines, CSV) or of the row with the header as 1 (Parquet, Excel).
    `share` of the file was read with it.
    """

    number: int
    data: Mapping[str, Any] | None
    share: float
    problem: str = ""


def read_rows(path: Path, files: Files, encoding: str | None) -> Iterator[Row]:
    """The rows of a file as the source file describes it; empty ones are left out.

    Raises `FileError` for a file that is something else, or lacks a column that every listing needs.
    """
    match files.format_of(path.name):
        case "jsonl":
            yield from _json_lines(path, encoding_of(path, encoding))
        case "csv":
            yield from _csv(path, files, encoding_of(path, encoding))
        case "parquet":
            yield from _parquet(path, files)
        case "excel":
            yield from _excel(path, files)
        case None:
            raise FileError(f"{path.name}: its name does not say what it is; state files.format")


def _json_lines(path: Path, encoding: str) -> Iterator[Row]:
    size = path.stat().st_size
    with path.open("rb") as file, TextIOWrapper(file, encoding, newline="\n") as stream:
        for number, line in enumerate(lines_of(stream), 1):
            share = file.tell() / size
            if line is None:
                yield Row(number, None, share, f"the line is longer than {LONGEST_LINE:,} characters")
            elif line.strip():
                yield _json_row(number, line, share)


def _json_row(number: int, line: str, share: float) -> Row:
    try:
        data = json.loads(line.rstrip(), parse_constant=_nothing)
        if _HALF_CHARACTER.search(line):  # half a character can neither be analysed nor stored
            data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        where = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        return Row(number, None, share, f"is not JSON{where}")
    if not isinstance(data, dict):
        return Row(number, None, share, "is not a JSON object")
    return Row(number, data, share)


def _nothing(_constant: str) -> None:
    """NaN and Infinity are no values."""


def _csv(path: Path, files: Files, encoding: str) -> Iterator[Row]:
    size = path.stat().st_size
    delimiter = files.delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")
    with path.open("rb") as file, TextIOWrapper(file, encoding, newline="") as stream:
        reader = csv.reader(_csv_lines(path, lines_of(stream)), delimiter=delimiter)
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, files, header)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(reader.line_num, None, file.tell() / size, f"is not CSV: {error}")
                continue
            if cells:
                yield _csv_row(reader.line_num, header, cells, file.tell() / size)


def _csv_lines(path: Path, lines: Iterator[str | None]) -> Iterator[str]:
    for line in lines:
        if line is None:
            raise FileError(f"{path.name}: a line is longer than {LONGEST_LINE:,} characters; it is not CSV")
        yield line


def _csv_row(number: int, header: list[str], cells: list[str], share: float) -> Row:
    if len(cells) != len(header):
        return Row(number, None, share, f"has {len(cells)} columns, the first line {len(header)}")
    return Row(number, dict(zip(header, cells, strict=True)), share)


def _parquet(path: Path, files: Files) -> Iterator[Row]:
    import polars as pl

    try:
        table = pl.scan_parquet(path, glob=False)
        names = table.collect_schema().names()
        _check_header(path, files, names)
        total = table.select(pl.len()).collect().item()
        if (wanted := _columns(files)) is not None:
            table = table.select(name for name in names if name in wanted)
        for start in range(0, total, BATCH):  # a query that streams would hold all row groups at once
            batch = table.slice(start, BATCH).collect()
            for number, data in enumerate(batch.iter_rows(named=True), start + 2):
                yield Row(number, data, (number - 1) / total)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise FileError(f"{path.name}: cannot be read as Parquet ({_first_line(error)})") from error


def _excel(path: Path, files: Files) -> Iterator[Row]:
    import fastexcel

    _check_size(path)
    try:
        book = fastexcel.read_excel(str(path))
        if files.sheet is not None and files.sheet not in book.sheet_names:
            raise FileError(f"{path.name}: has no sheet {files.sheet!r}, but {', '.join(book.sheet_names)}")
        table = book.load_sheet(files.sheet or 0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise FileError(f"{path.name}: cannot be read as Excel ({_first_line(error)})") from error
    _check_header(path, files, table.columns)
    for number, data in enumerate(table.iter_rows(named=True), 2):
        if any(cell is not None for cell in data.values()):
            yield Row(number, data, (number - 1) / table.height)


def _check_size(path: Path) -> None:
    """Raises `FileError` for an Excel file that is too large to read whole, packed or unpacked."""
    advice = "save it as CSV"
    if path.stat().st_size > EXCEL_MB * _MB:
        raise FileError(f"{path.name}: is larger than {EXCEL_MB} MB, too large for Excel; {advice}")
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > EXCEL_UNPACKED_MB * _MB:
                raise FileError(f"{path.name}: unpacks to more than {EXCEL_UNPACKED_MB} MB; {advice}")
            if (broken := parts.testzip()) is not None:  # also where a part lies about its size
                raise FileError(f"{path.name}: cannot be read as Excel ({broken} is damaged)")
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise FileError(f"{path.name}: cannot be read as Excel ({error})") from error


def _check_header(path: Path, files: Files, names: Collection[str]) -> None:
    """Raises `FileError` where a name stands twice, or the columns that every listing needs are missing."""
    seen: set[str] = set()
    for name in names:
        if name and name in seen:
            raise FileError(f"{path.name}: has two columns {name}")
        seen.add(name)
    identity = (*(files.fields.native_id or ()), *(files.fields.url or ()))
    for chain in (files.fields.title or (), identity):
        wanted = _named(chain)
        if wanted is not None and not wanted & seen:
            has = ", ".join(filter(None, names)) or "none"
            raise FileError(f"{path.name}: has no column {' or '.join(sorted(wanted))}; it has {has}")


def _named(chain: Chain) -> set[str] | None:
    """The columns that a chain looks into; None where it looks elsewhere too."""
    if not chain or any(rule.column is None for rule in chain):
        return None
    return {rule.column for rule in chain if rule.column is not None}


def _columns(files: Files) -> set[str] | None:
    """The columns that any rule looks into; None where a rule looks into all of a row."""
    rules = [rule for chain in files.fields.named().values() for rule in chain]
    if any(rule.place == "json" for rule in rules):
        return None
    return {rule.column for rule in rules if rule.column is not None}


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
