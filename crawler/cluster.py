"""The Elasticsearch cluster and the Kibana of a workspace: addresses from its file, secrets from outside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from crawler.errors import ConfigError

if TYPE_CHECKING:
    from crawler.config import Workspace
    from dashboards.kibana.push import KibanaSettings
    from pipelines.store.elasticsearch.connection import ClusterSettings
    from pipelines.store.elasticsearch.indices import Keeping

API_KEY_VARIABLE: Final = "JARGONWATCH_ELASTICSEARCH_API_KEY"
PASSWORD_VARIABLE: Final = "JARGONWATCH_ELASTICSEARCH_PASSWORD"  # noqa: S105 - the name of a variable
KIBANA_KEY_VARIABLE: Final = "JARGONWATCH_KIBANA_API_KEY"


def cluster_settings(workspace: Workspace) -> ClusterSettings:
    """How the workspace's cluster is reached; a `ConfigError` where none is configured."""
    from pipelines.store.elasticsearch.connection import ClusterSettings

    config = workspace.config
    if config.elasticsearch is None:
        raise ConfigError(
            'no cluster is configured; write elasticsearch = "https://…"',
            file=workspace.config_path,
            key="elasticsearch",
        )
    return ClusterSettings(
        url=config.elasticsearch,
        user=config.elasticsearch_user,
        password=os.environ.get(PASSWORD_VARIABLE),
        api_key=os.environ.get(API_KEY_VARIABLE),
        ca_file=workspace.root / config.elasticsearch_ca_file if config.elasticsearch_ca_file else None,
    )


def keeping(workspace: Workspace) -> Keeping:
    """How long the workspace's cluster keeps what ages."""
    from pipelines.store.elasticsearch.indices import Keeping

    return Keeping(keep_days=workspace.config.elasticsearch_keep_days or None)


def kibana_settings(workspace: Workspace) -> KibanaSettings:
    """How the workspace's Kibana is reached; a `ConfigError` where none is configured."""
    from dashboards.kibana.push import KibanaSettings

    config = workspace.config
    if config.kibana is None:
        raise ConfigError(
            'no Kibana is configured; write kibana = "https://…"', file=workspace.config_path, key="kibana"
        )
    api_key = os.environ.get(KIBANA_KEY_VARIABLE) or os.environ.get(API_KEY_VARIABLE)
    return KibanaSettings(
        url=config.kibana,
        space=config.kibana_space,
        api_key=api_key,
        user=None if api_key else config.elasticsearch_user,
        password=None if api_key else os.environ.get(PASSWORD_VARIABLE),
        ca_file=workspace.root / config.elasticsearch_ca_file if config.elasticsearch_ca_file else None,
    )
