"""Decisions of analysts: the last counts, taking back is possible, and disagreement is seen and measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.triage import LABELS_NAME, Labels
from pipelines.store.query import EVERYTHING
from pipelines.store.sqlite import open_store
from tests.pipelines.store_cases import hit, offer, start

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.fixture
def listings(tmp_path):
    """Ten listings by number, all flagged but the last; the even ones also offer 跑分."""
    with open_store(tmp_path / "listings.sqlite") as store:
        start(store)
        batch = [
            offer(number, hits=[hit(), hit("跑分")] if number % 2 == 0 else [hit()])
            for number in range(1, 10)
        ]
        store.write([*batch, offer(10, hits=[], verdict="clear")], run_id="run-1")
        found = store.search(EVERYTHING, limit=100).listings
    return {int(each.listing.native_id): each for each in found}


@pytest.fixture
def labels(tmp_path):
    return Labels(tmp_path / LABELS_NAME, lambda text: text.replace("13800138000", "[phone]"))


def decide(labels, listings, choices, analyst, drawn=None):
    for minute, (number, choice) in enumerate(choices.items()):
        at = NOW + timedelta(minutes=minute)
        ways = {listings[number].listing.listing_id: drawn} if drawn else {}
        labels.decide([listings[number]], choice, analyst=analyst, drawn=ways, now=at)


def test_the_last_decision_counts_and_undoing_brings_back_the_one_before(labels, listings):
    decide(labels, listings, {1: "confirmed"}, "林")
    decide(labels, listings, {1: "not illicit"}, "林")
    wanted = listings[1].listing.listing_id
    assert labels.standing()[wanted]["林"].illicit is False
    labels.undo([wanted], analyst="林")
    assert labels.standing()[wanted]["林"].illicit is True
    labels.undo([wanted], analyst="王")
    assert labels.decided_by("林") == {wanted}


def test_personal_data_in_a_note_is_masked_before_it_rests(labels, listings):
    labels.decide([listings[1]], "unsure", analyst="林", note=" asked 13800138000 ")
    assert "asked [phone]" in labels.path.read_text(encoding="utf-8")
    assert "13800138000" not in labels.path.read_text(encoding="utf-8")


def test_disagreement_is_seen_and_measured_against_chance(labels, listings):
    decide(labels, listings, {1: "confirmed", 2: "confirmed", 3: "not illicit", 4: "not illicit"}, "林")
    decide(labels, listings, {1: "confirmed", 2: "not illicit", 3: "not illicit", 4: "not illicit"}, "王")
    (said,) = labels.disputed()
    assert {analyst: each.decision for analyst, each in said.items()} == {
        "林": "confirmed",
        "王": "not illicit",
    }
    (agreement,) = labels.agreements()
    assert (agreement.analysts, agreement.n, agreement.same) == (("林", "王"), 4, 3)
    # po = 3/4, pe = (2·1 + 2·3) / 16 = 1/2
    assert agreement.kappa == pytest.approx(0.5)


def test_precision_leaves_out_the_unsure_the_disputed_and_what_was_not_flagged(labels, listings):
    choices = {1: "confirmed", 2: "confirmed", 3: "not illicit", 4: "confirmed", 5: "unsure", 10: "confirmed"}
    decide(labels, listings, choices, "林", drawn="random")
    decide(labels, listings, {4: "not illicit"}, "王")
    found = labels.precision(drawn="random")
    assert (found.share, found.n) == (pytest.approx(2 / 3), 3)
    assert found.low < 0.3 < 0.9 < found.high
    assert labels.truths() == {
        listings[number].listing.listing_id: illicit
        for number, illicit in {1: True, 2: True, 3: False, 10: True}.items()
    }


def test_each_term_has_its_own_precision(labels, listings):
    decide(labels, listings, {1: "confirmed", 2: "confirmed", 3: "not illicit", 6: "not illicit"}, "林")
    found = labels.precisions()
    assert {term: (each.share, each.n) for term, each in found.items()} == {
        "term-四件套": (0.5, 4),
        "term-跑分": (0.5, 2),
    }
    assert labels.precision(drawn="random") is None
