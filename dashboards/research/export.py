"""Answers as files, each with a manifest by which a figure in a paper can be made again."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import os
import sys
from datetime import date, datetime
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from dashboards.research.errors import ExportError, ResearchError

if TYPE_CHECKING:
    from pathlib import Path

    from dashboards.research.table import Table, Value

Form = Literal["csv", "jsonl", "parquet"]

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it, Excel reads Chinese as something else."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_text(table: Table, form: Form, stream: IO[str]) -> None:
    """Write a table as CSV or JSON Lines."""
    if form == "csv":
        _write_csv(table, stream)
    elif form == "jsonl":
        for record in table.records():
            stream.write(json.dumps(record, ensure_ascii=False, default=_plain) + "\n")
    else:
        raise ResearchError("Parquet is no text; name a file to write it to")


def export(table: Table, path: Path, form: Form, *, asked_by: str) -> Path:
    """Write a table to a file and its manifest beside it; the manifest's path.

    Both are written aside and then moved into place, so that there is never half of one. Raises
    `ExportError` where the file cannot be written.
    """
    manifest_path = path.with_name(path.name + ".manifest.json")
    aside = path.with_name(path.name + ".part")
    try:
        _write(table, aside, form)
        with aside.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        manifest = manifest_of(table, path.name, form, digest, asked_by=asked_by)
        aside.replace(path)
        aside.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        aside.replace(manifest_path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise ExportError(f"cannot be written ({error.strerror}); name another file", file=path) from error
    return manifest_path


def manifest_of(table: Table, file: str, form: Form, sha256: str, *, asked_by: str) -> dict[str, Any]:
    """What was asked, when, of which store, and what came out, as JSON."""
    return {
        "file": file,
        "format": form,
        "sha256": sha256,
        "rows": len(table),
        "question": table.question,
        "query": table.query,
        "asked_by": asked_by,
        "more_rows": table.cursor is not None,
        "notes": list(table.notes),
        "columns": {column.name: column.meaning for column in table.columns},
        "jargonwatch": version("jargonwatch"),
        **_jsonable(dataclasses.asdict(table.basis)),
    }


def _write(table: Table, path: Path, form: Form) -> None:
    if form == "parquet":
        table.polars().write_parquet(path)
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_text(table, form, stream)
        stream.flush()
        os.fsync(stream.fileno())


def _write_csv(table: Table, stream: IO[str]) -> None:
    if stream is not sys.stdout:
        stream.write(BYTE_ORDER_MARK)
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    stream.write(written.getvalue())


def _cell(value: Value) -> str | int | float:
    """A value as a spreadsheet may hold it: a text that it would run as a formula gets a `'` before it."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = " ".join(value) if isinstance(value, tuple) else _plain(value)
    return f"'{text}" if text.lstrip(" \u3000").startswith(_FORMULA) else text


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _jsonable(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False, default=_plain))
