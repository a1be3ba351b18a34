"""One SQLite file: opened, migrated, locked, and its errors put into words."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Final

from pipelines.errors import StoreError
from pipelines.store.schema import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_WAIT_SECONDS: Final = 60
"""How long a writer waits for another. A batch takes a tenth of a second; a migration may take longer."""

OLDEST_SQLITE: Final = (3, 38)
"""The first with JSON always built in; RETURNING and UPDATE FROM came shortly before."""

_ADVICE: Final = {
    sqlite3.SQLITE_BUSY: "another process has been writing for too long; try again when it is done",
    sqlite3.SQLITE_LOCKED: "another process has been writing for too long; try again when it is done",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run again, nothing that was stored is lost",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only; make both writable for this user",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that its folder exists and may be written to",
    sqlite3.SQLITE_PERM: "the file cannot be opened; check its permissions",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written; check the disk, then run again",
    sqlite3.SQLITE_NOTADB: "this is not a jargonwatch store; name another file or move this one away",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; put a back-up in its place, or salvage it with"
    " `sqlite3 FILE .recover`",
}


class Database:
    """A connection to a store's file that several threads take turns at.

    Raises `StoreError` with the path and what to do wherever SQLite fails.
    """

    def __init__(self, path: Path) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreError(
                f"{path}: this Python has SQLite {sqlite3.sqlite_version}, the store needs"
                f" {'.'.join(map(str, OLDEST_SQLITE))} or newer; use a newer Python"
            )
        self.path = path
        self._turn = RLock()
        with self._explained():
            self._connection = sqlite3.connect(
                path, timeout=LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
        try:
            with self._explained():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        with self._turn:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """All that is read inside is of one moment, whatever is written meanwhile."""
        with self._turn, self._explained(), self._transaction("BEGIN"):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written inside is kept together, or nothing of it."""
        with self._turn, self._explained(), self._transaction("BEGIN IMMEDIATE"):
            yield self._connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has SQLite roll back by itself
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            advice = _ADVICE.get(code & 0xFF) if code is not None else None
            raise StoreError(f"{self.path}: {advice or 'the store failed'} ({error})") from error
        except UnicodeEncodeError as error:
            raise StoreError(f"{self.path}: a text holds half a surrogate pair ({error})") from error

    def _prepare(self) -> None:
        connection = self._connection
        connection.row_factory = sqlite3.Row
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self._require_ours()
            connection.execute("PRAGMA journal_mode = WAL")
        for pragma in (
            "foreign_keys = ON",
            "synchronous = NORMAL",
            "temp_store = MEMORY",
            "cache_size = -65536",
            "wal_autocheckpoint = 4000",
            "journal_size_limit = 67108864",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if self._schema() != len(MIGRATIONS):
            self._migrate()

    def _schema(self) -> int:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        return version

    def _migrate(self) -> None:
        with self._transaction("BEGIN IMMEDIATE"):
            self._require_ours()
            have = self._schema()  # again: another process may have migrated while this one waited
            if have > len(MIGRATIONS):
                raise StoreError(
                    f"{self.path}: the store has schema {have}, this jargonwatch knows up to"
                    f" {len(MIGRATIONS)}; use the newer jargonwatch that wrote it"
                )
            for step in MIGRATIONS[have:]:
                for statement in step:
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _require_ours(self) -> None:
        marked = self._connection.execute("PRAGMA application_id").fetchone()[0]
        used = self._connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0]
        if used and marked != APPLICATION_ID:
            raise StoreError(
                f"{self.path}: this SQLite file belongs to another program; name another file for the store"
            )
