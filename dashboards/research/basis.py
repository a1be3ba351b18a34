"""What an answer rests on: store, lexicon, sources, days covered, and the gaps of the crawl."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pipelines.records import PIPELINE_VERSION
from pipelines.store.answers import day_of
from pipelines.store.query import All, Has, Offered, conjuncts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.store.insights import Coverage, SourceCoverage
    from pipelines.store.protocol import Questions
    from pipelines.store.query import Query

SHOWN_GAPS: Final = 3


@dataclass(frozen=True, slots=True)
class SourceBasis:
    """A source in the period: on how many of the `days` since it was first watched it was crawled soundly."""

    source: str
    platform: str
    watched_since: date
    days: int
    covered: int
    gaps: tuple[tuple[date, date], ...]
    """First and last day of each time without a sound crawl."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What was asked, when, and of what. `since` and `until` are None while the store is empty."""

    store: str
    asked_at: datetime
    lexicon_version: str | None
    pipeline_version: str
    listings: int
    since: date | None
    until: date | None
    sources: tuple[SourceBasis, ...]

    def describe(self) -> list[str]:
        """The basis in lines for a reader, gaps included, so that a gap isn't taken for silence."""
        if self.since is None or self.until is None:
            return [f"{self.store}: the store is empty"]
        span = f"{self.since.isoformat()} to {self.until.isoformat()}"
        lines = [f"{self.store}, {self.listings:,} listings, lexicon {self.lexicon_version or '?'}; {span}"]
        if not self.sources:
            lines.append("no source was watched in this period: zeros mean nothing was looked at")
        return lines + [
            f"{each.source}: crawled on {each.covered:,} of {each.days:,} days{_gaps(each)}"
            for each in self.sources
        ]


def _gaps(source: SourceBasis) -> str:
    if not source.gaps:
        return ""
    longest = sorted(source.gaps, key=lambda gap: gap[0] - gap[1])[:SHOWN_GAPS]
    told = [f"{a}" if a == b else f"{a} to {b}" for a, b in sorted(longest)]
    more = len(source.gaps) - len(told)
    return "; not on " + ", ".join(told) + (f" and in {more} more gaps" if more else "")


def basis_of(
    store: Questions,
    name: str,
    query: Query,
    *,
    lexicon_version: str | None,
    since: date | None = None,
    until: date | None = None,
) -> Basis:
    """The basis of a query's answer over the days that it, or `since` and `until`, bound."""
    totals = store.totals()
    asked_at = datetime.now(UTC).replace(microsecond=0)
    first, last = bounds(query)
    begin, end = since or first, until or last
    if totals.first_offered is not None and totals.last_offered is not None:
        begin = begin or day_of(totals.first_offered)
        end = end or min(day_of(totals.last_offered), day_of(asked_at))
    covered: Sequence[SourceBasis] = ()
    if begin is not None and end is not None and begin <= end:
        coverage = store.coverage(begin, end)
        covered = [_source(each, coverage) for each in _asked_sources(coverage, query)]
    return Basis(
        store=name,
        asked_at=asked_at,
        lexicon_version=lexicon_version,
        pipeline_version=PIPELINE_VERSION,
        listings=totals.listings,
        since=begin,
        until=end,
        sources=tuple(covered),
    )


def bounds(query: Query) -> tuple[date | None, date | None]:
    """The days that a query asks for in any case; None where it leaves an end open."""
    parts = [part for part in conjuncts(query) if isinstance(part, Offered)]
    since = max((part.since for part in parts if part.since), default=None)
    until = min((part.until for part in parts if part.until), default=None)
    return since, until


def within(query: Query, since: date | None, until: date | None) -> Query:
    """A query, on some days only."""
    return All((query, Offered(since, until))) if since or until else query


def _asked_sources(coverage: Coverage, query: Query) -> list[SourceCoverage]:
    wanted = [part for part in conjuncts(query) if isinstance(part, Has)]
    platforms = [set(part.values) for part in wanted if part.field == "platform"]
    sources = [set(part.values) for part in wanted if part.field == "source"]
    return [
        each
        for each in coverage.sources
        if all(each.platform in names for names in platforms)
        and all(each.source in names for names in sources)
    ]


def _source(source: SourceCoverage, coverage: Coverage) -> SourceBasis:
    begin = max(source.first_day, coverage.since)
    return SourceBasis(
        source=source.source,
        platform=source.platform,
        watched_since=source.first_day,
        days=(coverage.until - begin).days + 1,
        covered=len(source.days),
        gaps=_runs_of_days(source.gaps),
    )


def _runs_of_days(days: Sequence[date]) -> tuple[tuple[date, date], ...]:
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return tuple(runs)
