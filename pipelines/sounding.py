"""Finds forms by their sound: homophones, near-homophones, pinyin, and hanzi mixed with pinyin.

A text becomes a string of syllables, one private-use character each, and an automaton over the forms'
syllables runs over it. What it finds are candidates; most of them are ordinary words that happen to
sound alike, so that a candidate is accepted only where its characters make no ordinary words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from ahocorasick_rs import AhoCorasick

from pipelines.disguise.sound import parse_pinyin, readings, syllable_code, syllable_table
from pipelines.folding import translation
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
MOST_READINGS = 8
LEAST_LETTERS = 5
"""A form written wholly in pinyin has at least this many letters, or every English word would do."""


class SoundMatch(NamedTuple):
    """A place in `Folded.squeezed` that sounds like a form of a term."""

    term: int
    start: int
    end: int
    disguise: Disguise


class _Sounded(NamedTuple):
    codes: str
    starts: Sequence[int] | None
    ends: Sequence[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


class SoundIndex:
    """The forms that may be written by sound."""

    def __init__(self, terms: Sequence[TermForms]) -> None:
        self._table = syllable_table(fuzzy=True)
        self._codes = translation(self._table)
        self._strict = syllable_table(fuzzy=False)
        self._words = ordinary_words()
        spellings: dict[str, list[tuple[int, str, bool, bool]]] = {}
        for index, term in enumerate(terms):
            homophone, pinyin = "homophone" in term.disguises, "pinyin" in term.disguises
            if not (homophone or pinyin):
                continue
            for form in term.forms:
                if len(form) < 2 or any(ord(char) not in self._table for char in form):
                    continue
                for codes in _codes(form, self._table):
                    spellings.setdefault(codes, []).append((index, form, homophone, pinyin))
        self._forms = list(spellings.values())
        self._automaton = AhoCorasick(list(spellings))

    def find(self, folded: Folded, taken: set[tuple[int, int]]) -> Iterator[SoundMatch]:
        """Places that sound like a form, without those whose (term, start) is in `taken`."""
        squeezed = folded.squeezed
        sounded = self._sound(squeezed)
        for index, first, last in self._automaton.find_matches_as_indexes(sounded.codes, overlapping=True):
            start, end = sounded.span(first, last)
            surface = squeezed[start:end]
            if surface in self._words:
                continue
            for term, form, homophone, pinyin in self._forms[index]:
                if surface == form or (term, start) in taken:
                    continue
                if end - start == len(form) and not surface.isascii():
                    if homophone and self._is_homophone(squeezed, start, end, form):
                        taken.add((term, start))
                        yield SoundMatch(term, start, end, "homophone")
                elif pinyin and self._is_pinyin(squeezed, start, end, form):
                    taken.add((term, start))
                    yield SoundMatch(term, start, end, "pinyin")

    def _sound(self, squeezed: str) -> _Sounded:
        codes = squeezed.translate(self._codes)
        runs = [
            (run.start(), cuts[0]) for run in LATIN_RUN.finditer(squeezed) if (cuts := _cuts(run.group()))
        ]
        if not runs:
            return _Sounded(codes, None, None)
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
        return _Sounded("".join(pieces), starts, ends)

    def _is_homophone(self, text: str, start: int, end: int, form: str) -> bool:
        surface = text[start:end]
        changed = [i for i, (a, b) in enumerate(zip(surface, form, strict=True)) if a != b]
        if any(surface[i] in FUNCTION_CHARACTERS or surface[i].isascii() for i in changed):
            return False
        near = [i for i in changed if not _same_syllable(surface[i], form[i], self._strict)]
        if len(form) == 2:
            if near and len(changed) == 2:
                return False
            return not self._bound_to_neighbours(text, start, end)
        if len(near) > 1 or (len(changed) == len(form) == 3 and near):
            return False
        return not any(self._inside_word(text, start + i) for i in changed)

    def _bound_to_neighbours(self, text: str, start: int, end: int) -> bool:
        """Whether a character of the span makes an ordinary word with one outside it."""
        words = self._words
        return any(
            text[a:b] in words
            for a, b in (
                (start - 1, start + 1),
                (end - 1, end + 1),
                (start - 2, start + 1),
                (start - 1, end),
                (start, end + 1),
                (end - 1, end + 2),
            )
            if a >= 0
        )

    def _inside_word(self, text: str, at: int) -> bool:
        """Whether the character makes an ordinary word with a neighbour."""
        return (at > 0 and text[at - 1 : at + 1] in self._words) or text[at : at + 2] in self._words

    def _is_pinyin(self, text: str, start: int, end: int, form: str) -> bool:
        surface = text[start:end]
        if (start and text[start - 1].isascii() and text[start - 1].isalpha() and surface[0].isascii()) or (
            end < len(text) and text[end].isascii() and text[end].isalpha() and surface[-1].isascii()
        ):
            return False
        hanzi = [char for char in surface if not char.isascii()]
        if not hanzi:
            return len(surface) >= LEAST_LETTERS and any(
                "".join(spelling) == surface
                for spelling in islice(product(*map(readings, form)), MOST_READINGS)
            )
        remaining = iter(form)
        return all(char in remaining for char in hanzi)


@lru_cache(maxsize=4096)
def _cuts(run: str) -> tuple[tuple[str, ...], ...]:
    return parse_pinyin(run)


def _codes(form: str, table: dict[int, str]) -> set[str]:
    usual = form.translate(table)
    options = (tuple(syllable_code(reading, fuzzy=True) for reading in readings(char)) for char in form)
    return {usual, *("".join(codes) for codes in islice(product(*options), MOST_READINGS))}


def _same_syllable(a: str, b: str, strict: dict[int, str]) -> bool:
    if strict.get(ord(a)) == strict.get(ord(b)):
        return True
    return not set(readings(a)).isdisjoint(readings(b))
