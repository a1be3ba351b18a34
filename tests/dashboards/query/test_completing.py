"""What is offered while a query is being typed."""

from __future__ import annotations

import pytest

from dashboards.query import FIELDS, QueryError, complete, parse
from tests.dashboards.query.known import CATALOGUE


def offered(text: str, at: int | None = None) -> list[str]:
    """The text as each suggestion would make it."""
    at = len(text) if at is None else at
    return [text[: each.start] + each.text + text[each.end :] for each in complete(text, at, CATALOGUE)]


def test_an_empty_box_offers_every_field():
    assert [each.rstrip(":<") for each in offered("")] == list(FIELDS)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("plat", "platform:"),
        ("a AND ver", "a AND verdict:"),
        ("(pri", "(price<"),
        ("platform:", "platform:market-a"),
        ("platform：market-b", "platform：market-b"),
        ("verdict:fl", "verdict:flagged"),
        ("category:bankcard,si", "category:bankcard,sim"),
        ("disguise:look", "disguise:look-alike"),
        ("gone:", "gone:yes"),
        ("since:", "since:today"),
        ("term:四", "term:四件套"),
        ("term：“四", "term：四件套"),
        ("term:bankcard.f", "term:对公四件"),
        ("跑", "term:跑分"),
        ("x 四件", "x term:四件套"),
    ],
)
def test_the_word_at_the_cursor_is_completed(typed, first):
    assert offered(typed)[0] == first


def test_the_cursor_may_stand_in_the_middle():
    assert offered("ver gone:yes", 3) == ["verdict: gone:yes"]


@pytest.mark.parametrize("typed", ['"四', "“plat", "unknown:x", "seller:ab", "price<1"])
def test_nothing_is_offered_where_nothing_is_known(typed):
    assert offered(typed) == []


def test_a_name_that_two_terms_share_is_offered_by_id():
    assert {"term:手机卡", "term:料子"} <= set(offered("term:卡"))


def test_every_offered_value_can_be_read():
    for field in FIELDS:
        for text in offered(f"{field}:"):
            try:
                parse(text, CATALOGUE)
            except QueryError as error:
                pytest.fail(f"{text}: {error}")
