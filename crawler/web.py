"""The web pages of a workspace: their settings from its configuration, and the server that serves them."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import uvicorn

from crawler.asking import Place, open_asked, user_name
from crawler.errors import ConfigError, JobError
from dashboards.web.app import create_app
from dashboards.web.errors import WebError
from dashboards.web.settings import TOKEN_VARIABLE, WebSettings
from pipelines.masking import mask_text

if TYPE_CHECKING:
    from fastapi import FastAPI

    from crawler.config import Workspace
    from dashboards.web.control import ServiceControl


def web_settings(workspace: Workspace, *, host: str | None = None, port: int | None = None) -> WebSettings:
    """How a workspace's pages are served; a `ConfigError` where others could see them without a token."""
    config = workspace.config
    settings = WebSettings(
        data_dir=workspace.data_dir,
        lexicon_dir=workspace.lexicon_dir,
        evidence_dir=workspace.evidence_dir,
        host=host or config.web_host,
        port=config.web_port if port is None else port,
        url=config.web_url,
        token=os.environ.get(TOKEN_VARIABLE) or None,
        user_header=config.web_user_header,
        analyst=user_name(),
    )
    try:
        settings.require_safe()
    except WebError as error:
        raise ConfigError(str(error)) from error
    return settings


def web_app(
    workspace: Workspace,
    settings: WebSettings,
    *,
    control: ServiceControl | None = None,
    place: Place = Place.EMBEDDED,
) -> FastAPI:
    """The pages on a workspace's store. Without `control` they say that nothing is scheduled."""
    key = workspace.masking_key()
    return create_app(
        settings,
        lambda: open_asked(workspace, place),
        control=control,
        timezone=workspace.config.timezone,
        mask=lambda text: mask_text(text, key).text,
    )


def web_server(app: FastAPI) -> uvicorn.Server:
    """A server for the pages; run it on the socket of `listen`. The audit log is its only access log."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        limit_concurrency=64,
    )
    return uvicorn.Server(config)


def listen(settings: WebSettings) -> socket.socket:
    """Bind where the settings say; a `JobError` where that cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise JobError(
            f"{settings.host}:{settings.port} cannot be served on ({error.strerror}); "
            "end what is there, or choose another --port"
        ) from error
