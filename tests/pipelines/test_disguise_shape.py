from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disguise.glyphs import canonical_table
from pipelines.disguise.shape import MAX_LOOK_ALIKES, look_alike_table, look_alikes, split_forms, splits_of

HANZI = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)


@pytest.mark.parametrize(
    ("char", "parts"),
    [
        ("好", "女子"),
        ("银", "金艮"),
        ("银", "钅艮"),
        ("加", "力口"),
        ("码", "石马"),
        ("账", "贝长"),
        ("和", "禾口"),
        ("信", "亻言"),
        ("信", "人言"),
        ("打", "扌丁"),
        ("打", "才丁"),
        ("洗", "氵先"),
        ("证", "讠正"),
        ("实", "宀头"),
        ("药", "艹约"),
        ("枪", "木仓"),
        ("谢", "讠射"),
    ],
)
def test_a_character_is_written_as_its_parts(char: str, parts: str) -> None:
    assert parts in split_forms(char)
    assert splits_of({char})[parts] == char


@pytest.mark.parametrize("char", ["一", "人", "身", "a", "7", "🐮", "", "ab"])
def test_what_has_no_parts_to_type_has_no_split_form(char: str) -> None:
    assert split_forms(char) == ()


def test_parts_that_two_characters_share_stand_for_the_commoner_one() -> None:
    assert "日月" in split_forms("明")
    assert "日月" in split_forms("冐")
    assert splits_of({"明", "冐"})["日月"] == "明"


@given(st.sets(HANZI, max_size=30))
def test_every_split_of_a_set_is_a_split_of_its_character(chars: set[str]) -> None:
    for parts, char in splits_of(chars).items():
        assert char in chars
        assert parts in split_forms(char)
        assert len(parts) > 1


@pytest.mark.parametrize(
    ("char", "alike"),
    [
        "微徽",
        "微薇",
        "微溦",
        "贷货",
        "折拆",
        "银艮",
        "证正",
        "弹单",
        "票漂",
        "值埴",
        "药约",
        "太大",
        "麻嘛",
        "保堡",
        "代岱",
    ],
)
def test_look_alikes_share_most_of_their_strokes(char: str, alike: str) -> None:
    assert alike in look_alikes(char)


@pytest.mark.parametrize(
    ("char", "other"), ["银钉", "银很", "脸检", "认订", "好子", "叶吐", "码矿", "信什", "启户"]
)
def test_characters_that_share_a_radical_only_do_not_look_alike(char: str, other: str) -> None:
    assert other not in look_alikes(char)


@given(st.characters(categories=None))
def test_look_alikes_are_few_canonical_and_never_the_character_itself(char: str) -> None:
    found = look_alikes(char)
    assert len(found) == len(set(found)) <= MAX_LOOK_ALIKES
    assert char not in found
    assert all(ord(other) not in canonical_table() for other in found)


def test_a_look_alike_that_is_wanted_itself_stands_for_itself() -> None:
    assert look_alike_table({"微"})["徽"] == "微"
    assert "徽" not in look_alike_table({"微", "徽"})


def test_a_look_alike_of_two_characters_stands_for_the_one_it_is_nearer_to() -> None:
    assert look_alike_table({"斤", "折"})["拆"] == "折"
