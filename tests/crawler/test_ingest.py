"""Feeds from the file or the API to the store, as analysts use them."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
import time
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.cli import run as run_command
from crawler.crawl import run_crawl
from crawler.errors import ConfigError
from crawler.ingest import ingest
from crawler.nursery import Nursery
from pipelines.store.query import EVERYTHING
from pipelines.store.sqlite import open_store
from tests.crawler.workspaces import add_source, small_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crawler.config import Workspace
    from crawler.runs import SourceProgress
    from pipelines.store.answers import StoredListing

FEED: dict[str, Any] = {
    "kind": "feed",
    "name": "partner",
    "platform": "corner",
    "title": "Partner's export",
    "why": "Handed over by a made-up partner.",
    "files": {
        "folder": "inbox",
        "fields": {
            "native_id": "编号",
            "title": "标题",
            "description": "描述",
            "price": "价格",
            "seller_id": "卖家ID",
            "seller_name": "卖家",
        },
    },
}
COLUMNS = ("编号", "标题", "描述", "价格", "卖家ID", "卖家")
SLANG = ("1", "出四件套 银行卡带U盾", "懂的来 电话13800138000", "1.2万", "u-77", "小王铺子")
BEDDING = ("2", "纯棉四件套", "=HYPERLINK(被套)", "￥99/套", "u-78", "小李铺子")
TOKEN = "made-up-and-long"
HEADER = {"header": "X-Token", "prefix": "Key "}


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """One for all runs of this file: starting one takes longer than a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARTNER_TOKEN", TOKEN)
        patch.setenv("WRONG_TOKEN", "another")
        with Nursery(small_workspace(tmp_path_factory.mktemp("nursery") / "desk").lexicon_dir) as running:
            yield running


@pytest.fixture
def workspace(tmp_path: Path, nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for name in ("crawler.crawl.Nursery", "crawler.ingest.Nursery"):
        monkeypatch.setattr(name, lambda _: nullcontext(nursery))
    monkeypatch.setenv("PARTNER_TOKEN", TOKEN)
    monkeypatch.setenv("WRONG_TOKEN", "another")
    made = small_workspace(tmp_path / "desk")
    (made.root / "inbox").mkdir()
    return made


def export(
    workspace: Workspace,
    *rows: Sequence[str],
    name: str = "a.csv",
    days_old: float = 1,
    encoding: str = "gbk",
) -> Path:
    """A CSV file in the inbox, last changed some days ago."""
    path = workspace.root / "inbox" / name
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    moment = time.time() - days_old * 86400
    os.utime(path, (moment, moment))
    return path


def stored(workspace: Workspace) -> dict[str | None, StoredListing]:
    with open_store(workspace.store_path, must_exist=True) as store:
        return {one.listing.native_id: one for one in store.search(EVERYTHING, limit=1000).listings}


def test_files_go_the_way_of_pages_and_each_is_read_once(workspace: Workspace) -> None:
    name = add_source(workspace, FEED)
    export(workspace, SLANG, BEDDING)
    (run,) = run_crawl(workspace, [name])
    assert (run.outcome, run.new, run.flagged, run.alarms) == ("done", 2, 1, ())
    assert run.fill_rates == dict.fromkeys(run.fill_rates, 1)
    listings = stored(workspace)
    slang = listings["1"]
    assert slang.analysis.verdict == "flagged"
    assert "13800138000" not in repr(slang)
    assert slang.listing.seller_id is not None
    assert slang.listing.seller_id.startswith("corner#")
    assert "小王" not in repr(slang)
    assert slang.listing.price is not None
    assert slang.listing.price.amount == 12000
    assert listings["2"].listing.description == BEDDING[2]

    (idle,) = run_crawl(workspace, [name])
    assert (idle.outcome, idle.reasons) == ("skipped", ("no new file in inbox (1 read before)",))
    (workspace.root / "inbox" / "a.csv").rename(workspace.root / "inbox" / "b.csv")
    export(workspace, ("3", *BEDDING[1:]), name="c.csv")
    (third,) = run_crawl(workspace, [name])
    assert (third.outcome, third.listings, third.new) == ("done", 1, 1)


def test_files_that_are_still_being_written_wait(workspace: Workspace) -> None:
    name = add_source(workspace, FEED)
    fresh = export(workspace, SLANG, days_old=0)
    export(workspace, BEDDING, name="b.csv.part")
    (waiting,) = run_crawl(workspace, [name])
    assert (waiting.outcome, waiting.reasons) == (
        "skipped",
        ("no new file in inbox (2 still being written)",),
    )
    os.utime(fresh, (time.time() - 120, time.time() - 120))
    assert run_crawl(workspace, [name])[0].listings == 1


def test_refused_rows_are_counted_shown_and_kept_without_personal_data(workspace: Workspace) -> None:
    name = add_source(workspace, FEED)
    path = export(workspace, SLANG, ("3", "", "电话13800138000", "面议", "u-9", "小张铺子"), ("4", "少"))
    run, _ = ingest(workspace, name, [path])
    assert run is not None
    assert (run.outcome, run.listings, run.errors) == ("done", 1, {"bad-row": 1, "no-title": 1})
    assert run.log_file is not None
    kept = run.log_file.with_suffix(".refused.jsonl")
    assert "a.csv:3: no title for 3; its rules match nothing there" in run.alarms
    assert "a.csv:4: has 2 columns, the first line 6" in run.alarms
    assert f"2 rows were refused; with their reasons in {kept}" in run.alarms
    text = kept.read_text(encoding="utf-8")
    first, second = map(json.loads, text.splitlines())
    assert first["place"] == "a.csv:3"
    assert first["fields"]["seller_id"].startswith("corner#")
    assert second == {"place": "a.csv:4", "reason": "has 2 columns, the first line 6", "fields": {}}
    for secret in ("13800138000", "小张", "u-9"):
        assert secret not in text + run.log_file.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_read_is_named_and_tried_again_while_the_others_are_read(
    workspace: Workspace,
) -> None:
    name = add_source(workspace, FEED)
    export(workspace, SLANG)
    broken = export(workspace, BEDDING, name="b.csv", encoding="utf-16")
    (run,) = run_crawl(workspace, [name])
    assert (run.outcome, run.listings) == ("done", 1)
    assert any(text.startswith("b.csv: is neither UTF-8") for text in run.alarms)
    (again,) = run_crawl(workspace, [name])
    assert (again.outcome, again.reasons) == ("failed", ("no listing: unreadable 1",))
    broken.unlink()
    export(workspace, BEDDING, name="b.csv")
    assert run_crawl(workspace, [name])[0].listings == 1


def test_a_run_outside_its_assertions_waits_and_once_rejected_its_files_are_read_again(
    workspace: Workspace,
) -> None:
    name = add_source(workspace, FEED, assertions={"fields": {"price": 1}})
    export(workspace, SLANG, (*BEDDING[:3], "面议", *BEDDING[4:]))
    (run,) = run_crawl(workspace, [name])
    assert (run.outcome, run.ledger, run.staged) == ("failed", "quarantined", 2)
    assert stored(workspace) == {}
    assert run_crawl(workspace, [name])[0].outcome == "skipped"
    with open_store(workspace.store_path) as store:
        store.reject_run(run.run_id)
    add_source(workspace, FEED, assertions={"fields": {"price": 0.5}})
    assert run_crawl(workspace, [name])[0].outcome == "done"
    assert stored(workspace).keys() == {"1", "2"}


def test_reading_a_file_again_after_a_change_of_the_source_replaces_what_it_gave(
    workspace: Workspace,
) -> None:
    name = add_source(workspace, FEED)
    path = export(workspace, SLANG)
    ingest(workspace, name, [path])
    fields = FEED["files"]["fields"] | {"title": "描述", "description": "标题"}
    add_source(workspace, FEED, files=FEED["files"] | {"fields": fields})
    run, known = ingest(workspace, name, [path])
    assert run is None
    assert known[path].listings == 1
    run, known = ingest(workspace, name, [path], again=True)
    assert run is not None
    assert (run.changed, known) == (1, {})
    assert stored(workspace)["1"].listing.description == SLANG[1]


def test_an_old_export_that_comes_late_replaces_nothing_newer(workspace: Workspace) -> None:
    name = add_source(workspace, FEED)
    new = export(workspace, SLANG)
    old = export(workspace, (SLANG[0], "旧标题", *SLANG[2:]), name="old.csv", days_old=30)
    ingest(workspace, name, [new])
    ingest(workspace, name, [old])
    (one,) = stored(workspace).values()
    assert one.listing.title.startswith("出四件套")
    assert one.versions == 2


def test_a_killed_reading_begins_again_and_loses_and_repeats_nothing(workspace: Workspace) -> None:
    name = add_source(workspace, FEED, assertions={"listings": {"min": 1500}})
    path = export(workspace, *((str(number), *SLANG[1:]) for number in range(1500)))

    def kill(step: SourceProgress) -> None:
        assert step.share is not None
        if step.listings > 200:
            (pid,) = (workspace.jobs_dir / name).glob("*/pid")
            os.kill(int(pid.read_text()), signal.SIGKILL)

    killed, _ = ingest(workspace, name, [path], progress=kill)
    assert killed is not None
    assert killed.outcome == "failed"
    (run,) = run_crawl(workspace, [name])
    assert (run.outcome, run.listings) == ("done", 1500)
    with open_store(workspace.store_path) as store:
        assert store.totals().listings == 1500
        assert store.run(killed.run_id).outcome == "rejected"


def test_wrong_use_is_named_before_anything_is_read(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    name = add_source(workspace, FEED)
    pages = {"hosts": ["127.0.0.1"], "start": [{"listing": "http://127.0.0.1/"}]}
    reading = {"detail": {"fields": {"title": "h1", "native_id": {"value": "1"}}}}
    other = FEED | {"name": "other", "kind": "pages", "files": None} | pages | reading
    add_source(workspace, other)
    with pytest.raises(ConfigError, match="other has no files"):
        ingest(workspace, "other", [])
    with pytest.raises(ConfigError, match=r"nowhere\.csv: there is no such file"):
        ingest(workspace, name, [workspace.root / "nowhere.csv"])
    (workspace.root / "inbox").rmdir()
    with pytest.raises(ConfigError, match=r"files\.folder: there is no folder .*inbox; make it"):
        run_crawl(workspace, [name])
    command = ["ingest", "x.csv", "--source", "nobody", "--workspace", str(workspace.root)]
    assert run_command(command) == 2
    assert "no source is called nobody" in capsys.readouterr().err


def test_the_command_reads_a_file_counts_what_it_refused_and_says_when_it_knows_it(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    add_source(workspace, FEED)
    path = export(workspace, SLANG, ("4", "少"))
    command = ["ingest", str(path), "--source", "partner", "--workspace", str(workspace.root)]
    assert run_command(command) == 0
    shown = capsys.readouterr()
    assert "done" in shown.out
    assert "1 row was refused; with its reason in " in " ".join(shown.err.split())
    assert run_command(command) == 0
    assert "was read before, by " in capsys.readouterr().err
    nothing = export(workspace, ("4", "少"), name="b.csv")
    assert run_command([*command[:1], str(nothing), *command[2:]]) == 1
    assert "no listing: bad-row 1" in capsys.readouterr().err


class Api(ThreadingHTTPServer):
    """A paged API that wants a token and remembers what it was asked."""

    def __init__(self, pages: int) -> None:
        super().__init__(("127.0.0.1", 0), ApiHandler)
        self.pages = pages
        self.asked: list[tuple[str, str | None]] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class ApiHandler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        token = self.headers.get("X-Token")
        if parts.path == "/robots.txt":
            self.answer(404, {})
            return
        self.server.asked.append((self.headers["Host"], token))
        page = int(parse_qs(parts.query).get("cursor", ["0"])[0])
        if parts.path == "/away":
            self.send_response(302)
            self.send_header(
                "Location", f"http://localhost:{self.server.server_address[1]}/listings?cursor=1"
            )
            self.end_headers()
        elif token != f"Key {TOKEN}" and not self.headers["Host"].startswith("localhost"):
            self.answer(401, {"error": "no token"})
        else:
            items = [{"id": page * 10 + number, "name": f"四件套 {page}-{number}"} for number in range(3)]
            rest = {"next": str(page + 1)} if page + 1 < self.server.pages else {}
            self.answer(200, {"data": [*items, {"name": "没有编号"}], "meta": rest})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def api(pages: int = 3) -> Iterator[Api]:
    with Api(pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def api_source(host: str, path: str = "/listings", **changes: Any) -> dict[str, Any]:
    data = FEED | {
        "files": None,
        "hosts": [host, f"localhost:{host.partition(':')[2]}"],
        "allow_private": True,
        "start": [{"api": f"http://{host}{path}"}],
        "token": HEADER | {"variable": "PARTNER_TOKEN"},
        "list": {
            "format": "json",
            "items": "data",
            "fields": {"native_id": "id", "title": "name"},
            "next": {"cursor": {"json": "meta.next", "parameter": "cursor"}},
        },
        "politeness": {"delay": 0, "adaptive": False},
    }
    return data | changes


def test_an_api_is_read_page_after_page_with_a_token_from_the_environment(workspace: Workspace) -> None:
    with api() as server:
        name = add_source(workspace, api_source(server.host, token={"variable": "NO_TOKEN"}))
        with pytest.raises(ConfigError, match=r"token\.variable: NO_TOKEN is not set"):
            run_crawl(workspace, [name])
        assert server.asked == []
        add_source(workspace, api_source(server.host))
        (run,) = run_crawl(workspace, [name])
    assert (run.outcome, run.pages, run.listings, run.errors) == ("done", 3, 9, {"no-id": 3})
    assert run.log_file is not None
    kept = run.log_file.with_suffix(".refused.jsonl").read_text(encoding="utf-8")
    assert kept.count("没有编号") == 3
    written = [path for path in workspace.data_dir.rglob("*") if path.is_file()]
    assert all(TOKEN.encode() not in path.read_bytes() for path in written)


def test_the_token_stays_with_the_api_and_a_wrong_one_is_said(workspace: Workspace) -> None:
    with api(pages=2) as server:
        away = add_source(workspace, api_source(server.host, "/away"), name="away")
        assert run_crawl(workspace, [away])[0].listings == 3
        elsewhere = f"localhost:{server.server_address[1]}"
        assert [token for host, token in server.asked if host == elsewhere] == [None]
        name = add_source(workspace, api_source(server.host, token=HEADER | {"variable": "WRONG_TOKEN"}))
        (run,) = run_crawl(workspace, [name])
    assert (run.outcome, run.reasons) == ("failed", ("no listing: http-401 1",))


def test_an_api_at_a_private_address_or_without_end_is_held_off(workspace: Workspace) -> None:
    with api(pages=10**6) as server:
        endless = add_source(workspace, api_source(server.host), name="endless", limits={"pages": 4})
        (run,) = run_crawl(workspace, [endless])
        assert (run.outcome, run.pages) == ("done", 4)
        assert any("limits.pages ended it" in text for text in run.alarms)
        large = add_source(workspace, api_source(server.host), name="large", limits={"page_mb": 0.0001})
        assert run_crawl(workspace, [large])[0].reasons == ("no listing: too-large 1",)
        server.asked.clear()
        closed = api_source(server.host, allow_private=False, token=None)
        (refused,) = run_crawl(workspace, [add_source(workspace, closed, name="closed")])
        assert refused.outcome == "failed"
        assert "private-address" in refused.errors
        assert server.asked == []


def test_a_feed_is_tried_on_a_file_before_anything_is_stored(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    add_source(workspace, FEED)
    path = export(workspace, SLANG, ("4", "少"))
    source = str(workspace.sources_dir / "partner.yaml")
    command = ["sources", "try", source, "--workspace", str(workspace.root)]
    assert run_command(command) == 2
    assert "try it on one: --page export.csv" in capsys.readouterr().err
    assert run_command([*command, "--page", str(path)]) == 1
    shown = capsys.readouterr()
    assert "12000 CNY" in shown.out
    assert "小王" not in shown.out
    assert "row 3 would not be kept: has 2 columns, the first line 6" in shown.err
    export(workspace, SLANG)
    assert run_command([*command, "--page", str(path)]) == 0
    assert not workspace.store_path.exists()
