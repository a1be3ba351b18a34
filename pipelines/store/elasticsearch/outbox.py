"""What the embedded store still has to tell a cluster, and how far that has come.

Reads the store's own tables, in batches that are each of one moment, and keeps the cursor and the dead
letters in the same file: what was shipped and what it was shipped from cannot be parted.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pipelines.records import PIPELINE_VERSION
from pipelines.store import reading, runs
from pipelines.store.database import Database
from pipelines.store.elasticsearch.documents import Stamp, link_document, run_document, term_document
from pipelines.store.elasticsearch.gathering import gather
from pipelines.store.rows import as_json, moment, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from sqlite3 import Connection, Row
    from types import TracebackType
    from typing import Self

    from pipelines.store.elasticsearch.documents import Document
    from pipelines.store.elasticsearch.mappings import Kind

_IN: Final = "IN (SELECT value FROM json_each(?))"
_DUE_COLUMNS: Final = """
    SELECT v.listing AS id, l.listing_id, max(v.change) AS revision, min(v.id) AS first, max(v.id) AS last
    FROM version v JOIN listing l ON l.id = v.listing
"""
_DUE: Final = f"""{_DUE_COLUMNS}
    WHERE v.listing IN (SELECT listing FROM version WHERE change > ?1 AND change <= ?2)
    GROUP BY v.listing HAVING max(v.change) <= ?2
"""  # noqa: S608
_NAMED: Final = f"{_DUE_COLUMNS} WHERE l.listing_id {_IN} GROUP BY v.listing"
_LATEST: Final = "SELECT lexicon_version, pipeline_version FROM version ORDER BY id DESC LIMIT 1"
_LISTING_CHANGES: Final = f"SELECT listing_id, change FROM listing WHERE listing_id {_IN}"  # noqa: S608
_RUN_CHANGES: Final = f"SELECT run_id, change FROM run WHERE run_id {_IN}"  # noqa: S608
_PENDING: Final = """
    SELECT (SELECT count(*) FROM listing WHERE change > ?1) + (SELECT count(*) FROM version WHERE change > ?1)
        + (SELECT count(*) FROM run WHERE change > ?1)
"""
_STATE: Final = """
    INSERT INTO shipping (target, store_id, shipped, sent_version) VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING
"""
_BURY: Final = """
    INSERT INTO dead_letter (target, kind, document, key, reason, failed_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET reason = excluded.reason, failed_at = excluded.failed_at,
        attempts = attempts + 1
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents of one moment of the store. `upto` is the change they bring a cluster up to.

    `swept` maps listing_id → revision where hits of earlier revisions may have been shipped.
    `last_version` is the largest version_id among them.
    """

    upto: int
    documents: tuple[Document, ...]
    swept: Mapping[str, int]
    last_version: int
    changes: int


@dataclass(frozen=True, slots=True)
class State:
    """How far a target has been shipped to. `pending` counts things that changed since.

    No version with an id above `sent_version` was ever sent.
    """

    store_id: str
    shipped: int
    sent_version: int
    pending: int
    shipped_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A document that the cluster refuses, and why."""

    kind: Kind
    document: str
    key: str
    reason: str
    failed_at: datetime
    attempts: int


class Outbox:
    """One target (the prefix of its indices) of one embedded store. Raises StoreError as the store does."""

    def __init__(self, path: Path, target: str) -> None:
        self.path, self.target = path, target
        self._database = Database(path)
        with self._database.writing() as connection:
            connection.execute(_STATE, (target, secrets.token_hex(8)))

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def state(self) -> State:
        with self._database.reading() as connection:
            row = self._row(connection)
            pending = _pending(connection, row["shipped"])
        shipped_at = moment(row["shipped_at"]) if row["shipped_at"] else None
        return State(row["store_id"], row["shipped"], row["sent_version"], pending, shipped_at)

    def waiting(self, after: int) -> int:
        """How many things changed after a change."""
        with self._database.reading() as connection:
            return _pending(connection, after)

    def batch(self, after: int, *, limit: int, sent: int = 0) -> Batch | None:
        """What changed after a change, up to `limit` changes of it; None if nothing did.

        A listing's versions come when the last of them that changed does, and then all together. `sent` is
        the largest version_id that may have been shipped before.
        """
        with self._database.reading() as connection:
            changes = reading.changes(connection, after, limit)
            if not changes:
                return None
            upto = changes[-1].seq
            listings = {change.key: change.seq for change in changes if change.kind == "listing"}
            ledger = {change.key: change.seq for change in changes if change.kind == "run"}
            due = connection.execute(_DUE, (after, upto)).fetchall()
            stamp = _stamp(connection)
            documents = (
                *gather(connection, listings, due),
                *_run_documents(connection, ledger, stamp),
            )
        return Batch(upto, documents, *_sweeping(due, sent), len(changes))

    def batch_of(self, letters: Iterable[DeadLetter]) -> Batch:
        """The present documents of what dead letters were made from."""
        keys: defaultdict[Kind, list[str]] = defaultdict(list)
        for letter in letters:
            keys[letter.kind].append(letter.key)
        with self._database.reading() as connection:
            row = self._row(connection)
            listings = dict(connection.execute(_LISTING_CHANGES, (as_json(keys["listings"]),)))
            ledger = dict(connection.execute(_RUN_CHANGES, (as_json(keys["runs"]),)))
            due = connection.execute(_NAMED, (as_json(keys["versions"] + keys["hits"]),)).fetchall()
            stamp = _stamp(connection)
            small = (
                _small_documents(connection, row["shipped"], stamp) if keys["terms"] + keys["links"] else ()
            )
            documents = (
                *gather(connection, listings, due),
                *_run_documents(connection, ledger, stamp),
                *small,
            )
        return Batch(row["shipped"], documents, *_sweeping(due, row["sent_version"]), 0)

    def small_documents(self) -> tuple[Document, ...]:
        """All terms and links: few, and shipped whole after everything else."""
        with self._database.reading() as connection:
            shipped = self._row(connection)["shipped"]
            return _small_documents(connection, shipped, _stamp(connection))

    def everything(self, *, limit: int) -> Iterator[tuple[Document, ...]]:
        """All documents up to the cursor, as they should be in the cluster, in batches."""
        after = 0
        while (batch := self.batch(after, limit=limit)) is not None:
            yield batch.documents
            after = batch.upto
        yield self.small_documents()

    def note_sending(self, version: int) -> None:
        """Remember that versions up to an id may be in the cluster from now on."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE shipping SET sent_version = max(sent_version, ?) WHERE target = ?",
                (version, self.target),
            )

    def advance(self, upto: int) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE shipping SET shipped = max(shipped, ?), shipped_at = ? WHERE target = ?",
                (upto, time_text(datetime.now(UTC)), self.target),
            )

    def begin_anew(self) -> None:
        """Forget what was shipped and what was refused: the indices are other ones now."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE shipping SET shipped = 0, sent_version = 0, shipped_at = NULL WHERE target = ?",
                (self.target,),
            )
            connection.execute("DELETE FROM dead_letter WHERE target = ?", (self.target,))

    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """The dead letters, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT kind, document, key, reason, failed_at, attempts FROM dead_letter WHERE target = ?"
                " ORDER BY failed_at, kind, document",
                (self.target,),
            ).fetchall()
        return tuple(DeadLetter(**{**dict(row), "failed_at": moment(row["failed_at"])}) for row in rows)

    def bury(self, refused: Sequence[tuple[Document, str]], taken: Iterable[Document]) -> None:
        """Put refused documents aside with their reasons; let go of those that were taken now."""
        now = time_text(datetime.now(UTC))
        with self._database.writing() as connection:
            if connection.execute("SELECT EXISTS (SELECT 1 FROM dead_letter)").fetchone()[0]:
                connection.executemany(
                    "DELETE FROM dead_letter WHERE target = ? AND kind = ? AND key = ? AND document NOT IN"
                    " (SELECT value FROM json_each(?))",
                    self._settled(refused, taken),
                )
            connection.executemany(
                _BURY, [(self.target, d.kind, d.id, d.key, reason, now) for d, reason in refused]
            )

    def _settled(
        self, refused: Sequence[tuple[Document, str]], taken: Iterable[Document]
    ) -> list[tuple[str, str, str, str]]:
        """What was made from a key replaces every earlier document of its kind made from it."""
        still = as_json([document.id for document, _ in refused])
        made = {(d.kind, d.key) for d in taken} | {(d.kind, d.key) for d, _ in refused}
        return [(self.target, kind, key, still) for kind, key in sorted(made)]

    def _row(self, connection: Connection) -> Row:
        row: Row = connection.execute("SELECT * FROM shipping WHERE target = ?", (self.target,)).fetchone()
        return row


def _sweeping(due: Sequence[Row], sent: int) -> tuple[dict[str, int], int]:
    """Which listings may have hits of earlier revisions, and the largest version_id of all."""
    swept = {row["listing_id"]: row["revision"] for row in due if row["first"] <= sent}
    return swept, max((row["last"] for row in due), default=0)


def _pending(connection: Connection, after: int) -> int:
    pending: int = connection.execute(_PENDING, (after,)).fetchone()[0]
    return pending


def _stamp(connection: Connection) -> Stamp:
    row = connection.execute(_LATEST).fetchone()
    return Stamp(*row) if row else Stamp("", PIPELINE_VERSION)


def _run_documents(connection: Connection, revisions: Mapping[str, int], stamp: Stamp) -> Iterator[Document]:
    for run_id, revision in revisions.items():
        yield run_document(runs.get(connection, run_id), revision, stamp)


def _small_documents(connection: Connection, shipped: int, stamp: Stamp) -> tuple[Document, ...]:
    return (
        *(term_document(term, shipped, stamp) for term in reading.terms(connection)),
        *(link_document(link, stamp) for link in runs.links(connection, None, None)),
    )
