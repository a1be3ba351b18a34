"""The contract of stores: researchers' questions."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pipelines.errors import StoreError
from pipelines.records import Money, Price
from pipelines.store.answers import RunEnd, TermCount, day_of
from pipelines.store.insights import Cooccurrence, FirstSight, Quantiles
from pipelines.store.query import EVERYTHING, Any, Has
from tests.pipelines.store_cases import DAY, HOUR, NOON, hit, offer, seen, start

if TYPE_CHECKING:
    from pipelines.records import AnalyzedListing
    from pipelines.store.protocol import Store

TODAY = date(2025, 3, 10)
MONTH = (date(2025, 3, 1), date(2025, 3, 31))


def written(store: Store, *batch: AnalyzedListing) -> Store:
    start(store)
    store.write(batch, run_id="run-1")
    return store


def asking(number: int, *prices: Price, own: Money | None = None, **listing: object) -> AnalyzedListing:
    """A listing that asks these prices."""
    from dataclasses import replace

    item = offer(number, price=own, **listing)
    return replace(item, analysis=replace(item.analysis, prices=prices))


def price(amount: float | None, unit: str | None = "套", currency: str | None = "CNY") -> Price:
    return Price("价", 0, 1, "title", amount, currency, unit)


def test_prices_are_those_that_sellers_wrote_else_the_listings_own(store: Store) -> None:
    written(
        store,
        asking(1, price(10), price(10), price(30)),
        asking(2, price(None), own=Money(20, "CNY", "套")),
        asking(3, price(50, None), seen_at=NOON - 31 * DAY),
        asking(4),
    )
    found = store.prices(EVERYTHING, by="month")
    assert found.steps == (date(2025, 2, 1), date(2025, 3, 1))
    assert [(each.currency, each.unit, each.count) for each in found.series] == [
        ("CNY", "套", 3),
        ("CNY", None, 1),
    ]
    assert found.series[0].quantiles == (None, Quantiles(3, 12.0, 15.0, 20.0, 25.0, 28.0))
    assert (found.listings, found.unpriced) == (3, 1)


def test_steps_without_a_price_stay_as_gaps(store: Store) -> None:
    written(store, asking(1, price(1)), asking(2, price(3), seen_at=NOON - 3 * DAY))
    found = store.prices(EVERYTHING, by="day")
    assert found.steps == tuple(TODAY - timedelta(days=n) for n in (3, 2, 1, 0))
    assert [each and each.p50 for each in found.series[0].quantiles] == [3.0, None, None, 1.0]


def test_prices_of_a_whole_period_are_one_step(store: Store) -> None:
    written(store, asking(1, price(1)), asking(2, price(3), seen_at=NOON - 40 * DAY), asking(3))
    found = store.prices(EVERYTHING, by=None)
    assert found.steps == (TODAY - timedelta(days=40),)
    assert [each and (each.count, each.p50) for each in found.series[0].quantiles] == [(2, 2.0)]
    assert (found.listings, found.unpriced) == (2, 1)


@pytest.mark.parametrize("query", [Any(()), Has("term", ("term-unknown",))])
def test_nothing_matching_has_no_prices_sellers_or_neighbours(store: Store, query) -> None:
    written(store, offer(1))
    found = store.prices(query)
    assert (found.steps, found.series, found.listings, found.unpriced) == ((), (), 0, 0)
    assert store.sellers(query) == ()
    assert store.cooccurring("term-unknown") == ()
    assert store.history("term-unknown") is None


def test_sellers_are_ordered_by_what_is_flagged_and_those_unknown_left_out(store: Store) -> None:
    two = [hit(), hit("跑分")]
    written(
        store,
        offer(1, seller_id="a", verdict="watch"),
        offer(2, seller_id="a", verdict="watch"),
        offer(3, seller_id="b", hits=two, seen_at=NOON - DAY),
        offer(4, seller_id="b", verdict="clear"),
        offer(5, seller_id=None),
    )
    first, second = store.sellers(EVERYTHING)
    assert (first.platform, first.seller, first.listings, first.flagged) == ("market", "b", 2, 1)
    assert first.terms == (
        TermCount("term-四件套", "四件套", "bankcard", 2),
        TermCount("term-跑分", "跑分", "bankcard", 1),
    )
    assert (first.first_day, first.last_day) == (TODAY - timedelta(days=1), TODAY)
    assert (second.seller, second.listings, second.flagged) == ("a", 2, 0)
    assert [each.seller for each in store.sellers(Has("verdict", ("watch",)), top=1)] == ["a"]


def test_neighbours_are_counted_in_listings_as_they_read_now(store: Store) -> None:
    both = [hit(), hit("跑分"), hit("接码")]
    written(
        store,
        offer(1, hits=both),
        offer(2, hits=[hit(), hit("跑分")]),
        offer(3, hits=[hit("跑分")]),
        offer(4, hits=[hit(), hit("跑分", standing="excused")]),
        seen(offer(5, hits=both), NOON - 40 * DAY),
    )
    assert store.cooccurring("term-四件套", since=TODAY) == (
        Cooccurrence("term-跑分", "跑分", "bankcard", both=2, asked=3, other=3, listings=4),
        Cooccurrence("term-接码", "接码", "bankcard", both=1, asked=3, other=1, listings=4),
    )
    assert [each.both for each in store.cooccurring("term-四件套", top=1)] == [3]
    assert store.cooccurring("term-四件套", until=TODAY - timedelta(days=41)) == ()


def test_the_history_of_a_term_has_its_peak_disguises_and_platforms(store: Store) -> None:
    pinyin = [hit(disguise="pinyin")]
    written(
        store,
        seen(offer(1), NOON - 40 * DAY),
        offer(2, hits=[hit(), hit(disguise="pinyin", start=4, end=7)]),
        offer(3, hits=pinyin, platform="fair"),
        seen(offer(4, hits=pinyin, verdict="watch"), NOON + DAY),
        seen(offer(4, hits=pinyin), NOON + DAY + HOUR, title="改了"),
        offer(5, hits=[hit(standing="excused")]),
    )
    found = store.history("term-四件套")
    assert found is not None
    assert (found.term, found.category) == ("四件套", "bankcard")
    assert (found.first_day, found.last_day) == (date(2025, 1, 29), date(2025, 3, 11))
    assert (found.peak_day, found.peak, found.offers) == (TODAY, 2, 4)
    exact, worn = found.disguises
    assert (exact.disguise, exact.offers, dict(exact.months)) == (
        "exact",
        2,
        {date(2025, 1, 1): 1, date(2025, 3, 1): 1},
    )
    assert (worn.disguise, worn.first_day, worn.last_day, worn.offers) == (
        "pinyin",
        TODAY,
        date(2025, 3, 11),
        3,
    )
    assert [(each.platform, each.offers) for each in found.platforms] == [("market", 3), ("fair", 1)]


def test_a_period_is_counted_as_a_trend_counts_it(store: Store) -> None:
    source = random.Random(7)
    batch = [
        seen(
            offer(
                number,
                hits=[hit(name) for name in source.sample(("四件套", "跑分", "接码"), source.randrange(4))],
                verdict=source.choice(("flagged", "watch", "clear")),
                platform=source.choice(("market", "fair")),
            ),
            NOON - source.randrange(200) * DAY,
        )
        for number in range(150)
    ]
    written(store, *batch)
    for since, until in (
        (date(2024, 11, 17), date(2025, 2, 3)),
        (date(2025, 1, 1), date(2025, 2, 28)),
        MONTH,
    ):
        expected: Counter[str] = Counter()
        crawled = 0
        for item in batch:
            if since <= day_of(item.listing.seen_at) <= until and item.listing.platform == "market":
                crawled += 1
                if item.analysis.verdict == "flagged":
                    expected.update({each.term_id for each in item.analysis.hits})
        found = store.counts(since, until, platforms=("market",), verdicts=("flagged",))
        assert found.crawled == crawled
        assert {each.term_id: each.listings for each in found.terms} == dict(expected)
        assert found.terms == tuple(sorted(found.terms, key=lambda each: (-each.listings, each.term_id)))
    whole = store.counts(date(2024, 1, 1), date(2025, 12, 31))
    assert whole.crawled == 150
    assert whole.categories == {"bankcard": sum(bool(item.analysis.hits) for item in batch)}


def test_first_sights_are_of_terms_and_of_their_disguises(store: Store) -> None:
    written(
        store,
        seen(offer(1), NOON - 40 * DAY),
        offer(2, hits=[hit(disguise="pinyin")]),
        seen(offer(3, hits=[hit("跑分")]), NOON - DAY),
        seen(offer(4, hits=[hit("接码", standing="excused")]), NOON - DAY),
        seen(offer(5), NOON + 40 * DAY),
    )
    yesterday = TODAY - timedelta(days=1)
    assert store.first_sights(*MONTH) == (
        FirstSight("term-跑分", "跑分", "bankcard", None, yesterday),
        FirstSight("term-跑分", "跑分", "bankcard", "exact", yesterday),
        FirstSight("term-四件套", "四件套", "bankcard", "pinyin", TODAY),
    )
    assert store.first_sights(TODAY, TODAY)[0].disguise == "pinyin"


def test_another_judgement_moves_first_sights_and_histories(store: Store) -> None:
    written(store, offer(1), seen(offer(2), NOON + DAY))
    found = store.get(offer(1).listing.listing_id)
    assert found is not None
    analysis = offer(1, hits=[hit("跑分")]).analysis
    store.replace_analyses({found.listing.current.version_id: analysis})
    history = store.history("term-四件套")
    assert history is not None
    assert history.first_day == TODAY + timedelta(days=1)
    assert {each.term_id for each in store.first_sights(TODAY, TODAY)} == {"term-跑分"}


def test_coverage_tells_days_without_a_sound_run_from_days_before_the_first(store: Store) -> None:
    runs = (
        ("a", "market-search", NOON - 5 * DAY, "failed"),
        ("b", "market-search", NOON - 3 * DAY, "done"),
        ("c", "market-search", NOON, "done"),
        ("d", "fair-search", NOON - 30 * DAY, "done"),
        ("e", "late-search", NOON + 3 * DAY, "done"),
        # 01:00 in Shanghai is the day before in UTC
        ("f", "fair-search", datetime(2025, 3, 8, 17, tzinfo=UTC), "blocked"),
        ("g", "fair-search", datetime(2025, 3, 9, 17, tzinfo=UTC), "done"),
    )
    for run_id, source, at, outcome in runs:
        start(store, run_id, source=source, at=at)
        store.finish_run(run_id, RunEnd(at + HOUR, outcome))
    found = store.coverage(TODAY - timedelta(days=6), TODAY)
    assert [each.source for each in found.sources] == ["fair-search", "market-search"]
    fair, market = found.sources
    assert (market.platform, market.first_day) == ("market", date(2025, 3, 5))
    assert market.days == (date(2025, 3, 7), TODAY)
    assert market.gaps == tuple(date(2025, 3, day) for day in (5, 6, 8, 9))
    assert fair.days == (TODAY,)
    assert len(fair.gaps) == 6


def test_a_period_that_ends_before_it_begins_is_refused(store: Store) -> None:
    wrong = (TODAY, TODAY - timedelta(days=1))
    for ask in (store.counts, store.first_sights, store.coverage):
        with pytest.raises(StoreError, match="swap"):
            ask(*wrong)
    with pytest.raises(StoreError, match="swap"):
        store.cooccurring("term-四件套", since=wrong[0], until=wrong[1])


def test_counts_follow_what_is_rewritten_and_judged_anew(store: Store) -> None:
    source = random.Random(11)
    start(store)
    latest: dict[tuple[str, date], dict[str, str]] = defaultdict(dict)
    for step in range(60):
        number, day = source.randrange(8), source.randrange(3)
        names = source.sample(("四件套", "跑分"), source.randrange(3))
        item = offer(number, hits=[hit(name) for name in names], title=f"第{step}版")
        at = NOON + day * 30 * DAY + step * timedelta(seconds=1)
        store.write([seen(item, at)], run_id="run-1")
        for name in names:
            latest[item.listing.listing_id, day_of(at)][f"term-{name}"] = "offered"
    expected = Counter(term for terms in latest.values() for term in terms)
    found = store.counts(date(2025, 1, 1), date(2025, 12, 31))
    assert {each.term_id: each.listings for each in found.terms} == dict(expected)
    assert found.crawled >= len(latest)
