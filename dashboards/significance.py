"""How surprising it is that something is more frequent here than there, and how much more frequent it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from scipy.stats import chi2, false_discovery_control

if TYPE_CHECKING:
    from collections.abc import Sequence

_HALF: Final = 0.5
"""Added to every count of a ratio, so that a count of zero has one (Haldane and Anscombe)."""
_Z: Final = 1.959964


class LogRatio(NamedTuple):
    """The binary logarithm of a ratio of two rates with its 95 % interval: 1 is twice as frequent."""

    value: float
    low: float
    high: float


def log_likelihood(here: int, of_here: int, there: int, of_there: int) -> float:
    """Dunning's G² of the 2 × 2 table of those with and without something (Dunning 1993)."""
    total, with_it = of_here + of_there, here + there
    g2 = 0.0
    for count, size in ((here, of_here), (there, of_there)):
        for observed, margin in ((count, with_it), (size - count, total - with_it)):
            if observed:
                g2 += observed * math.log(observed * total / (size * margin))
    return max(2 * g2, 0.0)


def corrected(g2: Sequence[float], *, tests: int | None = None) -> list[float]:
    """Benjamini and Hochberg's p of each G²; `tests` counts those too that are not given (as p = 1)."""
    if not g2:
        return []
    p = [float(chi2.sf(value, 1)) for value in g2]
    p += [1.0] * max((tests or 0) - len(p), 0)
    return [float(each) for each in false_discovery_control(p)[: len(g2)]]


def log_ratio(here: int, of_here: int, there: int, of_there: int) -> LogRatio:
    """How many times as frequent something is here as there (Hardie 2014), by the delta method."""
    a, b = here + _HALF, there + _HALF
    value = math.log2(a / (of_here + 2 * _HALF)) - math.log2(b / (of_there + 2 * _HALF))
    error = _Z * math.sqrt(1 / a + 1 / b - 1 / (of_here + 1) - 1 / (of_there + 1)) / math.log(2)
    return LogRatio(value, value - error, value + error)
