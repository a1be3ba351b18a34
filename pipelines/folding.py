"""Canonical text with a map back to the original: the one function that folds texts and lexicon forms alike.

Two texts are made. `text` is the original with width, case, enclosed forms, traditional and look-alike
characters folded and invisible ones removed. `squeezed` is `text` without separators, so that a term
written with spaces, stars or emoji between its characters stands together again.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.disguise.glyphs import CHAT_EMOJI, canonical_table, separator_table

if TYPE_CHECKING:
    from collections.abc import Sequence


REPLACEMENT = "\ufffd"
"""Stands for an unpaired surrogate, which no UTF-8 library takes."""


class Folded:
    """A text and its folded forms. Spans are (start, end) code point offsets, end exclusive."""

    __slots__ = ("_kept", "_starts", "original", "squeezed", "text")

    def __init__(self, original: str, text: str, starts: Sequence[int] | None, squeezed: str) -> None:
        self.original = original
        self.text = text
        self.squeezed = squeezed
        self._starts = starts
        self._kept: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that a non-empty span of `text` was folded from."""
        if self._starts is None:
            return start, end
        return self._starts[start], self._starts[end - 1] + 1

    def text_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of `text` that a non-empty span of `squeezed` stands in."""
        if len(self.squeezed) == len(self.text):
            return start, end
        if self._kept is None:
            self._kept = _kept_positions(self.text)
        return self._kept[start], self._kept[end - 1] + 1

    def squeezed_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that a non-empty span of `squeezed` was folded from."""
        return self.span(*self.text_span(start, end))

    def squeezed_index(self, position: int) -> int:
        """Where in `squeezed` a position of `text` falls, or would fall were it not a separator."""
        if len(self.squeezed) == len(self.text):
            return position
        if self._kept is None:
            self._kept = _kept_positions(self.text)
        return bisect_left(self._kept, position)


def fold(original: str) -> Folded:
    """Fold a text. Linear in its length; never raises, whatever the text holds."""
    regular, irregular, separators = _tables()
    if irregular.isdisjoint(original):
        text, starts = original.translate(regular), None
    else:
        text, starts = _fold_irregular(original)
    squeezed = text.translate(separators)
    if len(squeezed) != len(text) and CHAT_EMOJI.search(text):
        squeezed = "".join(text[i] for i in _kept_positions(text))
    return Folded(original, text, starts, squeezed)


def fold_form(form: str) -> str:
    """A lexicon form as it will stand in `Folded.squeezed`."""
    return fold(form).squeezed


def _fold_irregular(original: str) -> tuple[str, list[int]]:
    table = canonical_table()
    pieces: list[str] = []
    starts: list[int] = []
    for index, char in enumerate(original):
        folded = REPLACEMENT if "\ud800" <= char < "\ue000" else table.get(ord(char), char)
        pieces.append(folded)
        starts.extend([index] * len(folded))
    return "".join(pieces), starts


def _kept_positions(text: str) -> list[int]:
    separators = _tables()[2]
    hidden: set[int] = set()
    for match in CHAT_EMOJI.finditer(text):
        hidden.update(range(match.start(), match.end()))
    return [i for i, char in enumerate(text) if ord(char) not in separators and i not in hidden]


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[int, str], frozenset[str], dict[int, None]]:
    table = canonical_table()
    regular = {code: folded for code, folded in table.items() if len(folded) == 1}
    regular.update(dict.fromkeys(range(0xD800, 0xE000), REPLACEMENT))
    irregular = frozenset(chr(code) for code, folded in table.items() if len(folded) != 1)
    return regular, irregular, separator_table()
