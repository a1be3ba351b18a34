"""Counts of what a query matches in the embedded store, of the newest matches where there are too many."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from pipelines.store.answers import Facets, TermCount
from pipelines.store.driving import arms

if TYPE_CHECKING:
    from sqlite3 import Connection

    from pipelines.records import Category, Verdict
    from pipelines.store.query import Query

MOST: Final = 10_000
"""Matches that are counted: what a person waits for who only looked."""

_MATCHED: Final = """
    WITH matched (platform, category, verdict, hits, current) AS (
        SELECT DISTINCT platform, category, verdict, hits, current FROM ({})
        ORDER BY offered_at DESC, id DESC LIMIT {}
    )
"""
_COUNTS: Final = "SELECT platform, category, verdict, count(*), sum(hits) FROM matched GROUP BY 1, 2, 3"
_TERMS: Final = """
    SELECT h.term_id, t.term, t.category, count(DISTINCT h.version) AS listings
    FROM matched CROSS JOIN hit h ON h.version = matched.current JOIN term t ON t.term_id = h.term_id
    WHERE h.standing <> 'excused' GROUP BY h.term_id ORDER BY listings DESC, h.term_id LIMIT ?
"""


def facets(connection: Connection, query: Query, *, top: int, most: int = MOST) -> Facets:
    selects = [
        arm.select(
            (
                "l.platform",
                "l.category",
                "l.verdict",
                "l.hits",
                "l.current",
                f"{arm.date} AS offered_at",
                f"{arm.key} AS id",
            )
        )
        for arm in arms(query, "newest")
    ]
    if not selects:
        return Facets(0, 0, {}, {}, {}, ())
    newest = f"ORDER BY offered_at DESC, id DESC LIMIT {most + 1}"
    sql = " UNION ALL ".join(f"SELECT * FROM ({sql} {newest})" for sql, _ in selects)  # noqa: S608
    values = tuple(value for _, bound in selects for value in bound)
    found = connection.execute(f"SELECT count(DISTINCT id) FROM ({sql})", values).fetchone()[0]  # noqa: S608
    matched = _MATCHED.format(sql, most)
    platforms: Counter[str] = Counter()
    categories: Counter[Category] = Counter()
    verdicts: Counter[Verdict] = Counter()
    hits = 0
    for platform, category, verdict, listings, hit_count in connection.execute(matched + _COUNTS, values):
        platforms[platform] += listings
        categories[category] += listings
        verdicts[verdict] += listings
        hits += hit_count
    terms = tuple(TermCount(*row) for row in connection.execute(matched + _TERMS, (*values, top)))
    named = {category: count for category, count in categories.items() if category}
    exact = found <= most
    return Facets(verdicts.total(), hits, dict(platforms), named, dict(verdicts), terms, exact, exact)
