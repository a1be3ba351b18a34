"""Personal data leaves a text here, before anything of it is stored, logged or printed.

Numbers, addresses and handles are found on the folded text, so that disguised ones are found too, and give
way in the original to a typed mask: `[phone#1a2b3c4d]`, the kind and the start of a keyed hash of the
canonical value. Equal values keep equal masks under one key, so that sellers can still be linked.
"""

from __future__ import annotations

import hmac
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipelines.folding import fold
from pipelines.lexicon.signals_schema import SignalFile
from pipelines.masking.screening import Screen
from pipelines.signals import SignalFinder
from pipelines.yamlfile import load_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.folding import Folded
    from pipelines.signals.veil import Hidden

SIGNALS_FILE: Final = Path(__file__).parents[1] / "lexicon" / "data" / "signals.yaml"
"""What announces a handle is read from the packaged file: editing a lexicon can't unmask anybody."""

_MASK_DIGITS: Final = 8
_PSEUDONYM_DIGITS: Final = 16
_PSEUDONYM_HASH: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the original, the mask that took its place, and where the mask begins in the new text."""

    start: int
    end: int
    mask: str
    position: int


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text without personal data, and what was replaced, in order."""

    text: str
    edits: tuple[Edit, ...] = ()

    def shift(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of the original stands now; one that overlaps an edit grows to cover the mask."""
        first = bisect_right(self.edits, start, key=lambda edit: edit.end)
        last = bisect_left(self.edits, end, key=lambda edit: edit.start)
        if first < last:
            start = min(start, self.edits[first].start)
        return self._place(start, first), self._place(max(end, start), max(first, last), after=True)

    def _place(self, offset: int, edits_before: int, *, after: bool = False) -> int:
        if not edits_before:
            return offset
        edit = self.edits[edits_before - 1]
        if after:
            offset = max(offset, edit.end)
        return offset - edit.end + edit.position + len(edit.mask)


def mask_text(text: str, key: bytes) -> MaskedText:
    """A text with every number, address and handle of a person masked. Linear; masks stay as they are.

    Raises ValueError for an empty key, under which anybody could compute the pseudonyms.
    """
    _check(key)
    finder, screen = _tools()
    if not screen.may_hold_personal_data(text):
        return MaskedText(text)
    folded = fold(text)
    return _apply(folded, finder.personal_data(folded), key)


def pseudonym(kind: str, value: str, key: bytes) -> str:
    """The name under which an id or a name is kept: the kind, # and 16 hex digits of the value's keyed hash.

    `kind` is the platform for a seller's id. A pseudonym is its own pseudonym. Raises ValueError for an
    empty key.
    """
    _check(key)
    written, _, digits = value.rpartition("#")
    if written == kind and _PSEUDONYM_HASH.fullmatch(digits):
        return value
    return f"{kind}#{_digest(value, key)[:_PSEUDONYM_DIGITS]}"


def mask(kind: str, value: str, key: bytes) -> str:
    """The mask that takes the place of a canonical value."""
    return f"[{kind}#{_digest(value, key)[:_MASK_DIGITS]}]"


def find_personal_data(text: str) -> tuple[Hidden, ...]:
    """What has to be masked in a text, with spans in the folded text, in order, none overlapping another."""
    return _tools()[0].personal_data(fold(text))


def _apply(folded: Folded, hidden: Iterable[Hidden], key: bytes) -> MaskedText:
    pieces: list[str] = []
    edits: list[Edit] = []
    position = end = 0
    for item in hidden:
        start, stop = folded.span(item.start, item.end)
        written = mask(item.kind, item.value, key)
        pieces += folded.original[end:start], written
        position += start - end
        edits.append(Edit(start, stop, written, position))
        position += len(written)
        end = stop
    pieces.append(folded.original[end:])
    return MaskedText("".join(pieces), tuple(edits))


def _check(key: bytes) -> None:
    if not key:
        raise ValueError("the masking key is empty; `jargonwatch init` makes one")


def _digest(value: str, key: bytes) -> str:
    return hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256").hex()


@lru_cache(maxsize=1)
def _tools() -> tuple[SignalFinder, Screen]:
    spec = load_model(SIGNALS_FILE, SignalFile)
    return SignalFinder(spec), Screen(spec)
