"""A query written out is read back as the same query."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.query import FIELDS, normal, parse, write
from pipelines.errors import StoreError
from pipelines.store.bigrams import match_expression
from pipelines.store.query import EVERYTHING, All, Any, Gone, Has, Matches, Not, Offered, Priced


def searchable(text: str) -> bool:
    try:
        return bool(match_expression((text,)))
    except StoreError:
        return False


VALUES = st.text(min_size=1, max_size=12)
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
LEAVES = st.one_of(
    st.builds(Matches, VALUES.filter(searchable)),
    *(
        st.builds(Has, st.just(name), st.lists(st.sampled_from(FIELDS[name].values), min_size=1).map(tuple))
        for name in ("category", "verdict", "disguise")
    ),
    st.builds(
        Has,
        st.sampled_from(["term", "platform", "source", "seller"]),
        st.lists(VALUES, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(
        Priced,
        st.sampled_from(["<", "<=", ">", ">=", "="]),
        st.integers(0, 10**11).map(lambda cents: cents / 100),
        st.sampled_from(["CNY", "USD", "USDT"]),
    ),
    st.builds(Offered, st.none() | DAYS, st.none() | DAYS),
    st.builds(Gone, st.booleans()),
)
QUERIES = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        st.builds(All, st.lists(part, max_size=3).map(tuple)),
        st.builds(Any, st.lists(part, max_size=3).map(tuple)),
        st.builds(Not, part),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(QUERIES)
def test_a_written_query_is_read_back_as_it_was(query):
    assert parse(write(query)) == normal(query)
    assert write(normal(query)) == write(query)
    assert normal(normal(query)) == normal(query)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (EVERYTHING, ""),
        (Any(()), "NOT *"),
        (Matches("四件套"), "四件套"),
        (Matches("AND"), '"AND"'),
        (Matches('a "b"'), r'"a \"b\""'),
        (All((Has("term", ("bankcard.set",)), Priced("<", 100.0, "USD"))), "term:bankcard.set price<100USD"),
        (Not(Offered(date(2025, 1, 1), date(2025, 3, 31))), "NOT (since:2025-01-01 until:2025-03-31)"),
        (All((Any((Matches("a"), Gone(gone=True))), Matches("b"))), "(a OR gone:yes) b"),
        (Has("seller", ("x y", "z")), 'seller:"x y",z'),
    ],
)
def test_queries_are_written_as_a_person_would(query, text):
    assert write(query) == text
