"""The one shape of an answer: columns, rows, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal

from dashboards.research.errors import ResearchError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from dashboards.research.basis import Basis

Kind = Literal["text", "whole", "number", "date", "time", "texts"]
"""`texts` is a list of texts; `time` is UTC."""

type Value = str | int | float | date | datetime | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `meaning` says what it holds, with its unit."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class Table:
    """Rows of values in the order of the columns.

    `query` is the text of the query behind it, `cursor` leads to further rows and is None where there are
    none, `notes` are what a reader must know to read it rightly.
    """

    question: str
    query: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    basis: Basis
    cursor: str | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def records(self) -> list[dict[str, Value]]:
        """Each row by the names of its columns."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def polars(self) -> pl.DataFrame:
        """The rows as a Polars frame."""
        import polars as pl

        kinds: dict[Kind, pl.DataType | type[pl.DataType]] = {
            "text": pl.String,
            "whole": pl.Int64,
            "number": pl.Float64,
            "date": pl.Date,
            "time": pl.Datetime("us", "UTC"),
            "texts": pl.List(pl.String),
        }
        schema = {column.name: kinds[column.kind] for column in self.columns}
        rows = [[list(value) if isinstance(value, tuple) else value for value in row] for row in self.rows]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def pandas(self) -> pd.DataFrame:
        """The rows as a pandas frame; pandas must be installed (`ResearchError` otherwise)."""
        if find_spec("pandas") is None:
            raise ResearchError("pandas is not installed; pip install pandas, or ask for polars()")
        import pandas as pd

        frame = pd.DataFrame(self.records(), columns=[column.name for column in self.columns])
        for column in self.columns:
            if dtype := _PANDAS.get(column.kind):
                frame[column.name] = frame[column.name].astype(dtype)
            elif column.kind in ("date", "time"):
                frame[column.name] = pd.to_datetime(frame[column.name], utc=column.kind == "time")
        return frame


_PANDAS: Final[dict[Kind, str]] = {"text": "string", "whole": "Int64", "number": "Float64"}
