"""What a source file with `kind: feed` says on top: the files to read, or the token of an API."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from pipelines.lexicon.schema import Strict
from spiders.mistakes import MistakeAtError
from spiders.rules import Fields, spell_out_columns
from spiders.scalars import Duration

FileFormat = Literal["jsonl", "csv", "parquet", "excel"]

ENDINGS: Final[dict[str, FileFormat]] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet",
    ".xlsx": "excel", ".xlsm": "excel", ".xlsb": "excel", ".xls": "excel", ".ods": "excel",
}  # fmt: skip
"""The format of a file by how its name ends, where the source file states none."""
ROW_PLACES: Final = ("column", "json", "query", "address", "value")
"""Where a rule may look in a row of a file."""


class Token(Strict):
    """The token that an API asks for. It stands in the environment, never in the source file."""

    variable: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] = Field(
        description="the environment variable that holds it, as PARTNER_TOKEN"
    )
    header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")] = "Authorization"
    prefix: str = Field(default="Bearer ", description="what stands before the token in the header")


class Files(Strict):
    """Files in a folder, each read once."""

    folder: str = Field(min_length=1, description="where they are put; relative to the workspace")
    match: str = Field(default="*", description='only files with such a name, as "*.csv"')
    format: FileFormat | None = Field(default=None, description="where the name's ending does not say it")
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = Field(
        default=None, description="between the columns of CSV; a tab in .tsv, else a comma"
    )
    sheet: str | None = Field(default=None, description="of an Excel file; else the first one")
    settled_after: Duration = Field(
        default=60.0, description="a file changed more lately is still being written, and waits"
    )
    fields: Fields

    _short_forms = model_validator(mode="before")(spell_out_columns)

    @model_validator(mode="after")
    def _fits_rows(self) -> Files:
        for name, chain in self.fields.named().items():
            for place, rule in enumerate(chain):
                here: tuple[str | int, ...] = ("fields", *name.split("."), place)
                if rule.place not in ROW_PLACES:
                    raise MistakeAtError(f"{rule.place} does not work in files", *here, rule.place)
                if rule.scope == "page":
                    raise MistakeAtError("a row has no page around it", *here, "scope")
        return self

    def format_of(self, name: str) -> FileFormat | None:
        """The format of a file; None where neither the source file nor the name says it."""
        return self.format or ENDINGS.get(PurePath(name).suffix.lower())
