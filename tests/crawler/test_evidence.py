"""Evidence of whole crawls, and its way back to an analyst."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crawler.cli import run
from crawler.crawl import run_crawl
from crawler.demo import Demo
from pipelines.evidence.reading import entries_of, read
from pipelines.store.query import Has
from pipelines.store.sqlite import open_store
from tests.crawler.test_crawl_browser import needs_chromium
from tests.crawler.workspaces import add_source, demo_source, small_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.config import Workspace


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo() as running:
        yield running


@pytest.fixture(scope="module")
def workspace(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Crawled once: the two platforms that a server renders."""
    folder = tmp_path_factory.mktemp("evidence")
    workspace = small_workspace(folder / "desk")
    for name in ("demo-jishi", "demo-jiujie"):
        add_source(workspace, demo_source(demo, folder / "templates", name), assertions=None)
    assert {summary.outcome for summary in run_crawl(workspace)} == {"done"}
    return workspace


def flagged(workspace: Workspace) -> set[str]:
    with open_store(workspace.store_path) as store:
        page = store.search(Has("verdict", ("flagged",)), limit=1000)
    return {found.listing.listing_id for found in page.listings}


def test_every_flagged_listing_has_its_page_and_no_other_has(workspace: Workspace) -> None:
    kept = {entry.listing_id for entry in entries_of(workspace.evidence_dir, "")}
    assert kept == flagged(workspace) != set()


def test_the_page_is_the_one_the_server_sent(workspace: Workspace) -> None:
    for listing_id in flagged(workspace):
        (entry,) = entries_of(workspace.evidence_dir, listing_id)
        with urllib.request.urlopen(address_of(workspace, listing_id)) as answer:
            assert read(workspace.evidence_dir, entry).body == answer.read()


def address_of(workspace: Workspace, listing_id: str) -> str:
    with open_store(workspace.store_path) as store:
        history = store.get(listing_id)
    assert history is not None
    assert history.listing.listing.url is not None
    return history.listing.listing.url


def test_verify_holds_and_names_a_changed_byte(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evidence", "verify", "--workspace", str(workspace.root)]) == 0
    archive = next(path for path in workspace.evidence_dir.glob("*.warc.gz") if path.stat().st_size)
    before = archive.read_bytes()
    archive.write_bytes(before[:40] + bytes([before[40] ^ 1]) + before[41:])
    assert run(["evidence", "verify", "--workspace", str(workspace.root)]) == 1
    archive.write_bytes(before)
    told = capsys.readouterr()
    assert "every seal and digest holds" in told.out
    assert "was changed" in told.err


def test_a_page_is_served_in_a_sandbox(workspace: Workspace) -> None:
    listing_id = min(flagged(workspace))
    command = [Path(sys.executable).with_name("jargonwatch"), "evidence", "show", listing_id[:12]]
    with subprocess.Popen(
        [*command, "--workspace", str(workspace.root)], stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        url = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+/", line) for line in serving.stdout)))
        with urllib.request.urlopen(url.group()) as overview:
            assert '<iframe sandbox src="/record/0"' in overview.read().decode()
            assert "script-src" not in overview.headers["Content-Security-Policy"]
        with urllib.request.urlopen(url.group() + "record/0") as record:
            assert record.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        serving.send_signal(signal.SIGINT)


def test_an_unknown_listing_is_told(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "show", "no-such", "--workspace", str(workspace.root)]) == 2
    assert "no evidence of a listing no-such" in capsys.readouterr().err


@needs_chromium
def test_a_rendered_page_is_kept_with_a_screenshot(demo: Demo, tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "desk")
    base = demo_source(demo, tmp_path / "templates", "demo-fanpu")
    add_source(workspace, base, assertions=None)
    run_crawl(workspace)
    kinds = {
        entry.kind
        for listing_id in flagged(workspace)
        for entry in entries_of(workspace.evidence_dir, listing_id)
    }
    assert kinds == {"rendered", "screenshot"}
    shot = next(e for e in entries_of(workspace.evidence_dir, "") if e.kind == "screenshot")
    assert read(workspace.evidence_dir, shot).body.startswith(b"\x89PNG")
