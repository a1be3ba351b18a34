"""Fields that say the same of every listing: a rule that reads the page instead of the item."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from spiders.assembly import Values

LEAST: Final = 5
"""Of fewer listings nothing is said."""


class Sameness:
    """The values that a run gave to fields by which listings should differ."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._differs: defaultdict[str, bool] = defaultdict(bool)

    def note(self, name: str, values: Values) -> None:
        """Take in what a listing has in a field, if anything."""
        if (value := values.get(name)) is None:
            return
        first = self._first.setdefault(name, str(value))
        self._counts[name] += 1
        self._differs[name] |= str(value) != first

    def told(self) -> list[str]:
        """A line for each field with one value on all listings."""
        return [
            f"{name} is the same on all {count} listings; its rule reads something of the whole page"
            for name, count in self._counts.items()
            if count >= LEAST and not self._differs[name]
        ]
