"""The contract of stores: search, pages and facets."""

from __future__ import annotations

import operator
import random
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from pipelines.errors import StoreError
from pipelines.records import Money
from pipelines.store.answers import Facets, TermCount, day_of
from pipelines.store.query import EVERYTHING, All, Any, Gone, Has, Matches, Not, Offered, Priced
from tests.pipelines.store_cases import DAY, HOUR, NOON, everything, hit, offer, seen, start

if TYPE_CHECKING:
    from pipelines.records import AnalyzedListing
    from pipelines.store.answers import StoredListing
    from pipelines.store.protocol import Store
    from pipelines.store.query import Query

TODAY = date(2025, 3, 10)


def written(store: Store, *batch: AnalyzedListing) -> Store:
    start(store)
    store.write(batch, run_id="run-1")
    return store


def numbers(store: Store, query: Query, **asked) -> list[str | None]:
    return [stored.listing.native_id for stored in everything(store, query, **asked)]


@pytest.fixture
def shelf(store: Store) -> Store:
    """Listings 1 … 6 of which each differs in something; 6 is newest, 3 strongest."""
    running = hit("跑分", category="payment", disguise="pinyin")
    return written(
        store,
        offer(1, seen_at=NOON - 5 * DAY, seller_id="seller-2"),
        offer(2, seen_at=NOON - 4 * DAY, platform="forum", hits=[running]),
        offer(3, seen_at=NOON - 3 * DAY, hits=[hit(), running], score=0.95),
        offer(4, seen_at=NOON - 2 * DAY, hits=[hit(standing="excused")], verdict="clear", score=0.0),
        offer(5, seen_at=NOON - DAY, verdict="watch", score=0.4, price=Money(10.0, "USDT")),
        offer(6, price=None, hits=[hit(disguise="split")]),
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (EVERYTHING, "654321"),
        (Has("platform", ("forum",)), "2"),
        (Has("platform", ("forum", "market")), "654321"),
        (Has("platform", ("nowhere",)), ""),
        (Has("category", ("payment",)), "2"),
        (Has("category", ("payment", "bankcard")), "65321"),
        (Has("term", ("term-跑分",)), "32"),
        (Has("term", ("term-四件套",)), "6531"),
        (Has("term", ("term-四件套", "term-跑分")), "65321"),
        (Has("disguise", ("pinyin", "split")), "632"),
        (Has("verdict", ("clear",)), "4"),
        (Has("verdict", ("watch", "flagged")), "65321"),
        (Has("seller", ("seller-2",)), "1"),
        (Priced(">=", 102.5), "432"),
        (All((Priced(">=", 102.5), Priced("<=", 103.5))), "32"),
        (Priced("<=", 50, "USDT"), "5"),
        (Offered(since=TODAY - DAY), "65"),
        (Offered(until=TODAY - 4 * DAY), "21"),
        (Offered(since=TODAY - 3 * DAY, until=TODAY - 2 * DAY), "43"),
        (All((Has("term", ("term-跑分",)), Has("platform", ("market",)), Has("verdict", ("flagged",)))), "3"),
        (All((Has("term", ("term-四件套",)), Has("disguise", ("pinyin",)))), "3"),
        (All((Matches("第3号"), Has("term", ("term-跑分",)))), "3"),
        (All((Has("category", ("bankcard",)), Offered(since=TODAY - DAY), Has("verdict", ("watch",)))), "5"),
        (All((Has("seller", ("seller-1", "seller-2")), Priced("<=", 101.5))), "1"),
    ],
)
def test_a_query_finds_what_meets_all_its_fields_and_facets_count_the_same(
    shelf: Store, query: Query, expected: str
) -> None:
    assert "".join(map(str, numbers(shelf, query))) == expected
    assert sorted(map(str, numbers(shelf, query, order="strongest"))) == sorted(expected)
    assert shelf.facets(query).listings == len(expected)


def test_by_strength_the_highest_score_leads_and_the_newer_of_equals(shelf: Store) -> None:
    assert numbers(shelf, EVERYTHING, order="strongest") == ["3", "6", "2", "1", "5", "4"]
    assert numbers(shelf, Has("term", ("term-四件套",)), order="strongest") == ["3", "6", "1", "5"]


TEXT = offer(
    1,
    title="出售銀 行★卡，ＳＩＭ四件套，Ｎ号 iPhone",
    description="末尾字",
)


@pytest.mark.parametrize(
    "text",
    [
        "银行卡",
        "行卡",
        "銀行卡",
        "银-行 卡",
        "sim",
        "SIM四",
        "IPHONE",
        "phon",
        "末",
        "尾字",
        "字",
        "售银行卡",
        "n号i",
    ],
)
def test_any_substring_is_found_whatever_its_width_case_or_separators(store: Store, text: str) -> None:
    written(store, TEXT, offer(2, description="另一件"))
    assert numbers(store, Matches(text)) == ["1"]


@pytest.mark.parametrize(
    "text",
    [
        "卡银",
        "行四",
        "phone末",
        "银行卡卡",
        "iphones",
        "末尾字出",
        "件件",
        "e末",
        '" OR "号',
        "号 OR 套",
        "N*T",
    ],
)
def test_what_does_not_stand_in_one_text_is_not_found(store: Store, text: str) -> None:
    written(store, TEXT)
    assert numbers(store, Matches(text)) == []


def test_all_wanted_strings_must_stand_in_a_listing(store: Store) -> None:
    written(store, TEXT, offer(2, title="四件套"))
    assert numbers(store, All((Matches("四件套"), Matches("末尾")))) == ["1"]
    assert len(numbers(store, Matches("四件套"))) == 2


def test_an_earlier_wording_is_not_found_any_more(store: Store) -> None:
    written(store, offer(1, title="旧话"), seen(offer(1), NOON + DAY, title="新话"))
    assert numbers(store, Matches("旧话")) == []
    assert numbers(store, Matches("新话")) == ["1"]


@pytest.mark.parametrize("text", ["", "  ", "★-—…", "%_"])
def test_a_text_with_nothing_to_look_for_is_refused(store: Store, text: str) -> None:
    with pytest.raises(StoreError, match="to search for"):
        store.search(Matches(text))


@pytest.mark.parametrize(
    "query",
    [
        Has("term", ("' OR 1=1 --",)),
        Has("platform", ('market" OR ""="',)),
        Has("seller", ("%",)),
        Matches("'); DROP TABLE listing; --"),
    ],
)
def test_a_value_is_never_taken_for_a_command(shelf: Store, query: Query) -> None:
    assert numbers(shelf, query) == []
    assert len(everything(shelf)) == 6


@pytest.mark.parametrize("order", ["newest", "strongest"])
@pytest.mark.parametrize(
    "query",
    [
        EVERYTHING,
        Matches("号"),
        Has("term", ("term-四件套", "term-跑分")),
        All((Has("verdict", ("flagged", "watch")), Has("platform", ("market", "forum")))),
    ],
    ids=["everything", "text", "terms", "verdicts"],
)
def test_pages_follow_each_other_without_gap_or_repeat(store: Store, query: Query, order: str) -> None:
    chance = random.Random(3)
    batch = [
        offer(
            n,
            platform=chance.choice(("market", "forum")),
            seen_at=NOON + chance.randrange(4) * HOUR,
            verdict=chance.choice(("flagged", "watch")),
            score=chance.choice((0.3, 0.8)),
            hits=[hit(chance.choice(("四件套", "跑分"))), hit("四件套")],
        )
        for n in range(25)
    ]
    written(store, *batch)
    whole = everything(store, query, order=order, limit=1000)
    assert len({stored.listing.listing_id for stored in whole}) == 25
    for limit in (1, 4, 25):
        assert everything(store, query, order=order, limit=limit) == whole


def test_a_listing_written_meanwhile_neither_repeats_nor_hides_others(store: Store) -> None:
    written(store, *(offer(n, seen_at=NOON + n * HOUR) for n in range(6)))
    first = store.search(EVERYTHING, limit=3)
    store.write([offer(9, seen_at=NOON + DAY)], run_id="run-1")
    second = store.search(EVERYTHING, limit=3, cursor=first.cursor)
    assert [stored.listing.native_id for stored in (*first.listings, *second.listings)] == list("543210")
    assert second.cursor is None


def test_a_cursor_of_another_query_or_of_nothing_is_refused(shelf: Store) -> None:
    cursor = shelf.search(EVERYTHING, limit=1).cursor
    with pytest.raises(StoreError, match="another query"):
        shelf.search(Has("verdict", ("flagged",)), cursor=cursor)
    with pytest.raises(StoreError, match="another query"):
        shelf.search(EVERYTHING, cursor=cursor, order="strongest")
    for broken in ("x", "bm9uZQ==", "W10=", "é"):
        with pytest.raises(StoreError, match="cursor"):
            shelf.search(EVERYTHING, cursor=broken)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_1_to_1000_listings(store: Store, limit: int) -> None:
    with pytest.raises(StoreError, match="1 to 1000"):
        store.search(EVERYTHING, limit=limit)


def test_facets_say_how_many_of_each_and_leave_excused_hits_out(shelf: Store) -> None:
    assert shelf.facets(EVERYTHING) == Facets(
        listings=6,
        hits=6,
        platforms={"market": 5, "forum": 1},
        categories={"bankcard": 4, "payment": 1},
        verdicts={"flagged": 4, "watch": 1, "clear": 1},
        terms=(
            TermCount("term-四件套", "四件套", "bankcard", 4),
            TermCount("term-跑分", "跑分", "payment", 2),
        ),
    )
    assert [term.term for term in shelf.facets(EVERYTHING, top=1).terms] == ["四件套"]


def test_facets_of_nothing_are_empty(store: Store) -> None:
    assert store.facets(EVERYTHING) == Facets(0, 0, {}, {}, {}, ())


def random_query(chance: random.Random, depth: int) -> Query:
    """Any tree over what the listings of the next test differ in."""
    leaves = (
        Matches(chance.choice(("四件套", "1", "0号"))),
        Has("platform", chance.choice((("market",), ("forum", "shop"), ()))),
        Has("source", ("forum-search",)),
        Has("category", ("bankcard",)),
        Has("term", chance.choice((("term-甲",), ("term-乙", "term-丙")))),
        Has("disguise", ("split",)),
        Has("verdict", chance.choice((("flagged", "watch"), ("clear",)))),
        Has("seller", ("seller-0", "seller-1")),
        Priced(chance.choice(("<", "<=", ">", ">=", "=")), 25.0),
        Offered(since=TODAY - timedelta(days=4), until=chance.choice((None, TODAY - DAY))),
        Gone(chance.choice((True, False))),
    )
    if depth == 0:
        return chance.choice(leaves)
    parts = tuple(random_query(chance, depth - 1) for _ in range(chance.randrange(4)))
    return chance.choice((All(parts), Any(parts), All((*parts, chance.choice(leaves))), Not(All(parts))))


def meets(stored: StoredListing, query: Query) -> bool:
    """What a query means, said without a store."""
    listing, analysis = stored.listing, stored.analysis
    match query:
        case Matches(text):
            return text in listing.title.replace(" ", "") or text in listing.description
        case Has(field, values):
            found = [each for each in analysis.hits if each.standing != "excused"]
            having = {
                "platform": {listing.platform},
                "source": {listing.source},
                "category": {analysis.category},
                "term": {each.term_id for each in found},
                "disguise": {each.disguise for each in found},
                "verdict": {analysis.verdict},
                "seller": {listing.seller_id},
            }
            return bool(having[field] & set(values))
        case Priced(op, amount, currency):
            price = listing.price
            compare = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "=": "eq"}[op]
            return bool(
                price and price.currency == currency and getattr(operator, compare)(price.amount, amount)
            )
        case Offered(since, until):
            day = day_of(stored.current.offered_at)
            return (since or day) <= day <= (until or day)
        case Gone(gone):
            return (stored.gone_at is not None) == gone
        case All(parts):
            return all(meets(stored, part) for part in parts)
        case Any(parts):
            return any(meets(stored, part) for part in parts)
        case Not(part):
            return not meets(stored, part)


def test_facets_of_random_queries_equal_a_count_of_what_they_find(store: Store) -> None:
    chance = random.Random(5)
    batch = [
        offer(
            n,
            platform=chance.choice(("market", "forum", "shop")),
            seen_at=NOON - chance.randrange(200) * HOUR,
            verdict=chance.choice(("flagged", "watch", "clear")),
            seller_id=f"seller-{chance.randrange(3)}",
            price=chance.choice((None, Money(float(chance.randrange(50))))),
            hits=[
                hit(
                    term,
                    standing=chance.choice(("alone", "excused")),
                    disguise=chance.choice(("exact", "split")),
                )
                for term in chance.sample("甲乙丙丁", chance.randrange(4))
            ],
        )
        for n in range(120)
    ]
    written(store, *batch)
    whole = everything(store, limit=1000)
    assert len(whole) == 120
    for _ in range(120):
        query = random_query(chance, 3)
        newest = everything(store, query, limit=7)
        strongest = everything(store, query, order="strongest", limit=7)
        assert [found.current.offered_at for found in newest] == sorted(
            (found.current.offered_at for found in newest), reverse=True
        )
        assert newest == [found for found in whole if meets(found, query)]
        assert Counter(f.listing.listing_id for f in newest) == Counter(
            f.listing.listing_id for f in strongest
        )
        facets = store.facets(query)
        assert facets.platforms == Counter(found.listing.platform for found in newest)
        assert facets.verdicts == Counter(found.analysis.verdict for found in newest)
        terms = Counter(
            each.term for found in newest for each in found.analysis.hits if each.standing != "excused"
        )
        assert {term.term: term.listings for term in facets.terms} == terms


def test_totals_say_how_much_there_is(store: Store) -> None:
    assert store.totals().listings == 0
    assert store.totals().first_offered is None
    written(store, offer(1, published_at=NOON - DAY), offer(2), seen(offer(2), NOON + DAY, title="改了"))
    totals = store.totals()
    assert (totals.listings, totals.versions, totals.gone, totals.runs) == (2, 3, 0, 1)
    assert (totals.first_offered, totals.last_offered) == (NOON - DAY, NOON + DAY)
