"""Listings and their histories read from the store's tables, many at a time, straight into documents."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from pipelines.store.elasticsearch.documents import (
    Document,
    found_in,
    history_documents,
    hit_body,
    listing_document,
)
from pipelines.store.rows import HIT_COLUMNS, VERSION_COLUMNS, as_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from sqlite3 import Connection, Row

    from pipelines.store.elasticsearch.documents import Body, Found

_IN: Final = "IN (SELECT value FROM json_each(?))"
_VERSIONS: Final = f"""
    SELECT v.listing AS listing, v.day AS day, v.id = l.current AS is_current, {VERSION_COLUMNS}
    FROM version v JOIN listing l ON l.id = v.listing
"""  # noqa: S608
_HISTORIES: Final = f"{_VERSIONS} WHERE v.listing {_IN} ORDER BY v.listing, v.seen_at, v.digest"
_CURRENT: Final = f"{_VERSIONS} WHERE l.id {_IN} AND v.id = l.current"
_LISTINGS: Final = f"SELECT id, listing_id FROM listing WHERE listing_id {_IN}"  # noqa: S608
_HITS: Final = f"SELECT version, {HIT_COLUMNS} FROM hit WHERE version {_IN} ORDER BY version, ordinal"  # noqa: S608
_ABSENCES: Final = f"SELECT * FROM absence WHERE listing {_IN} ORDER BY listing, gone_at"  # noqa: S608


def gather(connection: Connection, listings: Mapping[str, int], due: Sequence[Row]) -> Iterator[Document]:
    """The documents of listings (by listing_id, with their revisions) and of due histories.

    A row of `due` names a listing by its row `id`, with the `revision` of its history.
    """
    keys = [row["id"] for row in due]
    wanted = {row["id"] for row in connection.execute(_LISTINGS, (as_json(list(listings)),))}
    rows = connection.execute(_HISTORIES, (as_json(keys),)).fetchall()
    rows += connection.execute(_CURRENT, (as_json(sorted(wanted.difference(keys))),)).fetchall()
    hits: defaultdict[int, list[Body]] = defaultdict(list)
    for hit in connection.execute(_HITS, (as_json([row["version_id"] for row in rows]),)):
        hits[hit["version"]].append(hit_body(hit))
    absences: defaultdict[int, list[Row]] = defaultdict(list)
    for absence in connection.execute(_ABSENCES, (as_json(list(wanted)),)):
        absences[absence["listing"]].append(absence)
    histories: defaultdict[int, list[tuple[Row, Found]]] = defaultdict(list)
    for row in rows:
        found = found_in(row, hits[row["version_id"]])
        histories[row["listing"]].append((row, found))
        if row["is_current"] and row["listing"] in wanted:
            revision = listings[row["listing_id"]]
            yield listing_document(row, found, absences[row["listing"]], revision)
    for row in due:
        yield from history_documents(histories[row["id"]], row["revision"])
