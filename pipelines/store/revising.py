"""A stored listing that reads differently, was seen at an earlier time, or is judged anew."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pipelines.errors import StoreError
from pipelines.store.inserts import Inserts, day_text, offered_at
from pipelines.store.rollup import RollUp, cells_of
from pipelines.store.rows import analysis_row, details_row, digest, time_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection

    from pipelines.records import Analysis, AnalyzedListing, Listing

_CHANGES: Final = "UPDATE sequence SET change = change + ? RETURNING change"
_STRETCHES: Final = """
    SELECT v.id, v.digest, v.seen_at, CASE WHEN v.id = l.current THEN l.last_seen ELSE v.last_seen END,
        v.published_at, v.offered_at
    FROM version v JOIN listing l ON l.id = v.listing WHERE v.listing = ? ORDER BY v.seen_at, v.digest
"""
_MOVE: Final = """
    UPDATE version SET seen_at = ?, last_seen = ?, published_at = ?, offered_at = ?, day = ?, change = ?
    WHERE id = ?
"""
_POINT: Final = """
    UPDATE listing SET current = ?, versions = ?, first_seen = ?, last_seen = ?, last_run = ? WHERE id = ?
"""
_DETAILS: Final = """
    UPDATE listing SET source = ?, native_id = ?, url = ?, seller_id = ?, seller_name = ?, shelf = ?,
        extra = ?
    WHERE id = ?
"""
_SHOW_CURRENT: Final = """
    UPDATE listing SET (offered_at, verdict, score, category, price, currency) = (
        SELECT offered_at, verdict, score, category, price, currency FROM version WHERE id = current
    ), hits = (SELECT count(*) FROM hit WHERE version = current AND standing <> 'excused'), change = ?
    WHERE id = ?
"""
_MARKS: Final = """
    SELECT 'term', h.term_id, l.offered_at, l.id FROM listing l JOIN hit h ON h.version = l.current
    WHERE l.id = ?1 AND h.standing <> 'excused'
    UNION
    SELECT 'disguise', h.disguise, l.offered_at, l.id FROM listing l JOIN hit h ON h.version = l.current
    WHERE l.id = ?1 AND h.standing <> 'excused'
"""
_UNMARK: Final = "DELETE FROM mark WHERE kind = ? AND key = ? AND offered_at = ? AND listing = ?"
_JUDGE: Final = """
    UPDATE version SET verdict = ?, score = ?, category = ?, findings = ?, lexicon_version = ?,
        pipeline_version = ?, change = ?
    WHERE id = ?
"""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A version as the time in which a listing read the same; `id` is None until it is inserted."""

    id: int | None
    digest: bytes
    seen_at: str
    last_seen: str
    published_at: str | None
    offered_at: str


def next_changes(connection: Connection, count: int = 1) -> int:
    """Take `count` numbers of the change sequence; the last of them."""
    last: int = connection.execute(_CHANGES, (count,)).fetchone()[0]
    return last


def update_details(connection: Connection, listing: int, seen: Listing) -> None:
    connection.execute(_DETAILS, (*details_row(seen), listing))


def revise(connection: Connection, rollup: RollUp, listing: int, item: AnalyzedListing, run: int) -> bool:
    """Give a sighting its place in the history of a stored listing; whether it made a new version."""
    stored = [_Stretch(*row) for row in connection.execute(_STRETCHES, (listing,))]
    line = _dated(_placed(stored, item.listing))
    if line == stored:
        return False
    latest = time_text(item.listing.seen_at) > max(s.last_seen for s in stored)
    with _recounted(connection, rollup, listing):
        line = [s if s.id else _inserted(connection, listing, s, item, run) for s in line]
        for stretch in line:
            _move(connection, stretch)
        last_seen, _, current = max((s.last_seen, s.digest, s.id) for s in line)
        connection.execute(_POINT, (current, len(line), line[0].seen_at, last_seen, run, listing))
        if latest:
            update_details(connection, listing, item.listing)
    return len(line) > len(stored)


def rejudge(connection: Connection, rollup: RollUp, version: int, analysis: Analysis) -> None:
    """Replace the analysis of a stored version."""
    row = connection.execute("SELECT listing FROM version WHERE id = ?", (version,)).fetchone()
    if row is None:
        raise StoreError(f"there is no version {version} to judge anew; take ids from outdated_versions")
    with _recounted(connection, rollup, row[0]):
        change = next_changes(connection)
        connection.execute(_JUDGE, (*analysis_row(analysis), change, version))
        connection.execute("DELETE FROM hit WHERE version = ?", (version,))
        inserts = Inserts()
        inserts.add_hits(version, analysis.hits)
        inserts.apply(connection)


def _placed(line: list[_Stretch], listing: Listing) -> list[_Stretch]:
    """The line with a sighting in it: in a stretch that reads the same, or as one of its own."""
    seen_at, wording = time_text(listing.seen_at), digest(listing)
    if any(s.seen_at == seen_at and s.digest == wording for s in line):
        return line
    start = sum(s.seen_at < seen_at for s in line)
    before = line[start - 1] if start else None
    after = next((s for s in line[start:] if s.seen_at > seen_at), None)
    if before and before.digest == wording:
        longer = replace(before, last_seen=max(before.last_seen, seen_at))
        return [longer if s is before else s for s in line]
    published_at = time_text(listing.published_at) if listing.published_at else None
    if after and after.digest == wording:
        earlier = replace(after, seen_at=seen_at, published_at=published_at)
        return sorted((earlier if s is after else s for s in line), key=lambda s: (s.seen_at, s.digest))
    own = _Stretch(None, wording, seen_at, seen_at, published_at, "")
    return sorted([*line, own], key=lambda s: (s.seen_at, s.digest))


def _dated(line: list[_Stretch]) -> list[_Stretch]:
    dated: list[_Stretch] = []
    for stretch in line:
        before = dated[-1].seen_at if dated else None
        date = offered_at(stretch.seen_at, stretch.published_at, before)
        dated.append(replace(stretch, offered_at=date))
    return dated


def _inserted(
    connection: Connection, listing: int, stretch: _Stretch, item: AnalyzedListing, run: int
) -> _Stretch:
    version: int = connection.execute("SELECT max(id) + 1 FROM version").fetchone()[0]
    inserts = Inserts()
    dates = (
        stretch.seen_at,
        stretch.last_seen,
        stretch.published_at,
        stretch.offered_at,
        day_text(stretch.offered_at),
    )
    inserts.add_version(item, (version, listing, stretch.digest), dates, run, next_changes(connection))
    inserts.apply(connection)
    return replace(stretch, id=version)


def _move(connection: Connection, stretch: _Stretch) -> None:
    dates = (stretch.seen_at, stretch.last_seen, stretch.published_at, stretch.offered_at)
    stored = connection.execute(
        "SELECT seen_at, last_seen, published_at, offered_at FROM version WHERE id = ?", (stretch.id,)
    ).fetchone()
    if tuple(stored) != dates:
        change = next_changes(connection)
        connection.execute(_MOVE, (*dates, day_text(stretch.offered_at), change, stretch.id))


@contextmanager
def _recounted(connection: Connection, rollup: RollUp, listing: int) -> Iterator[None]:
    """Have the roll-up, the marks and the listing's own row follow what is done to its versions inside."""
    rollup.take(cells_of(connection, listing))
    marks = set(map(tuple, connection.execute(_MARKS, (listing,))))
    yield
    connection.execute(_SHOW_CURRENT, (next_changes(connection), listing))
    rollup.add(cells_of(connection, listing))
    wanted = set(map(tuple, connection.execute(_MARKS, (listing,))))
    connection.executemany(_UNMARK, marks - wanted)
    connection.executemany("INSERT INTO mark VALUES (?, ?, ?, ?)", wanted - marks)
