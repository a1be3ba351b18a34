"""The ledger of runs, what they staged, the sweeps they completed and the links they found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from pipelines.errors import StoreError
from pipelines.store.answers import SellerLink, SweepResult
from pipelines.store.revising import next_changes
from pipelines.store.rollup import counted
from pipelines.store.rows import as_json, moment, payload, run_from, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from sqlite3 import Connection, Row

    from pipelines.records import AnalyzedListing
    from pipelines.store.answers import Outcome, Run, RunEnd, RunStart

_REOPENABLE: Final[tuple[Outcome, ...]] = ("running", "failed", "blocked", "stopped", "killed")
_DECIDED: Final[tuple[Outcome, ...]] = ("done", "accepted", "rejected")
_SOUND: Final[tuple[Outcome, ...]] = ("done", "accepted")

_RUNS: Final = """
    SELECT r.*, (SELECT count(*) FROM staged s WHERE s.run = r.id) AS staged,
        (SELECT coalesce(sum(hits), 0) FROM staged s WHERE s.run = r.id) AS staged_hits,
        (SELECT coalesce(sum(flagged), 0) FROM staged s WHERE s.run = r.id) AS staged_flagged
    FROM run r
"""
_FIND: Final = """
    WHERE (?1 IS NULL OR +r.source = ?1) AND (?2 = '[]' OR r.outcome IN (SELECT value FROM json_each(?2)))
        AND r.started_at < ?3
    ORDER BY r.started_at DESC, r.id DESC LIMIT ?4
"""
_GET: Final = "WHERE r.run_id = ?"
_REOPEN: Final = """
    UPDATE run SET attempts = attempts + 1, outcome = 'running', finished_at = NULL, message = '',
        reason = ?, log_file = ?, change = ?
    WHERE id = ?
"""
_OPEN: Final = """
    INSERT INTO run (run_id, source, platform, reason, started_at, log_file, change)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_CLOSE: Final = """
    UPDATE run SET finished_at = ?, outcome = ?, message = ?, pages = ?, bytes = ?, fill_rates = ?,
        errors = ?, change = ?
    WHERE id = ?
"""
_STAGE: Final = """
    INSERT INTO staged (run, listing_id, seen_at, hits, flagged, payload) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at, hits = excluded.hits, flagged = excluded.flagged,
        payload = excluded.payload
    WHERE excluded.seen_at >= seen_at
"""
_REJECT: Final = """
    UPDATE run SET outcome = 'rejected', change = ?1, listings = run.listings + s.listings,
        hits = run.hits + s.hits, flagged = run.flagged + s.flagged
    FROM (
        SELECT count(*) AS listings, coalesce(sum(hits), 0) AS hits, coalesce(sum(flagged), 0) AS flagged
        FROM staged WHERE run = ?2
    ) AS s
    WHERE id = ?2
"""
_MISSED: Final = """
    SELECT id FROM listing
    WHERE platform = ?1 AND source = ?2 AND gone_at IS NULL AND last_seen < (
        SELECT started_at FROM sweep WHERE source = ?2 ORDER BY started_at DESC LIMIT 1 OFFSET ?3
    )
"""
_LINK: Final = """
    INSERT INTO seller_link (from_platform, from_seller, to_platform, to_seller, url, seen_at, run)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET url = excluded.url, seen_at = excluded.seen_at, run = excluded.run
    WHERE excluded.seen_at > seen_at
"""
_KNOWN_LINK: Final = """
    SELECT 1 FROM seller_link
    WHERE from_platform = ? AND from_seller = ? AND to_platform = ? AND to_seller = ?
"""
_LINKS: Final = """
    SELECT k.from_platform, k.from_seller, k.to_platform, k.to_seller, k.url, k.seen_at, r.run_id
    FROM seller_link k JOIN run r ON r.id = k.run
    WHERE (?1 IS NULL OR k.from_platform = ?1) AND (?2 IS NULL OR k.from_seller = ?2)
        OR (?1 IS NULL OR k.to_platform = ?1) AND (?2 IS NULL OR k.to_seller = ?2)
    ORDER BY 1, 2, 3, 4
"""


def start(connection: Connection, opening: RunStart) -> None:
    row = _row(connection, opening.run_id)
    change = next_changes(connection)
    if row is None:
        started_at = time_text(opening.started_at)
        connection.execute(
            _OPEN,
            (
                *(opening.run_id, opening.source, opening.platform, opening.reason, started_at),
                *(opening.log_file, change),
            ),
        )
    elif row["outcome"] not in _REOPENABLE or row["source"] != opening.source:
        raise StoreError(
            f"run {opening.run_id} of {row['source']} is {row['outcome']} and cannot be started again for"
            f" {opening.source}; start a run with another id"
        )
    else:
        connection.execute(_REOPEN, (opening.reason, opening.log_file, change, row["id"]))


def finish(connection: Connection, run_id: str, end: RunEnd) -> None:
    if end.outcome in ("running", "accepted", "rejected"):
        raise StoreError(
            f"run {run_id} cannot end as {end.outcome}; that comes of starting or deciding on it"
        )
    figures = (end.pages, end.bytes, as_json(dict(end.fill_rates)), as_json(dict(end.errors)))
    key = running(connection, run_id)
    closing = (time_text(end.finished_at), end.outcome, end.message, *figures)
    connection.execute(_CLOSE, (*closing, next_changes(connection), key))


def running(connection: Connection, run_id: str) -> int:
    """The row id of a run that is running."""
    row = known(connection, run_id)
    if row["outcome"] != "running":
        raise StoreError(f"run {run_id} is {row['outcome']}; start it again before it goes on")
    key: int = row["id"]
    return key


def known(connection: Connection, run_id: str) -> Row:
    row = _row(connection, run_id)
    if row is None:
        raise StoreError(f"the store knows no run {run_id!r}; start it with start_run, or list the runs")
    return row


def get(connection: Connection, run_id: str) -> Run:
    return run_from(known(connection, run_id))


def find(
    connection: Connection,
    *,
    source: str | None,
    outcomes: Sequence[Outcome],
    before: datetime | None,
    limit: int,
) -> tuple[Run, ...]:
    wanted = (source, as_json(list(outcomes)), time_text(before) if before else "~", limit)
    rows = connection.execute(_RUNS + _FIND, wanted)
    return tuple(run_from(row) for row in rows)


def fill_rates(connection: Connection, source: str, last: int) -> tuple[Mapping[str, float], ...]:
    rows = connection.execute(
        """
        SELECT fill_rates FROM run WHERE source = ? AND outcome IN (SELECT value FROM json_each(?))
        ORDER BY started_at DESC, id DESC LIMIT ?
        """,
        (source, as_json(_SOUND), last),
    )
    return tuple(json.loads(row[0]) for row in rows)


def stage(connection: Connection, batch: Sequence[AnalyzedListing], run_id: str) -> int:
    key = running(connection, run_id)
    connection.executemany(
        _STAGE,
        (
            (
                key,
                item.listing.listing_id,
                time_text(item.listing.seen_at),
                sum(1 for _ in counted(item.analysis.hits)),
                item.analysis.verdict == "flagged",
                payload(item),
            )
            for item in batch
        ),
    )
    staged: int = connection.execute("SELECT count(*) FROM staged WHERE run = ?", (key,)).fetchone()[0]
    return staged


def staged(connection: Connection, run: int, limit: int) -> list[str]:
    """The first payloads that a run staged, by listing_id."""
    rows = connection.execute(
        "SELECT payload FROM staged WHERE run = ? ORDER BY listing_id LIMIT ?", (run, limit)
    )
    return [row[0] for row in rows]


def unstage(connection: Connection, run: int, listing_ids: Sequence[str]) -> None:
    connection.executemany(
        "DELETE FROM staged WHERE run = ? AND listing_id = ?",
        [(run, listing_id) for listing_id in listing_ids],
    )


def undecided(connection: Connection, run_id: str) -> int:
    """The row id of a run whose staged listings may still be accepted or rejected."""
    row = known(connection, run_id)
    if row["outcome"] in _DECIDED:
        raise StoreError(f"run {run_id} is {row['outcome']}; there is nothing left to accept or reject")
    key: int = row["id"]
    return key


def accept(connection: Connection, run: int) -> None:
    """Note that nothing of a run is staged any more; a running one goes on."""
    connection.execute(
        "UPDATE run SET outcome = 'accepted', change = ? WHERE id = ? AND outcome <> 'running'",
        (next_changes(connection), run),
    )


def reject(connection: Connection, run_id: str) -> int:
    key = undecided(connection, run_id)
    if known(connection, run_id)["outcome"] == "running":
        raise StoreError(f"run {run_id} is running; let it end, or finish it, before rejecting it")
    connection.execute(_REJECT, (next_changes(connection), key))
    return connection.execute("DELETE FROM staged WHERE run = ?", (key,)).rowcount


def complete_sweep(
    connection: Connection, source: str, run_id: str, *, finished_at: datetime, gone_after: int
) -> SweepResult:
    if gone_after < 1:
        raise StoreError(f"gone_after is {gone_after}; a listing can be missed by one sweep at the least")
    run, moment_gone = known(connection, run_id), time_text(finished_at)
    connection.execute(
        "INSERT OR IGNORE INTO sweep (source, run, started_at, finished_at) VALUES (?, ?, ?, ?)",
        (source, run["id"], run["started_at"], moment_gone),
    )
    missed = connection.execute(_MISSED, (run["platform"], source, gone_after - 1)).fetchall()
    for (listing,) in missed:
        connection.execute(
            "UPDATE listing SET gone_at = ?, change = ? WHERE id = ?",
            (moment_gone, next_changes(connection), listing),
        )
        connection.execute("INSERT INTO absence (listing, gone_at) VALUES (?, ?)", (listing, moment_gone))
    sweeps = connection.execute("SELECT count(*) FROM sweep WHERE source = ?", (source,)).fetchone()[0]
    return SweepResult(sweeps=sweeps, gone=len(missed))


def link(connection: Connection, found: SellerLink) -> bool:
    key = known(connection, found.run_id)["id"]
    pair = (found.from_platform, found.from_seller, found.to_platform, found.to_seller)
    is_known = connection.execute(_KNOWN_LINK, pair).fetchone()
    connection.execute(_LINK, (*pair, found.url, time_text(found.seen_at), key))
    return is_known is None


def links(connection: Connection, platform: str | None, seller: str | None) -> tuple[SellerLink, ...]:
    rows = connection.execute(_LINKS, (platform, seller))
    return tuple(
        SellerLink(one, seller_one, two, seller_two, url, moment(seen_at), run_id)
        for one, seller_one, two, seller_two, url, seen_at, run_id in rows
    )


def _row(connection: Connection, run_id: str) -> Row | None:
    row: Row | None = connection.execute(_RUNS + _GET, (run_id,)).fetchone()
    return row
