"""What the service says of itself over HTTP on loopback: /metrics for Prometheus, /healthz, /readyz."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily

from crawler.errors import CrawlerError, JobError
from crawler.service.status import read_status
from pipelines.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.metrics_core import Metric

    from crawler.runs import RunSummary
    from crawler.service.book import Book
    from crawler.service.service import Service

HOST: Final = "127.0.0.1"
HANGS_AFTER: Final = timedelta(seconds=60)
_COUNTED: Final = {
    "pages": "Pages asked",
    "bytes": "Bytes received",
    "listings": "Listings seen",
    "new": "Listings seen for the first time",
    "changed": "Listings that read differently",
    "hits": "Hits that count",
    "flagged": "Listings flagged",
}


class Metrics:
    """Counts of the crawls since the start, and gauges that are read when somebody asks."""

    def __init__(self, book: Book) -> None:
        self.registry = CollectorRegistry()
        self._runs = Counter(
            "jargonwatch_runs", "Crawls by outcome", ("source", "outcome"), registry=self.registry
        )
        self._counters = {
            name: Counter(f"jargonwatch_{name}", said, ("source",), registry=self.registry)
            for name, said in _COUNTED.items()
        }
        self._book = book
        self._service: Service | None = None

    def serve(self, service: Service) -> None:
        """Read the gauges from a service from now on."""
        self._service = service
        self.registry.register(self)

    def count(self, summary: RunSummary) -> None:
        """Count a crawl that has ended."""
        self._runs.labels(summary.source, summary.outcome).inc()
        for name, counter in self._counters.items():
            counter.labels(summary.source).inc(getattr(summary, name))

    def collect(self) -> Iterator[Metric]:
        """The gauges, as Prometheus' registry asks for them."""
        assert self._service is not None  # noqa: S101 - registered by serve
        status = read_status(self._service.workspace)
        lag = GaugeMetricFamily("jargonwatch_lag_seconds", "Since the last crawl was done", labels=["source"])
        now = datetime.now(UTC)
        for line in status.sources:
            done = self._book.fires(name=line.status.source, states=("done",), limit=1)
            if done and done[0].ended_at:
                lag.add_metric([line.status.source], (now - done[0].ended_at).total_seconds())
        yield lag
        fires = GaugeMetricFamily(
            "jargonwatch_fires", "Times that came, by what became of them", labels=["kind", "name", "state"]
        )
        for key, count in self._book.counts().items():
            fires.add_metric(list(key), count)
        yield fires
        for name, said, value in (
            ("queue", "Changes that wait for Elasticsearch", status.queue),
            ("mails_waiting", "Mails that wait", status.mails),
            ("store_bytes", "Size of the store", status.store_bytes),
            ("listings_stored", "Listings in the store", status.listings),
            ("troubles", "Things that need a person", len(status.troubles)),
        ):
            if value is not None:
                yield GaugeMetricFamily(f"jargonwatch_{name}", said, value=value)


class Window:
    """The HTTP server; entering serves in a thread of its own. A `JobError` where the port is taken."""

    def __init__(self, port: int, service: Service, registry: CollectorRegistry) -> None:
        answers: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest(registry)),
            "/healthz": lambda: _health(service, ready=False),
            "/readyz": lambda: _health(service, ready=True),
        }

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = answers.get(self.path)
                status, kind, body = found() if found else (404, "text/plain", b"not found\n")
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: the log is the service's."""

        try:
            self._server = ThreadingHTTPServer((HOST, port), Handler)
        except OSError as error:
            raise JobError(
                f"{HOST}:{port} cannot be served on ({error.strerror}); choose another service_port"
            ) from error
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Window:
        threading.Thread(target=self._server.serve_forever, daemon=True, name="metrics").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _health(service: Service, *, ready: bool) -> tuple[int, str, bytes]:
    """Alive: it looks after itself. Ready: it could also crawl and store now."""
    wrong = []
    silent = datetime.now(UTC) - service.tended_at
    if silent > HANGS_AFTER:
        wrong.append(f"it has not looked after itself for {silent.total_seconds():.0f} s")
    if ready:
        if not service.nursery_alive():
            wrong.append("the process that crawls are forked from has ended")
        try:
            read_status(service.workspace)
        except (CrawlerError, PipelineError) as error:
            wrong.append(str(error))
    body = "".join(f"{line}\n" for line in wrong) or "ok\n"
    return (503 if wrong else 200), "text/plain; charset=utf-8", body.encode()
