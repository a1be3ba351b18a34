"""Listings, versions and hits read back, and the log of what changed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from pipelines.store.answers import Absence, Change, ListingHistory, Term, Totals
from pipelines.store.rows import (
    HIT_COLUMNS,
    VERSION_COLUMNS,
    as_json,
    hit_from,
    moment,
    stored_listing_from,
    version_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from sqlite3 import Connection, Row

    from pipelines.records import Hit
    from pipelines.store.answers import StoredListing, Version

_VERSIONS: Final = f"SELECT {VERSION_COLUMNS} FROM version v JOIN listing l ON l.id = v.listing "  # noqa: S608
_CURRENT: Final = f"SELECT l.id AS id, {VERSION_COLUMNS} FROM listing l JOIN version v ON v.id = l.current "  # noqa: S608
_BY_KEYS: Final = "WHERE l.id IN (SELECT value FROM json_each(?))"
_HITS: Final = (
    f"SELECT version, {HIT_COLUMNS} FROM hit"  # noqa: S608
    " WHERE version IN (SELECT value FROM json_each(?)) ORDER BY version, ordinal"
)
_ABSENCES: Final = """
    SELECT a.gone_at, a.returned_at FROM absence a JOIN listing l ON l.id = a.listing
    WHERE l.listing_id = ? ORDER BY a.gone_at
"""
_TOTALS: Final = """
    SELECT (SELECT count(*) FROM listing), (SELECT count(*) FROM version),
        (SELECT count(*) FROM listing WHERE gone_at IS NOT NULL), (SELECT count(*) FROM run),
        (SELECT min(offered_at) FROM listing), (SELECT max(offered_at) FROM listing)
"""
_CHANGES: Final = """
    SELECT * FROM (
        SELECT change, 'listing', listing_id FROM listing WHERE change > ?1 ORDER BY change LIMIT ?2
    ) UNION ALL SELECT * FROM (
        SELECT change, 'version', CAST(id AS TEXT) FROM version WHERE change > ?1 ORDER BY change LIMIT ?2
    ) UNION ALL SELECT * FROM (
        SELECT change, 'run', run_id FROM run WHERE change > ?1 ORDER BY change LIMIT ?2
    ) ORDER BY 1 LIMIT ?2
"""
_OUTDATED: Final = (
    "WHERE v.id > ? AND (v.lexicon_version <> ? OR v.pipeline_version <> ?) ORDER BY v.id LIMIT ?"
)


def history(connection: Connection, listing_id: str) -> ListingHistory | None:
    rows = connection.execute(_CURRENT + "WHERE l.listing_id = ?", (listing_id,)).fetchall()
    if not rows:
        return None
    versions = connection.execute(
        _VERSIONS + "WHERE l.listing_id = ? ORDER BY v.seen_at, v.digest", (listing_id,)
    ).fetchall()
    return ListingHistory(
        listing=_stored(connection, rows)[0],
        versions=_versions(connection, versions),
        absences=tuple(
            Absence(moment(gone), moment(returned) if returned else None)
            for gone, returned in connection.execute(_ABSENCES, (listing_id,))
        ),
    )


def version(connection: Connection, version_id: int) -> Version | None:
    found = _versions(connection, connection.execute(_VERSIONS + "WHERE v.id = ?", (version_id,)).fetchall())
    return found[0] if found else None


def outdated(
    connection: Connection, judged_by: tuple[str, str], *, after: int, limit: int
) -> tuple[Version, ...]:
    """Versions after an id, by id, that another lexicon or pipeline than `judged_by` analysed."""
    rows = connection.execute(_VERSIONS + _OUTDATED, (after, *judged_by, limit)).fetchall()
    return _versions(connection, rows)


def listings(connection: Connection, keys: Sequence[int]) -> tuple[StoredListing, ...]:
    """Listings by row id, in the order given."""
    rows = connection.execute(_CURRENT + _BY_KEYS, (as_json(keys),)).fetchall()
    place = {key: index for index, key in enumerate(keys)}
    return _stored(connection, sorted(rows, key=lambda row: place[row["id"]]))


def totals(connection: Connection) -> Totals:
    listings, versions, gone, runs, first, last = connection.execute(_TOTALS).fetchone()
    dates = (moment(first) if first else None, moment(last) if last else None)
    return Totals(listings, versions, gone, runs, *dates)


def terms(connection: Connection) -> tuple[Term, ...]:
    return tuple(
        Term(*row) for row in connection.execute("SELECT term_id, term, category FROM term ORDER BY term_id")
    )


def changes(connection: Connection, after: int, limit: int) -> tuple[Change, ...]:
    return tuple(Change(*row) for row in connection.execute(_CHANGES, (after, limit)))


def _versions(connection: Connection, rows: Iterable[Row]) -> tuple[Version, ...]:
    rows = list(rows)
    hits = _hits(connection, rows)
    return tuple(version_from(row, hits[row["version_id"]]) for row in rows)


def _stored(connection: Connection, rows: Sequence[Row]) -> tuple[StoredListing, ...]:
    hits = _hits(connection, rows)
    return tuple(stored_listing_from(row, hits[row["version_id"]]) for row in rows)


def _hits(connection: Connection, rows: Sequence[Row]) -> defaultdict[int, tuple[Hit, ...]]:
    hits: defaultdict[int, tuple[Hit, ...]] = defaultdict(tuple)
    for version_id, *hit in connection.execute(_HITS, (as_json([row["version_id"] for row in rows]),)):
        hits[version_id] += (hit_from(hit),)
    return hits
