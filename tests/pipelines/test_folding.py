"""Folding: what is seen through, and the way back to the original."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.folding import fold, fold_form


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("ＱＱ号", "qq号"),
        ("①②㈠", "12一"),
        ("🅰🅱", "ab"),
        ("Ⓥ信", "v信"),
        ("銀行卡", "银行卡"),
        ("實名", "实名"),
        ("实\u200b名\u200d", "实名"),
        ("实\u0336名\u0336", "实名"),
        ("𝐐𝐐", "qq"),
        ("раураl", "paypal"),
    ],
)
def test_glyphs_fold_to_what_a_reader_sees(written: str, canonical: str) -> None:
    assert fold(written).text == canonical


@pytest.mark.parametrize(
    ("written", "squeezed"),
    [
        ("实🌟名🌟号", "实名号"),
        ("实 . 名 * 号", "实名号"),
        ("实[em]e163[/em]名", "实名"),
        ("实/玫瑰名", "实名"),
    ],
)
def test_separators_and_chat_emoji_are_squeezed_out(written: str, squeezed: str) -> None:
    assert fold(written).squeezed == squeezed


def test_a_span_of_the_squeezed_text_leads_back_to_the_original_slice() -> None:
    written = "出 ㎏\u200b实🌟名\u200b🌟號 ok"
    folded = fold(written)
    start = folded.squeezed.index("实名号")
    first, last = folded.squeezed_span(start, start + 3)
    assert written[first:last] == "实🌟名\u200b🌟號"


def test_one_character_that_folds_to_several_keeps_its_place() -> None:
    folded = fold("5㎏面粉")
    assert folded.text == "5kg面粉"
    assert folded.span(1, 3) == (1, 2)
    assert folded.span(3, 5) == (2, 4)


@given(st.text())
def test_folding_twice_is_folding_once(written: str) -> None:
    once = fold(written)
    assert fold(once.text).text == once.text
    assert fold_form(once.squeezed) == once.squeezed


@given(st.text(st.characters(exclude_categories=())))
def test_every_folded_character_has_a_place_in_the_original(written: str) -> None:
    folded = fold(written)
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert 0 <= start < end <= len(written)
        assert folded.text[at] in fold(written[start:end]).text
    for at in range(len(folded.squeezed)):
        start, end = folded.text_span(at, at + 1)
        assert folded.text[start:end] == folded.squeezed[at]
