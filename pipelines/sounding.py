"""Finds forms by their sound: homophones, near-homophones, pinyin, and hanzi mixed with pinyin.

A text becomes a string of syllables, one private-use character each, and an automaton over the forms'
syllables runs over it. What it finds are candidates; most of them are ordinary words that happen to
sound alike, so that a candidate is accepted only where its characters make no ordinary words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ahocorasick_rs import AhoCorasick

from pipelines.disguise.sound import (
    parse_pinyin,
    pinyin_forms,
    sound_forms,
    sounds_like,
    syllable_code,
    syllable_table,
)
from pipelines.folding import translation
from pipelines.surroundings import bound_to_neighbours
from pipelines.tokens import ordinary_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.folding import Folded
    from pipelines.records import Disguise
    from pipelines.variants import TermForms

LATIN_RUN = re.compile(r"[a-z]{2,}")
FUNCTION_CHARACTERS = frozenset(
    "的了是在有我你他她它们这那就也都和与及要会可能不没很到说去来上下里个为以而且或被把让给从向对吗呢吧啊呀么什怎哪几多少"
)
LEAST_LETTERS = 5
"""A form written wholly in pinyin has at least this many letters, or every English word would do."""

REMEMBERED = 1 << 16
"""Surfaces whose soundings are kept; a hostile text can only make it forget."""


class SoundMatch(NamedTuple):
    """A place in `Folded.squeezed` that sounds like a form of a term."""

    term: int
    start: int
    end: int
    disguise: Disguise


class Sounding(NamedTuple):
    """A term that a surface may stand for by its sound, whatever stands around it.

    `changed` are the places (in the surface) of characters that are not the form's own.
    """

    term: int
    disguise: Disguise
    changed: tuple[int, ...]


class Sounded(NamedTuple):
    """A text as syllable codes; where one begins and ends in the text, None where each is a character."""

    codes: str
    starts: Sequence[int] | None
    ends: Sequence[int] | None


class SoundIndex:
    """The forms that may be written by sound."""

    def __init__(self, terms: Sequence[TermForms]) -> None:
        self._table = syllable_table(fuzzy=True)
        self._codes = translation(self._table)
        self._words = ordinary_words()
        spellings: dict[str, list[tuple[int, str, bool, bool]]] = {}
        for index, term in enumerate(terms):
            homophone, pinyin = "homophone" in term.disguises, "pinyin" in term.disguises
            if not (homophone or pinyin):
                continue
            for form in term.forms:
                if len(form) < 2 or any(ord(char) not in self._table for char in form):
                    continue
                for codes in sound_forms(form, fuzzy=True):
                    spellings.setdefault(codes, []).append((index, form, homophone, pinyin))
        self._forms = list(spellings.values())
        self._automaton = AhoCorasick(list(spellings))
        self._soundings = lru_cache(REMEMBERED)(self._read)

    def raw(self, squeezed: str) -> list[tuple[int, int, int]]:
        """(pattern, start, end) of every place in a squeezed text that may sound like a form."""
        codes, starts, ends = self.sound(squeezed)
        matches: list[tuple[int, int, int]]
        matches = self._automaton.find_matches_as_indexes(codes, overlapping=True)
        if starts is not None and ends is not None:
            matches = [(index, starts[first], ends[last - 1]) for index, first, last in matches]
        soundings = self._soundings
        return [match for match in matches if soundings(match[0], squeezed[match[1] : match[2]])]

    def find(
        self, folded: Folded, matches: Sequence[tuple[int, int, int]], taken: set[tuple[int, int]]
    ) -> Iterator[SoundMatch]:
        """Places that sound like a form, without those whose (term, start) is in `taken`."""
        squeezed = folded.squeezed
        for index, start, end in matches:
            around = _around(folded, start, end)
            for term, disguise, changed in self._soundings(index, squeezed[start:end]):
                if (term, start) not in taken and self._fits(*around, disguise, changed):
                    taken.add((term, start))
                    yield SoundMatch(term, start, end, disguise)

    def sound(self, squeezed: str) -> Sounded:
        """The syllables of a squeezed text."""
        codes = squeezed.translate(self._codes)
        runs = [
            (run.start(), cuts[0])
            for run in LATIN_RUN.finditer(squeezed)
            if (cuts := parse_pinyin(run.group()))
        ]
        if not runs:
            return Sounded(codes, None, None)
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for at, syllables in runs:
            pieces.append(codes[position:at])
            starts.extend(range(position, at))
            ends.extend(range(position + 1, at + 1))
            position = at
            for syllable in syllables:
                pieces.append(syllable_code(syllable, fuzzy=True))
                starts.append(position)
                position += len(syllable)
                ends.append(position)
        pieces.append(codes[position:])
        starts.extend(range(position, len(codes)))
        ends.extend(range(position + 1, len(codes) + 1))
        return Sounded("".join(pieces), starts, ends)

    def _read(self, index: int, surface: str) -> tuple[Sounding, ...]:
        """What a surface may stand for that sounds like a pattern."""
        if surface in self._words:
            return ()
        found: list[Sounding] = []
        for term, form, homophone, pinyin in self._forms[index]:
            if surface == form:
                continue
            if len(surface) == len(form) and not surface.isascii():
                if homophone and (changed := _homophone(surface, form)):
                    found.append(Sounding(term, "homophone", changed))
            elif pinyin and _is_pinyin(surface, form):
                found.append(Sounding(term, "pinyin", ()))
        return tuple(found)

    def _fits(self, text: str, start: int, end: int, disguise: Disguise, changed: tuple[int, ...]) -> bool:
        """Whether what stands around a surface allows that it is no word of its own."""
        if disguise == "pinyin":
            return not (
                (start and _is_letter(text[start - 1]) and text[start].isascii())
                or (end < len(text) and _is_letter(text[end]) and text[end - 1].isascii())
            )
        if end - start == 2:
            return not bound_to_neighbours(text, start, end)
        return not any(self._inside_word(text, start + i) for i in changed)

    def _inside_word(self, text: str, at: int) -> bool:
        """Whether the character makes an ordinary word with a neighbour."""
        return (at > 0 and text[at - 1 : at + 1] in self._words) or text[at : at + 2] in self._words


def _around(folded: Folded, start: int, end: int) -> tuple[str, int, int]:
    """A place with what stands around it: in the text where nothing parts it, else in the squeezed one."""
    text_start, text_end = folded.text_span(start, end)
    if text_end - text_start == end - start:
        return folded.text, text_start, text_end
    return folded.squeezed, start, end


def _homophone(surface: str, form: str) -> tuple[int, ...]:
    """The places of the characters that only sound like the form's; empty where it is no homophone of it."""
    if not sounds_like(surface, form, fuzzy=True):
        return ()
    changed = tuple(i for i, (a, b) in enumerate(zip(surface, form, strict=True)) if a != b)
    exact = sounds_like(surface, form, fuzzy=False)
    if any(surface[i].isascii() for i in changed):
        return ()
    functional = any(surface[i] in FUNCTION_CHARACTERS for i in changed)
    if len(form) == 2:
        return changed if (exact or len(changed) == 1) and not functional else ()
    if functional and not (exact and len(changed) == 1):
        return ()
    return changed if exact or len(changed) <= len(form) // 2 else ()


def _is_pinyin(surface: str, form: str) -> bool:
    hanzi = [char for char in surface if not char.isascii()]
    if not hanzi:
        return len(surface) >= LEAST_LETTERS and surface in pinyin_forms(form)
    remaining = iter(form)
    return all(char in remaining for char in hanzi)


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()
