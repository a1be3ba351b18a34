"""Which files of feeds were taken into the store, so that each is read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from pipelines.store import runs
from pipelines.store.database import Database
from pipelines.store.rows import moment, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

_TAKEN: Final = """
    SELECT f.*, r.run_id FROM feed_file f JOIN run r ON r.id = f.run
    WHERE r.source = ? AND r.outcome <> 'rejected' ORDER BY f.run
"""


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A file whose listings are in the store, or were staged. `digest` is its SHA-256, hexadecimal."""

    digest: str
    name: str
    bytes: int
    modified_at: datetime
    listings: int
    refused: int
    run_id: str


class FeedLedger:
    """The files of feeds, in the store's own database: no file is noted whose listings could be lost.

    Raises `StoreError` where the store cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def taken(self, source: str) -> tuple[FeedFile, ...]:
        """The files of a source that need not be read again: all but those of rejected runs."""
        with self._database.reading() as connection:
            return tuple(
                FeedFile(
                    *(row["digest"], row["name"], row["bytes"], moment(row["modified_at"])),
                    *(row["listings"], row["refused"], row["run_id"]),
                )
                for row in connection.execute(_TAKEN, (source,))
            )

    def take(self, files: Iterable[FeedFile]) -> None:
        """Note files that runs have read to their end and stored."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO feed_file VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(runs.known(connection, file.run_id)["id"], file.digest, file.name, file.bytes),
                        *(time_text(file.modified_at), file.listings, file.refused),
                    )
                    for file in files
                ],
            )
