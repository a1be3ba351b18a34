"""What alerts wait for: counts, first sights, cheap offers, sellers who are back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboards.watches import Cheap, NewTerm, Over, SellerBack
from pipelines.records import Money, Price
from pipelines.store.answers import day_of
from pipelines.store.query import EVERYTHING, Has
from pipelines.store.sqlite import open_store
from tests.pipelines.store_cases import DAY, NOON, hit, offer, start

TODAY = day_of(NOON)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "listings.sqlite") as opened:
        start(opened)
        yield opened


def wrote(store, *offers):
    store.write(offers, run_id="run-1")


def dated(number, days_ago, **changes):
    at = NOON - days_ago * DAY
    return offer(number, seen_at=at, published_at=at, **changes)


def test_a_count_is_over_its_limit_only_within_its_days(store):
    wrote(store, *[dated(number, 0) for number in range(3)], dated(10, 1), dated(11, 6))
    assert Over(EVERYTHING, 3, 1).look(store, TODAY).matches == ()
    assert Over(EVERYTHING, 2, 1).look(store, TODAY).count == 3
    found = Over(EVERYTHING, 3, 2).look(store, TODAY)
    assert (found.count, [match.subject for match in found.matches]) == (4, ["over"])
    assert len(found.listings) == 4


def test_a_term_is_new_once_and_a_disguise_of_an_old_one_is_another_question(store):
    wrote(store, dated(1, 30), dated(2, 0, hits=[hit("跑分", category="payment")]))
    wrote(store, dated(3, 0, hits=[hit(disguise="homophone", surface="四见套")]))
    terms = NewTerm("term", ()).look(store, TODAY)
    assert [(match.subject, match.label) for match in terms.matches] == [("term-跑分", "跑分")]
    assert [stored.listing.native_id for stored in terms.listings] == ["2"]
    assert NewTerm("term", ("bankcard",)).look(store, TODAY).matches == ()
    disguises = NewTerm("disguise", ("bankcard",)).look(store, TODAY)
    assert [match.subject for match in disguises.matches] == ["term-四件套/homophone"]
    assert NewTerm("term", ()).look(store, TODAY + timedelta(days=2)).matches == ()


def test_a_price_in_the_text_counts_before_the_listings_own(store):
    def asks(number, *prices, own=None):
        made = dated(number, 0, price=own)
        return replace(made, analysis=replace(made.analysis, prices=prices))

    def price(amount, unit="套", currency="CNY"):
        return Price(f"{amount}", 0, 2, "description", amount, currency, unit, None, None)

    wrote(
        store,
        asks(1, price(250.0)),
        asks(2, price(350.0), own=Money(1.0, "CNY")),
        asks(3, own=Money(299.0, "CNY", "套")),
        asks(4, price(200.0, unit="张")),
        asks(5, price(20.0, currency="USDT")),
        asks(6),
    )
    found = Cheap(EVERYTHING, 300, "CNY", "套").look(store, TODAY)
    assert sorted(stored.listing.native_id for stored in found.listings) == ["1", "3"]
    assert found.count == 6
    whatever = Cheap(EVERYTHING, 300, "CNY", None).look(store, TODAY)
    assert sorted(stored.listing.native_id for stored in whatever.listings) == ["1", "3", "4"]


def test_a_seller_is_back_after_silence_and_not_while_selling_all_along(store):
    wrote(store, dated(1, 40, seller_id="gone"), dated(2, 0, seller_id="gone"))
    wrote(
        store, dated(3, 40, seller_id="busy"), dated(4, 10, seller_id="busy"), dated(5, 1, seller_id="busy")
    )
    wrote(store, dated(6, 0, seller_id="new"))
    found = SellerBack(EVERYTHING, 30).look(store, TODAY)
    assert [match.label for match in found.matches] == ["market gone"]
    assert [stored.listing.native_id for stored in found.listings] == ["2"]
    watched = SellerBack(Has("seller", ("busy",)), 9).look(store, TODAY)
    assert [match.subject for match in watched.matches] == [f"market/busy/{TODAY - timedelta(days=1)}"]
