"""Judging: contexts, excuses, and the reasons that make up a score."""

from __future__ import annotations

import pytest

from tests.pipelines.lexicons import judged, lexicon_of, term

SETS = lexicon_of(
    term("四件套", "bankcard", confirm=("银行卡", "@trade"), excuse=("@bedding",)),
    term("料", "data", strength="weak", confirm=("一手", "精准", "@trade")),
    term("跑分平台", "payment", strength="strong"),
    trade=["出售", "现货"],
    bedding=["纯棉", "床单"],
)


def test_a_confirmed_term_is_flagged_and_says_why() -> None:
    analysis = judged("银行卡四件套 出售", SETS)
    assert (analysis.verdict, analysis.category) == ("flagged", "bankcard")
    assert analysis.hits[0].standing == "confirmed"
    assert set(analysis.hits[0].because) == {"银行卡", "@trade"}


def test_a_medium_term_alone_is_watched() -> None:
    assert judged("四件套", SETS).verdict == "watch"


def test_bedding_is_excused_and_says_so() -> None:
    analysis = judged("纯棉四件套", SETS, description="全新床单")
    assert (analysis.verdict, analysis.score, analysis.category) == ("clear", 0.0, None)
    assert analysis.hits[0].standing == "excused"
    assert any(reason.code == "excused:" + analysis.hits[0].term_id for reason in analysis.reasons)


def test_a_context_in_the_description_confirms_a_term_in_the_title() -> None:
    assert judged("四件套", SETS, description="银行卡").hits[0].because == ("银行卡",)


def test_a_context_far_away_does_not_count() -> None:
    assert judged("四件套" + "，天气很好" * 30 + "银行卡", SETS).hits[0].standing == "alone"


def test_an_ordinary_word_counts_only_when_something_confirms_it() -> None:
    assert judged("有料的来", SETS).hits == ()
    assert [hit.term for hit in judged("一手精准料", SETS).hits] == ["料"]


def test_a_term_inside_a_longer_ordinary_word_is_no_hit() -> None:
    assert judged("出售面料 饮料 材料", SETS).hits == ()


def test_a_strong_term_is_flagged_by_itself() -> None:
    assert judged("跑分平台", SETS).verdict == "flagged"


@pytest.mark.parametrize("text", ["银行卡四件套出售，跑分平台，一手精准料", "四件套", "纯棉四件套 跑分平台"])
def test_the_points_of_all_reasons_are_the_score(text: str) -> None:
    analysis = judged(text, SETS)
    total = sum(reason.points for reason in analysis.reasons)
    assert analysis.score == pytest.approx(min(1.0, max(0.0, total)), abs=1e-3)
    assert all(reason.zh and reason.en for reason in analysis.reasons)


def test_a_hit_inside_a_longer_one_is_not_counted_twice() -> None:
    lexicon = lexicon_of(term("人脸", "identity"), term("人脸四件套", "identity"))
    assert [hit.term for hit in judged("出人脸四件套", lexicon).hits] == ["人脸四件套"]


def test_a_term_can_be_limited_to_platforms_and_sources() -> None:
    lexicon = lexicon_of(
        term("白号", "account", platforms=("chat",)), term("老号", "account", sources=("feed",))
    )
    assert judged("白号老号", lexicon, platform="market", source="pages").hits == ()
    assert len(judged("白号老号", lexicon, platform="chat", source="feed").hits) == 2


def test_hiding_a_term_adds_points_with_a_reason() -> None:
    plain, hidden = judged("四件套", SETS), judged("四🌟件🌟套", SETS)
    assert hidden.score > plain.score
    assert any("separators" in reason.en for reason in hidden.reasons)


def test_the_order_of_terms_does_not_change_the_analysis() -> None:
    terms = [
        term("四件套", "bankcard"),
        term("跑分", "payment"),
        term("银行卡", "bankcard"),
        term("人脸", "identity"),
    ]
    text = "人脸 四件套 跑分 银行卡"
    first, second = judged(text, lexicon_of(*terms)), judged(text, lexicon_of(*reversed(terms)))
    assert (first.verdict, first.score, first.hits, first.reasons) == (
        second.verdict,
        second.score,
        second.hits,
        second.reasons,
    )
