"""Serves kept pages on loopback, in a sandbox: no script runs, and nothing is loaded from anywhere."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

import uvicorn
from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse
from starlette.routing import Route

from dashboards.web.evidence import page_response
from pipelines.evidence.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from pipelines.evidence.manifest import Entry

FRAME_POLICY: Final = "default-src 'none'; style-src 'self' 'unsafe-inline'"
COMMON_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def replay_app(directory: Path, entries: Sequence[Entry]) -> Starlette:
    """A web page with every record of a listing, each in a sandboxed frame."""
    pages = Environment(loader=PackageLoader("crawler", "templates"), autoescape=True)

    def overview(_: Request) -> HTMLResponse:
        html = pages.get_template("evidence.html").render(entries=entries)
        policy = f"{FRAME_POLICY}; frame-src 'self'; img-src 'self'"
        return HTMLResponse(html, headers=COMMON_HEADERS | {"Content-Security-Policy": policy})

    def record(request: Request) -> Response:
        number = request.path_params["number"]
        if number >= len(entries):
            raise HTTPException(404, "no such record")
        return page_response(read(directory, entries[number]))

    return Starlette(routes=[Route("/", overview), Route("/record/{number:int}", record)])


def serve(directory: Path, entries: Sequence[Entry], port: int, *, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C. Only this machine can ask: the socket is bound to loopback."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        config = uvicorn.Config(replay_app(directory, entries), log_level="warning", access_log=False)
        ready(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        uvicorn.Server(config).run(sockets=[listener])
