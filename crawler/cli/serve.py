"""`jargonwatch serve`: crawl by the sources' schedules until told to stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.terminal import WorkspaceOption, err
from crawler.config import load_workspace

if TYPE_CHECKING:
    from crawler.config import Workspace
    from crawler.service.book import Book
    from crawler.service.service import Service


def serve(
    no_web: Annotated[bool, typer.Option("--no-web", help="Leave the local pages away.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Crawl by schedule, ship, tidy up and serve the local pages until SIGTERM or Ctrl-C.

    Crawls that are cut short by a stop or a kill are gone on with at the next start. Logs are JSON lines on
    standard error.
    """
    from crawler.log_format import log_as_json
    from crawler.service.book import Book
    from crawler.service.metrics import Metrics, Window
    from crawler.service.owning import only_service
    from crawler.service.service import Service
    from crawler.service.watch import Watch

    loaded = load_workspace(workspace)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with ExitStack() as stack:
        stack.enter_context(only_service(loaded.data_dir))
        log_as_json(None)
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        book = stack.enter_context(Book(loaded.data_dir))
        metrics = Metrics(book)
        service = Service(lambda: load_workspace(loaded.root), book, watch=Watch(book), counted=metrics.count)
        service.start()
        metrics.serve(service)
        window = stack.enter_context(Window(loaded.config.service_port, service, metrics.registry))
        err.print(f"serving {loaded.root}; http://127.0.0.1:{window.port}/metrics", soft_wrap=True)
        if not no_web:
            _serve_pages(loaded, service, book)
        stopping.wait()
        err.print("stopping: crawls are ended in order")
        if not service.stop():
            sys.stderr.flush()
            os._exit(1)  # a task that hangs would keep the process


def _serve_pages(workspace: Workspace, service: Service, book: Book) -> None:
    from crawler.service.status import Control
    from crawler.web import listen, web_app, web_server, web_settings
    from pipelines.store.sqlite import open_store

    settings = web_settings(workspace)
    open_store(workspace.store_path).close()
    control = Control(lambda: service.plans, book, lambda: datetime.now(UTC))
    app = web_app(workspace, settings, control=control)
    listener = listen(settings)
    err.print(f"pages: http://{settings.host}:{listener.getsockname()[1]}/", soft_wrap=True)
    threading.Thread(
        target=web_server(app).run, kwargs={"sockets": [listener]}, daemon=True, name="pages"
    ).start()
