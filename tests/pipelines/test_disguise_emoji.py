from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disguise.emoji import (
    MAX_EMOJI,
    emoji_for,
    emoji_for_sound,
    emoji_sounds,
    emoji_spellings,
    emoji_words,
)


@pytest.mark.parametrize(
    ("word", "emoji"),
    [
        ("牛", "🐮"),
        ("牛", "🐂"),
        ("花", "🌸"),
        ("花", "🥀"),
        ("鱼", "🐟"),
        ("卡", "💳"),
        ("薯", "🍠"),
        ("飞机", "✈"),
        ("手机", "📱"),
        ("银行", "🏦"),
        ("身份证", "🪪"),
        ("土豆", "🥔"),
        ("蝙蝠", "🦇"),
        ("加", "➕"),
        ("有", "🈶"),
        ("可", "🉑"),
        ("米", "🍚"),
        ("元", "💵"),
        ("钱", "💰"),
        ("球", "⚽"),
        ("龙", "🐉"),
        ("车", "🚗"),
        ("枪", "🔫"),
        ("药", "💊"),
        ("叶", "🍃"),
        ("叶", "🍁"),
        ("草", "🌿"),
        ("茶", "🍵"),
        ("蛋", "🥚"),
        ("信", "✉"),
        ("心", "❤"),
        ("火", "🔥"),
        ("包", "🧧"),
        ("鸡", "🐔"),
    ],
)
def test_a_word_has_the_emoji_that_show_it(word: str, emoji: str) -> None:
    assert emoji in emoji_for(word)
    assert word in emoji_words(emoji)


@pytest.mark.parametrize(
    ("word", "emoji"),
    [
        ("脸", "😀"),
        ("脸", "🐱"),
        ("头", "🐮"),
        ("号", "✔"),
        ("号", "❌"),
        ("圆", "🔴"),
        ("子", "🦆"),
        ("国", "🇨🇳"),
        ("心", "😟"),
    ],
)
def test_a_tail_of_a_name_is_not_what_the_picture_shows(word: str, emoji: str) -> None:
    assert emoji not in emoji_for(word)


def test_plainly_named_emoji_come_first() -> None:
    assert emoji_for("鸡")[0] == "🐔"
    assert emoji_for("龙")[0] == "🐉"


def test_variation_selectors_and_skin_tones_change_nothing() -> None:
    assert emoji_words("✈️") == emoji_words("✈")
    assert emoji_words("👋🏽") == emoji_words("👋")


@pytest.mark.parametrize("text", ["", "a", "牛", "\ufe0f", "🏽", "\ud83d", "🐮🐮", "🇨🇳", "👨‍👩‍👧"])
def test_what_is_not_one_plain_emoji_has_no_words(text: str) -> None:
    assert emoji_words(text) == ()
    assert emoji_sounds(text) == ()


@pytest.mark.parametrize(
    ("emoji", "sound"),
    [("🥚", "dan"), ("🐔", "ji"), ("❤️", "xin"), ("🏦", "hang"), ("🍑", "tao"), ("🐴", "ma"), ("💳", "ka")],
)
def test_an_emoji_sounds_like_its_shortest_word(emoji: str, sound: str) -> None:
    assert sound in emoji_sounds(emoji)


@given(st.text(st.characters(categories=None), max_size=3))
def test_words_and_emoji_point_at_each_other(text: str) -> None:
    found = emoji_for(text)
    assert len(found) <= MAX_EMOJI
    assert all(text in emoji_words(emoji) for emoji in found)


@pytest.mark.parametrize(
    ("form", "spelling"),
    [
        ("银行卡", "🏦卡"),
        ("银行卡", "银行💳"),
        ("手机卡", "📱卡"),
        ("手机卡", "手🐔卡"),
        ("刷单", "刷🥚"),
        ("四件套", "四件🍑"),
        ("微信", "微❤"),
        ("叶子", "🍃子"),
        ("飞机", "✈"),
    ],
)
def test_a_form_is_spelt_with_emoji_that_show_or_sound_like_a_part(form: str, spelling: str) -> None:
    assert spelling in emoji_spellings(form)


@given(st.text(st.sampled_from("银行卡手机微信abc🐮"), max_size=5))
def test_a_spelling_with_emoji_is_never_the_form_itself(form: str) -> None:
    spellings = emoji_spellings(form)
    assert form not in spellings
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize("syllable", ["dan", "ji", "ma", "xin"])
def test_emoji_of_a_sound_sound_so(syllable: str) -> None:
    assert emoji_for_sound(syllable)
    assert all(syllable in emoji_sounds(emoji) for emoji in emoji_for_sound(syllable))
