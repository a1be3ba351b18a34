"""From a query's tree back to its text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from dashboards.query.normal import normal
from pipelines.store.query import EVERYTHING, All, Any, Gone, Has, Matches, Not, Offered, Priced

if TYPE_CHECKING:
    from pipelines.store.query import Query

_PLAIN: Final = re.compile(r"(?!(?:AND|OR|NOT)\Z)[\w.@#/+%-]+")
_SPECIAL: Final = re.compile(r'(["“”＂\\])')


def write(query: Query) -> str:
    """The text of a query: `parse` gives `normal(query)` of it. Days are written out, terms as ids."""
    tree = normal(query)
    return "" if tree == EVERYTHING else _written(tree)


def quoted(text: str) -> str:
    """A text as a query holds it: in quotes where it must be."""
    return text if _PLAIN.fullmatch(text) else '"' + _SPECIAL.sub(r"\\\1", text) + '"'


def _written(query: Query) -> str:
    match query:
        case All(()):
            return "*"
        case All(parts):
            return " ".join(_operand(part) if isinstance(part, Any) else _written(part) for part in parts)
        case Any(parts):
            return " OR ".join(_written(part) for part in parts)
        case Not(part):
            return f"NOT {_operand(part)}"
        case Matches(text):
            return quoted(text)
        case Has(field, values):
            return f"{field}:{','.join(map(quoted, values))}"
        case Priced(op, amount, currency):
            return f"price{op}{Decimal(repr(amount)).normalize():f}" + ("" if currency == "CNY" else currency)
        case Offered(since, until):
            days = (("since", since), ("until", until))
            return " ".join(f"{name}:{day.isoformat()}" for name, day in days if day)
        case Gone(gone):
            return f"gone:{'yes' if gone else 'no'}"


def _operand(query: Query) -> str:
    """A part that AND or NOT binds: in parentheses where it has parts itself."""
    several = isinstance(query, All | Any) and query.parts
    both = isinstance(query, Offered) and query.since and query.until
    return f"({_written(query)})" if several or both else _written(query)
