"""The rows that a feed gave in vain, kept with their reasons beside the log of the run."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pipelines.masking import mask_text, pseudonym
from pipelines.masking.url import mask_url
from pipelines.records import Money

if TYPE_CHECKING:
    from pathlib import Path

    from spiders.assembly import Values

KEPT: Final = 10_000
"""Rows of one run. All are counted."""
TOLD: Final = 3
"""Rows whose reasons are told at once."""


class Refusals:
    """A JSON object a row: `place`, `reason`, and what was read of its fields, personal data masked.

    The file begins with the first row that is refused. Without a path nothing is kept.
    """

    def __init__(self, path: Path | None, platform: str, key: bytes) -> None:
        self._path, self._platform, self._key = path, platform, key
        self.count = 0
        self._first: list[str] = []

    def add(self, place: str, reason: str, values: Values) -> None:
        """Keep a row. `values` are the fields that were read, as far as it came to that."""
        self.count += 1
        reason = mask_text(reason, self._key).text
        if self.count <= TOLD:
            self._first.append(f"{place}: {reason}")
        if self._path is None or self.count > KEPT:
            return
        record = {"place": place, "reason": reason, "fields": self._masked(values)}
        with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def told(self) -> list[str]:
        """What to say of them at the end of a run: the first reasons, how many, and where they are."""
        if not self.count:
            return []
        what, whose = (
            ("1 row was", "its reason") if self.count == 1 else (f"{self.count} rows were", "their reasons")
        )
        where = f"; with {whose} in {self._path}" if self._path else ""
        kept = f" (the first {KEPT} of them)" if where and self.count > KEPT else ""
        return [*self._first, f"{what} refused{where}{kept}"]

    def _masked(self, values: Values) -> dict[str, str]:
        sellers: dict[str, str] = {}
        if (name := values.get("seller_name")) is not None:
            sellers[str(name)] = pseudonym("name", str(name), self._key)
        if (seller := values.get("seller_id")) is not None:
            sellers[str(seller)] = pseudonym(self._platform, str(seller), self._key)
        masked: dict[str, str] = {}
        for field, value in values.items():
            text = _text(value)
            if field == "url":
                masked[field] = mask_url(text, self._key, sellers)
            else:
                masked[field] = sellers.get(text) or mask_text(text, self._key).text
        return masked


def _text(value: object) -> str:
    if isinstance(value, Money):
        return f"{value.amount:g} {value.currency}"
    return value.isoformat() if isinstance(value, datetime) else str(value)
