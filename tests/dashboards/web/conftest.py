"""A demo store, its pages on loopback, and a Chromium to look at them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import sync_playwright

from dashboards.web.app import create_app
from dashboards.web.control import SourceStatus
from dashboards.web.period import today
from dashboards.web.settings import WebSettings
from pipelines.lexicon.load import DEFAULT_LEXICON
from pipelines.store.sqlite import open_store
from tests.dashboards.web.demo_store import build
from tests.dashboards.web.visiting import ARGUMENTS, CHROMIUM, serving


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


@pytest.fixture(scope="session")
def site(demo_store_path, bundle_folder, web_data, service):
    """The address of the pages on the demo store."""
    settings = WebSettings(
        data_dir=web_data, lexicon_dir=DEFAULT_LEXICON, bundle_folder=bundle_folder, analyst="林"
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
