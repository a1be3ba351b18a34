"""Which listings are meant: a tree of conditions on their current versions, the same for every store.

`All(())` means every listing and `Any(())` none; `Not` means all that its part doesn't, so that
`Not(Priced("<", 100))` also means listings without a price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import date

Field = Literal["term", "category", "platform", "source", "seller", "verdict", "disguise"]
Comparison = Literal["<", "<=", ">", ">=", "="]


@dataclass(frozen=True, slots=True)
class Matches:
    """The text stands in the title or in the description, as a substring of the folded text.

    Width, case, traditional characters and separators don't matter. A text of which the fold leaves
    nothing (no letter, digit or Chinese character) is a `StoreError` when it is asked for.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Has:
    """The field has one of the values; no value, no listing.

    `term` (a term_id) and `disguise` mean a hit that isn't excused, `category` the listing's own,
    `seller` a pseudonym.
    """

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """The listing's own price, in a currency, compared with an amount."""

    op: Comparison
    amount: float
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Offered:
    """The day of `offered_at` in `DAY_ZONE` lies between two days, both inclusive; None: an open end."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Whether complete sweeps miss the listing now."""

    gone: bool


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds (AND)."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds (OR)."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part doesn't hold."""

    part: Query


type Query = Matches | Has | Priced | Offered | Gone | All | Any | Not

EVERYTHING: Final = All(())


def conjuncts(query: Query) -> tuple[Query, ...]:
    """The conditions that must all hold, with nested `All`s opened."""
    if isinstance(query, All):
        return tuple(part for each in query.parts for part in conjuncts(each))
    return (query,)
