"""Sounds of hanzi: toneless Mandarin syllables, their near-homophone classes, pinyin and its initials.

Source: pypinyin's character dictionary (readings) and phrase dictionary (which reading is common, and
which one holds inside a known word). Syllables are written in lower case without tone, ü as v.

A syllable has a code: one private-use character, so that a text of sounds has the length of the text of
characters and any string matcher can search it. Exact syllables and fuzzy classes have codes of their
own. The fuzzy classes are what Chinese input methods offer as 模糊音 and switch on by default or for
speakers of southern dialects: zh=z, ch=c, sh=s, n=l, ang=an, eng=en, ing=in. Not f=h and r=l: they are
rarer in speech and would let 付 stand for 户.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import islice, product
from typing import Final, NamedTuple

from pipelines.disguise.hanzi import common_hanzi

EXACT_CODES: Final = 0xE000
FUZZY_CODES: Final = 0xE400

MAX_FORMS: Final = 8
"""So many readings of one form are told apart; a word has rarely more than two."""

MAX_PINYIN_RUN: Final = 36
"""The longest pinyin syllable has six letters; a term has rarely more than six syllables."""

_RARE_SHARE = 0.04
"""A reading in fewer of the phrases with its character is left out (单 as chán, 和 as hú)."""
_CLEARLY_COMMONER = 2.5
"""So many times more phrases make a later reading the commonest (长 cháng); less is chance (给 jǐ)."""
_SYLLABIC_NASALS = {"n": "en", "ng": "en"}
_ALSO_SPELT = {"lve": "lue", "nve": "nue"}
_FUZZY_INITIAL = re.compile(r"^(?:([zcs])h|n)")
_FUZZY_FINAL = re.compile(r"(?<=[aei])ng$")


@lru_cache(maxsize=2)
def syllable_table(fuzzy: bool) -> dict[int, str]:
    """Hanzi (code point) → the code of its commonest reading's syllable or class; for `str.translate`."""
    codes = {syllable: syllable_code(syllable, fuzzy) for syllable in _sounds().syllables}
    return {code: codes[found[0]] for code, found in _sounds().readings.items()}


def syllable_code(pinyin: str, fuzzy: bool) -> str:
    """The code of a syllable. Raises ValueError for what is none."""
    index = _sounds().fuzzy_index if fuzzy else _sounds().exact_index
    try:
        return chr((FUZZY_CODES if fuzzy else EXACT_CODES) + index[pinyin])
    except KeyError:
        raise ValueError(f"{pinyin!r} is no syllable; write it toneless, lower case, ü as v") from None


def fuzzy_class(syllable: str) -> str:
    """The syllable that stands for all that are confused with it: zhang → zan, ning → lin."""
    merged = _FUZZY_INITIAL.sub(lambda match: match[1] or "l", syllable)
    return _FUZZY_FINAL.sub("n", merged)


def readings(char: str) -> tuple[str, ...]:
    """The usual toneless readings of a hanzi, commonest first; empty for anything else."""
    return _sounds().readings.get(ord(char), ())


@lru_cache(maxsize=65_536)
def form_readings(form: str) -> tuple[tuple[str, ...], ...]:
    """For each character of a form its readings there; empty for what is no hanzi.

    A word that pypinyin's phrases know has one reading a character (银行: yin hang); elsewhere a character
    keeps all its usual ones.
    """
    alone = [readings(char) for char in form]
    if all(len(found) < 2 for found in alone):
        return tuple(alone)
    phrases = _sounds().phrases
    start = 0
    while start < len(form):
        end = next((e for e in range(len(form), start + 1, -1) if form[start:e] in phrases), start + 1)
        if end > start + 1:
            known = phrases[form[start:end]]
            alone[start:end] = [(_plain(sounds[0]),) for sounds in known]
        start = end
    return tuple(alone)


def sound_forms(form: str, fuzzy: bool) -> tuple[str, ...]:
    """The form as codes, one string for each way to read it, at most `MAX_FORMS`; other characters stay.

    The first is its commonest reading. Besides the readings in context it covers the code that
    `syllable_table` gives each of its characters, as the text's side of the match knows no context: a match
    found by that code alone has to pass `sounds_like`.
    """
    choices: list[tuple[str, ...]] = []
    for char, here in zip(form, form_readings(form), strict=True):
        sounds = dict.fromkeys((*here, *readings(char)[:1]))
        choices.append(tuple(dict.fromkeys(syllable_code(sound, fuzzy) for sound in sounds)) or (char,))
    return _combinations(choices)


def sounds_like(surface: str, form: str, fuzzy: bool) -> bool:
    """Whether every character of the surface is the form's own or can be read as the form's is read there."""
    if len(surface) != len(form):
        return False
    return all(
        char == meant or not _codes(readings(char), fuzzy).isdisjoint(_codes(here, fuzzy))
        for char, meant, here in zip(surface, form, form_readings(form), strict=True)
    )


def pinyin_forms(form: str) -> tuple[str, ...]:
    """The form in toneless pinyin without spaces, one string for each way to read it, commonest first."""
    return _combinations([here or (char,) for char, here in zip(form, form_readings(form), strict=True)])


def initials(form: str) -> str:
    """The first letters of a form's syllables (抖音 → dy, 账号 → zh); letters and digits stay."""
    found = zip(form, form_readings(form), strict=True)
    return "".join(here[0][0] if here else char.lower() for char, here in found if here or char.isalnum())


@lru_cache(maxsize=4096)
def parse_pinyin(run: str) -> tuple[tuple[str, ...], ...]:
    """All ways to cut a lower-case Latin run wholly into syllables, at most `MAX_FORMS`, best first.

    Fewest syllables first, then the longer first syllable: xian is (xian,) before (xi, an). ü may be written
    v, ü or, after l and n before e, u. Empty for what is no pinyin or longer than `MAX_PINYIN_RUN`.
    """
    run = run.replace("ü", "v")
    if not 0 < len(run) <= MAX_PINYIN_RUN:
        return ()
    spelt = _sounds().spelt
    ways: list[list[tuple[str, ...]]] = [[] for _ in run] + [[()]]
    for start in range(len(run) - 1, -1, -1):
        found = [
            (spelt[run[start:end]], *rest)
            for end in range(start + 1, min(start + 6, len(run)) + 1)
            if run[start:end] in spelt
            for rest in ways[end]
        ]
        found.sort(key=lambda way: (len(way), [-len(syllable) for syllable in way]))
        ways[start] = found[:MAX_FORMS]
    return tuple(ways[0])


def looks_like_pinyin(run: str) -> bool:
    """Whether a run is worth reading as pinyin: two letters or more, wholly syllables, not just vowels."""
    best = next(iter(parse_pinyin(run)), ())
    return len(run) >= 2 and any(len(syllable) > 1 for syllable in best)


class _Sounds(NamedTuple):
    readings: dict[int, tuple[str, ...]]
    syllables: tuple[str, ...]
    exact_index: dict[str, int]
    fuzzy_index: dict[str, int]
    spelt: dict[str, str]
    phrases: dict[str, list[list[str]]]


@lru_cache(maxsize=1)
def _sounds() -> _Sounds:
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    counts = Counter(
        (char, sound[0])
        for phrase, sounds in PHRASES_DICT.items()
        for char, sound in zip(phrase, sounds, strict=False)
    )
    in_phrases: dict[str, Counter[str]] = {}
    for (char, sound), count in counts.items():
        in_phrases.setdefault(char, Counter())[_plain(sound)] += count
    found: dict[int, tuple[str, ...]] = {}
    for code, listed in PINYIN_DICT.items():
        plain = dict.fromkeys(filter(None, (_plain(sound) for sound in listed.split(","))))
        if plain:
            found[code] = _usual(tuple(plain), in_phrases.get(chr(code)))
    syllables = tuple(sorted({syllable for sounds in found.values() for syllable in sounds}))
    classes = sorted({fuzzy_class(syllable) for syllable in syllables})
    exact = {syllable: index for index, syllable in enumerate(syllables)}
    fuzzy = {syllable: classes.index(fuzzy_class(syllable)) for syllable in syllables}
    return _Sounds(found, syllables, exact, fuzzy, _spellings(found), PHRASES_DICT)


def _usual(plain: tuple[str, ...], counts: Counter[str] | None) -> tuple[str, ...]:
    """The readings that phrases attest, commonest first; the dictionary's own first one is always kept."""
    if counts is None or len(plain) == 1:
        return plain[:1]
    total = counts.total()
    usual = [sound for sound in plain if sound == plain[0] or counts[sound] > max(1, total * _RARE_SHARE)]
    commonest = max(usual, key=lambda sound: counts[sound] * (_CLEARLY_COMMONER if sound == plain[0] else 1))
    return (commonest, *(sound for sound in usual if sound != commonest))


def _spellings(found: dict[int, tuple[str, ...]]) -> dict[str, str]:
    """How the syllables of GB 2312's common hanzi are spelt; sellers write no rarer ones (kei, fiao)."""
    syllables = {sound for char in common_hanzi() for sound in found.get(ord(char), ())}
    spelt = {syllable: syllable for syllable in syllables}
    return spelt | {also: syllable for syllable, also in _ALSO_SPELT.items()}


@lru_cache(maxsize=4096)
def _plain(sound: str) -> str:
    """A toned reading without its tone, ü as v; empty for interjections that have no vowel."""
    parts = unicodedata.normalize("NFD", sound.replace("ü", "v"))
    plain = "".join(part for part in parts if not unicodedata.combining(part) or part == "\u0308")
    plain = unicodedata.normalize("NFC", plain).replace("ü", "v")
    plain = _SYLLABIC_NASALS.get(plain, plain)
    return plain if re.fullmatch(r"[a-z]*[aeiouv][a-z]*", plain) else ""


@lru_cache(maxsize=65_536)
def _codes(sounds: tuple[str, ...], fuzzy: bool) -> frozenset[str]:
    return frozenset(syllable_code(sound, fuzzy) for sound in sounds)


def _combinations(choices: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map("".join, islice(product(*choices), MAX_FORMS))))
