"""The service from the outside: a real process on a workspace, crawling the demo marketplace."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
import requests

from crawler import cli
from crawler.demo import Demo
from crawler.mailing import open_outbox
from crawler.service.book import Book
from crawler.service.service import Service
from crawler.service.watch import Watch
from pipelines.store.sqlite import open_store
from tests.crawler.service.faults import SERVE, _port, run
from tests.crawler.workspaces import add_source, demo_source, small_workspace

WITHIN = 40.0


@pytest.fixture(scope="module")
def demo():
    with Demo(size=94) as running:
        yield running


@pytest.fixture
def workspace(tmp_path):
    found = small_workspace(tmp_path / "desk")
    text = found.config_path.read_text(encoding="utf-8")
    text = text.replace("service_port = 8471", f"service_port = {_port()}")
    found.config_path.write_text(text, encoding="utf-8")
    from crawler.config import load_workspace

    return load_workspace(found.root)


def source(workspace, demo, tmp_path, **changes):
    base = demo_source(demo, tmp_path / "templates", "demo-jishi") | {
        "start": [{"category": f"{demo.platforms['jishi'].url}/all"}],
        "politeness": {"delay": 0, "concurrency": 4, "adaptive": False, "retries": 0},
        "assertions": None,
    }
    return add_source(workspace, base, **({"name": "market"} | changes))


@contextmanager
def serving(workspace, *arguments):
    """A service in a process of its own; ended in order."""
    command = [*SERVE, "--workspace", str(workspace.root), *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline()
        assert "serving" in line, line
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def until(true, *, within=WITHIN):
    """Wait for something that another process does."""
    deadline = time.monotonic() + within
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)  # another process is waited for; nothing here can tell when it is ready
    return found


def fires(workspace, *states, name="market"):
    with Book(workspace.data_dir) as book:
        return book.fires(name=name, states=states)


def test_a_source_is_crawled_by_its_schedule_and_every_run_is_in_the_ledger(workspace, demo, tmp_path):
    source(workspace, demo, tmp_path, schedule={"every": "1h"})
    with serving(workspace) as process:
        (done,) = until(lambda: fires(workspace, "done"))
        port = workspace.config.service_port
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).text == "ok\n"
        assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=30).status_code == 200
        metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
        assert 'jargonwatch_runs_total{outcome="done",source="market"} 1.0' in metrics
        assert 'jargonwatch_fires{kind="crawl",name="market",state="done"} 1.0' in metrics
        again = subprocess.run(
            [*SERVE, "--workspace", str(workspace.root)], capture_output=True, text=True, check=False
        )
        assert again.returncode == 1
        assert f"a service (pid {process.pid}) serves this workspace" in again.stderr
    with open_store(workspace.store_path) as store:
        (ledger,) = store.runs()
        assert (ledger.outcome, ledger.start.reason, ledger.start.run_id) == ("done", "schedule", done.run_id)
        assert store.totals().listings == ledger.listings > 0
    assert process.returncode == 0


def test_operators_pause_resume_and_ask_for_a_crawl(workspace, demo, tmp_path, capsys, monkeypatch):
    source(workspace, demo, tmp_path)
    monkeypatch.chdir(workspace.root)
    assert cli.run(["run-now", "market"]) == 1
    assert "no service runs on this workspace" in capsys.readouterr().err
    assert cli.run(["pause", "nowhere"]) == 2
    assert "known are market" in capsys.readouterr().err
    assert cli.run(["pause", "market"]) == 0
    assert cli.run(["pause", "market"]) == 1
    with serving(workspace):
        assert cli.run(["run-now", "market"]) == 0
        (done,) = until(lambda: fires(workspace, "done"))
        assert done.asked == "run-now"
        capsys.readouterr()
        assert cli.run(["status"]) == 0
        shown = capsys.readouterr().out
        assert "paused" in shown
        assert "nothing needs a person" in shown
    assert cli.run(["resume", "market"]) == 0
    capsys.readouterr()
    assert cli.run(["runs", "show", done.run_id]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run"]["outcome"] == "done"
    assert told["fires"][0]["asked"] == "run-now"
    assert cli.run(["runs", "list"]) == 0
    assert "done" in capsys.readouterr().out


def test_a_broken_edit_keeps_the_old_schedule_and_says_so(workspace, demo, tmp_path):
    source(workspace, demo, tmp_path, schedule={"every": "1h"})
    path = workspace.sources_dir / "market.yaml"
    sound = path.read_text(encoding="utf-8")
    with serving(workspace):
        until(lambda: fires(workspace, "done"))
        path.write_text(sound + "gone_after: many\n", encoding="utf-8")

        def troubles():
            with Book(workspace.data_dir) as book:
                return book.troubles()

        (trouble,) = until(troubles)
        assert "gone_after" in trouble.message
        assert "what it last said stands" in trouble.message
        assert cli.run(["run-now", "market", "--workspace", str(workspace.root)]) == 0
        until(lambda: len(fires(workspace, "done")) == 2)
        path.write_text(sound.replace("1h", "2h"), encoding="utf-8")
        until(lambda: not troubles())
        with Book(workspace.data_dir) as book:
            until(lambda: book.plans()[0].spec.startswith("7200s"))


def test_a_source_that_keeps_failing_raises_an_alarm_once(workspace, demo, tmp_path):
    text = workspace.config_path.read_text(encoding="utf-8")
    changed = 'mail_from = "jw@example.org"\nalarm_to = ["desk@example.org", "night@example.org"]\n'
    text = text.replace("alarm_to = []\n", changed).replace("alarm_after = 3", "alarm_after = 2")
    workspace.config_path.write_text(text, encoding="utf-8")
    nowhere = {"hosts": ["127.0.0.1:9"], "start": [{"category": "http://127.0.0.1:9/all"}]}
    source(workspace, demo, tmp_path, schedule={"every": "1s"}, **nowhere)
    with serving(workspace):

        def told():
            with Book(workspace.data_dir) as book:
                return [each for each in book.troubles() if each.told_at]

        (trouble,) = until(told)
        assert (trouble.kind, trouble.name) == ("failing", "market")
        assert "failed" in trouble.message
    with open_outbox(workspace) as outbox:
        letters = outbox.letters("waiting")
    assert sorted(kept.letter.recipient for kept in letters) == ["desk@example.org", "night@example.org"]
    assert "market (failing)" in letters[0].letter.subject


def test_a_crawl_that_was_stopped_is_gone_on_with_at_the_next_start(workspace, demo, tmp_path):
    slow = {"delay": 0.2, "concurrency": 1, "adaptive": False, "retries": 0}
    source(workspace, demo, tmp_path, schedule={"every": "1h"}, politeness=slow)
    with serving(workspace):
        until(lambda: fires(workspace, "running") and fires(workspace, "running")[0].run_id)
        demo.forget_requests()
        until(lambda: len(demo.requests) > 5)
    (waiting,) = fires(workspace)
    assert waiting.state == "waiting"
    with serving(workspace):
        (done,) = until(lambda: fires(workspace, "done"))
    assert (done.id, done.run_id, done.attempts) == (waiting.id, waiting.run_id, 2)
    with open_store(workspace.store_path) as store:
        (ledger,) = store.runs()
    assert (ledger.outcome, ledger.attempts) == ("done", 2)


def test_the_pages_show_the_schedule_and_start_a_crawl(workspace, demo, tmp_path):
    text = workspace.config_path.read_text(encoding="utf-8")
    web = _port()
    workspace.config_path.write_text(text.replace("web_port = 8470", f"web_port = {web}"), encoding="utf-8")
    source(workspace, demo, tmp_path, schedule={"cron": "0 4 1 1 *"})
    command = [*SERVE[:-1], "--workspace", str(workspace.root)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: "pages:" in process.stderr.readline())
        shown = requests.get(f"http://127.0.0.1:{web}/sources.json", timeout=30).json()
        assert "market" in json.dumps(shown)
        assert "scheduled" in json.dumps(shown)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_failure_while_tending_is_told_and_the_next_look_goes_on(workspace, demo, tmp_path, caplog):
    source(workspace, demo, tmp_path)
    with Book(workspace.data_dir) as book:
        service = Service(lambda: workspace, book, watch=Watch(book))
        service.start()
        try:
            book.close()
            service.tend()
            assert "it tries again" in caplog.text
        finally:
            service.stop(grace=5)


def test_under_faults_every_time_is_accounted_for_and_the_store_is_the_same(tmp_path):
    outcome = run(tmp_path, fires=14, seconds=25, seed=11, full_disk=False)
    assert outcome.scheduled >= 14
    assert outcome.unaccounted == []
    assert outcome.open == 0
    assert outcome.stored == outcome.expected
    assert outcome.kills["service"] > 0
