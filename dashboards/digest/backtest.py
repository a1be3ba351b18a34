"""What the digest would have said on every day of a period, so that its threshold can be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dashboards.unusual import WEEKS, compare, read_history

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from dashboards.unusual import Comparison
    from pipelines.store.protocol import Questions

RATES: Final = (0.001, 0.01, 0.05, 0.1)
"""Shares of false alarms among alarms that are tried."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A day as the digest would have seen it; `rising` at the widest of the rates, most surprising first."""

    day: date
    compared: bool
    rising: tuple[Comparison, ...]

    def at(self, rate: float) -> tuple[Comparison, ...]:
        """What rises at a rate."""
        return tuple(each for each in self.rising if each.q is not None and each.q <= rate)


def replay(store: Questions, since: date, until: date, rates: Sequence[float] = RATES) -> Iterator[Replayed]:
    """Each day of a period (both inclusive) against the weeks before it, as far as they were crawled."""
    history = read_history(store, since - timedelta(weeks=WEEKS), until)
    for day in (since + timedelta(days=n) for n in range((until - since).days + 1)):
        compared = compare(history, day, rate=max(rates))
        yield Replayed(day, bool(compared.platforms), compared.unusual("rising"))
