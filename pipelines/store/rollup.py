"""The roll-up: how many distinct listings a day offered what, by platform and verdict.

It is kept in the transaction of every write, so that a trend over years reads a few thousand small rows.
A version counts on the day of its `offered_at`; versions of one listing on one day count once, each
subject with the strongest verdict among those that carry it. A month is the sum of its days.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from sqlite3 import Connection

    from pipelines.records import Analysis, Hit, Verdict

    type Subject = tuple[str, str]
    """Kind (all, term, category, disguise) and key; of a disguise it is `disguise_key`."""
    type Cell = tuple[str, str, str, str, str]
    """Day, kind, key, platform, verdict."""

STRENGTH: Final[dict[Verdict, int]] = {"clear": 0, "watch": 1, "flagged": 2}

_OF_LISTING: Final = """
    SELECT v.id, v.day, l.platform, v.verdict, v.category FROM version v JOIN listing l ON l.id = v.listing
    WHERE v.listing = ?
"""
_TERMS_OF_VERSION: Final = (
    "SELECT DISTINCT term_id, disguise FROM hit WHERE version = ? AND standing <> 'excused'"
)
_ADD: Final = """
    INSERT INTO {table} ({span}, kind, key, platform, verdict, listings) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET listings = listings + excluded.listings
"""
_TAKE: Final = """
    UPDATE {table} SET listings = listings - ?
    WHERE {span} = ? AND kind = ? AND key = ? AND platform = ? AND verdict = ?
"""
_TIDY: Final = """
    DELETE FROM {table}
    WHERE {span} = ? AND kind = ? AND key = ? AND platform = ? AND verdict = ? AND listings = 0
"""
_TABLES: Final = (("day_count", "day", 10), ("month_count", "month", 7))
"""Table, the column of its span, and how much of a date names a span."""


class RollUp:
    """Collects what a batch adds to and takes from the daily counts, and applies it once."""

    def __init__(self) -> None:
        self._cells: Counter[Cell] = Counter()

    def add_new(self, day: str, platform: str, analysis: Analysis) -> None:
        """Count a listing that no other version shares the day with."""
        terms = {(hit.term_id, hit.disguise) for hit in counted(analysis.hits)}
        for kind, key in _subjects(analysis.category, terms):
            self._cells[day, kind, key, platform, analysis.verdict] += 1

    def add(self, cells: Iterable[Cell]) -> None:
        self._cells.update(cells)

    def take(self, cells: Iterable[Cell]) -> None:
        self._cells.subtract(cells)

    def apply(self, connection: Connection) -> None:
        """Write what was collected, and forget it."""
        for table, span, length in _TABLES:
            sums: Counter[Cell] = Counter()
            for (day, *subject), count in self._cells.items():
                sums[(day[:length], *subject)] += count  # type: ignore[index]
            cells = sorted(sums.items())  # neighbours share pages
            more = [(*cell, count) for cell, count in cells if count > 0]
            fewer = [(-count, *cell) for cell, count in cells if count < 0]
            connection.executemany(_ADD.format(table=table, span=span), more)
            connection.executemany(_TAKE.format(table=table, span=span), fewer)
            connection.executemany(_TIDY.format(table=table, span=span), [row[1:] for row in fewer])
        self._cells.clear()


def counted(hits: Iterable[Hit]) -> Iterator[Hit]:
    """The hits that count: an excused one is an ordinary word after all."""
    return (hit for hit in hits if hit.standing != "excused")


def cells_of(connection: Connection, listing: int) -> list[Cell]:
    """The cells that a stored listing is counted in, each once."""
    strongest: dict[tuple[Subject, str, str], Verdict] = {}
    for version, day, platform, verdict, category in connection.execute(_OF_LISTING, (listing,)).fetchall():
        terms = {(term, worn) for term, worn in connection.execute(_TERMS_OF_VERSION, (version,))}
        for subject in _subjects(category, terms):
            known = strongest.get((subject, day, platform), verdict)
            strongest[subject, day, platform] = max(known, verdict, key=STRENGTH.__getitem__)
    return [(day, *subject, platform, verdict) for (subject, day, platform), verdict in strongest.items()]


def disguise_key(term_id: str, disguise: str) -> str:
    """The key of a term in a disguise."""
    return f"{term_id}\t{disguise}"


def _subjects(category: str | None, terms: Iterable[tuple[str, str]]) -> Iterator[Subject]:
    yield "all", ""
    if category is not None:
        yield "category", category
    terms = set(terms)
    for term in {term for term, _ in terms}:
        yield "term", term
    for term, disguise in terms:
        yield "disguise", disguise_key(term, disguise)
