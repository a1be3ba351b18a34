"""From page to page, until a stop rule."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from spiders.pages import read_page
from spiders.paging import Seen, Turn, first_turns, next_turn, stops, url_of
from spiders.readings import Stop
from tests.spiders.source_files import NOW, make_source, text_response

if TYPE_CHECKING:
    from pathlib import Path

    from spiders.contract import Source

FIELDS = {"title": "a", "url": "a::attr(href)"}


def searching(folder: Path, **list_keys: Any) -> Source:
    return make_source(
        folder,
        start=[{"search": "https://shop.example/s?q={keyword}&p={page}", "encoding": "gbk"}],
        list={"items": "li", "fields": FIELDS, "next": {"numbers": {"first": 0, "step": 20}}} | list_keys,
    )


def turned(source: Source, url: str, text: str, turn: Turn) -> tuple[str, Turn] | None:
    assert source.list is not None
    page = read_page(text_response(url, text), source.list, NOW)
    return next_turn(turn, source, source.list, page, Seen(3, 3, None))


def test_a_search_begins_once_for_each_word_in_the_encoding_of_the_site(tmp_path: Path) -> None:
    source = searching(tmp_path)
    turns = list(first_turns(source, ["四件套", "a&b"]))
    assert [url_of(turn, source, source.list) for turn in turns] == [
        "https://shop.example/s?q=%CB%C4%BC%FE%CC%D7&p=0",
        "https://shop.example/s?q=a%26b&p=0",
    ]


def test_keywords_of_the_file_stand_instead_of_the_lexicons(tmp_path: Path) -> None:
    start = [{"search": "https://shop.example/s?q={keyword}", "keywords": ["灯"]}]
    turns = list(first_turns(make_source(tmp_path, start=start), ["四件套"]))
    assert [turn.keyword for turn in turns] == ["灯"]


def test_numbers_are_counted_up(tmp_path: Path) -> None:
    source = searching(tmp_path)
    (turn,) = first_turns(source, ["灯"])
    following = turned(source, url_of(turn, source, source.list), "", turn)
    assert following is not None
    assert following[0].endswith("&p=20")
    assert following[1].page == 2


def test_a_cursor_is_put_into_the_address(tmp_path: Path) -> None:
    source = make_source(
        tmp_path,
        list={
            "format": "json",
            "items": "rows",
            "fields": {"title": "t"},
            "next": {"cursor": {"json": "more", "parameter": "after"}},
        },
    )
    turn = Turn(0, "https://shop.example/api")
    following = turned(source, "https://shop.example/api?after=1&n=2", '{"more": "x y"}', turn)
    assert following is not None
    assert following[0] == "https://shop.example/api?after=x+y&n=2"
    assert turned(source, "https://shop.example/api", '{"more": null}', turn) is None


def test_a_next_link_to_the_page_itself_ends_it(tmp_path: Path) -> None:
    source = make_source(
        tmp_path, list={"items": "li", "fields": FIELDS, "next": {"link": "a.next::attr(href)"}}
    )
    turn = Turn(0, "https://shop.example/all")
    html = "<html><a class=next href='/all?p=2'>next</a>"
    assert turned(source, "https://shop.example/all?p=2", html, turn) is None
    assert turned(source, "https://shop.example/all?p=1", html, turn) is not None


@pytest.mark.parametrize(
    ("stop", "turn", "seen", "ending"),
    [
        ({}, {}, (20, 20, None), None),
        ({}, {}, (0, 0, None), "end"),
        ({}, {}, (20, 0, None), "end"),
        ({"repeats": 2}, {}, (20, 0, None), None),
        ({"repeats": 2}, {"repeats": 1}, (20, 0, None), "end"),
        ({"text": "没有更多"}, {}, (20, 20, None), "end"),
        ({"pages": 3}, {"page": 2}, (20, 20, None), None),
        ({"pages": 3}, {"page": 3}, (20, 20, None), "cut"),
        ({"older_than": "2d"}, {}, (20, 20, NOW - timedelta(days=1)), None),
        ({"older_than": "2d"}, {}, (20, 20, NOW - timedelta(days=3)), "cut"),
        ({"older_than": "2d"}, {}, (20, 20, None), None),
    ],
)
def test_a_stop_rule_ends_a_way_in(
    tmp_path: Path, stop: dict[str, Any], turn: dict[str, Any], seen: tuple[Any, ...], ending: str | None
) -> None:
    source = make_source(tmp_path)
    assert source.list is not None
    page = read_page(text_response("https://shop.example/a", "<p>没有更多</p>"), source.list, NOW)
    state = Turn(0, "https://shop.example/a", **turn)
    assert stops(state, Stop.model_validate(stop), page, Seen(*seen)) == ending
