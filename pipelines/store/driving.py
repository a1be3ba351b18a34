"""What leads to the listings of a query: indices that yield them already in order.

One condition that must hold drives: its values become arms that SQLite merges, so that a page costs its own
length; everything else is checked on what the arms yield. Alternatives drive together if each of them can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipelines.store.bigrams import match_expression
from pipelines.store.conditions import COLUMNS, condition
from pipelines.store.query import All, Any, Has, Matches, Offered, conjuncts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.records import Verdict
    from pipelines.store.answers import Order
    from pipelines.store.conditions import Condition
    from pipelines.store.query import Field, Query

VERDICTS: Final[tuple[Verdict, ...]] = ("flagged", "watch", "clear")
MOST_ARMS: Final = 100

_TEXT_RANK: Final = 0
_RANKS: Final[Mapping[Order, Mapping[Field, int]]] = {
    "newest": {"term": 1, "seller": 2, "disguise": 3, "category": 4, "verdict": 5, "platform": 6},
    "strongest": {"term": 1, "seller": 2, "category": 3, "verdict": 4},
}
"""Fields by how few listings they usually leave. By strength, only a verdict yields listings in order."""

_LISTINGS: Final = "listing l"
_MATCHED: Final = """
    version_text t CROSS JOIN version v ON v.id = t.rowid
    CROSS JOIN listing l ON l.id = v.listing AND l.current = v.id
"""
_MARKED: Final = "mark m CROSS JOIN listing l ON l.id = m.listing"


@dataclass(frozen=True, slots=True)
class Arm:
    """Listings that one value of the driver leads to: from where, which, in order of which columns."""

    source: str
    conditions: tuple[Condition, ...] = ()
    key: str = "l.id"
    date: str = "l.offered_at"

    def select(self, columns: Sequence[str], further: Sequence[Condition] = ()) -> Condition:
        conditions = [*self.conditions, *further]
        where = " AND ".join(f"({sql})" for sql, _ in conditions) or "TRUE"
        bound = tuple(value for _, values in conditions for value in values)
        return f"SELECT {', '.join(columns)} FROM {self.source} WHERE {where}", bound  # noqa: S608

    def checked(self, parts: Sequence[Query]) -> Arm:
        """This arm, of whose listings all parts must hold too."""
        further = [condition(p, self.date if isinstance(p, Offered) else "+l.offered_at") for p in parts]
        return Arm(self.source, (*self.conditions, *further), self.key, self.date)


@dataclass(frozen=True, slots=True)
class _Lead:
    """Arms and how promising they are (less is better). `whole` if they need no check of what they are of."""

    rank: int
    arms: tuple[Arm, ...]
    whole: bool = True


def arms(query: Query, order: Order) -> tuple[Arm, ...]:
    """The arms whose union is what a query means; none if nothing can match."""
    parts = list(conjuncts(query))
    texts = [part for part in parts if isinstance(part, Matches)]
    parts = [part for part in parts if not isinstance(part, Matches)]
    if texts:
        lead, others = _matching(texts), parts
    else:
        leads = [(found, part) for part in parts if (found := _lead(part, order))]
        if leads:
            lead, driver = min(leads, key=lambda each: each[0].rank)
            others = [part for part in parts if part is not driver or not lead.whole]
        else:
            lead, others = _in_order(order), parts
    return tuple(arm.checked(others) for arm in lead.arms)


def _lead(part: Query, order: Order) -> _Lead | None:
    """What leads to the listings of a part, if an index does."""
    match part:
        case Matches():
            return _matching([part])
        case Has(field, values):
            return _having(field, values, order)
        case All(parts):
            leads = [lead for each in parts if (lead := _lead(each, order))]
            best = min(leads, key=lambda lead: lead.rank, default=None)
            return best and _Lead(best.rank, best.arms, whole=len(parts) == 1 and best.whole)
        case Any(parts):
            found = [_lead(each, order) for each in parts]
            leads = [lead for lead in found if lead]
            every = tuple(arm for lead in leads for arm in lead.arms)
            if len(leads) < len(found) or len(every) > MOST_ARMS:
                return None
            return _Lead(
                max((lead.rank for lead in leads), default=0), every, all(lead.whole for lead in leads)
            )
    return None


def _matching(texts: Sequence[Matches]) -> _Lead:
    expression = match_expression(each.text for each in texts)
    return _Lead(_TEXT_RANK, (Arm(_MATCHED, (("version_text MATCH ?", (expression,)),)),))


def _having(field: Field, values: tuple[str, ...], order: Order) -> _Lead | None:
    rank = _RANKS[order].get(field)
    if rank is None or len(values) > MOST_ARMS:
        return None
    if field not in COLUMNS:
        marked = "m.kind = ? AND m.key = ?"
        found = (Arm(_MARKED, ((marked, (field, value)),), "m.listing", "m.offered_at") for value in values)
        return _Lead(rank, tuple(found))
    if (field, order) == ("verdict", "newest"):
        if "clear" in values:  # nearly all listings are: it narrows nothing
            return None
        # `listing_verdict` leaves clear listings out, and SQLite chooses it only when told so in its words
        told = " AND l.verdict <> 'clear'"
    else:
        told = ""
    equal = f"l.{COLUMNS[field]} = ?{told}"
    return _Lead(rank, tuple(Arm(_LISTINGS, ((equal, (value,)),)) for value in values))


def _in_order(order: Order) -> _Lead:
    """All listings, by an index that has them in order."""
    if order == "newest":
        return _Lead(0, (Arm(_LISTINGS),))
    return _Lead(0, tuple(Arm(_LISTINGS, (("l.verdict = ?", (verdict,)),)) for verdict in VERDICTS))
