"""Replaying history: bursts are found on their first day, and quiet terms stay quiet."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from crawler import cli
from dashboards.digest.backtest import replay
from pipelines.store.answers import DAY_ZONE, RunEnd, RunStart
from pipelines.store.sqlite import open_store
from tests.crawler.workspaces import small_workspace
from tests.pipelines.store_cases import hit, offer

FIRST = date(2025, 8, 4)
DAYS = 56 + 90
WEEKDAYS = (1.0, 0.9, 0.9, 1.0, 1.2, 1.5, 1.4)
RATES = np.geomspace(0.05, 6, 20)
BURSTS = {"突一": (70, 9), "突二": (95, 12), "突三": (130, 8)}
"""A term, on which day it bursts for three days, and with how many offers a day."""


def at(day, hour=12):
    return datetime.combine(day, datetime.min.time(), DAY_ZONE).astimezone(UTC) + timedelta(hours=hour)


def offers_of(number, day, random):
    """A day of the made-up marketplace: twenty quiet terms, clear listings, and the bursts."""
    busy = WEEKDAYS[day.weekday()]
    counts = {f"词{index}": int(random.poisson(rate * busy)) for index, rate in enumerate(RATES)}
    for term, (start, size) in BURSTS.items():
        counts[term] = size if start <= number < start + 3 else int(random.poisson(0.1))
    made, serial = [], 1000 * number
    for term, count in counts.items():
        for _ in range(count):
            serial += 1
            made.append(offer(serial, hits=[hit(term)], seen_at=at(day), published_at=at(day)))
    for _ in range(int(random.poisson(30 * busy))):
        serial += 1
        made.append(offer(serial, hits=[], verdict="clear", seen_at=at(day), published_at=at(day)))
    return made


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    workspace = small_workspace(tmp_path_factory.mktemp("backtest") / "desk")
    workspace.data_dir.mkdir()
    random = np.random.default_rng(5)
    with open_store(workspace.store_path) as store:
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            run_id = f"run-{number}"
            store.start_run(RunStart(run_id, "market-search", "market", "schedule", at(day, 20)))
            store.write(offers_of(number, day, random), run_id=run_id)
            store.finish_run(run_id, RunEnd(at(day, 21), "done"))
    return workspace


def test_three_bursts_are_found_on_their_first_day_and_one_other_alarm_at_most(desk):
    with open_store(desk.store_path) as store:
        days = list(replay(store, FIRST + timedelta(days=56), FIRST + timedelta(days=DAYS - 1)))
    assert len(days) == 90
    assert all(day.compared for day in days)
    rising = defaultdict(list)
    for day in days:
        for each in day.at(0.01):
            rising[each.subject[1].removeprefix("term-")].append((day.day - FIRST).days)
    assert {term: rising[term][0] for term in BURSTS} == {term: start for term, (start, _) in BURSTS.items()}
    within = {term: range(start, start + 3) for term, (start, _) in BURSTS.items()}
    false = [(term, on) for term, found in rising.items() for on in found if on not in within.get(term, ())]
    assert len(false) <= 1


def test_the_command_shows_what_each_threshold_would_have_said(desk, capsys):
    (desk.root / "teams.yaml").write_text("teams: {desk: {to: [a@example.org]}}\n", encoding="utf-8")
    rule = "about: many\nover: {listings: 60}\nteams: desk\n"
    (desk.alerts_dir / "many.yaml").write_text(rule, encoding="utf-8")
    period = ["--from", f"{FIRST + timedelta(days=56)}", "--to", f"{FIRST + timedelta(days=DAYS - 1)}"]
    assert cli.run(["digest", "backtest", *period, "--workspace", str(desk.root)]) == 0
    said = capsys.readouterr().out
    assert "90 of 90 days were crawled" in said
    assert f"{FIRST + timedelta(days=70)}  突一: 9 offers, usually 0." in said
    found = {line.split()[0]: int(line.split()[1]) for line in said.splitlines() if "%" in line}
    assert list(found) == ["0.1%", "1.0%", "5.0%", "10.0%"]
    assert sorted(found.values()) == list(found.values())
    assert "many: " in said
    assert "alerts at 60; a day's count: median " in said


def test_a_period_that_ends_before_it_begins_is_refused(desk, capsys):
    asked = ["digest", "backtest", "--from", "2025-12-01", "--to", "2025-11-01"]
    assert cli.run([*asked, "--workspace", str(desk.root)]) == 2
    assert "swap the two" in capsys.readouterr().err
