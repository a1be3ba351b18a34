"""What stands around a term: the contexts that confirm or excuse it, and the ordinary words it is part of.

Looked up only for texts in which a term may stand at all, which most texts spare.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick

from pipelines.tokens import ordinary_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.folding import Folded
    from pipelines.labels import Labels
    from pipelines.variants import TermForms

Span = tuple[int, int]
ContextMatch = tuple[int, int, int]
"""A context word in `Folded.squeezed`: start, end, and the labels it answers to (itself, its @groups)."""

LONGEST_WORD = 32
"""Characters; no word of jieba's dictionary is longer."""


class Contexts:
    """The lexicon's context words."""

    def __init__(self, words: Iterable[tuple[str, str]], labels: Labels) -> None:
        """`words` are pairs of a folded word and a label."""
        masks: dict[str, int] = {}
        for word, label in words:
            masks[word] = masks.get(word, 0) | labels.mask((label,))
        self._masks = list(masks.values())
        self._latin_edged = [word[0].isascii() or word[-1].isascii() for word in masks]
        self._automaton = AhoCorasick(list(masks))

    def raw(self, folded: Folded) -> list[tuple[int, int, int]]:
        """(word, start, end) of every context word, as the automaton sees them."""
        matches: list[tuple[int, int, int]]
        matches = self._automaton.find_matches_as_indexes(folded.squeezed, overlapping=True)
        return matches

    def mask(self, raw: Iterable[tuple[int, int, int]]) -> int:
        """The labels of the words."""
        found, masks = 0, self._masks
        for index, _, _ in raw:
            found |= masks[index]
        return found

    def find(self, folded: Folded, raw: Iterable[tuple[int, int, int]]) -> list[ContextMatch]:
        """The context words of a text, in order of their starts, without those inside a Latin word."""
        masks, latin_edged = self._masks, self._latin_edged
        found = [
            (start, end, masks[index])
            for index, start, end in raw
            if not (latin_edged[index] and inside_latin_word(folded.text, *folded.text_span(start, end)))
        ]
        found.sort()
        return found


class OrdinaryWords:
    """The words of jieba's dictionary that contain a form which such words excuse."""

    def __init__(self, terms: Sequence[TermForms]) -> None:
        excusable = {form for term in terms if term.excused_by_words for form in term.forms}
        forms = {form for term in terms for form in term.forms}
        automaton = AhoCorasick(sorted(excusable))
        longer = [
            word
            for word in ordinary_words()
            if word not in forms
            and any(
                end - start < len(word)
                for _, start, end in automaton.find_matches_as_indexes(word, overlapping=True)
            )
        ]
        self._automaton = AhoCorasick(longer)

    def find(self, folded: Folded) -> list[Span]:
        """Where such words stand in `Folded.squeezed`, in order of their starts."""
        matches = self._automaton.find_matches_as_indexes(folded.squeezed, overlapping=True)
        return sorted((start, end) for _, start, end in matches)


def is_covered(start: int, end: int, words: Sequence[Span]) -> bool:
    """Whether a span stands inside one of the longer words, which are in order of their starts."""
    for at in range(bisect_left(words, (start - LONGEST_WORD, 0)), len(words)):
        first, last = words[at]
        if first > start:
            return False
        if end <= last and last - first > end - start:
            return True
    return False


def bound_to_neighbours(text: str, start: int, end: int) -> bool:
    """Whether a character of a span makes an ordinary word with one outside it."""
    words = ordinary_words()
    return any(
        text[first:last] in words
        for first, last in (
            (start - 1, start + 1),
            (end - 1, end + 1),
            (start - 2, start + 1),
            (start - 1, end),
            (start, end + 1),
            (end - 1, end + 2),
        )
        if first >= 0
    )


class TokenEdges:
    """Where the tokens of `Folded.text` begin and end."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._edges = [0, *accumulate(map(len, tokens))]

    def cut_up(self, start: int, end: int) -> bool:
        """Whether a span of the text falls into ordinary words that reach beyond it, as 开户 in 打开户外."""
        words, edges, tokens = ordinary_words(), self._edges, self._tokens
        first, last = bisect_right(edges, start) - 1, bisect_left(edges, end) - 1
        return (edges[first] < start and tokens[first] in words) or (
            edges[last + 1] > end and tokens[last] in words
        )


def inside_latin_word(text: str, start: int, end: int) -> bool:
    """Whether a match begins or ends in the middle of a Latin word or a number."""
    first, last = text[start], text[end - 1]
    if start and first.isascii() and _same_kind(text[start - 1], first):
        return True
    return end < len(text) and last.isascii() and _same_kind(text[end], last)


def _same_kind(neighbour: str, char: str) -> bool:
    if not neighbour.isascii():
        return False
    return (char.isalpha() and neighbour.isalpha()) or (char.isdecimal() and neighbour.isdecimal())
