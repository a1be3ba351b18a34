"""Source files with `kind: feed`: what they may say, and how rows become the same listings as pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.records import Money
from spiders.assembly import values_of
from spiders.errors import SourceError
from spiders.extraction import extract
from spiders.pages import Page
from tests.spiders.feed_files import FIELDS, feed_data
from tests.spiders.source_files import NOW, make_source

if TYPE_CHECKING:
    from pathlib import Path

API = {
    "kind": "feed",
    "hosts": "api.example",
    "start": [{"api": "https://api.example/listings"}],
    "list": {"format": "json", "items": "data", "fields": {"native_id": "id", "title": "title"}},
}


def read_from(row: dict[str, Any], folder: Path, **fields: Any) -> dict[str, Any]:
    source = make_source(folder, **feed_data(fields=FIELDS | fields))
    assert source.files is not None
    page = Page("a.csv:2", NOW, "", "json", row)
    return dict(values_of(extract(source.files.fields, row, page, source)))


def test_a_row_goes_through_the_same_transforms_as_a_page(tmp_path: Path) -> None:
    row = {"编号": 7, "标题": " 纯棉  四件套 ", "价格": "1.2万/套", "时间": "3小时前", "卖家": {"id": 3.5}}
    more = {
        "seller_id": {"json": '"卖家".id'},
        "shelf": [{"column": "类目"}, {"column": "货架"}, {"value": "家纺"}],
        "url": {"column": "编号", "regex": "^http.*"},
        "extra": {"区": {"column": "地区 (省)", "regex": "^(..)"}},
    }
    assert read_from(row | {"地区 (省)": "浙江杭州"}, tmp_path, **more) == {
        "native_id": "7",
        "title": "纯棉 四件套",
        "price": Money(12000, "CNY", "套"),
        "published_at": datetime(2026, 11, 24, 1, tzinfo=UTC),
        "seller_id": "3.5",
        "shelf": "家纺",
        "extra.区": "浙江",
    }


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026年11月3日 08:30", datetime(2026, 11, 3, 0, 30, tzinfo=UTC)),
        ("昨天 12:30", datetime(2026, 11, 23, 4, 30, tzinfo=UTC)),
        ("2026-11-03T08:30:00+00:00", datetime(2026, 11, 3, 8, 30, tzinfo=UTC)),
        ("2026-11-03 08:30:00", datetime(2026, 11, 3, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 3, 8, 30), datetime(2026, 11, 3, 0, 30, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2026, 11, 3, 8, 30, tzinfo=UTC), datetime(2026, 11, 3, 8, 30, tzinfo=UTC)),
        (1793694600, datetime(2026, 11, 3, 8, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_understood_as_tables_write_them(tmp_path: Path, text: object, moment: datetime) -> None:
    assert read_from({"时间": text}, tmp_path)["published_at"] == moment


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (feed_data() | {"kind": None}, "files: goes with kind: feed"),
        (feed_data() | {"limits": {"pages": 3}}, "limits: does not go with files"),
        (feed_data() | {"hosts": "a.example"}, "hosts: does not go with files"),
        (feed_data(fields={"title": {"css": "a"}}), "files.fields.title.css: css does not work in files"),
        (feed_data(fields={"title": {"column": "a", "scope": "page"}}), "a row has no page around it"),
        (feed_data(delimiter="ab"), "files.delimiter:"),
        (feed_data(folder=None), "files.folder:"),
        (feed_data(colour="red"), "files.colour: unknown key"),
        (feed_data() | {"assertions": {"fields": {"shelf": 1}}}, "no rule reads shelf"),
        ({"kind": "feed"}, "start.0: api goes with kind: feed, and nothing else does"),
        ({"hosts": None}, "hosts is missing: the only hosts that may be asked"),
        ({"start": None}, "start is missing: the ways in"),
        (API | {"kind": None}, "start.0: api goes with kind: feed"),
        (API | {"render": "browser"}, "render: does not go with kind: feed"),
        (API | {"list": None}, "start.0.api: api needs list"),
        (API | {"list": {"items": "li", "fields": {"title": "a"}}}, "list: an API needs format: json"),
        (API | {"token": {"variable": "small"}}, "token.variable"),
        (
            API | {"start": [{"api": "http://api.example/"}], "token": {"variable": "PARTNER"}},
            "start.0.api: a token is only sent to https://",
        ),
        ({"token": {"variable": "PARTNER"}}, "token: goes with kind: feed"),
    ],
)
def test_a_mistake_in_a_feed_says_what_to_do(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SourceError) as caught:
        make_source(tmp_path, **changes)
    assert said in str(caught.value)


def test_a_column_with_any_name_works_on_json_pages_too(tmp_path: Path) -> None:
    fields = {"native_id": "id", "title": {"column": "标题 (长)"}}
    source = make_source(tmp_path, **(API | {"list": API["list"] | {"fields": fields}}))
    assert source.list is not None
    item = {"id": 1, "标题 (长)": "四件套"}
    page = Page("https://api.example/listings", NOW, "", "json", {"data": [item]})
    assert values_of(extract(source.list.fields, item, page, source))["title"] == "四件套"
