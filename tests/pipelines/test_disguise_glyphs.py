from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disguise.glyphs import (
    CHAT_EMOJI,
    canonical_kind,
    canonical_table,
    is_separator,
    numeral_table,
    separator_table,
)

EVERY_CODE_POINT = "".join(map(chr, range(sys.maxunicode + 1)))
ANY_TEXT = st.text(st.characters(categories=None))


def test_folding_every_code_point_twice_changes_no_more_than_once() -> None:
    once = EVERY_CODE_POINT.translate(canonical_table())
    assert once.translate(canonical_table()) == once


@given(ANY_TEXT)
def test_folding_any_text_twice_changes_no_more_than_once(text: str) -> None:
    once = text.translate(canonical_table())
    assert once.translate(canonical_table()) == once


def test_every_code_point_has_an_answer() -> None:
    kinds = {canonical_kind(char) for char in EVERY_CODE_POINT}
    assert kinds == {None, "width", "traditional", "look-alike", "separator"}
    assert {is_separator(char) for char in EVERY_CODE_POINT} == {True, False}


def test_only_what_folds_has_a_kind_and_only_case_has_none() -> None:
    table = canonical_table()
    assert all(ord(char) in table for char in EVERY_CODE_POINT if canonical_kind(char))
    unnamed = [chr(code) for code in table if canonical_kind(chr(code)) is None]
    assert all(char.casefold() != char for char in unnamed)


def test_what_is_removed_is_a_separator_and_nothing_else_is_removed() -> None:
    table = canonical_table()
    removed = {code for code, text in table.items() if not text}
    assert {canonical_kind(chr(code)) for code in removed} == {"separator", "width"}
    assert all(canonical_kind(char) != "separator" or not table[ord(char)] for char in EVERY_CODE_POINT)


def test_no_private_use_character_of_the_basic_plane_survives() -> None:
    private = "".join(map(chr, range(0xE000, 0xF900)))
    assert private.translate(canonical_table()) == ""


@pytest.mark.parametrize(
    ("char", "folded", "kind"),
    [
        ("ａ", "a", "width"),
        ("Ａ", "a", "width"),
        ("①", "1", "width"),
        ("㈠", "一", "width"),
        ("⑴", "1", "width"),
        ("⒈", "1", "width"),
        ("❶", "1", "width"),
        ("⓵", "1", "width"),
        ("➓", "10", "width"),
        ("🔟", "10", "width"),
        ("㊿", "50", "width"),
        ("🅰", "a", "width"),
        ("🅐", "a", "width"),
        ("🄰", "a", "width"),
        ("🆎", "ab", "width"),
        ("🆗", "ok", "width"),
        ("🇻", "v", "width"),
        ("𝓪", "a", "width"),
        ("𝟗", "9", "width"),
        ("²", "2", "width"),
        ("٣", "3", "width"),
        ("㎏", "kg", "width"),
        ("Ⅷ", "viii", "width"),
        ("🈶", "有", "width"),
        ("🉑", "可", "width"),
        ("㊙", "秘", "width"),
        ("⽤", "用", "width"),
        ("🈚", "无", "traditional"),
        ("號", "号", "traditional"),
        ("裡", "里", "traditional"),
        ("戶", "户", "traditional"),
        ("実", "实", "traditional"),
        ("黒", "黑", "traditional"),
        ("а", "a", "look-alike"),
        ("Н", "h", "look-alike"),
        ("н", "h", "look-alike"),
        ("ο", "o", "look-alike"),
        ("ɢ", "g", "look-alike"),
        ("é", "e", "look-alike"),
        ("カ", "力", "look-alike"),
        ("ﾛ", "口", "look-alike"),
        ("⻔", "门", "look-alike"),
        ("\u200b", "", "separator"),
        ("\u202e", "", "separator"),
        ("\u00ad", "", "separator"),
        ("\u0336", "", "separator"),
        ("\ufe0f", "", "separator"),
        ("\u20e3", "", "separator"),
        ("\u3164", "", "separator"),
        ("\U000e0041", "", "separator"),
        ("\x00", "", "separator"),
    ],
)
def test_a_glyph_folds_to_the_character_it_stands_for(char: str, folded: str, kind: str) -> None:
    assert char.translate(canonical_table()) == folded
    assert canonical_kind(char) == kind


@pytest.mark.parametrize("char", [*"三叁两零〇十么著乾弁芸がꥤぁ实a7 \n\t。🐮❤➕+", "\ud800"])
def test_a_character_of_ordinary_text_stays(char: str) -> None:
    assert char.translate(canonical_table()) == char


def test_case_is_folded_but_is_no_disguise() -> None:
    assert "QqЖ".translate(canonical_table()) == "qqж"
    assert {canonical_kind(char) for char in "QqЖ"} == {None}


def test_toned_pinyin_keeps_the_dots_of_u_umlaut() -> None:
    assert "lǜ shēng".translate(canonical_table()) == "lü sheng"


@pytest.mark.parametrize("char", " \n\u3000，.·★☆🌟❤➕+-_~|/【】（)🐮♂\ud800\U000f0000")
def test_what_sellers_put_between_characters_is_a_separator(char: str) -> None:
    assert is_separator(char)


@pytest.mark.parametrize("char", "a7实叁がカ한я々ü")
def test_letters_digits_hanzi_and_kana_are_no_separators(char: str) -> None:
    assert not is_separator(char)
    assert ord(char) not in separator_table()


def test_the_separator_table_removes_separators_only() -> None:
    assert all(is_separator(chr(code)) for code in separator_table())
    assert "实🌟名 ★号～!".translate(separator_table()) == "实名号"
    assert "冰丶毒丨".translate(separator_table()) == "冰毒"


def test_numerals_fold_digit_by_digit_and_never_change_the_length() -> None:
    table = numeral_table()
    assert "〇零一壹幺二贰两三叁四肆".translate(table) == "001112223344"
    assert "五伍六陆七柒八捌九玖".translate(table) == "5566778899"
    assert "十百千拾".translate(table) == "十百千拾"
    assert all(len(digit) == 1 and digit.isdecimal() for digit in table.values())


def test_numerals_are_canonical_characters() -> None:
    assert set(numeral_table()).isdisjoint(canonical_table())


@pytest.mark.parametrize("text", ["[em]e163[/em]", "/玫瑰", "[比心]", "[偷笑R]", "[笑哭]", "[Doge]", "[强]"])
def test_the_emoji_of_chat_programs_are_recognised(text: str) -> None:
    assert CHAT_EMOJI.fullmatch(text)
    assert CHAT_EMOJI.sub("", f"实{text}名") == "实名"


@pytest.mark.parametrize(
    "text", ["[实名]", "[身份证]", "[刀]", "黑/色", "https://微笑", "强/弱", "[em]", "/微信", "[]"]
)
def test_a_sellers_own_brackets_and_slashes_are_no_chat_emoji(text: str) -> None:
    assert not CHAT_EMOJI.search(text)
