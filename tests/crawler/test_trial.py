"""Looking at a source without storing anything, and replaying what was looked at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from crawler.cli import app
from crawler.demo import Demo
from crawler.errors import ConfigError, JobError
from crawler.fixtures import record_source, replay_fixtures
from crawler.trial import Trial, try_page, try_source
from tests.crawler.workspaces import add_source, demo_source, small_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.config import Workspace
    from crawler.trial import FieldTrial


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo(size=120) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_workspace(tmp_path / "desk")


@pytest.fixture
def jishi(demo: Demo, tmp_path: Path) -> dict[str, Any]:
    return demo_source(demo, tmp_path / "templates", "demo-jishi")


def path_of(workspace: Workspace, name: str) -> Path:
    return workspace.sources_dir / f"{name}.yaml"


def field(trial: Trial, page: int, name: str) -> FieldTrial:
    return next(found for found in trial.pages[page].items[0] if found.field == name)


def test_a_trial_shows_each_field_with_the_rule_that_gave_it_and_stores_nothing(
    demo: Demo, workspace: Workspace, jishi: dict[str, Any]
) -> None:
    jishi["list"]["fields"]["price"] = [".old-price", ".price"]
    jishi["list"]["fields"]["shelf"] = ".no-such-thing"
    path = path_of(workspace, add_source(workspace, jishi))
    trial = try_source(workspace, path, keyword="出")
    assert [page.kind for page in trial.pages] == ["list", "listing"]
    assert "q=%E5%87%BA" in trial.pages[0].url
    price = field(trial, 0, "price")
    assert (price.rule, price.failed) == ("css: .price", ("css: .old-price matches nothing",))
    assert price.value is not None
    assert price.value.endswith(" CNY")
    assert field(trial, 1, "title").rule == "css: h1.goods-title"
    assert not trial.ok
    assert "shelf: no rule gives anything on this page" in trial.pages[0].problems
    assert not workspace.data_dir.exists()


def test_a_trial_of_a_page_that_does_not_answer_says_so(
    demo: Demo, workspace: Workspace, jishi: dict[str, Any]
) -> None:
    nowhere = {"start": [{"category": f"{demo.platforms['jishi'].url}/nowhere"}]}
    trial = try_source(workspace, path_of(workspace, add_source(workspace, jishi, **nowhere)))
    assert (trial.ok, trial.pages) == (False, ())
    assert trial.problems[0].startswith("http-404: ")


def test_a_trial_needs_to_say_who_asks_where_the_site_is_elsewhere(
    workspace: Workspace, jishi: dict[str, Any]
) -> None:
    abroad = {"hosts": ["shop.example"], "start": [{"category": "https://shop.example/all"}]}
    with pytest.raises(JobError, match="crawling needs the URL of who is crawling"):
        try_source(workspace, path_of(workspace, add_source(workspace, jishi, **abroad)))


def test_recorded_pages_show_what_reads_differently_after_a_change_of_rules(
    demo: Demo, workspace: Workspace, jishi: dict[str, Any]
) -> None:
    path = path_of(workspace, add_source(workspace, jishi))
    folder = record_source(workspace, path, url=f"{demo.platforms['jishi'].url}/all")
    assert sorted(file.name for file in folder.iterdir()) == ["expected.json", "page-1.html", "page-2.html"]
    (same,) = replay_fixtures(workspace, [path])
    assert (same.source, same.differences) == ("demo-jishi", ())
    jishi["list"]["fields"]["price"] = ".no-longer"
    jishi["detail"]["fields"]["title"] = ".goods-meta .price"
    add_source(workspace, jishi)
    (changed,) = replay_fixtures(workspace, [path])
    assert any(line.startswith("page-1.html, listing 1, price: '") for line in changed.differences)
    assert any(line.startswith("page-2.html, listing 1, title: '") for line in changed.differences)


def test_recorded_pages_hold_no_phone_number(demo: Demo, workspace: Workspace, jishi: dict[str, Any]) -> None:
    offer = demo.offers("jishi")[0]
    demo.revise("jishi", offer.native_id, description="电话 13800138000 联系")
    path = path_of(workspace, add_source(workspace, jishi))
    folder = record_source(workspace, path, url=f"{demo.platforms['jishi'].url}/all")
    assert "13800138000" not in "".join(file.read_text("utf-8") for file in folder.iterdir())
    assert replay_fixtures(workspace, [path])[0].differences == ()


def test_recorded_pages_name_no_seller(demo: Demo, workspace: Workspace, jishi: dict[str, Any]) -> None:
    path = path_of(workspace, add_source(workspace, jishi))
    trial = try_source(workspace, path, url=f"{demo.platforms['jishi'].url}/all")
    fields = [field for page in trial.pages for item in page.items for field in item]
    sellers = {field.value for field in fields if field.field in ("seller_name", "seller_id")} - {None}
    folder = record_source(workspace, path, url=f"{demo.platforms['jishi'].url}/all")
    kept = "".join(file.read_text("utf-8") for file in folder.iterdir())
    assert sellers
    assert [name for name in sellers if re.search(rf"(?<!\w){re.escape(str(name))}(?!\w)", kept)] == []
    assert replay_fixtures(workspace, [path])[0].differences == ()


def test_a_source_file_is_tried_on_a_saved_page_without_a_network(
    workspace: Workspace, jishi: dict[str, Any], tmp_path: Path
) -> None:
    saved = tmp_path / "saved.html"
    saved.write_bytes(
        '<html><meta charset="utf-8"><div class="results"><div class="item">'
        '<a class="title" href="item?id=7&x=1">旧书 一箱</a><b class=price>30元</b></div></div>'.encode("gbk")
    )
    path = path_of(workspace, add_source(workspace, jishi))
    trial = try_page(path, saved, url="http://127.0.0.1:9/shelf/all")
    assert [field(trial, 0, name).value for name in ("native_id", "url", "title", "price")] == [
        "7",
        "http://127.0.0.1:9/shelf/item?id=7",
        "旧书 一箱",
        "30 CNY",
    ]
    with pytest.raises(ConfigError, match=r"nowhere.html: cannot be read"):
        try_page(path, tmp_path / "nowhere.html")


def test_the_command_shows_a_saved_page_and_names_what_is_missing(
    workspace: Workspace, jishi: dict[str, Any], tmp_path: Path
) -> None:
    saved = tmp_path / "item.html"
    saved.write_text("<h1 class=goods-title>Lamp</h1>", encoding="utf-8")
    path = path_of(workspace, add_source(workspace, jishi))
    command = ["sources", "try", str(path), "--page", str(saved), "--listing", "-w", str(workspace.root)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert "Lamp" in result.output
    assert "description: no rule gives anything on this page" in result.output
