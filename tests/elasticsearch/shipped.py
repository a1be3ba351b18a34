"""Written to the embedded store, shipped, and asked of Elasticsearch: what the contract of stores runs on."""

from __future__ import annotations

import atexit
import sqlite3
from typing import TYPE_CHECKING, Any

from elasticsearch import helpers

from crawler.shipping import Shipper
from pipelines.store.elasticsearch.indices import Indices
from pipelines.store.elasticsearch.mappings import KINDS
from pipelines.store.elasticsearch.outbox import Outbox
from pipelines.store.elasticsearch.store import ElasticsearchStore
from pipelines.store.protocol import Questions
from pipelines.store.sqlite import open_store
from tests.elasticsearch.cluster import cluster, new_prefix, remove

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

QUESTIONS = frozenset(name for name in vars(Questions) if not name.startswith("_") and name != "close")
STORE_ID = "contract"

_pool: list[tuple[Indices, int]] = []
"""Emptied indices that no store uses now, and the largest revision they have seen.

Making indices takes longer than most tests. What was deleted from them keeps its revision for a while, so the
changes of the next store begin after it.
"""


def open_shipped(folder: Path) -> Any:
    """An empty store of this kind."""
    client = cluster()
    indices, seen = _pool.pop() if _pool else (_prepared(client), 0)
    return Shipped(folder / "store.sqlite", client, indices, seen)


def _prepared(client: Elasticsearch) -> Indices:
    indices = Indices(client, new_prefix())
    indices.prepare(STORE_ID)
    atexit.register(remove, client, indices)
    return indices


class Shipped:
    """The embedded store, of which every question is answered by Elasticsearch after shipping."""

    def __init__(self, path: Path, client: Elasticsearch, indices: Indices, seen: int) -> None:
        self.embedded = open_store(path)
        self.seen = seen
        self.client = client
        self.indices = indices
        self.outbox = Outbox(path, indices.prefix)
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE shipping SET store_id = ?", (STORE_ID,))
            connection.execute("UPDATE sequence SET change = ?", (seen,))
        self.shipper = Shipper(self.outbox, client, indices, patience=0)
        self.asked = ElasticsearchStore(client, indices.prefix)

    def __getattr__(self, name: str) -> Any:
        if name not in QUESTIONS:
            return getattr(self.embedded, name)
        if name == "links" or self.outbox.state().pending:
            self.shipper.ship()
            self.indices.refresh()
            assert not self.outbox.dead_letters()
        return getattr(self.asked, name)

    def __enter__(self) -> Shipped:
        return self

    def __exit__(self, *_: object) -> None:
        seen = max(self.seen, self.outbox.state().shipped)
        linked = bool(self.embedded.links())
        self.embedded.close()
        self.outbox.close()
        if not linked:  # a link's revision is the time of its sighting
            self._empty()
            _pool.append((self.indices, seen))

    def _empty(self) -> None:
        index = ",".join(self.indices.alias(kind) for kind in KINDS)
        found = helpers.scan(self.client, index=index, _source=False)
        gone = [{"_op_type": "delete", "_index": hit["_index"], "_id": hit["_id"]} for hit in found]
        helpers.bulk(self.client, gone, refresh=True)
