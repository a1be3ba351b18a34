"""The fields of the query language: the one list that the parser, the completion and the docs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from pipelines.records import CATEGORIES, DISGUISES, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

YES_NO: Final = ("yes", "no")
RELATIVE_DAYS: Final = ("today", "yesterday", "7d", "30d", "3m", "1y")


@dataclass(frozen=True, slots=True)
class Field:
    """A field: what it asks, an example of it, and its values where they are few and known."""

    name: str
    meaning: str
    example: str
    values: tuple[str, ...] = ()


_FIELDS: Final = (
    Field("term", "a term of the lexicon, by its id, its name or any other form of it", "term:四件套"),
    Field("category", "the category of the listing", "category:bankcard", CATEGORIES),
    Field("verdict", "what the analysis made of the listing", "verdict:flagged", get_args(Verdict)),
    Field("disguise", "how a term was disguised", "disguise:pinyin", DISGUISES),
    Field("platform", "the platform that the listing stands on", "platform:market-a"),
    Field("source", "the source that last saw the listing", "source:market-a"),
    Field("seller", "the seller, by pseudonym", "seller:0123456789ab"),
    Field("price", "the listing's own price, in CNY or in the currency behind it", "price<100USD"),
    Field("since", "offered on this day or later", "since:2025-01-01", RELATIVE_DAYS),
    Field("until", "offered on this day or earlier", "until:2025-03", RELATIVE_DAYS),
    Field("gone", "whether complete sweeps have missed the listing since", "gone:yes", YES_NO),
)
FIELDS: Final[Mapping[str, Field]] = {field.name: field for field in _FIELDS}
"""By name, in the order in which they are offered."""
