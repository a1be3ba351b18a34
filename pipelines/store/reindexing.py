"""The substring index follows the fold: text indexed by an older fold is indexed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.store.bigrams import index_text

if TYPE_CHECKING:
    from sqlite3 import Connection

_FILL = "INSERT INTO version_text (rowid, bigrams) VALUES (?, ?)"


def note_fold(connection: Connection, pipeline_version: str) -> None:
    """Remember by whose fold an index begins to fill."""
    connection.execute("UPDATE sequence SET folded_by = ? WHERE folded_by = ''", (pipeline_version,))


def fold_anew(connection: Connection, pipeline_version: str) -> None:
    """Index all stored text again if another pipeline than this one folded it."""
    folded_by = connection.execute("SELECT folded_by FROM sequence").fetchone()[0]
    if folded_by in ("", pipeline_version):
        return
    connection.execute("INSERT INTO version_text (version_text) VALUES ('delete-all')")
    texts = connection.execute("SELECT id, title, description FROM version")
    connection.executemany(
        _FILL, ((key, index_text(title, description)) for key, title, description in texts)
    )
    connection.execute("UPDATE sequence SET folded_by = ?", (pipeline_version,))
