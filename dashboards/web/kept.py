"""Answers kept for a short while, so that opening a page again costs nothing."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class Kept[Key: Hashable, Answer]:
    """Answers by owner (an application) and key; older ones than `seconds` are asked for again."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self._answers: weakref.WeakKeyDictionary[object, dict[Key, tuple[float, Answer]]] = (
            weakref.WeakKeyDictionary()
        )

    def get(self, owner: object, key: Key, ask: Callable[[], Answer]) -> Answer:
        """The answer kept, else a new one. Two who ask at once may both ask."""
        now = time.monotonic()
        with self._turn:
            kept = self._answers.setdefault(owner, {})
            for old in [each for each, (asked, _) in kept.items() if now - asked > self._seconds]:
                del kept[old]
            if key in kept:
                return kept[key][1]
        found = ask()
        with self._turn:
            self._answers[owner][key] = (time.monotonic(), found)
        return found
