"""Where a workspace's questions go: its embedded store, or the cluster that is filled from it."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from crawler.config import Workspace
    from dashboards.research.archive import Archive
    from dashboards.research.saved import SavedQueries
    from pipelines.store.protocol import Questions

QUERIES_NAME: Final = "queries.jsonl"


class Place(StrEnum):
    """Which store answers."""

    EMBEDDED = "embedded"
    ELASTICSEARCH = "elasticsearch"


def open_asked(workspace: Workspace, place: Place) -> Questions:
    """The store to ask."""
    if place is Place.EMBEDDED:
        return open_store(workspace.store_path, must_exist=True)
    from crawler.cluster import cluster_settings
    from pipelines.store.elasticsearch.connection import connect
    from pipelines.store.elasticsearch.store import ElasticsearchStore

    client = connect(cluster_settings(workspace))
    return ElasticsearchStore(client, workspace.config.elasticsearch_prefix)


def open_archive(workspace: Workspace, place: Place = Place.EMBEDDED) -> Archive:
    """The archive of a workspace: its store and the terms of its lexicon."""
    from dashboards.research.archive import Archive
    from pipelines.lexicon.files import read_lexicon

    lexicon = read_lexicon(workspace.lexicon_dir)
    name = "embedded store" if place is Place.EMBEDDED else f"Elasticsearch {workspace.config.elasticsearch}"
    return Archive(open_asked(workspace, place), name=name, lexicon=lexicon)


def saved_queries(workspace: Workspace) -> SavedQueries:
    """The saved queries of a workspace."""
    from dashboards.research.saved import SavedQueries

    return SavedQueries(workspace.root / QUERIES_NAME)


def user_name() -> str:
    """Who is asking, as the machine has it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return "analyst"
