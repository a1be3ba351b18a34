"""The contract of stores: trends, and what a new judgement does to them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from pipelines.errors import StoreError
from pipelines.records import CATEGORIES
from pipelines.store.answers import TrendQuery, WriteResult, day_of
from pipelines.store.query import EVERYTHING, Has
from tests.pipelines.store_cases import DAY, HOUR, NOON, WHOLE, contents, everything, hit, offer, seen, start

if TYPE_CHECKING:
    from pipelines.records import AnalyzedListing
    from pipelines.store.protocol import Store

TODAY = date(2025, 3, 10)
WEEK = (TODAY - timedelta(days=3), TODAY + timedelta(days=3))
STRENGTH = ("clear", "watch", "flagged")


def written(store: Store, *batch: AnalyzedListing) -> Store:
    start(store)
    store.write(batch, run_id="run-1")
    return store


def test_a_trend_counts_distinct_listings_a_day_with_gaps_as_zero(store: Store) -> None:
    written(store, offer(1), offer(2), seen(offer(3), NOON - 2 * DAY), offer(4, hits=[], verdict="clear"))
    trend = store.trend(TrendQuery(*WEEK, terms=("term-四件套", "term-跑分"), categories=("bankcard",)))
    assert trend.steps[0] == WEEK[0]
    assert trend.series == {
        "term-四件套": (0, 1, 0, 2, 0, 0, 0),
        "term-跑分": (0,) * 7,
        "bankcard": (0, 1, 0, 2, 0, 0, 0),
    }
    assert trend.crawled == (0, 1, 0, 3, 0, 0, 0)


def test_a_trend_of_nothing_in_particular_is_of_all_listings(store: Store) -> None:
    written(store, offer(1), offer(2, verdict="watch"))
    assert store.trend(TrendQuery(TODAY, TODAY)).series == {"all": (2,)}
    trend = store.trend(TrendQuery(TODAY, TODAY, verdicts=("flagged",)))
    assert trend.series == {"all": (1,)}
    assert trend.crawled == (2,)


def test_a_listing_seen_twice_on_one_day_counts_once_with_its_stronger_verdict(store: Store) -> None:
    item = offer(verdict="watch")
    written(store, item, seen(offer(verdict="flagged"), NOON + HOUR, title="改了"))
    by_verdict = [
        store.trend(TrendQuery(TODAY, TODAY, terms=("term-四件套",), verdicts=(verdict,))).series[
            "term-四件套"
        ]
        for verdict in STRENGTH
    ]
    assert by_verdict == [(0,), (0,), (1,)]


def test_a_listing_with_a_term_in_many_places_counts_once(store: Store) -> None:
    written(store, offer(hits=[hit(), hit(start=9, end=12), hit(field="description")]))
    assert store.trend(TrendQuery(TODAY, TODAY, terms=("term-四件套",))).series["term-四件套"] == (1,)


def test_an_excused_hit_counts_in_no_trend(store: Store) -> None:
    written(store, offer(hits=[hit(standing="excused")], verdict="clear"))
    trend = store.trend(TrendQuery(TODAY, TODAY, terms=("term-四件套",), categories=("bankcard",)))
    assert trend.series == {"term-四件套": (0,), "bankcard": (0,)}
    assert trend.crawled == (1,)
    assert [term.term for term in store.terms()] == ["四件套"]


def test_a_listing_seen_unchanged_for_days_counts_on_its_first_only(store: Store) -> None:
    written(store, *(seen(offer(), NOON + n * DAY) for n in range(3)))
    assert store.trend(TrendQuery(*WEEK)).series["all"] == (0, 0, 0, 1, 0, 0, 0)


def test_a_changed_offer_counts_again_on_the_day_of_its_change(store: Store) -> None:
    written(store, offer(), seen(offer(), NOON + DAY, title="改了"))
    assert store.trend(TrendQuery(*WEEK)).series["all"] == (0, 0, 0, 1, 1, 0, 0)


def test_days_begin_at_midnight_in_shanghai(store: Store) -> None:
    written(store, offer(1, seen_at=NOON + 11.9 * HOUR), offer(2, seen_at=NOON + 12 * HOUR))
    assert store.trend(TrendQuery(TODAY, TODAY + DAY)).series["all"] == (1, 1)


@pytest.mark.parametrize(
    ("by", "steps", "counts"),
    [
        ("week", (date(2025, 2, 24), date(2025, 3, 3), date(2025, 3, 10)), (2, 7, 1)),
        ("month", (date(2025, 3, 1),), (10,)),
    ],
)
def test_weeks_begin_on_monday_and_months_on_the_first(store: Store, by, steps, counts) -> None:
    written(store, *(offer(n, seen_at=NOON - n * DAY) for n in range(20)))
    trend = store.trend(TrendQuery(date(2025, 3, 1), TODAY, by=by))
    assert trend.steps == steps
    assert trend.series["all"] == counts


def test_a_trend_of_one_platform_counts_and_divides_by_that_platform(store: Store) -> None:
    written(store, offer(1), offer(2, platform="forum"))
    trend = store.trend(TrendQuery(TODAY, TODAY, platforms=("forum",), categories=("bankcard",)))
    assert trend.series["bankcard"] == trend.crawled == (1,)


def test_a_trend_that_ends_before_it_begins_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="no day"):
        store.trend(TrendQuery(TODAY, TODAY - DAY))


def test_an_older_sighting_moves_the_count_to_its_day(store: Store) -> None:
    written(store, offer())
    store.write([seen(offer(), NOON - DAY)], run_id="run-1")
    assert store.trend(TrendQuery(*WEEK)).series["all"] == (0, 0, 1, 0, 0, 0, 0)


def judged(store: Store, lexicon: str, judge) -> WriteResult:
    result = WriteResult()
    for batch in store.outdated_versions(lexicon, "1", batch=2):
        result += store.replace_analyses({version.version_id: judge(version) for version in batch})
    return result


def test_a_new_judgement_changes_analyses_and_counts_but_neither_versions_nor_times(store: Store) -> None:
    batch = [offer(n) for n in range(5)]
    written(store, *batch, seen(batch[0], NOON + DAY, title="改了"))
    excused = offer(hits=[hit(standing="excused")], verdict="clear", score=0.0, lexicon="lexicon-2").analysis
    before = contents(store)
    assert judged(store, "lexicon-2", lambda _: excused) == WriteResult(rejudged=6)
    after = contents(store)
    assert {stored.analysis for stored in after["listings"]} == {excused}
    assert [
        replace(stored, current=replace(stored.current, analysis=old.analysis))
        for stored, old in zip(after["listings"], before["listings"], strict=True)
    ] == before["listings"]
    assert after["facets"].terms == ()
    assert after["facets"].verdicts == {"clear": 5}
    assert sum(after["trend"].series["term-四件套"]) == 0
    assert after["trend"].crawled == before["trend"].crawled
    assert everything(store, Has("term", ("term-四件套",))) == []
    assert judged(store, "lexicon-2", lambda _: excused) == WriteResult()


def test_judging_back_restores_every_answer(store: Store) -> None:
    written(store, *(offer(n) for n in range(5)), seen(offer(0), NOON + DAY, title="改了"))
    before = contents(store)
    other = offer(hits=[hit("跑分", category="payment", disguise="pinyin")], lexicon="lexicon-2").analysis
    judged(store, "lexicon-2", lambda _: other)
    assert contents(store) != before
    judged(store, "lexicon-1", lambda _: offer().analysis)
    after = contents(store)
    assert after["facets"] == before["facets"]
    assert after["flagged"] == before["flagged"]
    assert after["trend"].series["term-四件套"] == before["trend"].series["term-四件套"]
    assert sum(after["trend"].series["term-跑分"]) == 0


def test_judging_a_version_that_is_not_there_changes_nothing(store: Store) -> None:
    written(store, offer())
    before = contents(store)
    version = store.get(offer().listing.listing_id).versions[0]
    analysis = replace(offer().analysis, verdict="clear")
    with pytest.raises(StoreError, match="no version 999"):
        store.replace_analyses({version.version_id: analysis, 999: analysis})
    assert contents(store) == before


def test_a_new_judgement_is_told_of_in_the_changes(store: Store) -> None:
    written(store, offer())
    cursor = store.changes(0)[-1].seq
    judged(store, "lexicon-2", lambda _: offer(lexicon="lexicon-2").analysis)
    assert sorted(change.kind for change in store.changes(cursor)) == ["listing", "version"]


@pytest.mark.parametrize("seed", range(6))
def test_the_daily_counts_equal_a_recount_of_all_versions(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    start(store)
    for _ in range(40):
        batch = [
            offer(
                chance.randrange(6),
                title=chance.choice("甲乙丙"),
                seen_at=NOON + chance.randrange(96) * HOUR,
                published_at=chance.choice((None, NOON + chance.randrange(-48, 96) * HOUR)),
                verdict=chance.choice(STRENGTH),
                lexicon=chance.choice(("lexicon-1", "lexicon-2")),
                hits=[
                    hit(
                        chance.choice("一二三"),
                        category=chance.choice(CATEGORIES[:3]),
                        standing=chance.choice(("confirmed", "alone", "excused")),
                    )
                    for _ in range(chance.randrange(4))
                ],
            )
            for _ in range(chance.randrange(1, 5))
        ]
        store.write(batch, run_id="run-1")
    assert_counts_equal_a_recount(store)


def assert_counts_equal_a_recount(store: Store) -> None:
    strongest: dict[tuple[str, str, date], int] = {}
    current: Counter[str] = Counter()
    for stored in everything(store):
        for version in store.get(stored.listing.listing_id).versions:
            found = version.analysis
            subjects = {each.term_id for each in found.hits if each.standing != "excused"} | {"all"}
            subjects |= {found.category} - {None}
            for subject in subjects:
                key = (stored.listing.listing_id, subject, day_of(version.offered_at))
                strongest[key] = max(strongest.get(key, 0), STRENGTH.index(found.verdict))
        current.update({each.term_id for each in stored.analysis.hits if each.standing != "excused"})
    for number, verdict in enumerate(STRENGTH):
        expected = Counter((key[1], key[2]) for key, strength in strongest.items() if strength == number)
        terms = tuple(term.term_id for term in store.terms())
        asked = TrendQuery(*WHOLE, terms=terms, categories=CATEGORIES, verdicts=(verdict,))
        series = store.trend(asked).series | store.trend(TrendQuery(*WHOLE, verdicts=(verdict,))).series
        counted = {
            (subject, step): count
            for subject, counts in series.items()
            for step, count in zip(store.trend(asked).steps, counts, strict=True)
            if count
        }
        assert counted == expected
    assert {term.term_id: term.listings for term in store.facets(EVERYTHING).terms} == current
