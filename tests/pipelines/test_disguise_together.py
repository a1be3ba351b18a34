"""Disguises in sellers' manner, made for this test, and the tables that see through them."""

from __future__ import annotations

import re

import pytest

from pipelines.disguise.emoji import emoji_for, emoji_sounds
from pipelines.disguise.glyphs import CHAT_EMOJI, canonical_table, separator_table
from pipelines.disguise.shape import look_alike_table, splits_of
from pipelines.disguise.sound import (
    initials,
    parse_pinyin,
    sound_forms,
    sounds_like,
    syllable_code,
    syllable_table,
)

WRITTEN_OTHERWISE = [
    ("實名號", "实名号"),
    ("実名号", "实名号"),
    ("實☆名", "实名"),
    ("实🌟名🌟号", "实名号"),
    ("微❤信", "微信"),
    ("微[比心]信", "微信"),
    ("银.行.卡", "银行卡"),
    ("银\u200b行\u200d卡", "银行卡"),
    ("四 件 套", "四件套"),
    ("身份証", "身份证"),
    ("身份證", "身份证"),
    ("發票", "发票"),
    ("假髮票", "假发票"),
    ("帳/號", "帐号"),
    ("ＱＱ号", "qq号"),
    ("🆀🆀号", "qq号"),
    ("ⓠⓠ", "qq"),
    ("𝐕𝐗", "vx"),
    ("ⅤX", "vx"),
    ("vх", "vx"),
    ("РауРаl", "paypal"),
    ("㈣件套", "四件套"),
    ("4️⃣件套", "4件套"),
    ("④件套", "4件套"),
    ("🈶货", "有货"),
    ("🉑注册", "可注册"),
    ("⽤户", "用户"),
    ("银⾏卡", "银行卡"),
    ("实̶名̶号̶", "实名号"),
    ("カ口微信", "力口微信"),
    ("pāo分", "pao分"),
    ("g̲o̲i̲p̲", "goip"),
    ("ᴛɢ群", "tg群"),
    ("手[em]e163[/em]机卡", "手机卡"),
]

SOUNDING_ALIKE = [
    ("实明", "实名"),
    ("识名号", "实名号"),
    ("威信", "微信"),
    ("薇信", "微信"),
    ("身份正", "身份证"),
    ("申份证", "身份证"),
    ("生份证", "身份证"),
    ("四件陶", "四件套"),
    ("是件套", "四件套"),
    ("荇鼎", "刑顶"),
    ("支负宝", "支付宝"),
    ("织付宝", "支付宝"),
    ("银航卡", "银行卡"),
    ("吟行卡", "银行卡"),
    ("抖印", "抖音"),
    ("抖英", "抖音"),
    ("收机卡", "手机卡"),
    ("带款", "贷款"),
    ("法票", "发票"),
    ("逃宝", "淘宝"),
    ("泡分", "跑分"),
    ("帐号", "账号"),
    ("刷单猿", "刷单员"),
    ("卡伤", "卡商"),
    ("蓝号", "男号"),
]

IN_PINYIN = [
    ("shiming", "实名"),
    ("kai户", "开户"),
    ("shouji卡", "手机卡"),
    ("手ji卡", "手机卡"),
    ("抖yin", "抖音"),
    ("四件tao", "四件套"),
    ("weixin", "微信"),
    ("wei信", "微信"),
    ("yinhangka", "银行卡"),
    ("shenfenzheng", "身份证"),
    ("pao分", "跑分"),
    ("fa票", "发票"),
    ("lv码", "绿码"),
    ("xi钱", "洗钱"),
    ("xian金", "现金"),
]

IN_INITIALS = [
    ("dy", "抖音"),
    ("zfb", "支付宝"),
    ("yhk", "银行卡"),
    ("sjk", "手机卡"),
    ("sfz", "身份证"),
    ("wx", "微信"),
]

WRITTEN_IN_PARTS = [
    ("女子友", "好友"),
    ("扌丁", "打"),
    ("才丁卡", "打卡"),
    ("金艮行卡", "银行卡"),
    ("钅艮行", "银行"),
    ("力口微", "加微"),
    ("石马", "码"),
    ("贝长号", "账号"),
    ("代贝款", "贷款"),
    ("亻言", "信"),
    ("微亻言", "微信"),
    ("身份讠正", "身份证"),
    ("木仓", "枪"),
    ("禾口谐", "和谐"),
    ("弓单", "弹"),
    ("米分", "粉"),
    ("贝者十甫寸", "赌博"),
    ("车欠件", "软件"),
    ("纟工包", "红包"),
    ("氵先金戋", "洗钱"),
    ("卖木几号", "卖机号"),
]

LOOKING_ALIKE = [
    ("徽信", "微信"),
    ("薇信", "微信"),
    ("溦信", "微信"),
    ("艮行", "银行"),
    ("货款", "贷款"),
    ("单药", "弹药"),
    ("身份正", "身份证"),
    ("发漂", "发票"),
    ("大嘛", "大麻"),
    ("弹约", "弹药"),
    ("增埴税", "增值税"),
    ("拆扣", "折扣"),
]

WITH_EMOJI = [
    ("🐮", "牛"),
    ("信用💳", "信用卡"),
    ("🍃子", "叶子"),
    ("🌸呗", "花呗"),
    ("有🚗", "有车"),
    ("💊丸", "药丸"),
    ("🔫支", "枪支"),
    ("🍠", "薯"),
    ("➕微", "加微"),
    ("💰庄", "钱庄"),
    ("🍵叶", "茶叶"),
    ("跑💯", "跑分"),
    ("⚽票", "球票"),
    ("🐉卡", "龙卡"),
]

SOUNDING_LIKE_AN_EMOJI = [
    ("接🥚", "接单"),
    ("手🐔", "手机"),
    ("威❤", "微信"),
    ("四件🍑", "四件套"),
    ("🐴商", "码商"),
]


def folded(surface: str) -> str:
    text = surface.translate(canonical_table())
    return CHAT_EMOJI.sub("", text).translate(separator_table())


@pytest.mark.parametrize(("surface", "meant"), WRITTEN_OTHERWISE)
def test_another_way_to_write_folds_to_what_is_meant(surface: str, meant: str) -> None:
    assert folded(surface) == meant


@pytest.mark.parametrize(("surface", "meant"), SOUNDING_ALIKE)
def test_a_homophone_sounds_like_what_is_meant(surface: str, meant: str) -> None:
    assert sounds_like(surface, meant, fuzzy=True)
    assert surface.translate(syllable_table(fuzzy=True)) in sound_forms(meant, fuzzy=True)


def codes(surface: str) -> set[str]:
    """All ways to read a surface of hanzi and pinyin, as fuzzy codes."""
    ways = {""}
    for piece in re.findall(r"[a-z]+|[^a-z]", surface):
        if piece.isascii():
            found = {"".join(syllable_code(s, fuzzy=True) for s in cut) for cut in parse_pinyin(piece)}
        else:
            found = {piece.translate(syllable_table(fuzzy=True))}
        ways = {way + piece_codes for way in ways for piece_codes in found}
    return ways


@pytest.mark.parametrize(("surface", "meant"), IN_PINYIN)
def test_pinyin_reads_as_what_is_meant(surface: str, meant: str) -> None:
    assert not codes(surface).isdisjoint(sound_forms(meant, fuzzy=True))


@pytest.mark.parametrize(("surface", "meant"), IN_INITIALS)
def test_initials_are_those_of_what_is_meant(surface: str, meant: str) -> None:
    assert initials(meant) == surface


@pytest.mark.parametrize(("surface", "meant"), WRITTEN_IN_PARTS)
def test_parts_side_by_side_join_to_what_is_meant(surface: str, meant: str) -> None:
    text = surface
    for parts, char in splits_of(set(meant)).items():
        text = text.replace(parts, char)
    assert text == meant


@pytest.mark.parametrize(("surface", "meant"), LOOKING_ALIKE)
def test_a_look_alike_stands_for_what_is_meant(surface: str, meant: str) -> None:
    table = look_alike_table(set(meant))
    assert "".join(table.get(char, char) for char in surface) == meant


@pytest.mark.parametrize(("surface", "meant"), WITH_EMOJI)
def test_an_emoji_shows_what_is_meant(surface: str, meant: str) -> None:
    assert all(char == hanzi or char in emoji_for(hanzi) for char, hanzi in zip(surface, meant, strict=True))


@pytest.mark.parametrize(("surface", "meant"), SOUNDING_LIKE_AN_EMOJI)
def test_an_emoji_can_be_read_aloud(surface: str, meant: str) -> None:
    table = syllable_table(fuzzy=False)
    spoken = [
        {syllable_code(sound, fuzzy=False) for sound in emoji_sounds(char)} or {char.translate(table)}
        for char in surface
    ]
    assert all(hanzi.translate(table) in sounds for sounds, hanzi in zip(spoken, meant, strict=True))
