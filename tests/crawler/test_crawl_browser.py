"""Pages as a browser renders them: real Chromium on the demo's JavaScript platform and on hostile pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crawler.crawl import run_crawl
from crawler.demo import Demo
from spiders.chromium import find_chromium
from spiders.errors import BrowserMissingError
from tests.crawler.workspaces import add_source, demo_source, small_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.config import Workspace
    from crawler.runs import RunSummary


def chromium_is_missing() -> bool:
    try:
        find_chromium()
    except BrowserMissingError:
        return True
    return False


needs_chromium = pytest.mark.skipif(chromium_is_missing(), reason="no Chromium is installed")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo(size=120) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_workspace(tmp_path / "desk")


@pytest.fixture
def fanpu(demo: Demo, tmp_path: Path) -> dict[str, Any]:
    return demo_source(demo, tmp_path / "templates", "demo-fanpu")


def log_of(run: RunSummary) -> str:
    assert run.log_file is not None
    return run.log_file.read_text(encoding="utf-8")


@needs_chromium
def test_a_platform_built_by_scripts_is_read_to_its_last_button_within_hosts_time_and_size(
    demo: Demo, workspace: Workspace, tmp_path: Path, fanpu: dict[str, Any]
) -> None:
    jishi = demo_source(demo, tmp_path / "templates", "demo-jishi")
    site = demo.platforms["jishi"].url
    pages = ("slow", "huge", "redirect/elsewhere", "redirect/private", "status/500")
    hostile = jishi | {
        "name": "hostile",
        "render": "browser",
        "browser": {"renew_after": 2},
        "start": [{"listing": [f"{site}/fault/{page}" for page in pages]}, {"listing": f"{site}/item?id=0"}],
        "politeness": {"delay": 0, "concurrency": 3, "adaptive": False, "retries": 0},
        "limits": {"page_seconds": 3, "page_mb": 1},
        "blocks": None,
        "assertions": None,
    }
    names = [add_source(workspace, fanpu), add_source(workspace, hostile)]
    runs = {run.source: run for run in run_crawl(workspace, names)}

    rendered = runs["demo-fanpu"]
    assert rendered.outcome == "done"
    assert rendered.listings == len(demo.offers("fanpu"))
    assert rendered.fill_rates["title"] == 1

    assert dict(runs["hostile"].errors) == {
        "timeout": 1,
        "too-large": 1,
        "other-host": 2,
        "http-500": 1,
        "http-404": 1,
    }
    assert not any("Traceback" in log_of(run) for run in runs.values())


def test_a_missing_browser_is_one_clear_message_and_the_other_sources_run(
    demo: Demo,
    workspace: Workspace,
    tmp_path: Path,
    fanpu: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JARGONWATCH_CHROMIUM", str(tmp_path / "nowhere"))
    without = demo_source(demo, tmp_path / "templates", "demo-fanpu-json")
    names = [add_source(workspace, fanpu), add_source(workspace, without)]
    runs = {run.source: run for run in run_crawl(workspace, names)}
    assert runs["demo-fanpu"].outcome == "failed"
    assert runs["demo-fanpu"].reasons == (
        f"JARGONWATCH_CHROMIUM names {tmp_path / 'nowhere'}, which is no program that can be run",
    )
    assert runs["demo-fanpu-json"].outcome == "done"


def test_without_any_chromium_on_path_the_message_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("JARGONWATCH_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserMissingError, match="apt install chromium"):
        find_chromium()
