"""An embedded store, the cluster, and what ships from the one to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from crawler.shipping import Shipper
from pipelines.store.elasticsearch.indices import Indices
from pipelines.store.elasticsearch.outbox import Outbox
from pipelines.store.sqlite import SqliteStore
from tests.elasticsearch.cluster import cluster, new_prefix, remove
from tests.elasticsearch.line import Line
from tests.pipelines.store_cases import hit, offer, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elasticsearch import Elasticsearch


@pytest.fixture
def client() -> Elasticsearch:
    return cluster()


@pytest.fixture
def indices(client: Elasticsearch) -> Iterator[Indices]:
    """Indices of a prefix of their own, not made yet."""
    made = Indices(client, new_prefix())
    yield made
    remove(client, made)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """A store with sixty listings of two terms, none of them shipped."""
    with SqliteStore(path) as opened:
        start(opened)
        opened.write([offer(n, hits=[hit(), hit("跑分")]) for n in range(60)], run_id="run-1")
        yield opened


@pytest.fixture
def outbox(store: SqliteStore, path: Path, indices: Indices) -> Iterator[Outbox]:
    with Outbox(path, indices.prefix) as opened:
        yield opened


@pytest.fixture
def shipper(outbox: Outbox, client: Elasticsearch, indices: Indices) -> Shipper:
    return Shipper(outbox, client, indices, patience=0)


@pytest.fixture
def line(client: Elasticsearch) -> Iterator[Line]:
    """A line to the cluster that can be cut."""
    far = urlsplit(next(iter(client.transport.node_pool.all())).base_url)
    made = Line(far.hostname or "", far.port or 80)
    yield made
    made.cut()
