"""Researchers' questions to the embedded store: periods, histories, first sights, neighbours, coverage.

Counts of offers come from the roll-up, counts of listings from the marks and the listings themselves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, cast

from pipelines.errors import StoreError
from pipelines.store.answers import Term, TermCount, day_of
from pipelines.store.conditions import day_after, midnight
from pipelines.store.insights import (
    Cooccurrence,
    Coverage,
    DisguiseHistory,
    FirstSight,
    PeriodCounts,
    PlatformHistory,
    SourceCoverage,
    TermHistory,
)
from pipelines.store.rollup import disguise_key
from pipelines.store.rows import as_json, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from sqlite3 import Connection

    from pipelines.records import Category, Disguise, Verdict

_COUNTED: Final = """
    SELECT c.key, sum(c.listings) FROM json_each(?1) s
    CROSS JOIN {table} c ON c.{span} = s.value AND c.kind = ?2
    WHERE (?3 = '[]' OR c.platform IN (SELECT value FROM json_each(?3)))
        AND (?4 = '[]' OR c.verdict IN (SELECT value FROM json_each(?4)))
    GROUP BY c.key
"""
_DAYS: Final = _COUNTED.format(table="day_count", span="day")
_MONTHS: Final = _COUNTED.format(table="month_count", span="month")
_TERM: Final = "SELECT term_id, term, category FROM term WHERE term_id = ?"
_TERMS: Final = "SELECT term_id, term, category FROM term WHERE term_id IN (SELECT value FROM json_each(?))"
_TERM_DAYS: Final = """
    SELECT day, platform, sum(listings) FROM day_count WHERE kind = 'term' AND key = ? GROUP BY day, platform
"""
_DISGUISE_DAYS: Final = """
    SELECT key, day, sum(listings) FROM day_count
    WHERE kind = 'disguise' AND key > ? AND key < ? GROUP BY key, day
"""
_FIRST_SIGHTS: Final = """
    SELECT s.kind, s.key, s.day, t.term_id, t.term, t.category
    FROM (
        SELECT kind, key, min(day) AS day FROM day_count
        WHERE day BETWEEN ?1 AND ?2 AND kind IN ('term', 'disguise') GROUP BY kind, key
    ) s JOIN term t
        ON t.term_id = CASE s.kind WHEN 'term' THEN s.key ELSE substr(s.key, 1, instr(s.key, char(9)) - 1) END
    WHERE NOT EXISTS (
        SELECT 1 FROM day_count d WHERE d.kind = s.kind AND d.key = s.key AND d.day < ?1
    )
"""
_ASKED: Final = (
    "SELECT count(*) FROM mark WHERE kind = 'term' AND key = ? AND offered_at >= ? AND offered_at < ?"
)
_OFFERED: Final = "SELECT count(*) FROM listing WHERE offered_at >= ? AND offered_at < ?"
_BOTH: Final = """
    SELECT h.term_id, count(DISTINCT l.id) AS listings FROM mark m
    CROSS JOIN listing l ON l.id = m.listing CROSS JOIN hit h ON h.version = l.current
    WHERE m.kind = 'term' AND m.key = ?1 AND m.offered_at >= ?2 AND m.offered_at < ?3
        AND h.standing <> 'excused' AND h.term_id <> ?1
    GROUP BY h.term_id ORDER BY listings DESC, h.term_id LIMIT ?4
"""
_SOURCES: Final = """
    SELECT source, min(started_at) AS first FROM run GROUP BY source HAVING first < ? ORDER BY source
"""
_SOUND_RUNS: Final = """
    SELECT started_at FROM run
    WHERE source = ? AND started_at >= ? AND started_at < ? AND outcome IN ('done', 'accepted')
"""
_PLATFORM: Final = "SELECT platform FROM run WHERE source = ? ORDER BY started_at DESC, id DESC LIMIT 1"
_EVER: Final = ("", "~")
"""Texts before and after every stored time."""


def counts(
    connection: Connection, since: date, until: date, platforms: Sequence[str], verdicts: Sequence[Verdict]
) -> PeriodCounts:
    require_period(since, until)
    narrowed = (as_json(list(platforms)), as_json(list(verdicts)))
    parts = _spans(since, until)

    def summed(kind: str, narrowed: tuple[str, str]) -> Counter[str]:
        found: Counter[str] = Counter()
        for statement, spans in parts:
            for key, listings in connection.execute(statement, (as_json(spans), kind, *narrowed)):
                found[key] += listings
        return found

    crawled = summed("all", (narrowed[0], "[]"))[""]
    categories = cast("Counter[Category]", summed("category", narrowed))
    terms = _named(connection, summed("term", narrowed))
    return PeriodCounts(since, until, crawled, terms, dict(categories))


def history(connection: Connection, term_id: str) -> TermHistory | None:
    rows = connection.execute(_TERM_DAYS, (term_id,)).fetchall()
    if not rows:
        return None
    days: Counter[date] = Counter()
    by_platform: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for day, platform, offers in rows:
        days[date.fromisoformat(day)] += offers
        by_platform[platform][date.fromisoformat(day)] += offers
    by_disguise: defaultdict[str, Counter[date]] = defaultdict(Counter)
    bounds = (disguise_key(term_id, ""), term_id + "\n")
    for key, day, offers in connection.execute(_DISGUISE_DAYS, bounds):
        by_disguise[key.rpartition("\t")[2]][date.fromisoformat(day)] += offers
    return history_of(connection.execute(_TERM, (term_id,)).fetchone(), days, by_platform, by_disguise)


def history_of(
    term: Sequence[str],
    days: Mapping[date, int],
    by_platform: Mapping[str, Mapping[date, int]],
    by_disguise: Mapping[str, Mapping[date, int]],
) -> TermHistory:
    """The history of a term (id, name, category) from its offers a day: all, by platform, by disguise."""
    peak_day = min(days, key=lambda day: (-days[day], day))
    disguises = [
        DisguiseHistory(cast("Disguise", name), min(of), max(of), sum(of.values()), _by_month(of))
        for name, of in by_disguise.items()
    ]
    platforms = [
        PlatformHistory(name, min(of), max(of), sum(of.values())) for name, of in by_platform.items()
    ]
    return TermHistory(
        term_id=term[0],
        term=term[1],
        category=cast("Category", term[2]),
        first_day=min(days),
        last_day=max(days),
        peak_day=peak_day,
        peak=days[peak_day],
        offers=sum(days.values()),
        disguises=tuple(sorted(disguises, key=lambda each: (each.first_day, each.disguise))),
        platforms=tuple(sorted(platforms, key=lambda each: (each.first_day, each.platform))),
    )


def first_sights(connection: Connection, since: date, until: date) -> tuple[FirstSight, ...]:
    require_period(since, until)
    found = [
        FirstSight(
            *(term_id, term, category),
            disguise=None if kind == "term" else key.rpartition("\t")[2],
            day=date.fromisoformat(day),
        )
        for kind, key, day, term_id, term, category in connection.execute(
            _FIRST_SIGHTS, (since.isoformat(), until.isoformat())
        )
    ]
    return tuple(sorted(found, key=lambda each: (each.day, each.term_id, each.disguise or "")))


def cooccurring(
    connection: Connection, term_id: str, since: date | None, until: date | None, top: int
) -> tuple[Cooccurrence, ...]:
    if since and until:
        require_period(since, until)
    bounds = (midnight(since) if since else _EVER[0], midnight(day_after(until)) if until else _EVER[1])
    both = connection.execute(_BOTH, (term_id, *bounds, top)).fetchall()
    if not both:
        return ()
    listings = connection.execute(_OFFERED, bounds).fetchone()[0]
    asked = connection.execute(_ASKED, (term_id, *bounds)).fetchone()[0]
    found = []
    for other, count in both:
        term = Term(*connection.execute(_TERM, (other,)).fetchone())
        of_other = connection.execute(_ASKED, (other, *bounds)).fetchone()[0]
        found.append(Cooccurrence(term.term_id, term.term, term.category, count, asked, of_other, listings))
    return tuple(found)


def coverage(connection: Connection, since: date, until: date) -> Coverage:
    require_period(since, until)
    end = midnight(day_after(until))
    found = []
    for source, first in connection.execute(_SOURCES, (end,)).fetchall():
        platform = connection.execute(_PLATFORM, (source,)).fetchone()[0]
        sound = connection.execute(_SOUND_RUNS, (source, midnight(since), end))
        found.append(covered(source, platform, moment(first), (moment(at) for (at,) in sound), since, until))
    return Coverage(since, until, tuple(found))


def covered(
    source: str, platform: str, first: datetime, sound: Iterable[datetime], since: date, until: date
) -> SourceCoverage:
    """The days on which a source was watched, from its first run and the sound ones of the period."""
    first_day = day_of(first)
    days = sorted({day_of(at) for at in sound})
    begin = max(since, first_day)
    watched = [begin + timedelta(days=n) for n in range((until - begin).days + 1)]
    return SourceCoverage(source, platform, first_day, tuple(days), tuple(sorted(set(watched) - set(days))))


def require_period(since: date, until: date) -> None:
    """Refuse a period whose end lies before its begin."""
    if since > until:
        raise StoreError(f"a period from {since} until {until} has no day; swap the two")


def _spans(since: date, until: date) -> list[tuple[str, list[str]]]:
    """What sums a period: its whole months, and the days beside them."""
    first_month = since if since.day == 1 else _next_month(since)
    after = _next_month(until) if day_after(until).day == 1 else until.replace(day=1)
    if first_month >= after:
        return [(_DAYS, _days(since, day_after(until)))]
    months = [first_month]
    while (following := _next_month(months[-1])) < after:
        months.append(following)
    days = _days(since, first_month) + _days(after, day_after(until))
    return [(_MONTHS, [month.isoformat()[:7] for month in months]), (_DAYS, days)]


def _days(first: date, end: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((end - first).days)]


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _by_month(days: Mapping[date, int]) -> Mapping[date, int]:
    months: Counter[date] = Counter()
    for day, offers in days.items():
        months[day.replace(day=1)] += offers
    return dict(sorted(months.items()))


def _named(connection: Connection, offers: Mapping[str, int]) -> tuple[TermCount, ...]:
    named = connection.execute(_TERMS, (as_json(list(offers)),))
    counts = [TermCount(term[0], term[1], term[2], offers[term[0]]) for term in named]
    return tuple(sorted(counts, key=lambda each: (-each.listings, each.term_id)))
