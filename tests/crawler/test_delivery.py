"""Mail reaches a real server once: over TLS, past failures, and past a kill at the worst moment."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from crawler.delivery.outbox import Letter, Outbox
from crawler.delivery.sending import Sender, only_sender
from crawler.delivery.smtp import SmtpSettings
from crawler.errors import JobError
from tests.crawler.mail_server import PASSWORD, USER, Taken, mail_server

NOW = datetime(2025, 3, 10, 0, 30, tzinfo=UTC)
TO = "analyst@example.org"


def letter(number: int = 1, to: str = TO) -> Letter:
    body = (
        f"From: watch@example.org\nTo: {to}\nSubject: n{number}\nMessage-ID: <{number}@example.org>\n\n"
        ".a line that begins with a dot\nend\n"
    )
    return Letter(f"<{number}@example.org>", "mail", to, f"n{number}", body.encode())


def settings(folder, port: int, **changes) -> SmtpSettings:
    values = {
        "security": "starttls",
        "sender": "Watch <watch@example.org>",
        "user": USER,
        "password": PASSWORD,
        "ca_file": folder / "server.crt",
    }
    return SmtpSettings("127.0.0.1", port, **(values | changes))


@pytest.fixture
def outbox(tmp_path):
    with Outbox(tmp_path / "outbox.sqlite") as opened:
        yield opened


def send(outbox, known: SmtpSettings | None, now: datetime = NOW):
    return Sender(outbox, known, clock=lambda: now).send(now)


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_letter_arrives_whole_by_every_kind_of_connection(tmp_path, outbox, security):
    taken = Taken()
    outbox.put(letter(), NOW)
    with mail_server(tmp_path, taken, security=security) as port:
        logged_in = {"user": None} if security == "none" else {}
        done = send(outbox, settings(tmp_path, port, security=security, **logged_in))
    assert (done.sent, done.waiting, done.reasons) == (1, 0, ())
    [(to, message)] = taken.messages
    assert (to, message["Subject"]) == (TO, "n1")
    assert message.get_content() == ".a line that begins with a dot\r\nend\r\n"


def test_putting_a_letter_twice_sends_it_once(tmp_path, outbox):
    taken = Taken()
    assert outbox.put(letter(), NOW)
    assert not outbox.put(letter(), NOW)
    with mail_server(tmp_path, taken) as port:
        send(outbox, settings(tmp_path, port))
        assert not outbox.put(letter(), NOW + timedelta(hours=1))
        send(outbox, settings(tmp_path, port), NOW + timedelta(hours=1))
    assert len(taken.raw) == 1


def test_a_server_that_is_down_for_an_hour_loses_nothing_and_gets_nothing_twice(tmp_path, outbox):
    taken = Taken()
    for number in range(3):
        outbox.put(letter(number), NOW)
    minute = NOW
    while minute < NOW + timedelta(hours=1):  # nobody listens on port 9
        assert send(outbox, settings(tmp_path, 9, security="none", user=None), minute).sent == 0
        minute += timedelta(minutes=1)
    tries = {kept.tries for kept in outbox.letters("waiting")}
    assert tries == {6}
    with mail_server(tmp_path, taken) as port:
        for after in (minute, minute + timedelta(minutes=30), minute + timedelta(hours=2)):
            send(outbox, settings(tmp_path, port), after)
    assert sorted(message["Subject"] for _, message in taken.messages) == ["n0", "n1", "n2"]


def test_a_server_that_is_busy_at_the_end_of_a_letter_gets_it_later(tmp_path, outbox):
    answers = iter(["451 try again", "250 OK"])
    taken = Taken(at_the_end=lambda: next(answers))
    outbox.put(letter(), NOW)
    with mail_server(tmp_path, taken) as port:
        first = send(outbox, settings(tmp_path, port))
        second = send(outbox, settings(tmp_path, port), NOW + timedelta(minutes=1))
    assert (first.sent, first.waiting, second.sent) == (0, 1, 1)
    assert "451 try again" in first.reasons[0]


def test_an_address_that_is_refused_for_good_is_noted_and_does_not_hold_up_the_others(tmp_path, outbox):
    taken = Taken(refusals={"gone@example.org": "550 5.1.1 no such user"})
    outbox.put(letter(1, "gone@example.org"), NOW)
    outbox.put(letter(2), NOW)
    with mail_server(tmp_path, taken) as port:
        done = send(outbox, settings(tmp_path, port))
    assert (done.sent, done.bounced) == (1, 1)
    [bounced] = outbox.letters("bounced")
    assert (bounced.letter.recipient, bounced.reply) == ("gone@example.org", "550 5.1.1 no such user")


def test_a_wrong_password_and_an_untrusted_certificate_keep_the_letter(tmp_path, outbox):
    taken = Taken()
    outbox.put(letter(), NOW)
    with mail_server(tmp_path, taken) as port:
        wrong = send(outbox, settings(tmp_path, port, password="wrong"))
        untrusted = send(outbox, settings(tmp_path, port, ca_file=None), NOW + timedelta(hours=1))
    assert "refuses the user desk" in wrong.reasons[0]
    assert "certificate" in untrusted.reasons[0]
    assert (len(outbox.letters("waiting")), taken.raw) == (1, [])


def test_a_letter_that_nobody_takes_for_days_is_given_up(tmp_path, outbox):
    outbox.put(letter(), NOW)
    send(outbox, None, NOW + timedelta(days=6))
    [kept] = outbox.letters("expired")
    assert "no mail server is configured" in kept.reply


CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from crawler.delivery.outbox import Outbox
from crawler.delivery.sending import Sender, only_sender
from crawler.delivery.smtp import SmtpSettings
folder, port, moment = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
class Killed(Outbox):
    pass
setattr(Killed, moment, die)
settings = SmtpSettings("127.0.0.1", port, "none", "watch@example.org")
with only_sender(folder), Killed(folder / "outbox.sqlite") as outbox:
    Sender(outbox, settings).send(datetime.now(UTC))
"""


@pytest.mark.parametrize(
    ("killed_at", "arrived", "state"),
    [("sent", 1, "unsure"), ("begin", 0, "waiting")],
    ids=["between the answer and the record", "before the end of the letter"],
)
def test_a_kill_while_sending_never_sends_twice(tmp_path, outbox, killed_at, arrived, state):
    taken = Taken()
    outbox.put(letter(), NOW)
    with mail_server(tmp_path, taken, security="none") as port:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, str(tmp_path), str(port), killed_at], timeout=60, check=False
        )
        assert child.returncode == -signal.SIGKILL
        assert len(taken.raw) == arrived
        later = datetime.now(UTC) + timedelta(hours=1)
        with only_sender(tmp_path):
            done = send(outbox, settings(tmp_path, port, security="none", user=None), later)
            again = send(outbox, settings(tmp_path, port, security="none", user=None), later)
    assert len(taken.raw) == 1
    assert again.sent == 0
    if state == "unsure":
        assert "may or may not have arrived" in done.reasons[0]
        assert [kept.state for kept in outbox.letters()] == ["unsure"]
    else:
        assert done.sent == 1


def test_only_one_process_sends_at_a_time(tmp_path):
    with only_sender(tmp_path), pytest.raises(JobError, match="another process"), only_sender(tmp_path):
        pass


def test_a_channel_takes_what_apprise_can_reach(tmp_path, outbox, monkeypatch):
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    posted = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self):
            posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        outbox.put(Letter("<c1@x>", "channel", "TEAM_HOOK", "四件套", "六条告警".encode()), NOW)
        unset = send(outbox, None)
        monkeypatch.setenv("TEAM_HOOK", f"json://127.0.0.1:{server.server_port}/")
        done = send(outbox, None, NOW + timedelta(minutes=1))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert "TEAM_HOOK is not set" in unset.reasons[0]
    assert done.sent == 1
    assert "六条告警" in posted[0] or "\\u516d" in posted[0]


def test_nobody_else_can_read_the_outbox(tmp_path, outbox):
    assert (tmp_path / "outbox.sqlite").stat().st_mode & 0o077 == 0
