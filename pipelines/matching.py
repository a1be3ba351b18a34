"""Finds the lexicon's forms in folded text: one pass for spellings, one for sounds.

The first automaton holds every form of the lexicon and the disguised spellings that can be listed. The
second holds the forms as sequences of syllables and runs over the text's syllables.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ahocorasick_rs import AhoCorasick

from pipelines.disguise.glyphs import canonical_kind
from pipelines.sounding import SoundIndex
from pipelines.surroundings import (
    OrdinaryWords,
    TokenEdges,
    bound_to_neighbours,
    inside_latin_word,
    is_covered,
)
from pipelines.tokens import ordinary_words
from pipelines.variants import TermForms, emoji_variants, variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.folding import Folded
    from pipelines.records import Disguise

KINDS: tuple[Disguise, ...] = ("look-alike", "traditional", "width", "separator")
"""How characters are disguised one by one, the least ordinary first."""

RUN = re.compile(r"([^\x00-\x7f])\1")
RUNS = re.compile(r"([^\W\d_a-z])\1+")
MOST_PLACES = 1000
"""Of one term in one text; whoever writes it more often is not saying more."""

CLAUSE_MARKS = frozenset(" \t\r\n\u3000,.!?;:，。！？；：、/|·()[]【】+&-")
"""Marks that stand between words; inside a term only where they stand between all its characters."""

JOINING_MARKS = frozenset(".·-")
"""Those of them that nobody puts between two Chinese words."""


class FormOf(NamedTuple):
    """A spelling that stands for a term; `disguise` None means: as the lexicon writes it."""

    term: int
    disguise: Disguise | None


class Candidate(NamedTuple):
    """A place in `Folded.squeezed` where a term may stand, with its span in the original."""

    term: int
    start: int
    end: int
    original_start: int
    original_end: int
    disguise: Disguise


class Raw(NamedTuple):
    """What the automata see in one text: (pattern, start, end) of forms and sounds, emoji spellings.

    `written`: a form may stand there as it is written; `promising`: anything can come of it.
    """

    forms: list[tuple[int, int, int]]
    repeated: bool
    emoji: list[Candidate]
    sounds: list[tuple[int, int, int]]
    written: bool
    promising: bool


class Matcher:
    """Built once from a lexicon; `find` is pure and may be called from several threads."""

    def __init__(self, terms: Sequence[TermForms]) -> None:
        spellings = _spellings(terms)
        self._forms = list(spellings.values())
        self._automaton = AhoCorasick(list(spellings))
        self._spaced = frozenset(spelling for term in terms for spelling in term.spaced)
        self._pairs = frozenset(pair for spelling in spellings for pair in map("".join, pairwise(spelling)))
        self._wakes = [_waking(forms, terms) for forms in self._forms]
        self._excusable = [term.excused_by_words for term in terms]
        self._emoji = _EmojiIndex(terms)
        self._sounds = SoundIndex(terms)
        self._words = OrdinaryWords(terms)

    def raw(self, folded: Folded) -> Raw:
        """What the automata see in a text, before anything is made of it."""
        squeezed = folded.squeezed
        forms = self._automaton.find_matches_as_indexes(squeezed, overlapping=True)
        repeated = RUN.search(squeezed) is not None
        emoji = self._emoji.find(folded) if len(squeezed) != len(folded.text) else []
        sounds = self._sounds.raw(squeezed)
        written = repeated or bool(forms)
        return Raw(forms, repeated, emoji, sounds, written, written or bool(emoji or sounds))

    def find(self, folded: Folded, raw: Raw, tokens: Sequence[str], labels: int) -> list[Candidate]:
        """Every place where a term may stand. `labels` are the contexts and signals of the whole listing:
        an ordinary word that none of them can confirm is passed over."""
        candidates: list[Candidate] = []
        text, squeezed, wakes = folded.text, folded.squeezed, self._wakes
        unparted = len(text) == len(squeezed)
        for index, start, end in raw.forms:
            waking = wakes[index]
            if waking is None or waking & labels or not (unparted or squeezed[start:end] in text):
                self._accept(folded, start, end, self._forms[index], candidates)
        if raw.repeated:
            self._find_repeated(folded, candidates)
        candidates.extend(raw.emoji)
        if raw.sounds:
            taken = {(candidate.term, candidate.start) for candidate in candidates}
            for term, start, end, disguise in self._sounds.find(folded, raw.sounds, taken):
                candidates.append(Candidate(term, start, end, *folded.squeezed_span(start, end), disguise))
        if len(candidates) > MOST_PLACES:
            candidates = _first_of_each(candidates)
        return self._without_ordinary(candidates, folded, tokens) if candidates else candidates

    def _without_ordinary(
        self, candidates: list[Candidate], folded: Folded, tokens: Sequence[str]
    ) -> list[Candidate]:
        """Without what is part of an ordinary word, or a two-character term that falls into two of them."""
        words = self._words.find(folded)
        edges: TokenEdges | None = None
        kept: list[Candidate] = []
        for candidate in candidates:
            start, end = candidate.start, candidate.end
            if words and is_covered(start, end, words):
                continue
            if end - start == 2 and self._excusable[candidate.term] and candidate.disguise != "separator":
                edges = edges or TokenEdges(tokens)
                if edges.cut_up(*folded.text_span(start, end)):
                    continue
            kept.append(candidate)
        return kept

    def _accept(
        self,
        folded: Folded,
        start: int,
        end: int,
        forms: tuple[FormOf, ...],
        candidates: list[Candidate],
    ) -> None:
        text = folded.text
        text_start, text_end = folded.text_span(start, end)
        separated = text_end - text_start != end - start and text[text_start:text_end] not in self._spaced
        if inside_latin_word(text, text_start, text_end):
            return
        if separated and not _deliberately_separated(text, folded.squeezed, text_start, text_end, start, end):
            return
        original_start, original_end = folded.span(text_start, text_end)
        for form in forms:
            worn = form.disguise or (
                "separator"
                if separated
                else worn_disguise(folded.original[original_start:original_end], folded.squeezed[start:end])
            )
            if worn == "look-alike" and end - start == 2 and bound_to_neighbours(folded.squeezed, start, end):
                continue
            candidates.append(Candidate(form.term, start, end, original_start, original_end, worn))

    def _find_repeated(self, folded: Folded, candidates: list[Candidate]) -> None:
        squeezed = folded.squeezed
        collapsed = RUNS.sub(r"\1", squeezed)
        if len(collapsed) == len(squeezed) or not self._pairs_of_runs(squeezed):
            return
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

    def _pairs_of_runs(self, squeezed: str) -> bool:
        """Whether a repeated character stands beside one that some form has beside it; 哈哈 mostly not."""
        pairs = self._pairs
        return any(
            squeezed[run.start() - 1 : run.start() + 1] in pairs
            or squeezed[run.end() - 1 : run.end() + 1] in pairs
            for run in RUNS.finditer(squeezed)
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
        self._emoji = _class_around(
            char for spelling in spellings for char in spelling if ord(char) > 0x2000 and not char.isalpha()
        )

    def find(self, folded: Folded) -> list[Candidate]:
        if self._emoji.search(folded.text) is None:
            return []
        found: list[Candidate] = []
        for index, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
            original = folded.span(start, end)
            at = folded.squeezed_index(start)
            found.extend(Candidate(term, at, at + 1, *original, "emoji") for term in self._terms[index])
        return found


def _class_around(chars: Iterable[str]) -> re.Pattern[str]:
    """A few ranges that hold all of the characters, which is much faster to look for than each of them."""
    ranges: list[list[str]] = []
    for char in sorted(set(chars)):
        if ranges and ord(char) - ord(ranges[-1][1]) < 0x100:
            ranges[-1][1] = char
        else:
            ranges.append([char, char])
    return re.compile("[" + "".join(f"{first}-{last}" for first, last in ranges) + "]" if ranges else "(?!)")


def _waking(forms: tuple[FormOf, ...], terms: Sequence[TermForms]) -> int | None:
    """The labels without which a spelling is but an ordinary word; None if it counts by itself."""
    waking = 0
    for term, disguise in forms:
        needs = terms[term].needs
        if needs is None or disguise is not None:
            return None
        waking |= needs
    return waking


def _first_of_each(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first places of each term, as many as count."""
    counts: Counter[int] = Counter()
    kept: list[Candidate] = []
    for candidate in candidates:
        counts[candidate.term] += 1
        if counts[candidate.term] <= MOST_PLACES:
            kept.append(candidate)
    return kept


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
    for kind in KINDS:
        if kind in kinds:
            return kind
    return "width"


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
    if all(gap in JOINING_MARKS for gap in used) and not squeezed[start:end].isascii():
        return True
    if len(set(gaps)) != 1:
        return False
    if len(gaps) >= 2:
        return True
    return _stands_alone(text, text_start, text_end, gaps[0])


def _stands_alone(text: str, start: int, end: int, gap: str) -> bool:
    """Whether two characters with a mark between them are no parts of longer words: 发.票, a lone 发 票."""
    if gap in JOINING_MARKS:
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    return (not before or before in CLAUSE_MARKS) and (not after or after in CLAUSE_MARKS)


def _spellings(terms: Sequence[TermForms]) -> dict[str, tuple[FormOf, ...]]:
    spellings: dict[str, tuple[FormOf, ...]] = {}
    for index, term in enumerate(terms):
        for form in term.forms:
            spellings[form] = (*spellings.get(form, ()), FormOf(index, None))
    plain = frozenset(spellings)
    words = ordinary_words()
    for index, term in enumerate(terms):
        for form in term.forms:
            for spelling, disguise in variants(form, term.disguises):
                if spelling in plain or spelling in words:
                    continue
                known = spellings.get(spelling, ())
                if all(other.term != index for other in known):
                    spellings[spelling] = (*known, FormOf(index, disguise))
    return spellings
