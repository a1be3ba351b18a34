"""The cluster that the tests ask: the one at ELASTICSEARCH_URL, else the shared test node."""

from __future__ import annotations

import atexit
import fcntl
import os
import secrets
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.store.elasticsearch.connection import ClusterSettings, connect
from pipelines.store.elasticsearch.mappings import COMPONENTS, KINDS
from tests.elasticsearch.node import missing_tools, shared_node, tidy

if TYPE_CHECKING:
    from typing import TextIO

    from elasticsearch import Elasticsearch

    from pipelines.store.elasticsearch.indices import Indices
    from tests.elasticsearch.node import Node

URL_VARIABLE = "ELASTICSEARCH_URL"
MEMORY = Path("/dev/shm")  # noqa: S108


@lru_cache(maxsize=1)
def cluster() -> Elasticsearch:
    """A client of the cluster; the calling test is skipped where there is none."""
    if url := os.environ.get(URL_VARIABLE):
        return connect(ClusterSettings(url))
    if missing := missing_tools():
        pytest.skip(f"no Elasticsearch: {', '.join(missing)} not installed, and {URL_VARIABLE} is not set")
    folder = session_folder()
    users = (folder / "users").open("w")
    fcntl.flock(users, fcntl.LOCK_SH)
    node = shared_node(folder)
    atexit.register(_leave, folder, users, node)
    return connect(ClusterSettings(node.url))


def _leave(folder: Path, users: TextIO, node: Node) -> None:
    node.release()
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    tidy(folder)


def session_folder() -> Path:
    """A folder that all processes of this test session share and no other session does."""
    memory = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    folder = memory / f"jargonwatch-tests-{session}"
    folder.mkdir(exist_ok=True)
    return folder


def new_prefix() -> str:
    """A prefix of indices that no other test has."""
    return f"t{secrets.token_hex(6)}"


def remove(client: Elasticsearch, indices: Indices) -> None:
    """Delete all indices and templates of a prefix."""
    prefix = indices.prefix
    client = client.options(ignore_status=404)
    if indices.features.data_streams:
        client.indices.delete_data_stream(name=f"{prefix}-*")
    client.indices.delete(index=f"{prefix}-*")
    client.indices.delete_index_template(name=[f"{prefix}-{kind}" for kind in KINDS])
    client.cluster.delete_component_template(name=[f"{prefix}-{part}" for part in COMPONENTS])
    if indices.features.lifecycle:
        for kind in KINDS:
            client.ilm.delete_lifecycle(name=f"{prefix}-{kind}")
