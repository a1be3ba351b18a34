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
    from collections.abc import Mapping, Sequence


REPLACEMENT = "\ufffd"
"""Stands for an unpaired surrogate, which no UTF-8 library takes."""

VANISHED = "\uf8ff"
"""Stands for a removed character until the text is whole; a text's own private-use ones are removed."""

COVERED = 0xE0200
"""Every assigned character outside private use lies below this code point."""


class Folded:
    """A text and its folded forms. Spans are (start, end) code point offsets, end exclusive."""

    __slots__ = ("_kept", "_regular", "_starts", "original", "squeezed", "text")

    def __init__(self, original: str, text: str, squeezed: str, *, regular: bool) -> None:
        self.original = original
        self.text = text
        self.squeezed = squeezed
        self._regular = regular
        self._starts: Sequence[int] | None = None
        self._kept: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that a non-empty span of `text` was folded from."""
        if self._regular:
            return start, end
        if self._starts is None:
            self._starts = _origins(self.original)
        return self._starts[start], self._starts[end - 1] + 1

    def text_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of `text` that a non-empty span of `squeezed` stands in."""
        if len(self.squeezed) == len(self.text):
            return start, end
        if self._kept is None:
            at = self._only_place(start, end)
            if at is not None:
                return at, at + end - start
        kept = self._positions()
        return kept[start], kept[end - 1] + 1

    def squeezed_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that a non-empty span of `squeezed` was folded from."""
        return self.span(*self.text_span(start, end))

    def squeezed_index(self, position: int) -> int:
        """Where in `squeezed` a position of `text` falls, or would fall were it not a separator."""
        if len(self.squeezed) == len(self.text):
            return position
        return bisect_left(self._positions(), position)

    def _only_place(self, start: int, end: int) -> int | None:
        """Where a span of `squeezed` stands unparted in `text`, if it stands once in each: the usual case."""
        text, squeezed = self.text, self.squeezed
        surface = squeezed[start:end]
        at = text.find(surface)
        if (
            at < 0
            or text.find(surface, at + 1) >= 0
            or squeezed.find(surface) != start
            or squeezed.find(surface, start + 1) >= 0
            or "[" in text  # a name of an emoji, which is no part of `squeezed`, could hold it
            or "/" in text
        ):
            return None
        return at

    def _positions(self) -> Sequence[int]:
        if self._kept is None:
            self._kept = _kept_positions(self.text)
        return self._kept


def fold(original: str) -> Folded:
    """Fold a text. Linear in its length; never raises, whatever the text holds."""
    canonical, separators = _tables()
    text = original.translate(canonical)
    regular = len(text) == len(original) and VANISHED not in text
    if not regular:
        text = text.replace(VANISHED, "")
    squeezed = text.translate(separators)
    if len(squeezed) == len(text):
        squeezed = text  # one object, whose UTF-8 is made once
    if ("/" in text or "[" in text) and CHAT_EMOJI.search(text):
        squeezed = "".join([text[i] for i in _kept_positions(text)])
    return Folded(original, text, squeezed, regular=regular)


def fold_form(form: str) -> str:
    """A lexicon form as it will stand in `Folded.squeezed`."""
    return fold(form).squeezed


def translation[Value: (str, None)](table: Mapping[int, Value]) -> list[int | Value]:
    """A table for `str.translate` that holds every character below `COVERED`.

    A list is looked up several times faster than a dictionary, above all for the characters that stay
    as they are; past its end, `str.translate` leaves a character alone.
    """
    full: list[int | Value] = list(_code_points())
    for code, value in table.items():
        if code < COVERED:
            full[code] = value
    return full


@lru_cache(maxsize=1)
def _code_points() -> tuple[int, ...]:
    """Shared by all tables: what stays as it is would else take most of the processor's cache."""
    return tuple(range(COVERED))


def _origins(original: str) -> list[int]:
    table = canonical_table()
    starts: list[int] = []
    for index, char in enumerate(original):
        starts.extend([index] * len(table.get(ord(char), char)))
    return starts


def _kept_positions(text: str) -> list[int]:
    separators = _separators()
    kept = [i for i, char in enumerate(text) if char not in separators]
    if "/" in text or "[" in text:
        hidden: set[int] = set()
        for match in CHAT_EMOJI.finditer(text):
            hidden.update(range(match.start(), match.end()))
        kept = [i for i in kept if i not in hidden]
    return kept


@lru_cache(maxsize=1)
def _separators() -> frozenset[str]:
    return frozenset(map(chr, separator_table()))


@lru_cache(maxsize=1)
def _tables() -> tuple[list[int | str], list[int | None]]:
    table = canonical_table() | dict.fromkeys(range(0xD800, 0xE000), REPLACEMENT)
    visible = {code: folded or VANISHED for code, folded in table.items()}
    return translation(visible), translation(separator_table())
