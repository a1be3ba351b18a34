"""What analysts may write, and what each of it means."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.query import FIELDS, QueryError, parse
from pipelines.store.query import EVERYTHING, All, Any, Gone, Has, Matches, Not, Offered, Priced
from tests.dashboards.query.known import CATALOGUE, TODAY


def read(text: str):
    return parse(text, CATALOGUE, today=TODAY)


A, B, C = (Matches(name) for name in "abc")


@pytest.mark.parametrize("text", ["", "  ", "\u3000", "*", "＊", "(*)"])
def test_an_empty_query_and_a_star_mean_everything(text):
    assert read(text) == EVERYTHING


def test_words_must_all_stand_in_the_text_and_a_phrase_keeps_its_spaces():
    assert read('四件套 懂的来 "银行卡 U盾"') == All(
        (Matches("四件套"), Matches("懂的来"), Matches("银行卡 U盾"))
    )


def test_not_binds_closest_then_and_then_or():
    assert read("a OR b AND NOT c") == Any((A, All((B, Not(C)))))
    assert read("a OR b c") == read("a OR (b AND c)")
    assert read("(a OR b) c") == All((Any((A, B)), C))


def test_operators_are_upper_case_and_whole_words():
    assert read("ANDROID or NOTE") == All((Matches("ANDROID"), Matches("or"), Matches("NOTE")))
    assert read('"AND"') == Matches("AND")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("category:bankcard", Has("category", ("bankcard",))),
        ("category:bankcard,sim", Has("category", ("bankcard", "sim"))),
        ("verdict:FLAGGED", Has("verdict", ("flagged",))),
        ("disguise:look-alike", Has("disguise", ("look-alike",))),
        ("platform:market-a", Has("platform", ("market-a",))),
        ("source:market-b-feed", Has("source", ("market-b-feed",))),
        ("seller:0a1b2c", Has("seller", ("0a1b2c",))),
        ('seller:"a b:c"', Has("seller", ("a b:c",))),
        ("gone:yes", Gone(gone=True)),
        ("gone:no", Gone(gone=False)),
        ("price<100", Priced("<", 100)),
        ("price <= 99.5", Priced("<=", 99.5)),
        ("price>1,000", Priced(">", 1000)),
        ("price>=20usd", Priced(">=", 20, "USD")),
        ("price=5USDT", Priced("=", 5, "USDT")),
        ("price:5", Priced("=", 5)),
        ("price≤5", Priced("<=", 5)),
    ],
)
def test_each_field_means_its_condition(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_the_example_of_every_field_can_be_read(field):
    assert parse(field.example) != EVERYTHING


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("bankcard.set", ("bankcard.set",)),
        ("四件套", ("bankcard.set",)),
        ("四 件 套", None),
        ('"四 件 套"', ("bankcard.set",)),
        ("４件套", ("bankcard.set",)),
        ("公户四件套", ("bankcard.firm-set",)),
        ('"跑 分 平台"', ("payment.runs",)),
        ("卡", ("sim.cards", "carding.cards")),
        ("四件套，跑分、bankcard.set", ("bankcard.set", "payment.runs")),
    ],
)
def test_a_term_is_named_by_its_id_its_name_or_another_form(written, terms):
    if terms is None:
        with pytest.raises(QueryError, match="unknown term '四' at 6"):
            read(f"term:{written}")
    else:
        assert read(f"term:{written}") == Has("term", terms)


def test_without_a_catalogue_values_are_taken_as_they_stand():
    assert parse("term:x.y platform:p") == All((Has("term", ("x.y",)), Has("platform", ("p",))))


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("since:2025-01-31", date(2025, 1, 31), None),
        ("since:2025/1/2", date(2025, 1, 2), None),
        ("since:2025-02 until:2025-02", date(2025, 2, 1), date(2025, 2, 28)),
        ("since:2024 until:2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("since:today", TODAY, None),
        ("until:yesterday", None, date(2025, 6, 14)),
        ("since:30d", date(2025, 5, 16), None),
        ("since:2w", date(2025, 6, 1), None),
        ("since:4m", date(2025, 2, 15), None),
        ("until:1y", None, date(2024, 6, 15)),
        ("since:２０２５-０１-０１", date(2025, 1, 1), None),
        ("since:2025-01 x until:2025-03 since:2025-02", date(2025, 2, 1), date(2025, 3, 31)),
    ],
)
def test_days_are_whole_or_months_or_years_or_counted_back_from_today(text, since, until):
    asked = read(text)
    parts = asked.parts if isinstance(asked, All) else (asked,)
    assert Offered(since, until) in parts


def test_a_month_back_from_the_31st_is_the_last_day_of_the_shorter_month():
    assert parse("since:1m", today=date(2025, 3, 31)) == Offered(since=date(2025, 2, 28))


def test_what_an_input_method_writes_counts_as_the_plain_characters():
    typed = "term：四件套　（platform：market-a　OR　“你好 吗”）　price＜１００　gone：ｙｅｓ"
    plain = 'term:四件套 (platform:market-a OR "你好 吗") price<100 gone:yes'
    assert read(typed) == read(plain)
    assert read("”四件套“") == read("＂四件套＂") == Matches("四件套")


def test_a_quote_within_a_phrase_is_escaped():
    assert read(r'"a \"b\" \\ c"') == Matches('a "b" \\ c')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("category:sim x platfrom:a", "unknown field 'platfrom' at 16, did you mean 'platform'?"),
        ("verdict:flaged", "unknown verdict 'flaged' at 9, did you mean 'flagged'?"),
        ("category:bankcard,smi", "unknown category 'smi' at 19, did you mean 'sim'?"),
        ("platform:market-aa", "unknown platform 'market-aa' at 10, did you mean 'market-a'?"),
        ("term:对公四件套件", "unknown term '对公四件套件' at 6, did you mean '对公四件'?"),
        ("术语：四件套", "unknown field '术语' at 1; to search for the text itself, put it in quotes"),
        ("a since:2025-02-30", "'2025-02-30' is no date at 9; write 2025-01-31"),
        ("until:soon", "'soon' is no date at 7"),
        ("since:9999y", "'9999y' is no date at 7"),
        ("price<cheap", "'cheap' is no amount at 7"),
        ("price<10XYZ", "unknown currency 'XYZ' at 9"),
        ("pryce<10", "'pryce' cannot be compared at 1, did you mean 'price'?"),
        ("gone:perhaps", "unknown answer 'perhaps' at 6; known are yes, no"),
        ("gone:yes,no", "'gone:' takes one value at 10"),
        ('a "b', "unclosed quote at 3"),
        ("seller:“b", "unclosed quote at 8"),
        ("a ()", "empty parentheses at 3"),
        ("（ ）", "empty parentheses at 1"),
        ("a (b (c)", "unclosed '(' at 3"),
        ("a)", "')' closes nothing at 2"),
        ("a OR", "'OR' needs something behind it at 3"),
        ("(a AND)", "'AND' needs something behind it at 4"),
        ("OR a", "'OR' needs something on both sides at 1"),
        ("a OR OR b", "'OR' needs something on both sides at 6"),
        ("a NOT", "'NOT' needs something behind it at 3"),
        ("term:", "'term:' needs a value at 1"),
        ("(platform:)", "'platform:' needs a value at 2"),
        ("price<", "'price<' needs a value at 1"),
        ("a ——", "'——' holds no letter, digit or Chinese character to search for at 3"),
        ("a" * 2001, "goes on after 2000 characters at 2001"),
        ("a " * 201, "more than 200 parts at"),
        ("NOT " * 50 + "a", "nested more than 40 deep at"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_was_meant(text, said):
    with pytest.raises(QueryError) as caught:
        read(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert 1 <= caught.value.position <= len(text) + 1


@pytest.mark.parametrize("depth", [10, 45, 900])
def test_deep_nesting_is_bounded_and_idle_parentheses_are_free(depth):
    assert read("(" * depth + "a" + ")" * depth) == A
    nested = "a"
    while len(nested) < min(2 * depth * 6, 1900):
        nested = f"(b OR (c {nested}))"
    if depth == 10:
        assert read(nested) != A
    else:
        with pytest.raises(QueryError, match="deep"):
            read(nested)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('ab四 :：()（）"“”<>=,，*\\termpricsncxANDORT0129-'), max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    place = 1
    try:
        read(text)
    except QueryError as error:
        place = error.position
    assert 1 <= place <= len(text) + 1
