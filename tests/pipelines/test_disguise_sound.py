from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disguise.glyphs import canonical_table
from pipelines.disguise.sound import (
    MAX_FORMS,
    MAX_PINYIN_RUN,
    form_readings,
    fuzzy_class,
    initials,
    looks_like_pinyin,
    parse_pinyin,
    pinyin_forms,
    readings,
    sound_forms,
    sounds_like,
    syllable_code,
    syllable_table,
)

HANZI = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
SYLLABLES = st.sampled_from(
    ["shi", "ming", "an", "xi", "xian", "gang", "e", "lv", "nve", "zhuang", "ka", "er"]
)


@pytest.mark.parametrize(
    ("run", "cuts"),
    [
        ("shouji", (("shou", "ji"),)),
        ("xian", (("xian",), ("xi", "an"))),
        ("fangan", (("fang", "an"), ("fan", "gan"))),
        ("lvse", (("lv", "se"),)),
        ("lüse", (("lv", "se"),)),
        ("nue", (("nve",), ("nu", "e"))),
        ("hello", ()),
        ("vx", ()),
        ("", ()),
        ("shouj", ()),
        ("实名", ()),
    ],
)
def test_a_run_is_cut_wholly_into_syllables_best_first(run: str, cuts: tuple[tuple[str, ...], ...]) -> None:
    assert parse_pinyin(run) == cuts


@given(st.lists(SYLLABLES, min_size=1, max_size=5))
def test_whatever_is_written_in_pinyin_can_be_cut(syllables: list[str]) -> None:
    run = "".join(syllables)
    cuts = parse_pinyin(run)
    assert 0 < len(cuts) <= MAX_FORMS
    assert len(cuts[0]) <= len(syllables)
    assert all("".join(cut).replace("nve", "nue") == run.replace("nve", "nue") for cut in cuts)


@given(st.text(st.characters(categories=None), max_size=60))
def test_no_text_upsets_the_reading_of_pinyin(text: str) -> None:
    for cut in parse_pinyin(text):
        assert all(syllable_code(syllable, fuzzy=True) for syllable in cut)
    assert isinstance(looks_like_pinyin(text), bool)


def test_a_run_longer_than_any_term_is_not_cut() -> None:
    assert parse_pinyin("a" * MAX_PINYIN_RUN) == (("a",) * MAX_PINYIN_RUN,)
    assert parse_pinyin("a" * (MAX_PINYIN_RUN + 1)) == ()


@pytest.mark.parametrize(
    ("run", "worth"), [("weixin", True), ("ka", True), ("aa", False), ("a", False), ("gps", False)]
)
def test_a_run_looks_like_pinyin_if_it_has_a_whole_syllable(run: str, worth: bool) -> None:
    assert looks_like_pinyin(run) is worth


@pytest.mark.parametrize(("a", "b"), ["蓝男", "真正", "四是", "音英", "中宗", "张脏", "群裙", "账帐"])
def test_input_method_neighbours_share_a_fuzzy_class(a: str, b: str) -> None:
    table = syllable_table(fuzzy=True)
    assert table[ord(a)] == table[ord(b)]


@pytest.mark.parametrize(("a", "b"), ["付户", "日丽", "飞回", "卡哈", "苍窗"])
def test_other_sounds_stay_apart(a: str, b: str) -> None:
    table = syllable_table(fuzzy=True)
    assert table[ord(a)] != table[ord(b)]


def test_exact_syllables_tell_near_homophones_apart() -> None:
    table = syllable_table(fuzzy=False)
    assert table[ord("蓝")] != table[ord("男")]
    assert table[ord("帐")] == table[ord("账")]


def test_codes_are_private_characters_that_no_folded_text_has() -> None:
    exact, fuzzy = set(syllable_table(fuzzy=False).values()), set(syllable_table(fuzzy=True).values())
    assert exact.isdisjoint(fuzzy)
    assert all(len(code) == 1 and code.translate(canonical_table()) == "" for code in exact | fuzzy)


@pytest.mark.parametrize("word", ["", "hello", "SHI", "shì", "v"])
def test_what_is_no_syllable_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="no syllable"):
        syllable_code(word, fuzzy=False)


@pytest.mark.parametrize(
    ("syllable", "stands_in"),
    [("zhang", "zan"), ("ning", "lin"), ("shu", "su"), ("er", "er"), ("an", "an"), ("hong", "hong")],
)
def test_a_syllable_has_one_representative(syllable: str, stands_in: str) -> None:
    assert fuzzy_class(syllable) == stands_in
    assert fuzzy_class(stands_in) == stands_in


@pytest.mark.parametrize(
    ("char", "sounds"),
    [
        ("行", ("xing", "hang")),
        ("长", ("chang", "zhang")),
        ("号", ("hao",)),
        ("嗯", ("en",)),
        ("绿", ("lv", "lu")),
        ("a", ()),
        ("🐮", ()),
    ],
)
def test_a_hanzi_has_its_usual_readings_commonest_first(char: str, sounds: tuple[str, ...]) -> None:
    assert readings(char) == sounds


def test_a_known_word_settles_how_its_characters_are_read() -> None:
    assert form_readings("银行号") == (("yin",), ("hang",), ("hao",))
    assert form_readings("T币") == ((), ("bi",))


def test_outside_known_words_every_usual_reading_counts() -> None:
    assert pinyin_forms("重置") == ("zhongzhi", "chongzhi")
    assert pinyin_forms("抖音") == ("douyin",)
    assert pinyin_forms("t币") == ("tbi",)


@pytest.mark.parametrize(
    ("form", "letters"),
    [("抖音", "dy"), ("账号", "zh"), ("支付宝", "zfb"), ("Q币", "qb"), ("银行", "yh"), ("", "")],
)
def test_initials_are_the_first_letters_of_the_syllables(form: str, letters: str) -> None:
    assert initials(form) == letters


@pytest.mark.parametrize(
    ("surface", "form", "alike"),
    [
        ("银航", "银行", True),
        ("吟行", "银行", True),
        ("银杏", "银行", False),
        ("生份证", "身份证", True),
        ("银行卡", "银行", False),
        ("a行", "银行", False),
    ],
)
def test_a_homophone_is_read_as_the_word_is_read(surface: str, form: str, alike: bool) -> None:
    assert sounds_like(surface, form, fuzzy=True) is alike


@given(st.text(HANZI, min_size=1, max_size=6), st.booleans())
def test_every_form_is_found_by_its_own_sound(form: str, fuzzy: bool) -> None:
    found = sound_forms(form, fuzzy)
    assert sounds_like(form, form, fuzzy)
    assert 0 < len(found) <= MAX_FORMS
    assert {len(codes) for codes in found} == {len(form)}
    commonest = [
        syllable_code(here[0], fuzzy) if here else char
        for char, here in zip(form, form_readings(form), strict=True)
    ]
    assert found[0] == "".join(commonest)


@given(st.text(HANZI, min_size=1, max_size=2), st.booleans())
def test_a_short_form_includes_what_the_text_side_sees(form: str, fuzzy: bool) -> None:
    assert form.translate(syllable_table(fuzzy)) in sound_forms(form, fuzzy)
