"""The report: counts, terms and flagged listings of a store, readable at 80 columns."""

from __future__ import annotations

import io
from datetime import date

import pytest
from rich.cells import cell_len
from rich.console import Console

from dashboards.report import read_report, render_report, report_record
from pipelines.records import Reason
from pipelines.store.query import EVERYTHING, Has, Offered
from pipelines.store.sqlite import open_store
from tests.dashboards.stored import keep, offer

FACE = ("identity.face-set", "人脸四件套", "identity")
CARDS = ("bankcard.set", "四件套", "bankcard")
REASONS = (
    Reason("term", 0.5, "命中黑话", "slang term"),
    Reason("context", 0.2, "上下文印证", "confirmed by context"),
    Reason("contact", 0.15, "站外联系", "off-platform contact"),
    Reason("secrecy", 0.05, "暗语", "secrecy"),
)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "listings.sqlite") as opened:
        keep(
            opened,
            offer(
                "1",
                "出售人脸四件套 懂的来",
                verdict="flagged",
                score=0.9,
                term=FACE,
                reasons=REASONS,
                price=35,
            ),
            offer("2", "四件套 银行卡带U盾", verdict="flagged", score=0.8, term=CARDS, days_ago=3),
            offer(
                "3", "全新四件套一手", platform="fanpu", verdict="flagged", score=0.7, term=CARDS, days_ago=40
            ),
            offer("4", "四件套", verdict="watch", score=0.3, term=CARDS),
            *(offer(f"c{n}", f"纯棉床单 {n} 号") for n in range(6)),
        )
        yield opened


def report(store, query=EVERYTHING, **sizes: int):
    return read_report(store, query, terms=sizes.get("terms", 15), listings=sizes.get("listings", 10))


def printed(report, width: int = 80, language: str = "en") -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(render_report(report, language))
    return console.file.getvalue()


def test_it_counts_listings_hits_verdicts_and_terms(store):
    record = report_record(report(store))
    assert record["listings"] == 10
    assert record["hits"] == 4
    assert record["verdicts"] == {"flagged": 3, "watch": 1, "clear": 6}
    assert [(term["term"], term["listings"]) for term in record["terms"]] == [
        ("四件套", 3),
        ("人脸四件套", 1),
    ]
    assert record["platforms"] == {"jishi": 9, "fanpu": 1}


def test_flagged_listings_come_strongest_first_with_their_reasons(store):
    flagged = report_record(report(store))["flagged"]
    assert [entry["score"] for entry in flagged] == [0.9, 0.8, 0.7]
    assert flagged[0]["terms"] == ["人脸四件套"]
    assert [reason["en"] for reason in flagged[0]["reasons"]] == [reason.en for reason in REASONS]


def test_a_query_narrows_everything_that_is_counted(store):
    record = report_record(report(store, Has("platform", ("fanpu",))))
    assert (record["listings"], record["hits"], len(record["flagged"])) == (1, 1, 1)
    recent = report_record(report(store, Offered(since=date(2024, 2, 20))))
    assert recent["verdicts"]["flagged"] == 2


def test_only_as_many_terms_and_listings_are_shown_as_asked_for(store):
    record = report_record(report(store, terms=1, listings=2))
    assert (len(record["terms"]), len(record["flagged"])) == (1, 2)


@pytest.mark.parametrize("width", [80, 120])
def test_every_line_fits_the_terminal(store, width):
    assert max(cell_len(line) for line in printed(report(store), width).splitlines()) <= width


def test_it_says_what_was_found_and_why(store):
    text = printed(report(store))
    assert "10 listings, 4 hits" in text
    assert "出售人脸四件套 懂的来" in text
    assert "+0.50 slang term" in text
    assert "CNY 35" in text
    assert "2024-03-01" in text


def test_it_is_said_how_many_reasons_are_not_shown(store):
    text = printed(report(store))
    assert "secrecy" not in text
    assert "+1 more" in text


def test_it_speaks_chinese_too(store):
    text = printed(report(store), language="zh")
    assert "命中黑话" in text
    assert "告警" in text
    assert "银行卡与对公账户" in text
    assert "flagged" not in text


def test_an_empty_store_is_said_to_be_empty(tmp_path):
    with open_store(tmp_path / "listings.sqlite") as empty:
        assert "Nothing has been crawled" in printed(report(empty))
