"""A JSONL file of listings, read for the demo marketplace to serve."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawler.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_UNCARRIED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What no HTML page or XML feed can carry, not even as a character reference."""


class Row(BaseModel):
    """One line of the file. Keys that the demo does not show are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    id: str = Field(min_length=1)
    title: str = ""
    description: str = ""
    price: float | str | None = None
    platform: str | None = None
    source: str | None = None

    @property
    def written_price(self) -> str | None:
        """The price as the pages show it: a number behind ¥ with every digit it has, a text as it is."""
        return write_price(self.price)


def write_price(price: float | str | None) -> str | None:
    """A number as ¥359 or ¥62.51, without an exponent, so that reading it back gives the same number."""
    if price is None or isinstance(price, str):
        return price
    written = format(Decimal(repr(float(price))), "f")
    return "¥" + (written.rstrip("0").rstrip(".") if "." in written else written)


def read_listings(path: Path) -> tuple[list[Row], int]:
    """The rows of a JSONL file, and how many characters no page can carry were dropped from them.

    Raises `ConfigError` naming the line: a file that cannot be read, a line that is no JSON object with an
    id, an id that stands twice.
    """
    rows: dict[str, Row] = {}
    lines: dict[str, int] = {}
    dropped = 0
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read as UTF-8 text: {error}", file=path) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        cleaned, lost = _clean(_parse(path, number, line))
        dropped += lost
        try:
            row = Row.model_validate(cleaned)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ConfigError(f"{key or 'listing'}: {first['msg']}", file=path, line=number) from error
        if row.id in rows:
            raise ConfigError(
                f"id {row.id} stands on line {lines[row.id]} too; ids must be unique", file=path, line=number
            )
        rows[row.id] = row
        lines[row.id] = number
    if not rows:
        raise ConfigError("has no listing; write one JSON object a line", file=path)
    return list(rows.values()), dropped


def _parse(path: Path, number: int, line: str) -> object:
    try:
        return json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"is not JSON: {error}", file=path, line=number) from error


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no number in JSON")


def _clean(value: object) -> tuple[object, int]:
    """Nulls left out, so that defaults hold, and every text freed of what cannot be carried."""
    if not isinstance(value, dict):
        return value, 0
    cleaned: dict[str, Any] = {}
    dropped = 0
    for key, part in value.items():
        if isinstance(part, str):
            cleaned[key], lost = _UNCARRIED.subn("", part)
            dropped += lost
        elif part is not None:
            cleaned[key] = part
    return cleaned, dropped
