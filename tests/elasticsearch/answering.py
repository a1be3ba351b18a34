"""A small HTTP server that answers as told and remembers what it was asked, for what the node cannot play."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    type Answer = tuple[int, Any]


@dataclass
class Asked:
    """A request that came in; the names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answering:
    """The server's address and all that it was asked."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)

    def put(self, path: str) -> Any:
        """What was put to a path."""
        return next(each.json() for each in self.asked if (each.method, each.path) == ("PUT", path))


@contextmanager
def answering(answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None) -> Iterator[Answering]:
    """Serve on a free loopback port while inside."""
    made = Answering()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(length))
            made.asked.append(asked)
            status, body = answer(asked)
            said = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
