"""Which listings an analyst should read next.

A queue mixes three draws, since one figure can't be had from another's sample:

- **uncertain**: listings whose score lies near a threshold, where a decision teaches most. They are picked
  one by one; each pick makes its term, its disguise and its seller count less for the next, and a text
  that reads the same is picked once, so that one busy seller doesn't fill the queue. They come from a
  bounded pool: the newest and the strongest of each verdict, and the newest of each frequent term.
- **random**: flagged listings, each with the same chance. Only these estimate precision honestly; the
  uncertain ones are mistaken more often than the rest. A day is drawn by how many flagged listings it has,
  then a position in it; a position that no longer stands is drawn again, which keeps the chances equal.
- **second**: listings that one other analyst decided on, for agreement. Whose they are is not shown.

The same store, decisions and seed give the same queue, and its order doesn't say how a listing was drawn.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipelines.folding import fold
from pipelines.store.answers import TrendQuery, day_of
from pipelines.store.query import All, Has, Offered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from dashboards.triage import Decision, Drawn
    from pipelines.lexicon.scoring import Thresholds
    from pipelines.store.answers import StoredListing
    from pipelines.store.protocol import Questions
    from pipelines.store.query import Query

SIZE: Final = 30
RANDOM: Final = 6
SECOND: Final = 4
POOL: Final = 200
"""Listings of each question that fills the pool."""
TERMS: Final = 30
OF_A_TERM: Final = 10
DOUBT: Final = 0.1
"""The distance from a threshold at which a score is half as uncertain as on it."""
_ATTEMPTS: Final = 5
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Queued:
    """A listing to be read, and how it was drawn."""

    stored: StoredListing
    drawn: Drawn


def draw_queue(
    store: Questions,
    standing: Mapping[str, Mapping[str, Decision]],
    *,
    analyst: str,
    thresholds: Thresholds,
    seed: str,
    size: int = SIZE,
) -> list[Queued]:
    """Up to `size` listings on which the analyst hasn't decided; see the module for how they are drawn."""
    generator = random.Random(f"{seed}:{analyst}")  # noqa: S311
    mine = {listing_id for listing_id, said in standing.items() if analyst in said}
    second = _second(store, standing, mine, generator, min(SECOND, size // 4))
    chance = _random(store, set(standing), generator, min(RANDOM, size // 4))
    taken = set(standing) | {stored.listing.listing_id for stored in chance}
    uncertain = _diverse(_pool(store, taken), thresholds, seed, size - len(second) - len(chance))
    queue = [Queued(stored, "uncertain") for stored in uncertain]
    for drawn in [Queued(stored, "random") for stored in chance] + [Queued(s, "second") for s in second]:
        queue.insert(generator.randint(0, len(queue)), drawn)
    return queue


def uncertainty(score: float, thresholds: Thresholds) -> float:
    """How near a score lies to a threshold: 1 on it, 0.5 at `DOUBT` from it."""
    distance = min(abs(score - thresholds.watch), abs(score - thresholds.flagged))
    return 1 / (1 + (distance / DOUBT) ** 2)


def _second(
    store: Questions,
    standing: Mapping[str, Mapping[str, Decision]],
    mine: set[str],
    generator: random.Random,
    count: int,
) -> list[StoredListing]:
    waiting = sorted(
        listing_id for listing_id, said in standing.items() if len(said) == 1 and listing_id not in mine
    )
    picked = generator.sample(waiting, min(count, len(waiting)))
    found = (store.get(listing_id) for listing_id in picked)
    return [history.listing for history in found if history is not None]


def _random(store: Questions, decided: set[str], generator: random.Random, count: int) -> list[StoredListing]:
    totals = store.totals()
    if totals.first_offered is None or totals.last_offered is None:
        return []
    since, until = day_of(totals.first_offered), day_of(totals.last_offered)
    trend = store.trend(TrendQuery(since, until, verdicts=("flagged",)))
    days, weights = trend.steps, trend.series["all"]
    if not any(weights):
        return []
    found: dict[str, StoredListing] = {}
    for _ in range(count * _ATTEMPTS):
        if len(found) == count:
            break
        day, weight = generator.choices(list(zip(days, weights, strict=True)), weights)[0]
        stored = _flagged_on(store, day, generator.randrange(weight))
        if stored is not None and stored.listing.listing_id not in decided:
            found.setdefault(stored.listing.listing_id, stored)
    return list(found.values())


def _flagged_on(store: Questions, day: date, position: int) -> StoredListing | None:
    """The listing at a position (from 0) among those flagged that were offered on a day."""
    query = All((Has("verdict", ("flagged",)), Offered(day, day)))
    cursor = None
    while True:
        page = store.search(query, limit=min(position + 1, _PAGE), cursor=cursor)
        if position < len(page.listings):
            return page.listings[position]
        if page.cursor is None:
            return None
        position, cursor = position - len(page.listings), page.cursor


def _pool(store: Questions, taken: set[str]) -> list[StoredListing]:
    found: dict[str, StoredListing] = {}
    for stored in _asked(store):
        if stored.listing.listing_id not in taken:
            found.setdefault(stored.listing.listing_id, stored)
    return list(found.values())


def _asked(store: Questions) -> Iterator[StoredListing]:
    flagged, watch = Has("verdict", ("flagged",)), Has("verdict", ("watch",))
    marked: Query = Has("verdict", ("flagged", "watch"))
    for verdict in (flagged, watch):
        yield from store.search(verdict, limit=POOL).listings
    for verdict in (watch, Has("verdict", ("clear",))):
        yield from store.search(verdict, order="strongest", limit=POOL).listings
    for term in store.facets(marked, top=TERMS).terms:
        yield from store.search(Has("term", (term.term_id,)), limit=OF_A_TERM).listings


def _diverse(
    pool: Sequence[StoredListing], thresholds: Thresholds, seed: str, count: int
) -> list[StoredListing]:
    """Greedily the most uncertain, each worth less the more of its like were picked; ties by a keyed hash."""
    worth = {
        stored.listing.listing_id: uncertainty(stored.analysis.score, thresholds)
        for stored in pool
        if any(hit.standing != "excused" for hit in stored.analysis.hits)
    }
    waiting = sorted(
        (stored for stored in pool if stored.listing.listing_id in worth),
        key=lambda stored: hashlib.sha256(f"{seed}:{stored.listing.listing_id}".encode()).digest(),
    )
    likes = {stored.listing.listing_id: _likes(stored) for stored in waiting}
    seen: Counter[str] = Counter()
    texts: set[str] = set()
    picked: list[StoredListing] = []
    while waiting and len(picked) < count:
        best = max(waiting, key=lambda stored: _value(stored, worth, likes, seen))
        waiting.remove(best)
        text = fold(best.listing.title or best.listing.description).squeezed
        if text not in texts:
            texts.add(text)
            seen.update(likes[best.listing.listing_id])
            picked.append(best)
    return picked


def _value(
    stored: StoredListing,
    worth: Mapping[str, float],
    likes: Mapping[str, Sequence[str]],
    seen: Mapping[str, int],
) -> float:
    value = worth[stored.listing.listing_id]
    for like in likes[stored.listing.listing_id]:
        value /= 1 + seen[like]
    return value


def _likes(stored: StoredListing) -> list[str]:
    """What a pick makes count less: its leading term, its disguises, its seller."""
    counting = [hit for hit in stored.analysis.hits if hit.standing != "excused"]
    lead = max(counting, key=lambda hit: hit.points)
    disguises = {f"disguise {hit.disguise}" for hit in counting if hit.disguise != "exact"}
    seller = stored.listing.seller_id
    return [f"term {lead.term_id}", *sorted(disguises), *([f"seller {seller}"] if seller else [])]
