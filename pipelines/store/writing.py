"""A batch of analysed listings becomes rows, inside a transaction that the caller holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipelines.store.answers import WriteResult
from pipelines.store.inserts import Inserts, day_text, offered_at
from pipelines.store.revising import next_changes, rejudge, revise, update_details
from pipelines.store.rollup import RollUp, counted
from pipelines.store.rows import as_json, details_row, digest, price_row, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from sqlite3 import Connection

    from pipelines.records import AnalyzedListing

_KNOWN: Final = """
    SELECT l.listing_id, l.id, l.current, v.digest, l.last_seen, l.gone_at, l.last_run, v.lexicon_version,
        v.pipeline_version, l.source, l.native_id, l.url, l.seller_id, l.seller_name, l.shelf, l.extra
    FROM listing l JOIN version v ON v.id = l.current
    WHERE l.listing_id IN (SELECT value FROM json_each(?))
"""
_TOUCH: Final = "UPDATE listing SET last_seen = ?, last_run = ?, change = ? WHERE id = ?"
_RETURN: Final = "UPDATE absence SET returned_at = ? WHERE listing = ? AND returned_at IS NULL"
_COUNT: Final = """
    UPDATE run SET listings = listings + ?, new = new + ?, changed = changed + ?, hits = hits + ?,
        flagged = flagged + ?, change = ?
    WHERE id = ?
"""


@dataclass(slots=True)
class _Known:
    """What must be known of a stored listing to place another sighting of it."""

    id: int
    current: int
    digest: bytes
    last_seen: str
    gone_at: str | None
    last_run: int
    judged_by: tuple[str, str]
    details: tuple[str | None, ...]


class BatchWriter:
    """Puts the listings of one batch under one run (its row id); `finish` writes what is still held."""

    def __init__(self, connection: Connection, run: int, batch: Sequence[AnalyzedListing]) -> None:
        self._connection = connection
        self._run = run
        self._rollup = RollUp()
        self._inserts = Inserts()
        self._touches: list[tuple[str, int, int, int]] = []
        self._batch: Counter[str] = Counter()
        self._ledger: Counter[str] = Counter()
        self._changes = _reserved(connection, 2 * len(batch))
        self._known = dict(_load(connection, {item.listing.listing_id for item in batch}))
        self._next_listing = _next_id(connection, "listing")
        self._next_version = _next_id(connection, "version")

    def put(self, item: AnalyzedListing) -> None:
        hits = sum(1 for _ in counted(item.analysis.hits))
        known = self._known.get(item.listing.listing_id)
        if known is None:
            self._insert(item, hits)
            kind, first_in_run = "new", True
        else:
            last_run = known.last_run
            kind = self._sight(known, item)
            first_in_run = self._known[item.listing.listing_id].last_run == self._run != last_run
        flagged = item.analysis.verdict == "flagged"
        for tally in (self._batch, self._ledger) if first_in_run else (self._batch,):
            tally[kind] += 1
            tally["hits"] += hits
            tally["flagged"] += flagged
        self._ledger["listings"] += first_in_run

    def finish(self) -> WriteResult:
        self._flush()
        self._rollup.apply(self._connection)
        if self._ledger["listings"]:
            names = ("listings", "new", "changed", "hits", "flagged")
            counts = [self._ledger[name] for name in names]
            self._connection.execute(_COUNT, (*counts, next_changes(self._connection), self._run))
        return WriteResult(**self._batch)

    def _insert(self, item: AnalyzedListing, hits: int) -> None:
        listing, analysis = item.listing, item.analysis
        key, version = self._next_listing, self._next_version
        self._next_listing += 1
        self._next_version += 1
        seen_at = time_text(listing.seen_at)
        published_at = time_text(listing.published_at) if listing.published_at else None
        offered = offered_at(seen_at, published_at, None)
        day = day_text(offered)
        wording, details = digest(listing), details_row(listing)
        self._inserts.add_listing(
            (
                *(key, listing.listing_id, listing.platform, *details, seen_at, seen_at, self._run, 1),
                *(version, offered, analysis.verdict, analysis.score, analysis.category, hits),
                *price_row(listing.price)[:2],
                next(self._changes),
            )
        )
        dates = (seen_at, seen_at, published_at, offered, day)
        self._inserts.add_version(item, (version, key, wording), dates, self._run, next(self._changes))
        self._inserts.add_marks(key, offered, analysis.hits)
        self._rollup.add_new(day, listing.platform, analysis)
        judged_by = (analysis.lexicon_version, analysis.pipeline_version)
        self._known[listing.listing_id] = _Known(
            key, version, wording, seen_at, None, self._run, judged_by, details
        )

    def _sight(self, known: _Known, item: AnalyzedListing) -> str:
        """Place another sighting of a stored listing: changed or unchanged."""
        seen_at = time_text(item.listing.seen_at)
        if known.gone_at and seen_at > known.gone_at:
            self._return(known, seen_at)
        if known.digest != digest(item.listing) or seen_at < known.last_seen:
            return self._revise(known, item)
        if seen_at > known.last_seen:
            self._touches.append((seen_at, self._run, next(self._changes), known.id))
            known.last_seen, known.last_run = seen_at, self._run
            if known.details != details_row(item.listing):
                self._flush()
                update_details(self._connection, known.id, item.listing)
                known.details = details_row(item.listing)
        judged_by = (item.analysis.lexicon_version, item.analysis.pipeline_version)
        if known.judged_by != judged_by:
            self._flush()
            rejudge(self._connection, self._rollup, known.current, item.analysis)
            known.judged_by = judged_by
            self._batch["rejudged"] += 1
        return "unchanged"

    def _revise(self, known: _Known, item: AnalyzedListing) -> str:
        self._flush()
        changed = revise(self._connection, self._rollup, known.id, item, self._run)
        self._known.update(_load(self._connection, {item.listing.listing_id}))
        self._next_version = _next_id(self._connection, "version")
        return "changed" if changed else "unchanged"

    def _return(self, known: _Known, seen_at: str) -> None:
        self._connection.execute("UPDATE listing SET gone_at = NULL WHERE id = ?", (known.id,))
        self._connection.execute(_RETURN, (seen_at, known.id))
        known.gone_at = None

    def _flush(self) -> None:
        self._inserts.apply(self._connection)
        self._connection.executemany(_TOUCH, self._touches)
        self._touches.clear()


def _load(connection: Connection, listing_ids: Iterable[str]) -> Iterator[tuple[str, _Known]]:
    rows = connection.execute(_KNOWN, (as_json(list(listing_ids)),)).fetchall()
    for listing_id, key, current, wording, last_seen, gone_at, last_run, lexicon, pipeline, *details in rows:
        yield (
            listing_id,
            _Known(key, current, wording, last_seen, gone_at, last_run, (lexicon, pipeline), tuple(details)),
        )


def _reserved(connection: Connection, count: int) -> Iterator[int]:
    """Numbers of the change sequence, taken from it when the first is wanted."""
    last = next_changes(connection, count)
    yield from range(last - count + 1, last + 1)


def _next_id(connection: Connection, table: str) -> int:
    following: int = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0]  # noqa: S608
    return following
