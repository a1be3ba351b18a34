"""Glyphs that stand for another character: what folds to what, what is removed, what is a separator.

Sources: the Unicode character database of Python's `unicodedata` (compatibility forms, enclosed
letters and digits, case, numeric values), OpenCC's character dictionaries (traditional, Taiwan, Hong
Kong and Japanese forms) and Unicode's confusables (TR39) as `confusable_homoglyphs` ships them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from confusable_homoglyphs.confusables import confusables_data
from opencc import OpenCC

from pipelines.disguise.hanzi import common_hanzi, standard_hanzi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.records import Disguise

CHAT_EMOJI: Final = re.compile(
    r"""
    \[em\]e\d{1,7}\[/em\]              # QQ, as stored
  | \[[\u4e00-\u9fff]{1,4}r\]          # Xiaohongshu
  | \[(?:{short}|{names})\]            # WeChat, Weibo, Douyin, Xianyu
  | (?<![a-z0-9:/])/(?:{names})        # QQ and old WeChat, as typed
    """.replace("{short}", "心|赞|强|弱|色|酷|困|吐|嘘|晕|衰|吓|耶|汗|哇").replace(
        "{names}",
        "微笑|撇嘴|发呆|得意|流泪|害羞|闭嘴|大哭|尴尬|发怒|调皮|呲牙|惊讶|难过|冷汗|抓狂|偷笑|可爱|愉快|白眼|傲慢|饥饿|惊恐|流汗|憨笑"
        "|悠闲|奋斗|咒骂|疑问|折磨|骷髅|敲打|再见|擦汗|抠鼻|鼓掌|糗大了|坏笑|左哼哼|右哼哼|哈欠|鄙视|委屈|快哭了|阴险|亲亲|可怜|笑脸"
        "|玫瑰|凋谢|示爱|爱心|心碎|蛋糕|礼物|拥抱|握手|胜利|抱拳|勾引|拳头|差劲|爱你|飞吻|跳跳|发抖|怄火|转圈|磕头|回头|跳绳|挥手"
        "|激动|街舞|献吻|左太极|右太极|嘿哈|捂脸|奸笑|机智|皱眉|加油|吃瓜|社会社会|旺柴|笑哭|doge|打脸|破涕为笑|比心|泪奔"
        "|鲜花|太阳|月亮|裂开|苦涩|叹气|让我看看|天啊|翻白眼|庆祝|合十",
    ),
    re.VERBOSE | re.IGNORECASE,
)
"""The text that chat programs store for their own emoji, by the names that the programs show. Names
that are also goods (刀, 手机, 红包) are left out: in brackets they are as likely a seller's own words."""

BMP_PRIVATE_USE: Final = range(0xE000, 0xF900)
"""Removed from texts, so that the syllable codes of `sound` cannot stand in one."""

_ENCLOSED = range(0x1F100, 0x1F200)
_ENCLOSED_NAME = re.compile(
    r"(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) (?:LATIN CAPITAL LETTER )?([A-Z]{1,4})"
    r"|SQUARED ([A-Z]{2,4})(?: WITH EXCLAMATION MARK)?"
    r"|REGIONAL INDICATOR SYMBOL LETTER ([A-Z])"
)
_SMALL_CAPITAL_NAME = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])")
_MARKS_OF_KANA = "\u3099\u309a"
_REMOVED_CATEGORIES = ("Mn", "Me", "Cf")
_LONE_STROKES = frozenset("丨丶丿乀乁乚乛亅")
_DIAERESIS = "\u0308"
_CASED = ("Ll", "Lu", "Lt")
_LINE_CONTROLS = "\t\n\v\f\r\x85"
_HAN_BLOCKS = (
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0x20000, 0x2A6E0),
    range(0x2A700, 0x2EE5E),
    range(0x30000, 0x323B0),
)
_PLAIN_BLOCKS = (*_HAN_BLOCKS, range(0xAC00, 0xD7A4), range(0xD800, 0xE000), range(0x12000, 0x1B000))
"""Hanzi, Hangul syllables, surrogates, and cuneiform to Tangut: only a few of so many fold, and those the
data names, so that they need not be asked one by one."""


class _Fold(NamedTuple):
    text: str
    kind: Disguise | None


def canonical_table() -> dict[int, str]:
    """Code point → what it folds to, for every code point that folds to something else.

    Mostly one character; several for ligatures (㎏ → kg), none for what is invisible: zero-width and
    bidi controls, combining marks, variation selectors, tags, private use. A text translated twice is the
    same as translated once. Chinese numerals stay (see `numeral_table`).
    """
    return _canonical().table


def canonical_kind(char: str) -> Disguise | None:
    """The disguise that a character is of its canonical form; None where it has none (case is none)."""
    return _canonical().kinds.get(char)


@lru_cache(maxsize=1)
def numeral_table() -> dict[int, str]:
    """Chinese numeral for 0 … 9 (canonical) → its ASCII digit, from Unicode's numeric values.

    Character for character only: 十 and above would change the length and the meaning (三十五 is not
    3105), so they stay, and forms with them match as they are written.
    """
    fold = canonical_table()
    table: dict[int, str] = {}
    for code in range(0x3007, 0xA000):
        char = chr(code)
        value = unicodedata.numeric(char, -1.0)
        if value in range(10) and code not in fold and not char.isdecimal():
            table[code] = str(int(value))
    return table


def is_separator(char: str) -> bool:
    """Whether a canonical character can be put between the characters of a term and mean nothing.

    Punctuation, symbols, spaces, emoji, controls, surrogates, unassigned, and the strokes that are encoded as
    hanzi but are no words (冰丶毒). Not letters, digits, other hanzi, kana.
    """
    category = unicodedata.category(char)
    return category[0] in "PSZC" or (category == "Lm" and char < "\u0300") or char in _LONE_STROKES


@lru_cache(maxsize=1)
def separator_table() -> dict[int, None]:
    """Every assigned separator (and every surrogate), to be removed by `str.translate`."""
    outside_hanzi = {code: None for code in _assigned(_HAN_BLOCKS) if is_separator(chr(code))}
    return outside_hanzi | dict.fromkeys(map(ord, _LONE_STROKES))


class _Canonical(NamedTuple):
    table: dict[int, str]
    kinds: dict[str, Disguise]


@lru_cache(maxsize=1)
def _canonical() -> _Canonical:
    hanzi, glyphs = _simplified(), _confusable()
    table: dict[int, str] = {}
    kinds: dict[str, Disguise] = {}
    for char in dict.fromkeys((*map(chr, _assigned(_PLAIN_BLOCKS)), *hanzi, *glyphs)):
        text, kind = _settle(char, hanzi, glyphs)
        if text != char:
            table[ord(char)] = text
            if kind:
                kinds[char] = kind
    return _Canonical(table, kinds)


def _settle(char: str, hanzi: dict[str, str], glyphs: dict[str, str]) -> _Fold:
    """Fold until nothing changes; the least ordinary step on the way names the disguise."""
    first = _step(char, hanzi, glyphs)
    if first.text in (char, ""):
        return first
    text, kinds = char, set[str]()
    while True:
        steps = [_step(part, hanzi, glyphs) for part in text]
        folded = "".join(step.text for step in steps)
        if folded == text:
            break
        kinds.update(step.kind for step in steps if step.kind)
        text = folded
    for kind in ("look-alike", "traditional", "width", "separator"):
        if kind in kinds:
            return _Fold(text, kind)
    return _Fold(text, None)


def _step(char: str, hanzi: dict[str, str], glyphs: dict[str, str]) -> _Fold:
    if char.isascii():
        kept = char.isprintable() or char in _LINE_CONTROLS
        return _Fold(char.lower(), None) if kept else _Fold("", "separator")
    if _is_removed(char):
        return _Fold("", "separator")
    written = _enclosed(char) or _compatible(char)
    if written != char:
        return _Fold(written, "width")
    if char in hanzi:
        return _Fold(hanzi[char], "traditional")
    if char in glyphs:
        return _Fold(glyphs[char], "look-alike")
    bare = _without_marks(char)
    if bare != char:
        return _Fold(bare, "look-alike")
    return _Fold(char.casefold(), None)


def _is_removed(char: str) -> bool:
    category = unicodedata.category(char)
    return (
        category in _REMOVED_CATEGORIES
        or (category == "Cc" and char not in _LINE_CONTROLS)
        or ord(char) in BMP_PRIVATE_USE
        or (category == "Lo" and unicodedata.name(char, "").endswith(" FILLER"))
    )


def _enclosed(char: str) -> str | None:
    """The letters or the number of an enclosed form that Unicode gives no compatibility mapping."""
    if ord(char) in _ENCLOSED:
        match = _ENCLOSED_NAME.fullmatch(unicodedata.name(char, ""))
        return next(filter(None, match.groups())) if match else None
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "No" and unicodedata.normalize("NFKC", char) == char:
        value = unicodedata.numeric(char)
        return str(int(value)) if value.is_integer() and "CIRCLED" in unicodedata.name(char) else None
    return "10" if unicodedata.name(char, "") == "KEYCAP TEN" else None


def _compatible(char: str) -> str:
    """NFKC, without the brackets or the full stop that a parenthesised or numbered form carries."""
    written = unicodedata.normalize("NFKC", char)
    if len(written) > 1 and any(part.isalnum() for part in written):
        return written.strip("()〔〕 ").rstrip(".,")
    return written


def _without_marks(char: str) -> str:
    """A letter without its combining marks. ü keeps its dots, as pinyin tells nü from nu; so does kana."""
    if not char.isalpha():
        return char
    parts = unicodedata.normalize("NFKD", char)
    kept = [
        part
        for index, part in enumerate(parts)
        if unicodedata.category(part) not in _REMOVED_CATEGORIES
        or part in _MARKS_OF_KANA
        or (part == _DIAERESIS and parts[index - 1] in "uU")
    ]
    return unicodedata.normalize("NFC", "".join(kept))


def _simplified() -> dict[str, str]:
    """Hanzi → simplified hanzi, one to one, by OpenCC. What is common in simplified text stays
    (OpenCC makes 幺 of a Taiwanese 么), and Japanese forms count only where GB 2312 lacks them.
    """
    common, standard = common_hanzi(), standard_hanzi()
    chars = [char for block in _HAN_BLOCKS for char in map(chr, block) if char not in common]
    table = dict(_converted("t2s", chars))
    for config in ("tw2s", "hk2s"):
        for char, simplified in _converted(config, chars):
            table.setdefault(char, simplified)
    for char, traditional in _converted("jp2t", chars):
        if char not in table and char not in standard:
            table[char] = table.get(traditional, traditional)
    return table


def _converted(config: str, chars: list[str]) -> Iterator[tuple[str, str]]:
    written: list[str] = OpenCC(config).convert("\n".join(chars)).split("\n")
    return ((old, new) for old, new in zip(chars, written, strict=True) if old != new and len(new) == 1)


def _confusable() -> dict[str, str]:
    """What resembles something: letters → ASCII letter or digit, kana and rare hanzi → hanzi."""
    looks = {
        char: [item["c"] for item in found]
        for char, found in confusables_data.items()
        if len(char) == 1 and not char.isascii()
    }
    table = {
        char: match[1].lower()
        for char in looks
        if (match := _SMALL_CAPITAL_NAME.fullmatch(unicodedata.name(char, ""))) is not None
    }
    for char, found in looks.items():
        if char not in table and (
            target := next((look for look in found if _may_stand_for(char, look)), None)
        ):
            table[char] = target
    # One step further: Unicode lists Cyrillic н beside the small capital ʜ only.
    for char, found in looks.items():
        if char not in table and unicodedata.category(char) in _CASED:
            table.update([(char, table[look]) for look in found[:1] if look in table])
    return table


def _may_stand_for(char: str, look: str) -> bool:
    if len(look) != 1:
        return False
    if look.isascii():
        return look.isalnum() and unicodedata.category(char)[0] in "LN" and not _is_ideographic(char)
    if not _is_han(look):
        return False
    if _is_han(char):
        return look in standard_hanzi() and char not in standard_hanzi()
    return unicodedata.name(char, "").startswith(("KATAKANA", "CJK RADICAL", "CJK STROKE"))


def _is_ideographic(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("CJK ", "IDEOGRAPHIC "))


def _is_han(char: str) -> bool:
    return unicodedata.name(char, "").startswith("CJK UNIFIED")


def _assigned(without: tuple[range, ...]) -> Iterator[int]:
    """The assigned code points outside some blocks, and the private use area of the basic plane."""
    start = 0
    for block in sorted((*without, range(0x33480, 0xE0000)), key=lambda block: block.start):
        yield from (code for code in range(start, block.start) if unicodedata.category(chr(code)) != "Cn")
        start = block.stop
    yield from range(0xE0000, 0xE0200)
