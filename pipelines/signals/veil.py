"""A folded text with masks in the place of personal data, and the way back to where they came from.

Signals are always read from the veiled text. So a text and what is stored of it give the same signals, and
nothing that hides in a number or a handle can be taken for a price, a domain or a word.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.folding import Folded


class Hidden(NamedTuple):
    """Something personal: its kind, its span in `Folded.text`, its canonical value."""

    kind: str
    start: int
    end: int
    value: str


class Veil:
    """A growing set of masks over one folded text. `text` is the text with the masks so far."""

    def __init__(self, folded: Folded) -> None:
        self._folded = folded
        self._hidden: list[Hidden] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.text = folded.text

    @property
    def hidden(self) -> tuple[Hidden, ...]:
        """What is masked, in order, none overlapping another."""
        return tuple(self._hidden)

    def hide(self, found: Iterable[Hidden]) -> None:
        """Mask what was found in `text`, whose spans must overlap neither masks nor each other."""
        hidden = list(self._hidden)
        for item in found:
            start, end = self._whole_characters(*self.place(item.start, item.end))
            hidden.append(item._replace(start=start, end=end))
        hidden.sort(key=lambda item: (item.start, -item.end))
        self._hidden = []
        for item in hidden:
            # Two may share a character that folds into several.
            if not self._hidden or item.start >= self._hidden[-1].end:
                self._hidden.append(item)
        self._write()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The span of the folded text that a span of `text` stands for; a touched mask counts whole."""
        first = bisect_right(self._ends, start)
        last = bisect_left(self._starts, end)
        if first < last:
            return (
                min(self._before(start, first), self._hidden[first].start),
                max(self._before(end, last), self._hidden[last - 1].end),
            )
        return self._before(start, first), self._before(end, first)

    def is_mask(self, start: int, end: int) -> bool:
        """Whether a span of `text` is a mask that this veil wrote."""
        index = bisect_left(self._starts, start)
        return index < len(self._starts) and (self._starts[index], self._ends[index]) == (start, end)

    def _before(self, offset: int, masks: int) -> int:
        if not masks:
            return offset
        return self._hidden[masks - 1].end + max(0, offset - self._ends[masks - 1])

    def _write(self) -> None:
        original = self._folded.text
        pieces: list[str] = []
        self._starts, self._ends = [], []
        position = end = 0
        for item in self._hidden:
            mask = f"[{item.kind}#00000000]"
            pieces += original[end : item.start], mask
            position += item.start - end
            self._starts.append(position)
            position += len(mask)
            self._ends.append(position)
            end = item.end
        pieces.append(original[end:])
        self.text = "".join(pieces)

    def _whole_characters(self, start: int, end: int) -> tuple[int, int]:
        """The span widened to whole characters of the original, of which one may fold into several."""
        span, length = self._folded.span, len(self._folded.text)
        while start and span(start - 1, start)[0] == span(start, start + 1)[0]:
            start -= 1
        while end < length and span(end, end + 1)[0] == span(end - 1, end)[0]:
            end += 1
        return start, end
