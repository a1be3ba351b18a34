"""First sights as they are told: a new term's disguises are new with it, and not told of besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.store.insights import FirstSight


def without_own_disguises(sights: Iterable[FirstSight]) -> tuple[FirstSight, ...]:
    """First sights without the disguises of terms that are new themselves, in their order."""
    found = tuple(sights)
    new = {sight.term_id for sight in found if sight.disguise is None}
    return tuple(sight for sight in found if sight.disguise is None or sight.term_id not in new)
