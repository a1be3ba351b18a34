"""Emoji that stand for a word or, by its sound, for another one: 🐮 is 牛, ✈ is 飞机, 🐔 is a 机 spoken.

Source: the Chinese short names of CLDR as the `emoji` library ships them, read with the English names
beside them. A name is taken apart into the words that a reader sees in the picture: the whole name
(信用卡), its head (卡), the animal without its face (奶牛头 → 奶牛 → 牛), the stuff of a measure (钱袋 → 钱).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Final, NamedTuple

import emoji as emoji_data

from pipelines.disguise.sound import form_readings

MAX_EMOJI: Final = 24
"""So many emoji of one word are given, those with the plainest names first (there are 30 kinds of 车)."""

_NOT_PART_OF_A_NAME = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_HANZI = re.compile(r"[\u4e00-\u9fff]+")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_JOINED = "\u200d"
_LONGEST_NAME_WITH_HEAD = 3
"""Longer names are descriptions, which rarely end in what one sees (上弦月 does, 双手合十 does not)."""
_SIGN_NAME = re.compile(r"_(?:mark|button|arrow|sign|symbol|circle|square|diamond|o’clock|thirty)(?:_|$)")
"""English names of signs: ✔ is a 勾号, but nobody writes it for 号."""
_READ_OUT: Final = {"上": ("⬆", "↑", "🔼"), "下": ("⬇", "↓", "🔽")}
"""Signs that are read out as one word, as in ⬆⬇分."""
_FACE_NAME = re.compile(r"(?:^|_)face(?:_|$)")
_FACE_TAILS = ("头", "脸")
_SUFFIXES = frozenset("子头")
_MEASURES = frozenset("袋丸焰束封壶滴饭")
"""After a suffix (鸭子) or a measure (药丸, 火焰, 信封) the first character is what the picture shows."""


def emoji_words(sequence: str) -> tuple[str, ...]:
    """The Chinese words of one emoji (with or without variation selector and skin tone), plainest last.

    The first is its CLDR short name, further ones are shorter: 💳 → 信用卡, 卡. Empty for anything else.
    """
    return _index().words.get(_NOT_PART_OF_A_NAME.sub("", sequence), ())


def emoji_for(word: str) -> tuple[str, ...]:
    """The emoji that show a word or a single hanzi, without variation selectors; at most `MAX_EMOJI`.

    Those whose name is the word come first, then by length of name.
    """
    return (*_READ_OUT.get(word, ()), *_index().emoji.get(word, ()))


def emoji_sounds(sequence: str) -> tuple[str, ...]:
    """The toneless syllables that one emoji can be read as: those of its words of one hanzi (🥚 → dan)."""
    words = emoji_words(sequence)
    sounds = [
        sound
        for short in words
        if len(short) == 1
        for sound in form_readings(words[0])[words[0].rindex(short)][:1]
    ]
    return tuple(dict.fromkeys(sounds))


def emoji_for_sound(syllable: str) -> tuple[str, ...]:
    """The emoji that can be read as a toneless syllable (dan → 🥚, ji → 🐔), at most `MAX_EMOJI`."""
    return _by_sound().get(syllable, ())


def emoji_spellings(form: str) -> tuple[str, ...]:
    """A form with one of its words or characters as an emoji that shows it or sounds like it.

    银行卡 → 🏦卡, 银行💳; 刷单 → 刷🥚. Shown ones come first; without variation selectors, not folded.
    """
    ends = ((start, end) for start in range(len(form)) for end in range(start + 1, len(form) + 1))
    shown = [
        form[:start] + sequence + form[end:] for start, end in ends for sequence in emoji_for(form[start:end])
    ]
    heard = [
        form[:index] + sequence + form[index + 1 :]
        for index, sounds in enumerate(form_readings(form))
        for sound in sounds
        for sequence in emoji_for_sound(sound)
    ]
    signs = zip(*_READ_OUT.values(), strict=True)
    pointed = [form.translate(str.maketrans(dict(zip(_READ_OUT, pair, strict=True)))) for pair in signs]
    return tuple(spelling for spelling in dict.fromkeys((*pointed, *shown, *heard)) if spelling != form)


class _Index(NamedTuple):
    words: dict[str, tuple[str, ...]]
    emoji: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def _index() -> _Index:
    emoji_data.config.load_language("zh")
    words: dict[str, tuple[str, ...]] = {}
    english: dict[str, str] = {}
    for sequence, data in emoji_data.EMOJI_DATA.items():
        name = data.get("zh", "").strip(":")
        bare = _NOT_PART_OF_A_NAME.sub("", sequence)
        if (
            bare
            and bare not in words
            and _HANZI.fullmatch(name)
            and _JOINED not in bare
            and not _FLAG.match(bare)
        ):
            english[bare] = data["en"].strip(":")
            words[bare] = _words(name, english[bare])
    _add_contained(words, english)
    shown: dict[str, list[str]] = {}
    for sequence in sorted(words, key=lambda sequence: len(words[sequence][0])):
        for word in words[sequence]:
            shown.setdefault(word, []).append(sequence)
    return _Index(words, {word: tuple(found[:MAX_EMOJI]) for word, found in shown.items()})


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, tuple[str, ...]]:
    words = _index().words
    found: dict[str, list[str]] = {}
    for sequence in sorted(words, key=lambda sequence: len(words[sequence][0])):
        for sound in emoji_sounds(sequence):
            found.setdefault(sound, []).append(sequence)
    return {sound: tuple(sequences[:MAX_EMOJI]) for sound, sequences in found.items()}


def _add_contained(words: dict[str, tuple[str, ...]], english: dict[str, str]) -> None:
    """Add a hanzi within a longer name where English says that it is what the picture shows.

    🍁 枫叶 and 🍂 落叶 are both called leaf, so the 叶 of 🍃 (风吹叶落, leaf fluttering in wind) counts too.
    """
    tokens = {sequence: set(name.split("_")) for sequence, name in english.items()}
    heads: dict[str, list[str]] = {}
    for sequence, known in words.items():
        for word in known:
            if len(word) == 1:
                heads.setdefault(word, []).append(sequence)
    for hanzi, shown in heads.items():
        counts = Counter(token for sequence in shown for token in tokens[sequence])
        names = {token for token, count in counts.items() if count >= 2 and 2 * count >= len(shown)}
        for sequence, known in words.items():
            if hanzi in known[0] and hanzi not in known and not names.isdisjoint(tokens[sequence]):
                words[sequence] = (*known, hanzi)


def _words(name: str, english: str) -> tuple[str, ...]:
    word = name
    words = [name]
    if _FACE_NAME.search(english):
        if len(name) == 1 or not name.endswith(_FACE_TAILS) or "的" in name:
            return (name,)
        word = name[:-1]
        words.append(word)
    if "的" in word:
        word = word.rsplit("的", 1)[1]
        words.append(word)
    if len(word) == 2 and word[1] in _SUFFIXES | _MEASURES:
        words.append(word[0])
    if (
        1 < len(word) <= _LONGEST_NAME_WITH_HEAD
        and word[-1] not in _SUFFIXES
        and not _SIGN_NAME.search(english)
    ):
        words.append(word[-1])
    return tuple(dict.fromkeys(word for word in words if word))
