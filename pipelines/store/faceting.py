"""Counts of what a query matches in the embedded store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from pipelines.store.answers import Facets, TermCount
from pipelines.store.driving import arms
from pipelines.store.query import EVERYTHING
from pipelines.store.searching import united

if TYPE_CHECKING:
    from sqlite3 import Connection

    from pipelines.records import Category, Verdict
    from pipelines.store.query import Query

_FACETED: Final = ("l.platform", "l.category", "l.verdict", "l.hits", "l.current")
_COUNTS: Final = "SELECT platform, category, verdict, count(*), sum(hits) FROM matched GROUP BY 1, 2, 3"
_TERMS: Final = """
    SELECT h.term_id, t.term, t.category, count(DISTINCT h.version) AS listings
    FROM matched CROSS JOIN hit h ON h.version = matched.current JOIN term t ON t.term_id = h.term_id
    WHERE h.standing <> 'excused' GROUP BY h.term_id ORDER BY listings DESC, h.term_id LIMIT ?
"""
_ALL_TERMS: Final = """
    SELECT m.key, t.term, t.category, count(*) AS listings FROM mark m JOIN term t ON t.term_id = m.key
    WHERE m.kind = 'term' GROUP BY m.key ORDER BY listings DESC, m.key LIMIT ?
"""


def facets(connection: Connection, query: Query, *, top: int) -> Facets:
    selects = [arm.select(_FACETED) for arm in arms(query, "newest")]
    if not selects:
        return Facets(0, 0, {}, {}, {}, ())
    sql, values = united(selects)
    matched = f"WITH matched (platform, category, verdict, hits, current) AS ({sql})"
    platforms: Counter[str] = Counter()
    categories: Counter[Category] = Counter()
    verdicts: Counter[Verdict] = Counter()
    hits = 0
    for platform, category, verdict, listings, hit_count in connection.execute(matched + _COUNTS, values):
        platforms[platform] += listings
        categories[category] += listings
        verdicts[verdict] += listings
        hits += hit_count
    if query == EVERYTHING:
        counts = connection.execute(_ALL_TERMS, (top,))
    else:
        counts = connection.execute(matched + _TERMS, (*values, top))
    terms = tuple(TermCount(*row) for row in counts)
    categories = Counter({category: count for category, count in categories.items() if category})
    return Facets(verdicts.total(), hits, platforms, categories, verdicts, terms)
