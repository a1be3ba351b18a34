"""Finds the lexicon's forms in folded text: one pass for spellings, one for sounds.

The first automaton holds every form and context of the lexicon, the disguised spellings that can be
listed, and the ordinary words that contain a form. The second holds the forms as sequences of
syllables and runs over the text's syllables.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from ahocorasick_rs import AhoCorasick

from pipelines.disguise.glyphs import canonical_kind
from pipelines.sounding import SoundIndex
from pipelines.tokens import ordinary_words
from pipelines.variants import TermForms, emoji_variants, variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.folding import Folded
    from pipelines.records import Disguise

LONGEST_WORD = 32
"""Characters; no word of jieba's dictionary is longer."""

RUN = re.compile(r"([^\W\d_a-z])\1")
RUNS = re.compile(r"([^\W\d_a-z])\1+")
CLAUSE_MARKS = frozenset(" \t\r\n\u3000,.!?;:，。！？；：、/|·()[]【】+&-")


class FormOf(NamedTuple):
    """A spelling that stands for a term; `disguise` None means: as the lexicon writes it."""

    term: int
    disguise: Disguise | None


ContextMatch = tuple[int, int, tuple[str, ...]]
"""A context word in `Folded.squeezed`: start, end, and the labels it answers to (itself, its @groups)."""


class Candidate(NamedTuple):
    """A place in `Folded.squeezed` where a term may stand, with its span in the original."""

    term: int
    start: int
    end: int
    original_start: int
    original_end: int
    disguise: Disguise


@dataclass(slots=True)
class Pattern:
    """All that one string in the automaton means."""

    forms: tuple[FormOf, ...] = ()
    labels: tuple[str, ...] = ()
    covers: bool = False


class Found(NamedTuple):
    """The outcome of matching one text; `matches` are (pattern, start, end), as the automaton gave them."""

    candidates: list[Candidate]
    matches: list[tuple[int, int, int]]


class Matcher:
    """Built once from a lexicon; `find` is pure and may be called from several threads."""

    def __init__(self, terms: Sequence[TermForms], contexts: Iterable[tuple[str, str]]) -> None:
        """`contexts` are pairs of a folded word and a label."""
        patterns = _form_patterns(terms)
        for word, label in contexts:
            pattern = patterns.setdefault(word, Pattern())
            if label not in pattern.labels:
                pattern.labels = (*pattern.labels, label)
        _add_covers(patterns, terms)
        self._excusable = [term.excused_by_words for term in terms]
        self._forms = [pattern.forms for pattern in patterns.values()]
        self._labels = [pattern.labels for pattern in patterns.values()]
        self._covers = [pattern.covers for pattern in patterns.values()]
        self._latin_edged = [pattern[0].isascii() or pattern[-1].isascii() for pattern in patterns]
        self._spaced = frozenset(spelling for term in terms for spelling in term.spaced)
        self._automaton = AhoCorasick(list(patterns))
        self._disguised = _EmojiIndex(terms)
        self._sounds = SoundIndex(terms)

    def find(self, folded: Folded, tokens: Sequence[str]) -> Found:
        """Every place where a term may stand; `contexts` gives the words around it."""
        squeezed = folded.squeezed
        matches = self._automaton.find_matches_as_indexes(squeezed, overlapping=True)
        candidates: list[Candidate] = []
        forms = self._forms
        for index, start, end in matches:
            if forms[index]:
                self._accept(folded, start, end, forms[index], candidates)
        if RUN.search(squeezed):
            self._find_repeated(folded, candidates)
        if len(squeezed) != len(folded.text):
            candidates.extend(self._disguised.find(folded))
        taken = {(candidate.term, candidate.start) for candidate in candidates}
        for term, start, end, disguise in self._sounds.find(folded, taken):
            candidates.append(Candidate(term, start, end, *folded.squeezed_span(start, end), disguise))
        covers = [(start, end) for index, start, end in matches if self._covers[index]]
        if covers:
            covers.sort()
            candidates = [c for c in candidates if not _covered(c, covers)]
        if any(c.end - c.start == 2 and self._excusable[c.term] for c in candidates):
            candidates = self._without_cut_up(candidates, folded, tokens)
        return Found(candidates, matches)

    def contexts(self, folded: Folded, found: Found) -> list[ContextMatch]:
        """The context words of a text, in order of their starts."""
        labels, edged = self._labels, self._latin_edged
        contexts: list[ContextMatch] = []
        for index, start, end in found.matches:
            if labels[index]:
                if edged[index] and _inside_latin_word(folded.text, *folded.text_span(start, end)):
                    continue
                contexts.append((start, end, labels[index]))
        contexts.sort()
        return contexts

    def _without_cut_up(
        self, candidates: list[Candidate], folded: Folded, tokens: Sequence[str]
    ) -> list[Candidate]:
        """Without two-character terms that fall into two ordinary words, as 开户 in 打开户外."""
        words = ordinary_words()
        edges = [0, *accumulate(len(token) for token in tokens)]
        kept = []
        for candidate in candidates:
            if candidate.end - candidate.start == 2 and self._excusable[candidate.term]:
                start, end = folded.text_span(candidate.start, candidate.end)
                first, last = bisect_right(edges, start) - 1, bisect_left(edges, end) - 1
                if (edges[first] < start and tokens[first] in words) or (
                    edges[last + 1] > end and tokens[last] in words
                ):
                    continue
            kept.append(candidate)
        return kept

    def _accept(
        self, folded: Folded, start: int, end: int, forms: tuple[FormOf, ...], candidates: list[Candidate]
    ) -> None:
        text_start, text_end = folded.text_span(start, end)
        text = folded.text
        if _inside_latin_word(text, text_start, text_end):
            return
        separated = text_end - text_start != end - start
        if separated and text[text_start:text_end] in self._spaced:
            separated = False
        if separated and not _deliberately_separated(text, folded.squeezed, text_start, text_end, start, end):
            return
        original_start, original_end = folded.span(text_start, text_end)
        for term, disguise in forms:
            worn = disguise or (
                "separator"
                if separated
                else worn_disguise(folded.original[original_start:original_end], folded.squeezed[start:end])
            )
            candidates.append(Candidate(term, start, end, original_start, original_end, worn))

    def _find_repeated(self, folded: Folded, candidates: list[Candidate]) -> None:
        squeezed = folded.squeezed
        collapsed = RUNS.sub(r"\1", squeezed)
        positions: list[int] = []
        taken = {(c.term, c.start) for c in candidates}
        for index, start, end in self._automaton.find_matches_as_indexes(collapsed, overlapping=True):
            forms = self._forms[index]
            if not forms or end - start < 2:
                continue
            positions = positions or _run_starts(squeezed)
            first, last = positions[start], positions[end]
            if last - first == end - start:
                continue
            original_start, original_end = folded.squeezed_span(first, last)
            candidates.extend(
                Candidate(term, first, last, original_start, original_end, "repeat")
                for term, _ in forms
                if (term, first) not in taken
            )


class _EmojiIndex:
    """Forms with characters written as emoji, matched where a text has such emoji at all."""

    def __init__(self, terms: Sequence[TermForms]) -> None:
        spellings: dict[str, list[int]] = {}
        for index, term in enumerate(terms):
            if "emoji" in term.disguises:
                for form in term.forms:
                    for spelling in emoji_variants(form):
                        spellings.setdefault(spelling, []).append(index)
        self._terms = list(spellings.values())
        self._automaton = AhoCorasick(list(spellings))
        self._emoji = frozenset(
            char for spelling in spellings for char in spelling if ord(char) > 0x2000 and not char.isalpha()
        )

    def find(self, folded: Folded) -> list[Candidate]:
        if self._emoji.isdisjoint(folded.text):
            return []
        found = []
        for index, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
            original = folded.span(start, end)
            at = folded.squeezed_index(start)
            found.extend(Candidate(term, at, at + 1, *original, "emoji") for term in self._terms[index])
        return found


def _covered(candidate: Candidate, covers: Sequence[tuple[int, int]]) -> bool:
    """Whether the candidate stands inside one of the longer words, which are in order of their starts."""
    for at in range(bisect_left(covers, (candidate.start - LONGEST_WORD, 0)), len(covers)):
        start, end = covers[at]
        if start > candidate.start:
            return False
        if candidate.end <= end and end - start > candidate.end - candidate.start:
            return True
    return False


def _run_starts(squeezed: str) -> list[int]:
    """Where each character of the collapsed text starts in `squeezed`, and where the text ends."""
    starts: list[int] = []
    position = 0
    for run in RUNS.finditer(squeezed):
        starts.extend(range(position, run.start() + 1))
        position = run.end()
    starts.extend(range(position, len(squeezed) + 1))
    return starts


def worn_disguise(surface: str, canonical: str) -> Disguise:
    """How a surface of the same characters differs from its canonical text."""
    if surface == canonical or surface.lower() == canonical:
        return "exact"
    kinds = {canonical_kind(char) for char in surface}
    for kind in ("look-alike", "traditional", "width", "separator"):
        if kind in kinds:
            return kind  # type: ignore[return-value]
    return "width"


def _inside_latin_word(text: str, start: int, end: int) -> bool:
    """Whether a match begins or ends in the middle of a Latin word or a number."""
    first, last = text[start], text[end - 1]
    if start and first.isascii() and _same_kind(text[start - 1], first):
        return True
    return end < len(text) and last.isascii() and _same_kind(text[end], last)


def _same_kind(neighbour: str, char: str) -> bool:
    if not neighbour.isascii():
        return False
    return (char.isalpha() and neighbour.isalpha()) or (char.isdecimal() and neighbour.isdecimal())


def _deliberately_separated(
    text: str, squeezed: str, text_start: int, text_end: int, start: int, end: int
) -> bool:
    """Whether the gaps inside a match were put there to hide it, and are no ends of words or clauses."""
    gaps: list[str] = []
    position = text_start
    for char in squeezed[start:end]:
        at = text.index(char, position)
        gaps.append(text[position:at])
        position = at + 1
    gaps = gaps[1:]
    used = [gap for gap in gaps if gap]
    if all(mark not in CLAUSE_MARKS for gap in used for mark in gap):
        return True
    if len(set(gaps)) != 1:
        return False
    if len(gaps) >= 2:
        return True
    gap = gaps[0]
    before = text[max(0, text_start - len(gap) - 1) : text_start]
    after = text[text_end : text_end + len(gap) + 1]
    return (len(before) > len(gap) and before.endswith(gap) and before[0] not in CLAUSE_MARKS) or (
        len(after) > len(gap) and after.startswith(gap) and after[-1] not in CLAUSE_MARKS
    )


def _form_patterns(terms: Sequence[TermForms]) -> dict[str, Pattern]:
    patterns: dict[str, Pattern] = {}
    for index, term in enumerate(terms):
        for form in term.forms:
            pattern = patterns.setdefault(form, Pattern())
            pattern.forms = (*pattern.forms, FormOf(index, None))
    plain = set(patterns)
    words = ordinary_words()
    for index, term in enumerate(terms):
        for form in term.forms:
            for spelling, disguise in variants(form, term.disguises):
                if spelling in plain or spelling in words:
                    continue
                pattern = patterns.setdefault(spelling, Pattern())
                if all(known.term != index for known in pattern.forms):
                    pattern.forms = (*pattern.forms, FormOf(index, disguise))
    return patterns


def _add_covers(patterns: dict[str, Pattern], terms: Sequence[TermForms]) -> None:
    """Ordinary words around a form that words excuse become patterns of their own."""
    excusable = {form for term in terms if term.excused_by_words for form in term.forms}
    if not excusable:
        return
    automaton = AhoCorasick(sorted(excusable))
    forms = {form for term in terms for form in term.forms}
    for word in ordinary_words():
        matches = automaton.find_matches_as_indexes(word, overlapping=True)
        if matches and word not in forms and any(end - start < len(word) for _, start, end in matches):
            patterns.setdefault(word, Pattern()).covers = True
