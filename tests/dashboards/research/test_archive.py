"""The archive: each question as a table, with what it rests on."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import polars as pl
import pytest

from dashboards import Archive
from dashboards.query import QueryError
from dashboards.research.errors import ResearchError
from pipelines.records import Money, Price
from pipelines.store.answers import RunEnd
from pipelines.store.sqlite import open_store
from tests.pipelines.store_cases import DAY, HOUR, NOON, hit, offer, seen, start

TODAY = date(2025, 3, 10)


def put(store, run_id, at, *batch, outcome="done", source="market-search"):
    start(store, run_id, source=source, at=at)
    store.write(batch, run_id=run_id)
    store.finish_run(run_id, RunEnd(at + HOUR, outcome))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "store.sqlite"
    both = [hit(), hit("跑分", disguise="pinyin", surface="paofen", start=4, end=10)]
    with open_store(path) as store:
        put(store, "a", NOON - 40 * DAY, seen(offer(1), NOON - 40 * DAY), seen(offer(2), NOON - 40 * DAY))
        put(store, "b", NOON - 2 * DAY, outcome="failed")
        put(
            store,
            "c",
            NOON,
            offer(3, hits=both, title="四件套 paofen 第3号", seller_id="b"),
            offer(4, hits=[hit("跑分", start=0, end=2)], title="跑分平台", seller_id="b", verdict="watch"),
            offer(5, hits=[], verdict="clear", title="纯棉四.件.套"),
        )
    return path


@pytest.fixture
def archive(path):
    with Archive.open(path) as opened:
        yield opened


def test_listings_are_found_by_the_query_language_page_by_page(archive):
    first = archive.search("term:四件套", limit=2)
    assert [row["title"] for row in first.records()] == ["四件套 paofen 第3号", "四件套 第2号"]
    rest = archive.search("term:四件套", limit=2, cursor=first.cursor)
    assert [row["title"] for row in rest.records()] == ["四件套 第1号"]
    assert rest.cursor is None
    row = first.records()[0]
    assert (row["offered"], row["seller"], row["terms"]) == (TODAY, "b", ("term-四件套", "term-跑分"))
    assert first.query == "term:term-四件套"


def test_a_wrong_query_says_where_and_what_was_meant(archive):
    with pytest.raises(QueryError, match="at 1, did you mean 'platform'"):
        archive.search("platfrom:market")
    with pytest.raises(ResearchError, match="1 to"):
        archive.search(limit=0)


def test_keywords_stand_in_their_context_terms_and_words_alike(archive):
    found = archive.concordance("term:跑分").records()
    assert [(row["left"], row["keyword"], row["right"]) for row in found] == [
        ("", "跑分", "平台"),
        ("四件套 ", "paofen", " 第3号"),
    ]
    assert found[1]["disguise"] == "pinyin"
    hidden = archive.concordance("四件套 verdict:clear").records()
    assert [(row["left"], row["keyword"], row["term"]) for row in hidden] == [("纯棉", "四.件.套", None)]


def test_what_stands_behind_not_is_no_keyword(archive):
    assert {row["keyword"] for row in archive.concordance("平台 NOT 纯棉").records()} == {"平台"}


def test_a_trend_has_the_share_of_what_was_crawled_and_the_days_that_were(archive):
    table = archive.trend("四件套", since="2025-03-08", until=TODAY)
    rows = table.records()
    assert [(row["step"].day, row["offers"], row["crawled"], row["days_covered"]) for row in rows] == [
        (8, 0, 0, 0),
        (9, 0, 0, 0),
        (10, 1, 3, 1),
    ]
    assert [row["per_1000"] for row in rows] == [None, None, pytest.approx(333.333, abs=0.001)]
    monthly = archive.trend("四件套", "bankcard", by="month").records()
    assert [(row["step"].month, row["series"], row["offers"], row["days"]) for row in monthly] == [
        (1, "term-四件套", 2, 3),
        (1, "bankcard", 2, 3),
        (2, "term-四件套", 0, 28),
        (2, "bankcard", 0, 28),
        (3, "term-四件套", 1, 10),
        (3, "bankcard", 2, 10),
    ]


def test_an_answer_says_which_days_it_does_not_rest_on(archive):
    table = archive.search("since:2025-03-01")
    (source,) = table.basis.sources
    assert (source.covered, source.days) == (1, 10)
    assert source.gaps == ((date(2025, 3, 1), date(2025, 3, 9)),)
    told = "\n".join(table.basis.describe())
    assert "crawled on 1 of 10 days; not on 2025-03-01 to 2025-03-09" in told
    assert archive.search("platform:market until:2024-12-31").basis.sources == ()


def test_two_periods_are_compared_by_share_surprise_and_size(path):
    with open_store(path) as store:
        batch = [offer(100 + n, hits=[hit("接码")]) for n in range(40)]
        put(store, "d", NOON + HOUR, *batch)
    with Archive.open(path) as archive:
        rows = archive.compare(("2025-01", "2025-01"), ("2025-03", "2025-03")).records()
        assert rows[0]["series"] == "term-四件套"
        assert (rows[0]["offers_a"], rows[0]["offers_b"]) == (2, 1)
        assert rows[0]["log_ratio_high"] < 0
        assert {row["series"]: row["log_ratio"] > 0 for row in rows}["term-接码"]
        assert all(0 <= row["p"] <= 1 and row["g2"] >= 0 for row in rows)
        with pytest.raises(ResearchError, match="nothing was crawled from 2024-01-01 to 2024-01-31"):
            archive.compare(("2024-01", "2024-01"), ("2025-03", "2025-03"))


def test_neighbours_sellers_prices_and_history_are_tables_too(archive):
    (neighbour,) = archive.cooccurring("四件套").records()
    assert (neighbour["term"], neighbour["both"], neighbour["share"]) == (
        "term-跑分",
        1,
        pytest.approx(1 / 3),
    )
    first, second = archive.sellers("verdict:flagged,watch").records()
    assert (first["seller"], first["listings"], second["seller"]) == ("seller-1", 2, "b")
    prices = archive.prices("term:四件套")
    assert [(row["step"].month, row["prices"], row["p50"]) for row in prices.records()] == [
        (1, 2, 0.5),
        (3, 1, 0.5),
    ]
    history = archive.history("跑分").records()
    assert history[0] == {
        "aspect": "term", "value": "跑分", "first_day": TODAY, "last_day": TODAY, "offers": 2
    }  # fmt: skip
    assert ("neighbour", "term-四件套") in {(row["aspect"], row["value"]) for row in history}


def test_a_term_that_nobody_has_seen_is_told_from_one_that_nobody_knows(archive):
    with pytest.raises(QueryError, match="unknown term '没有的'"):
        archive.history("没有的")


def test_an_empty_store_has_no_trend_but_an_empty_search(tmp_path):
    path = tmp_path / "store.sqlite"
    open_store(path).close()
    with Archive.open(path) as archive:
        assert len(archive.search()) == 0
        assert archive.search().basis.describe() == ["embedded store: the store is empty"]
        with pytest.raises(ResearchError, match="the store is empty"):
            archive.trend()


def test_tables_become_frames_with_types(archive):
    table = archive.search()
    polars, pandas = table.polars(), table.pandas()
    assert (polars.height, len(pandas)) == (5, 5)
    assert polars.schema["offered"] == pl.Date
    assert polars.schema["terms"] == pl.List(pl.String)
    assert pandas["versions"].dtype == "Int64"
    assert pd.api.types.is_datetime64_any_dtype(pandas["offered"])
    assert (
        archive.trend(until=TODAY - timedelta(days=300), since="2024-01-01")
        .polars()["per_1000"]
        .is_null()
        .all()
    )


def test_prices_without_a_unit_stay_apart(path):
    from dataclasses import replace

    bare = offer(9, price=Money(7.0), hits=[hit()])
    bare = replace(bare, analysis=replace(bare.analysis, prices=(Price("7", 0, 1, "title", 7.0),)))
    with open_store(path) as store:
        put(store, "e", NOON + HOUR, bare)
    with Archive.open(path) as archive:
        found = {(row["currency"], row["unit"]) for row in archive.prices("").records()}
    assert found == {("CNY", "套"), (None, None)}
