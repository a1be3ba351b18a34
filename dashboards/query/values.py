"""The values behind a field: days, amounts, words of a known list."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal
from unicodedata import normalize

from babel.numbers import list_currencies

from dashboards.query.catalogue import closest
from dashboards.query.errors import QueryError
from pipelines.store.query import Priced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.store.query import Comparison

Edge = Literal["since", "until"]

_DATE: Final = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?", re.ASCII)
_AGO: Final = re.compile(r"(\d{1,4})([dwmy])", re.ASCII)
_AMOUNT: Final = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]{3,4})?", re.ASCII)
_DATE_FORMS: Final = "write 2025-01-31, 2025-01, 2025, today, yesterday or 30d (also w, m, y)"
_MONTHS: Final = {"m": 1, "y": 12}
_OPS: Final[dict[str, Comparison]] = {
    "<": "<", ">": ">", "=": "=", "<=": "<=", ">=": ">=", "≤": "<=", "≥": ">="
}  # fmt: skip


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """The codes of ISO 4217, and USDT."""
    return frozenset({*list_currencies(), "USDT"})


def one_of(field: str, value: str, known: Sequence[str], position: int) -> str:
    """A value of a closed list, whatever its case."""
    folded = normalize("NFKC", value).casefold()
    found = next((each for each in known if each.casefold() == folded), None)
    if found is None:
        raise QueryError(
            f"unknown {field} '{value}'",
            position=position,
            suggestion=closest(folded, known),
            advice=f"known are {', '.join(known)}",
        )
    return found


def day(edge: Edge, value: str, position: int, today: date) -> date:
    """A day as written: whole, as a month or year whose first or last day is meant, or counted back."""
    plain = normalize("NFKC", value).casefold()
    try:
        if plain in ("today", "yesterday"):
            return today - timedelta(days=plain == "yesterday")
        if ago := _AGO.fullmatch(plain):
            return _before(today, int(ago[1]), ago[2])
        if found := _DATE.fullmatch(plain):
            return _date(edge, found)
    except (ValueError, OverflowError):
        pass
    raise QueryError(f"'{value}' is no date", position=position, advice=_DATE_FORMS)


def priced(operator: str, value: str, position: int) -> Priced:
    """An amount, and the currency behind it if it isn't CNY."""
    found = _AMOUNT.fullmatch(normalize("NFKC", value).replace(",", ""))
    if not found:
        raise QueryError(
            f"'{value}' is no amount", position=position, advice="write price<100 or price<100USD"
        )
    currency = (found[2] or "CNY").upper()
    if currency not in currencies():
        raise QueryError(
            f"unknown currency '{found[2]}'",
            position=position + len(found[1]),
            advice="write its ISO code, as USD",
        )
    return Priced(_OPS[normalize("NFKC", operator)], float(found[1]), currency)


def _before(today: date, count: int, unit: str) -> date:
    if unit in _MONTHS:
        month = today.year * 12 + today.month - 1 - count * _MONTHS[unit]
        year, index = divmod(month, 12)
        return date(year, index + 1, min(today.day, monthrange(year, index + 1)[1]))
    return today - timedelta(days=count * (7 if unit == "w" else 1))


def _date(edge: Edge, found: re.Match[str]) -> date:
    year, month, day_of_month = (int(part) if part else None for part in found.groups())
    assert year is not None  # noqa: S101 - the pattern has it
    if month is None:
        month = 1 if edge == "since" else 12
    if day_of_month is None:
        day_of_month = 1 if edge == "since" else monthrange(year, month)[1]
    return date(year, month, day_of_month)
