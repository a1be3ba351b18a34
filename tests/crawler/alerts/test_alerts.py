"""Alerts reach their teams once, cool down, keep silent hours, and say why they say nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from zoneinfo import ZoneInfo

import pytest

from crawler import cli
from crawler.alerts.watching import look, put_alerts, quiet_until
from crawler.errors import ConfigError
from crawler.mailing import open_outbox, send_due
from crawler.service.book import Book
from crawler.service.plans import ALERTS, DIGEST, MAIL, read_plans
from crawler.service.work import perform
from pipelines.store.sqlite import open_store
from tests.crawler.mail_server import Taken, mail_server
from tests.crawler.workspaces import small_workspace, with_mail_server, write_config
from tests.pipelines.store_cases import DAY, NOON, hit, offer, start

RULE = """
about: Many card sets
over: {query: "verdict:flagged", listings: 2, days: 1}
teams: desk
cooldown: 6h
"""
TEAMS = """
teams:
  desk: {to: [desk@example.org], language: en}
  hook: {channels: [JARGONWATCH_CHANNEL_TEST], language: zh}
"""


@pytest.fixture
def desk(tmp_path):
    """A workspace with three flagged offers at noon, a rule and two teams."""
    workspace = small_workspace(tmp_path / "desk")
    workspace.data_dir.mkdir()
    with open_store(workspace.store_path) as store:
        start(store)
        store.write([dated(number, 0) for number in (1, 2, 3)], run_id="run-1")
    (workspace.root / "teams.yaml").write_text(TEAMS, encoding="utf-8")
    rule(workspace, "cards", RULE)
    return write_config(workspace, mail_from="jw@example.org")


def dated(number, days_ago, **changes):
    at = NOON - days_ago * DAY
    return offer(number, seen_at=at, published_at=at, **changes)


def rule(workspace, name, text):
    (workspace.alerts_dir / f"{name}.yaml").write_text(text, encoding="utf-8")


def more(workspace, *offers):
    with open_store(workspace.store_path) as store:
        store.write(offers, run_id="run-1")


def waiting(workspace):
    with open_outbox(workspace) as outbox:
        return outbox.letters("waiting")


def test_an_alert_says_what_was_counted_and_leads_to_it(desk):
    (outcome,) = put_alerts(desk, NOON)
    assert [match.label for match in outcome.told] == ["3"]
    (kept,) = waiting(desk)
    assert kept.letter.recipient == "desk@example.org"
    assert kept.letter.subject == "jargonwatch alert cards: 3 listings in 1 d, more than 2"
    body = message_from_bytes(kept.letter.body, policy=policy.default).get_content().replace("\r\n", "\n")
    assert body.startswith("Many card sets\n3 listings in 1 d, more than 2\n")
    assert "/listings?q=verdict%3Aflagged+since%3A2025-03-10+until%3A2025-03-10\n" in body


def test_a_rule_cools_down_and_then_speaks_again(desk):
    put_alerts(desk, NOON)
    (silent,) = put_alerts(desk, NOON + timedelta(hours=5))
    assert silent.silent_because == "1 new matches, but it cools down until 03-10 18:00"
    put_alerts(desk, NOON + timedelta(hours=6))
    assert len(waiting(desk)) == 2


def test_each_first_sight_is_told_of_once_and_those_of_a_cooldown_together(desk):
    rule(desk, "cards", "about: New\nfirst_sight: {}\nteams: desk\ncooldown: 1h\n")
    (first,) = put_alerts(desk, NOON)
    assert [match.subject for match in first.told] == ["term-四件套"]
    more(desk, dated(4, 0, hits=[hit("跑分")]), dated(5, 0, hits=[hit("车队")]))
    (cooling,) = put_alerts(desk, NOON + timedelta(minutes=30))
    assert cooling.silent_because.startswith("2 new matches, but it cools down")
    (second,) = put_alerts(desk, NOON + timedelta(hours=1))
    assert [match.label for match in second.told] == ["跑分", "车队"]
    (third,) = put_alerts(desk, NOON + timedelta(hours=9))
    assert third.silent_because == "all 3 matches were told of already"


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        ("22:00-07:00", "2025-03-10 23:30", "2025-03-11 07:00"),
        ("22:00-07:00", "2025-03-11 06:59", "2025-03-11 07:00"),
        ("22:00-07:00", "2025-03-11 07:00", "2025-03-11 07:00"),
        ("12:00-13:00", "2025-03-11 12:10", "2025-03-11 13:00"),
        (None, "2025-03-11 12:10", "2025-03-11 12:10"),
    ],
)
def test_silent_hours_end_in_the_desks_own_zone(hours, at, until):
    zone = ZoneInfo("Asia/Shanghai")
    now = datetime.fromisoformat(at).replace(tzinfo=zone)
    assert quiet_until(hours, "Asia/Shanghai", now) == datetime.fromisoformat(until).replace(tzinfo=zone)


def test_an_alert_of_silent_hours_waits_in_the_outbox(desk):
    rule(desk, "cards", RULE + 'quiet: "11:00-14:00"\n')
    put_alerts(desk, NOON)
    with open_outbox(desk) as outbox:
        assert outbox.due(NOON + timedelta(minutes=119)) == ()
        assert len(outbox.due(NOON + timedelta(hours=2))) == 1


def test_looking_puts_nothing_and_notes_nothing(desk):
    (outcome,) = look(desk, NOON)
    assert outcome.letters
    assert waiting(desk) == ()
    assert put_alerts(desk, NOON)[0].letters


def test_a_channel_gets_the_alert_in_its_teams_language(desk, monkeypatch):
    taken = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    rule(desk, "cards", RULE.replace("teams: desk", "teams: hook"))
    put_alerts(desk, NOON)
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("JARGONWATCH_CHANNEL_TEST", f"json://127.0.0.1:{server.server_port}/")
        sending = send_due(desk, NOON)
        server.shutdown()
        thread.join()
    assert (sending.sent, sending.waiting) == (1, 0)
    assert taken[0]["title"] == "jargonwatch 警报 cards：近 1 天 3 个商品，超过 2 个"
    assert "http://127.0.0.1:8470/listings" in taken[0]["message"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("about: x\nteams: desk\n", "cards.yaml:1: write exactly one of over, first_sight"),
        (RULE + "first_sight: {}\n", "write exactly one of"),
        (
            RULE.replace("teams: desk", "teams: nobody"),
            "cards.yaml:4: teams: teams.yaml has no team 'nobody'",
        ),
        (RULE.replace("verdict:flagged", "verdict:flaged"), "over.query: "),
        (RULE.replace("listings: 2", "listing: 2"), "cards.yaml:3: over.listing"),
        (RULE + "quiet: 22-7\n", "cards.yaml:6: quiet: "),
    ],
)
def test_a_wrong_rule_is_named_by_file_line_and_key(desk, text, said):
    rule(desk, "cards", text)
    with pytest.raises(ConfigError) as raised:
        put_alerts(desk, NOON)
    assert said in str(raised.value)
    assert waiting(desk) == ()


def test_a_team_that_reaches_nobody_is_refused(desk):
    (desk.root / "teams.yaml").write_text("teams: {desk: {language: en}}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"teams.yaml:1: teams.desk: .*write to or channels"):
        put_alerts(desk, NOON)


def test_the_examples_of_a_new_workspace_are_sound(tmp_path):
    workspace = small_workspace(tmp_path / "new")
    workspace.data_dir.mkdir()
    open_store(workspace.store_path).close()
    for example in (workspace.alerts_dir / "example.yaml.txt", workspace.root / "teams.yaml.txt"):
        example.rename(example.with_suffix(""))
    (outcome,) = look(workspace, NOON)
    assert outcome.silent_because == "0 listings, and it waits for more than 20"


def test_the_service_looks_at_rules_once_somebody_is_told(desk):
    assert {MAIL, DIGEST, ALERTS} <= set(read_plans(desk).tasks)
    (desk.root / "teams.yaml").write_text("teams: {desk: {to: desk}}\n", encoding="utf-8")
    plans = read_plans(desk)
    assert "teams.yaml:1: teams.desk.to" in plans.broken["teams.yaml"]
    assert not {DIGEST, ALERTS} & set(plans.tasks)


def test_the_service_puts_alerts_and_tells_what_is_wrong_with_a_rule(desk):
    more(desk, *[offer(number, seen_at=datetime.now(UTC), published_at=None) for number in (11, 12, 13)])
    book = Book(desk.data_dir)
    ending = perform(desk, book, ALERTS)
    assert (ending.state, ending.reason) == ("done", "1 of 1 rules had something to say")
    assert len(waiting(desk)) == 1
    rule(desk, "cards", "about: x\nteams: desk\n")
    ending = perform(desk, book, ALERTS)
    book.close()
    assert ending.state == "failed"
    assert "cards.yaml:1: write exactly one of" in ending.reason


def test_the_settings_are_checked_and_each_rule_says_what_it_would_do(desk, tmp_path, capsys, monkeypatch):
    rule(desk, "cheap", "about: Cheap\nprice_below: {amount: 5, unit: 张}\nteams: hook\n")
    asked = ["digest", "test", "--workspace", str(desk.root)]
    assert cli.run(asked) == 1
    said = capsys.readouterr().out
    assert "FAIL channel JARGONWATCH_CHANNEL_TEST: not set; export its Apprise URL" in said
    assert "FAIL team desk: desk@example.org (en, all categories); its addresses need smtp_host" in said
    with mail_server(tmp_path, Taken(), security="none") as port:
        with_mail_server(desk, port)
        monkeypatch.setenv("JARGONWATCH_CHANNEL_TEST", "json://127.0.0.1:9/")
        assert cli.run(asked) == 0
    said = capsys.readouterr().out
    assert f"ok   mail: 127.0.0.1:{port} (none) answers and takes mail from jw@example.org" in said
    assert "ok   rule cards sends nothing: 0 listings, and it waits for more than 2" in said
    assert "ok   rule cheap sends nothing: none of 0 listings since yesterday asks less than 5 CNY" in said


def test_a_letter_that_came_back_is_shown(desk, tmp_path, capsys):
    taken = Taken(refusals={"desk@example.org": "550 no such user"})
    put_alerts(desk, NOON)
    with mail_server(tmp_path, taken, security="none") as port:
        send_due(with_mail_server(desk, port), NOON)
    cli.run(["digest", "test", "--workspace", str(desk.root)])
    assert "outbox: bounced: desk@example.org, jargonwatch alert cards" in capsys.readouterr().out
