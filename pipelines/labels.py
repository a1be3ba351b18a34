"""Labels of contexts and signals as bits, so that sets of them are tested in one step.

A label is what a term's `confirm` and `excuse` name: a word, `@group` or `signal:kind`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.records import Price, Signal

SIGNAL_LABELS: Final = ("contact", "secrecy", "trust", "cross-platform", "domain", "price")
REMEMBERED: Final = 1 << 14
_SIGNAL_BITS: Final = {name: 1 << place for place, name in enumerate(SIGNAL_LABELS)}


class Labels:
    """Which bit stands for which label. Those of signals are the same in every lexicon."""

    def __init__(self) -> None:
        self._labels = [f"signal:{name}" for name in SIGNAL_LABELS]
        self._bits = {label: 1 << place for place, label in enumerate(self._labels)}
        self.names: Final = lru_cache(REMEMBERED)(self._names)
        """The labels whose bits are set, sorted. Few sets of them ever occur."""

    def mask(self, labels: Iterable[str]) -> int:
        """The bits of labels; one that is new gets its own."""
        found = 0
        for label in labels:
            if label not in self._bits:
                self._bits[label] = 1 << len(self._labels)
                self._labels.append(label)
            found |= self._bits[label]
        return found

    def _names(self, mask: int) -> tuple[str, ...]:
        found = []
        while mask:
            bit = mask & -mask
            found.append(self._labels[bit.bit_length() - 1])
            mask ^= bit
        return tuple(sorted(found))


def signal_mask(signals: Sequence[Signal], prices: Sequence[Price]) -> int:
    """The labels by which a lexicon names the signals and prices of a text; a plain link has none."""
    found = _SIGNAL_BITS["price"] if prices else 0
    for signal in signals:
        if signal.kind != "domain" or signal.name == "throwaway":
            found |= _SIGNAL_BITS[signal.kind]
    return found
