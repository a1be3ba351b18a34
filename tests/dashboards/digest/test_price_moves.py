"""Whether a price moved: told where medians are apart for certain, and not where they may be chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from dashboards.digest.price_moves import price_moves
from pipelines.records import Price
from pipelines.store.answers import day_of
from pipelines.store.sqlite import open_store
from tests.pipelines.store_cases import NOON, offer, start

DAY = day_of(NOON)


@pytest.fixture
def asking(tmp_path):
    """Writes offers at prices, so many days ago; gives the moves of the day."""
    with open_store(tmp_path / "listings.sqlite") as store:
        numbers = iter(range(1, 10_000))
        start(store)

        def moves(**offers):
            for days, amounts in offers.items():
                at = NOON - timedelta(days=int(days.removeprefix("ago_")))
                batch = [priced(next(numbers), amount, at) for amount in amounts]
                store.write(batch, run_id="run-1")
            return price_moves(store, DAY, ("bankcard", "sim"))

        yield moves


def priced(number, amount, at):
    made = offer(number, seen_at=at, published_at=at)
    price = Price(f"{amount}", 0, 2, "description", amount, "CNY", "套", None, None)
    return replace(made, analysis=replace(made.analysis, prices=(price,)))


def around(median, count, seed=1):
    return [round(float(each), 2) for each in np.random.default_rng(seed).normal(median, median / 10, count)]


def test_a_fall_from_fifty_to_thirty_fen_is_told_with_both_medians(asking):
    (move,) = asking(ago_20=around(0.5, 40), ago_2=around(0.3, 12, seed=2))
    assert (move.category, move.currency, move.unit) == ("bankcard", "CNY", "套")
    assert move.before.p50 == pytest.approx(0.5, rel=0.05)
    assert move.now.p50 == pytest.approx(0.3, rel=0.05)
    assert move.change == pytest.approx(-0.4, abs=0.05)


def test_the_same_prices_drawn_again_are_no_move(asking):
    assert asking(ago_20=around(0.5, 40), ago_2=around(0.5, 12, seed=2)) == ()


def test_a_few_prices_say_nothing(asking):
    assert asking(ago_20=around(0.5, 40), ago_2=around(0.3, 7, seed=2)) == ()


def test_a_certain_move_of_a_twentieth_is_not_worth_a_line(asking):
    assert asking(ago_20=[1.0] * 40, ago_2=[1.05] * 40) == ()
    (move,) = asking(ago_1=[1.2] * 90)
    assert move.change == pytest.approx(0.2)


def test_prices_before_the_eight_weeks_do_not_count(asking):
    assert asking(ago_80=around(0.5, 40), ago_2=around(0.3, 12, seed=2)) == ()
