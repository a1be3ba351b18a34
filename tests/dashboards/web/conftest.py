"""A demo store, its pages on loopback, and a Chromium to look at them."""

from __future__ import annotations

import shutil
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from playwright.sync_api import sync_playwright

from dashboards.web.app import create_app
from dashboards.web.control import SourceStatus
from dashboards.web.period import today
from dashboards.web.settings import WebSettings
from pipelines.evidence.archive import Capture, EvidenceWriter
from pipelines.lexicon.load import DEFAULT_LEXICON
from pipelines.store.query import Has
from pipelines.store.sqlite import open_store
from tests.dashboards.web.demo_store import KEY, build
from tests.dashboards.web.visiting import ARGUMENTS, CHROMIUM, serving

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


class Service:
    """What the service would answer, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.paused = {"demo-jiujie"}

    def sources(self) -> tuple[SourceStatus, ...]:
        soon = datetime.now(UTC) + timedelta(hours=3)
        waiting = tuple(
            SourceStatus(name, name[5:], "paused" if name in self.paused else "scheduled", "0 6 * * *", soon)
            for name in ("demo-fanpu", "demo-jiujie", "demo-jishi")
        )
        return (
            *waiting,
            SourceStatus("new", "neu", "broken", note="sources/new.yaml:3: list.items: missing"),
        )

    def run_now(self, source: str, *, by: str) -> None:
        if source == "new":
            raise ValueError("new: its file is broken; correct it first")
        self.asked.append(("run", source, by))

    def pause(self, source: str, *, by: str) -> None:
        self.paused.add(source)
        self.asked.append(("pause", source, by))

    def resume(self, source: str, *, by: str) -> None:
        self.paused.discard(source)
        self.asked.append(("resume", source, by))


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bundle")


@pytest.fixture(scope="session")
def demo_store_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "listings.sqlite"
    build(path, today())
    return path


@pytest.fixture
def store_path(demo_store_path, tmp_path):
    """A copy for a test that changes it."""
    return shutil.copy(demo_store_path, tmp_path / "listings.sqlite")


@pytest.fixture(scope="session")
def service():
    return Service()


@pytest.fixture(scope="session")
def web_data(tmp_path_factory):
    """The data folder of `site`."""
    return tmp_path_factory.mktemp("data")


KEPT_PAGE = """<!doctype html><title>kept</title><style>h1 { color: teal }</style>
<h1>四件套 银行卡</h1><script>top.document.title = "run"; document.title = "run"</script>
<img src="OUTSIDE/seller.png" alt=""><form action="OUTSIDE/buy"><button>Buy</button></form>
"""


class Outside(BaseHTTPRequestHandler):
    """A server that no kept page may reach; it notes who did."""

    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def outside():
    """The address of a server outside that the kept page would load from and send to."""
    with HTTPServer(("127.0.0.1", 0), Outside) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def kept(demo_store_path, web_data, outside):
    """The folder of evidence of the first flagged listing: its page and a picture of it."""
    folder = web_data / "evidence"
    with open_store(demo_store_path) as store:
        (stored,) = store.search(Has("verdict", ("flagged",)), limit=1).listings
    keep(folder, stored.listing.listing_id, stored.last_seen, KEPT_PAGE.replace("OUTSIDE", outside))
    return folder


def keep(folder, listing_id, seen_at, page):
    writer = EvidenceWriter(folder, "20260304T041000Z-demo-jishi-0001", "demo-jishi", KEY)
    picture = b64decode(PIXEL)
    kinds = (
        ("response", page.encode(), "text/html; charset=utf-8"),
        ("screenshot", picture, "image/png"),
    )
    for kind, body, content_type in kinds:
        headers = (("Content-Type", content_type),)
        capture = Capture("http://127.0.0.1:8750/item/1", kind, body, content_type, seen_at, headers=headers)
        writer.keep(listing_id, "http://127.0.0.1:8750/item/1", capture)
    writer.close()


@pytest.fixture(scope="session")
def site(demo_store_path, bundle_folder, web_data, service, kept):
    """The address of the pages on the demo store."""
    settings = WebSettings(
        data_dir=web_data,
        lexicon_dir=DEFAULT_LEXICON,
        evidence_dir=kept,
        bundle_folder=bundle_folder,
        analyst="林",
    )
    with serving(create_app(settings, lambda: open_store(demo_store_path), control=service)) as address:
        yield address


@pytest.fixture(scope="module")  # two of Playwright's loops can't run in one process
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()
