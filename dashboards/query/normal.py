"""The one form of queries that mean the same by their structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.store.query import EVERYTHING, All, Any, Has, Not, Offered

if TYPE_CHECKING:
    from pipelines.store.query import Query


def normal(query: Query) -> Query:
    """Without parts in parts of the same kind, double negation, repeated values; one `Offered` an AND."""
    match query:
        case All(parts):
            return _all_of(parts)
        case Any(parts):
            flat = _flat(Any, parts)
            return flat[0] if len(flat) == 1 else Any(flat) if flat else Not(EVERYTHING)
        case Not(part):
            inner = normal(part)
            return inner.part if isinstance(inner, Not) else Not(inner)
        case Has(field, values):
            return Has(field, tuple(dict.fromkeys(values)))
        case Offered(None, None):
            return EVERYTHING
        case _:
            return query


def _all_of(parts: tuple[Query, ...]) -> Query:
    flat = _flat(All, parts)
    offered = [part for part in flat if isinstance(part, Offered)]
    if len(offered) > 1:
        both = Offered(
            max((part.since for part in offered if part.since), default=None),
            min((part.until for part in offered if part.until), default=None),
        )
        place = flat.index(offered[0])
        flat = tuple(part for part in flat if not isinstance(part, Offered))
        flat = (*flat[:place], both, *flat[place:])
    return flat[0] if len(flat) == 1 else All(flat)


def _flat(kind: type[All | Any], parts: tuple[Query, ...]) -> tuple[Query, ...]:
    flat: list[Query] = []
    for part in map(normal, parts):
        if isinstance(part, kind):
            flat.extend(part.parts)
        else:
            flat.append(part)
    return tuple(flat)
