"""Matching: every form finds itself in every allowed disguise, and nothing that only resembles it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.analysis import analyze
from pipelines.disguise.sound import readings
from pipelines.folding import fold, fold_form
from pipelines.matching import MOST_PLACES
from tests.pipelines.lexicons import hits_of, lexicon_of, listing, shipped_files, shipped_lexicon, term

if TYPE_CHECKING:
    from pipelines.lexicon.load import Lexicon

TRADE = lexicon_of(
    term("四件套", "bankcard", disguises=("homophone", "pinyin", "look-alike", "split", "emoji", "numeral")),
    term("实名号", "account"),
    term("开户", "bankcard"),
    term("手机卡", "sim"),
    term("抖音", "traffic", disguises=("homophone", "pinyin", "initials", "split")),
    term("好评", "traffic"),
    term("牛牛", "gambling"),
    term("金花", "gambling"),
    term("三公", "gambling", disguises=("homophone", "numeral")),
    term("CVV料", "carding"),
    term("发票", "document"),
    term("叶子", "drug"),
    term("料", "data"),
)


@pytest.mark.parametrize(
    ("text", "headword", "surface", "disguise"),
    [
        ("出四件套", "四件套", "四件套", "exact"),
        ("出４件套", "四件套", "４件套", "numeral"),
        ("出肆件套", "四件套", "肆件套", "numeral"),
        ("出四🌟件🌟套", "四件套", "四🌟件🌟套", "separator"),
        ("出四 件 套", "四件套", "四 件 套", "separator"),
        ("要 发 票", "发票", "发 票", "separator"),
        ("要发.票", "发票", "发.票", "separator"),
        ("出實名號", "实名号", "實名號", "traditional"),
        ("出实\u200b名\u200b号", "实名号", "实\u200b名\u200b号", "separator"),
        ("kai户", "开户", "kai户", "pinyin"),
        ("shouji卡", "手机卡", "shouji卡", "pinyin"),
        ("开hu", "开户", "开hu", "pinyin"),
        ("有douyin的来", "抖音", "douyin", "pinyin"),
        ("dy的来", "抖音", "dy", "initials"),
        ("抖y的来", "抖音", "抖y", "initials"),
        ("斗音的来", "抖音", "斗音", "homophone"),
        ("女子评返现", "好评", "女子评", "split"),
        ("🐮🐮有人玩吗", "牛牛", "🐮🐮", "emoji"),
        ("金🌸有人玩吗", "金花", "金🌸", "emoji"),
        ("叁公", "三公", "叁公", "numeral"),
        ("cｖv料", "CVV料", "cｖv料", "width"),
        ("食名号", "实名号", "食名号", "homophone"),
        ("四件件件套", "四件套", "四件件件套", "repeat"),
    ],
)
def test_a_disguised_term_is_found_under_its_headword(
    text: str, headword: str, surface: str, disguise: str
) -> None:
    assert (headword, surface, disguise) in hits_of(text, TRADE)


@pytest.mark.parametrize(
    "text",
    [
        "dynamic 音箱",  # initials inside a word
        "body lotion",
        "苹果手机，卡贴一张",  # a clause ends inside the term
        "苹果手机 卡贴",
        "出发 票价",  # two words
        "今天出发，票在手里",
        "饮料 面料 材料",  # inside ordinary words
        "茶叶子",
        "打开户外电源",  # characters bound to their neighbours
        "多音字",
    ],
)
def test_what_only_resembles_a_term_is_no_hit(text: str) -> None:
    assert hits_of(text, TRADE) == []


def test_a_form_with_a_capital_a_doubled_character_or_a_numeral_finds_itself() -> None:
    for form in ("CVV料", "牛牛", "三公"):
        assert form in [surface for _, surface, _ in hits_of(f"出{form}的", TRADE)]


def test_every_form_of_the_shipped_lexicon_finds_itself() -> None:
    lost = [
        (spec.id, form)
        for index, (_, spec) in enumerate(shipped_files().terms)
        for form in (spec.term, *spec.forms)
        if not form.startswith("signal:") and index not in _candidates(shipped_lexicon(), form)
    ]
    assert lost == []


def test_every_form_that_may_be_traditional_or_separated_is_found_so() -> None:
    lost = []
    for index, (_, spec) in enumerate(shipped_files().terms):
        if len(spec.term) >= 3 and not spec.term.isascii() and fold_form(spec.term) == fold(spec.term).text:
            for separator in ("🌟", "\u200b", "*", "~"):
                written = separator.join(spec.term)
                if index not in _candidates(shipped_lexicon(), written):
                    lost.append((spec.id, written))
    assert lost == []


def test_every_form_that_may_be_pinyin_is_found_by_the_pinyin_of_one_character() -> None:
    lost = []
    for index, (_, spec) in enumerate(shipped_files().terms):
        hanzi = all("\u4e00" <= char <= "\u9fff" for char in spec.term)
        if "pinyin" in spec.disguises and hanzi and len(spec.term) >= 3:
            written = readings(spec.term[0])[0] + spec.term[1:]
            if index not in _candidates(shipped_lexicon(), written):
                lost.append((spec.id, written))
    assert lost == []


def _candidates(lexicon: Lexicon, text: str) -> set[int]:
    folded = fold(text)
    matcher, tokens = lexicon.matcher, lexicon.tokenizer.cut(folded.text)
    every_label = lexicon.labels.mask(label for _, spec in lexicon.files.terms for label in spec.confirm)
    return {found.term for found in matcher.find(folded, matcher.raw(folded), tokens, every_label)}


PIECES = [
    "四件套",
    "实名",
    "🌟",
    "\u200b",
    " ",
    "dy",
    "抖",
    "yin",
    "牛",
    "🐮",
    "銀行",
    "①",
    "。",
    "\ud800",
    "a",
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "四件套",
                "实名",
                "🌟",
                "\u200b",
                " ",
                "dy",
                "抖",
                "yin",
                "牛",
                "🐮",
                "銀行",
                "①",
                "。",
                "\ud800",
                "a",
            ]
        )
    ).map("".join)
)
def test_surfaces_are_always_slices_of_the_original(text: str) -> None:
    analysis = analyze(listing(text), shipped_lexicon())
    for found in (*analysis.hits, *analysis.signals, *analysis.prices):
        assert text[found.start : found.end] == found.surface


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_no_text_whatever_makes_the_analysis_fail(text: str) -> None:
    analysis = analyze(listing(text, text[::-1]), shipped_lexicon())
    assert 0 <= analysis.score <= 1


@pytest.mark.parametrize(
    "unit", ["a", "牛", "四件套", "🐮", "\ud800", "\u202e", "\x00", "微", "实名 ", "1", "发", "+v", "\u0301"]
)
def test_a_megabyte_of_anything_is_analysed(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    analysis = analyze(listing(text), shipped_lexicon())
    assert len(analysis.hits) <= MOST_PLACES * len({hit.term_id for hit in analysis.hits})
