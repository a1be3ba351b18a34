"""Finding the forms of `signals.yaml` in a folded text, whatever stands between their characters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import ahocorasick_rs

from pipelines.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.folding import Folded

_SENTENCE_ENDS: Final = frozenset("，。！？；、,!?;\n\r")
_JOINS: Final = "加+➕✚"
_LATIN = re.compile(r"[a-z]")
_LATIN_BEFORE = re.compile(r"[a-z0-9-]")


class Found[Meaning](NamedTuple):
    """A form found: what it means, and its span in `Folded.text`."""

    meaning: Meaning
    start: int
    end: int


class FormMatcher[Meaning]:
    """Finds forms, each with its meaning; the longest of those that begin at the same place.

    A form with a sign or emoji of its own, or of one Latin letter, is matched as it is written; any other
    also with separators between its characters, but not across the end of a sentence. A form that means
    None is a longer word in which shorter forms mean nothing.
    """

    def __init__(self, forms: Iterable[tuple[str, Meaning | None]]) -> None:
        squeezed: dict[str, Meaning | None] = {}
        written: dict[str, Meaning | None] = {}
        for form, meaning in forms:
            folded = fold(form)
            as_written = folded.squeezed != folded.text or _is_single_letter(folded.text)
            (written if as_written else squeezed).setdefault(folded.text, meaning)
        letters = tuple(form for form in written if _is_single_letter(form))
        longer = [form for form, meaning in squeezed.items() if meaning is None and form.startswith(letters)]
        written.update(dict.fromkeys(longer))
        self._meanings = list(squeezed.values())
        self._automaton = ahocorasick_rs.AhoCorasick(
            list(squeezed), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
        )
        self._written = written
        self._pattern = _pattern_of(written)

    def find(self, folded: Folded) -> list[Found[Meaning]]:
        """The forms in a text, in order of position."""
        text, squeezed = folded.text, folded.squeezed
        found: list[Found[Meaning]] = []
        for index, start, end in self._automaton.find_matches_as_indexes(squeezed):
            meaning = self._meanings[index]
            if meaning is None:
                continue
            first, last = folded.text_span(start, end)
            if last - first != end - start and not _SENTENCE_ENDS.isdisjoint(text[first:last]):
                continue
            if not (first and _LATIN.match(text, first) and _LATIN_BEFORE.match(text, first - 1)):
                found.append(Found(meaning, first, last))
        match = self._pattern.search(text)
        while match is not None:
            meaning = self._written[match[0]]
            if meaning is not None:
                found.append(Found(meaning, match.start(), match.end()))
            match = self._pattern.search(text, match.end())
        if len(found) > 1:
            found.sort(key=lambda item: (item.start, -item.end))
        return found


def _is_single_letter(form: str) -> bool:
    return len(form) == 1 and form.isascii()


def _pattern_of(forms: Iterable[str]) -> re.Pattern[str]:
    """The forms as written; a single letter where none stands beside it, with the longer words it begins.

    Straight after 加 or a plus sign a letter may also stand before the letters of a handle.
    """
    forms = sorted(forms, key=lambda form: (-len(form), form))
    letters = [form for form in forms if _is_single_letter(form)]
    alternatives = []
    for letter in letters:
        rests = "|".join(re.escape(form[1:]) for form in forms if form[0] == letter and form != letter)
        alternatives.append(f"{letter}(?:(?<![a-z0-9-].)(?:{rests})?(?![a-z])|(?<=[{_JOINS}].))")
    alternatives.extend(re.escape(form) for form in forms if not form.startswith(tuple(letters)))
    return re.compile("|".join(alternatives) or r"(?!)", re.DOTALL)
