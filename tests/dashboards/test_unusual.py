"""The day against the usual: bursts are seen, noise is not, and gaps are no silence."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from dashboards.unusual import ALL, History, compare

FIRST = date(2025, 3, 3)
WEEKDAYS = np.array([1.0, 0.9, 0.9, 1.0, 1.2, 1.5, 1.4])


def history(rates: dict[str, float], *, days: int = 57, seed: int = 1, platforms: int = 1) -> History:
    """Poisson counts at constant rates a day, on platforms with 300 listings of which weekends have more."""
    random = np.random.default_rng(seed)
    dates = tuple(FIRST + timedelta(days=n) for n in range(days))
    volume = WEEKDAYS[[each.weekday() for each in dates]]
    crawled = random.poisson(300 * volume, (platforms, days)).astype(float)
    counts = {
        ("term", name): random.poisson(rate * crawled / 300).astype(float) for name, rate in rates.items()
    }
    counts[ALL] = sum(counts.values(), np.zeros_like(crawled))
    return History(
        days=dates,
        platforms=tuple("abcdef"[:platforms]),
        crawled=crawled,
        watched=np.ones_like(crawled, dtype=bool),
        backfilled=np.zeros_like(crawled, dtype=bool),
        counts=counts,
    )


QUIET = {f"quiet-{n}": rate for n, rate in enumerate(np.geomspace(0.05, 20, 20))}


def rising(compared) -> list[str]:
    return [each.subject[1] for each in compared.unusual("rising")]


@pytest.mark.parametrize(("name", "burst"), [("quiet-0", 3), ("quiet-10", 9), ("quiet-19", 75)])
def test_a_burst_rises_whether_few_or_many_are_usual(name, burst):
    past = history(QUIET)
    past.counts["term", name][:, -1] = burst
    assert rising(compare(past, past.days[-1])) == [name]


def test_a_term_of_which_nothing_is_heard_falls():
    past = history(QUIET)
    past.counts["term", "quiet-19"][:, -1] = 0
    compared = compare(past, past.days[-1])
    assert [each.subject[1] for each in compared.unusual("falling")] == ["quiet-19"]
    assert compared.of(("term", "quiet-19")).low > 5


def test_hardly_a_quiet_day_in_a_hundred_gives_a_false_alarm():
    false = 0
    for seed in range(4):
        past = history(QUIET, days=56 + 90, seed=seed)
        for day in past.days[56:]:
            compared = compare(past, day)
            false += len(compared.unusual("rising")) + len(compared.unusual("falling"))
    assert false <= 4


def test_crawling_three_times_as_much_is_no_rise():
    past = history(QUIET)
    past.crawled[:, -1] *= 3
    for (_, name), counts in past.counts.items():
        counts[:, -1] = round(QUIET.get(name, sum(QUIET.values())) * past.crawled[0, -1] / 300)
    assert rising(compare(past, past.days[-1])) == []


def test_a_busy_weekday_is_compared_with_the_same_weekday():
    past = history({"cards": 30.0})
    saturdays = np.array([day.weekday() == 5 for day in past.days])
    past.counts["term", "cards"][:, saturdays] *= 3
    saturday = past.days[-3]
    assert saturday.weekday() == 5
    compared = compare(past, saturday)
    assert rising(compared) == []
    assert compared.of(("term", "cards")).usual == pytest.approx(3 * 30 * 1.5, rel=0.25)


def test_a_past_burst_does_not_hide_the_next():
    past = history({"cards": 0.3})
    past.counts["term", "cards"][:, -9:-6] = 15
    past.counts["term", "cards"][:, -1] = 6
    assert rising(compare(past, past.days[-1])) == ["cards"]


def test_days_without_a_sound_crawl_are_gaps_and_not_silence():
    past = history({"cards": 20.0})
    past.watched[:, 10:20] = False
    for counts in (past.crawled, *past.counts.values()):
        counts[:, 10:20] = 0
    compared = compare(past, past.days[-1])
    cards = compared.of(("term", "cards"))
    assert compared.days == 46
    assert cards.series[10:20] == (None,) * 10
    assert cards.usual == pytest.approx(18, rel=0.25)


def test_a_day_that_was_not_crawled_is_compared_with_nothing():
    past = history({"cards": 20.0})
    past.watched[:, -1] = False
    compared = compare(past, past.days[-1])
    assert compared.comparisons == ()
    assert compared.not_crawled == ("a",)


def test_a_platform_that_is_missing_today_is_left_out_of_the_past_too():
    past = history({"cards": 20.0}, platforms=2)
    past.watched[1, -1] = False
    past.counts["term", "cards"][1, -1] = past.crawled[1, -1] = 0
    compared = compare(past, past.days[-1])
    assert (compared.platforms, compared.not_crawled) == (("a",), ("b",))
    assert compared.of(("term", "cards")).usual == pytest.approx(18, rel=0.25)
    assert not compared.unusual("falling")


def test_a_new_platform_makes_no_burst():
    past = history({"cards": 2.0}, platforms=2)
    past.watched[1, :-2] = False
    past.counts["term", "cards"][1, -2:] = 60
    compared = compare(past, past.days[-1])
    assert (compared.platforms, compared.left_out) == (("a",), ("b",))
    assert rising(compared) == []


def test_nothing_is_unusual_before_two_weeks_are_known():
    past = history({"cards": 1.0}, days=10)
    past.counts["term", "cards"][:, -1] = 40
    (all_, cards) = compare(past, past.days[-1]).comparisons[::-1]
    assert (cards.direction, cards.p, cards.q, all_.direction) == ("usual", None, None, "usual")
