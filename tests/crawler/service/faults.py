"""Scheduled crawls under faults: `python -m tests.crawler.service.faults --fires 200` (`make faults`).

A service crawls four sources every one or two seconds, on loopback: one sound, one slow, one that blocks now
and then, one that is dead. Crawls and the service are killed (kill -9) at random from
a seed, and for a while the disk is full (where a small tmpfs can be mounted). Afterwards every scheduled time
is accounted for, and the store equals that of a crawl without faults. Bounded by --seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.config import read_config
from crawler.crawl import run_crawl
from crawler.demo import Demo
from crawler.service.accounting import CLOSED, OPEN
from crawler.service.book import Book
from crawler.service.plans import read_plans
from pipelines.store.query import EVERYTHING
from pipelines.store.sqlite import open_store
from tests.crawler.workspaces import add_source, demo_source, small_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.config import Workspace

SIZE = 94
SETTLED_WITHIN = 60.0
SERVICE_KILLED_FIRST, SERVICE_KILLED_EVERY = 8, 25
"""Half seconds."""
CRAWL_KILLED = 0.25
SOUND = ("sound", "slow")
SERVE = [sys.executable, "-c", "from crawler.cli import main; main()", "serve", "--no-web"]


@dataclass(frozen=True)
class Outcome:
    """What a run of faults left: fires by source and state, times that nobody accounted for, two stores."""

    fires: Counter[tuple[str, str]]
    unaccounted: list[tuple[str, str]]
    open: int
    kills: Counter[str]
    stored: Counter[tuple[object, ...]]
    expected: Counter[tuple[object, ...]]

    @property
    def scheduled(self) -> int:
        return self.fires.total()


def run(folder: Path, *, fires: int, seconds: float, seed: int, full_disk: bool) -> Outcome:
    """Serve under faults until so many times have come, and look at what is left."""
    dice = random.Random(seed)
    kills: Counter[str] = Counter()
    with Demo(size=SIZE) as demo:
        sources = _sources(demo, folder / "templates")
        expected = _expected(folder / "reference", sources)
        workspace = small_workspace(folder / "desk")
        with _data(workspace, full_disk=full_disk) as disk:
            _write_sources(workspace, sources)
            _until(workspace, demo, disk, dice, kills, fires=fires, until=time.monotonic() + seconds)
            _settle(workspace)
            return _look(workspace, kills, expected)


def _sources(demo: Demo, folder: Path) -> list[dict[str, Any]]:
    """A source of each kind; all but the dead one have a platform of the demo to themselves."""
    quick = {"delay": 0, "concurrency": 4, "adaptive": False, "retries": 1}
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "sound": ("demo-jishi", {"start": [{"category": f"{demo.platforms['jishi'].url}/all"}]}),
        "slow": ("demo-jiujie", {"politeness": quick | {"delay": 0.05, "concurrency": 1}}),
        "blocked": ("demo-fanpu-json", {"blocks": {"stop_after": 1, "back_off": "1s"}}),
        "dead": ("demo-jishi", {"hosts": ["127.0.0.1:9"], "start": [{"category": "http://127.0.0.1:9/all"}]}),
    }
    found = []
    for name, (base, changes) in kinds.items():
        every = "1s" if name == "sound" else "2s"
        data = demo_source(demo, folder, base) | {
            "politeness": quick, "assertions": None, "blocks": None,
            "schedule": {"every": every, "late": "5s"},
        }  # fmt: skip
        found.append(data | changes | {"name": name})
    return found


def _write_sources(workspace: Workspace, sources: list[dict[str, Any]]) -> None:
    for data in sources:
        add_source(workspace, data)


def _until(
    workspace: Workspace,
    demo: Demo,
    disk: Path | None,
    dice: random.Random,
    kills: Counter[str],
    *,
    fires: int,
    until: float,
) -> None:
    service = _start(workspace)
    try:
        step = 0
        while time.monotonic() < until and _come(workspace) < fires:
            step += 1
            time.sleep(0.5)
            if service.poll() is not None:
                service = _start(workspace)
            if step % 6 == 0:
                (demo.block if step % 12 else demo.unblock)("jishi") if step % 24 < 3 else demo.unblock(
                    "jishi"
                )
            if disk is not None and step % 40 == 20:
                _fill(disk)
                kills["disk full"] += 1
            if disk is not None and step % 40 == 24:
                (disk / "ballast").unlink(missing_ok=True)
            if step % SERVICE_KILLED_EVERY == SERVICE_KILLED_FIRST:
                service.kill()
                service.wait()
                kills["service"] += 1
                service = _start(workspace)
            elif dice.random() < CRAWL_KILLED and (pid := _a_crawl(workspace, dice)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    kills["crawl"] += 1
    finally:
        demo.unblock("fanpu")
        if disk is not None:
            (disk / "ballast").unlink(missing_ok=True)
        service.send_signal(signal.SIGTERM)
        try:
            service.wait(90)
        except subprocess.TimeoutExpired:
            service.kill()
            service.wait()


def _settle(workspace: Workspace) -> None:
    """Let a service end what is open, then crawl each sound source once more, without a fault."""
    with Book(workspace.data_dir) as book:
        for name in read_plans(workspace).sources:
            book.pause(name, datetime.now(UTC))
        service = _start(workspace)
        deadline = time.monotonic() + SETTLED_WITHIN
        while time.monotonic() < deadline and book.fires(states=OPEN, limit=1):
            time.sleep(0.2)
        service.send_signal(signal.SIGTERM)
        service.wait(90)
    _crawl_sound(workspace)


def _crawl_sound(workspace: Workspace) -> None:
    for name in SOUND:
        (summary, *_) = run_crawl(workspace, (name,))
        if summary.outcome != "done":
            raise RuntimeError(f"{name}: {summary.outcome} {summary.reasons}")


def _look(workspace: Workspace, kills: Counter[str], expected: Counter[tuple[object, ...]]) -> Outcome:
    found: Counter[tuple[str, str]] = Counter()
    unaccounted: list[tuple[str, str]] = []
    still_open = 0
    with Book(workspace.data_dir) as book:
        known: dict[str, set[Any]] = {}
        for fire in book.fires(limit=100_000):
            if fire.kind == "crawl":
                found[fire.name, fire.state] += 1
                known.setdefault(fire.name, set()).add(fire.scheduled_at)
                still_open += fire.state not in CLOSED
        plans = {plan.name: plan for plan in book.plans() if plan.kind == "crawl"}
    for name, planned in read_plans(workspace).sources.items():
        assert planned.timetable is not None
        plan = plans[name]
        timetable = replace(planned.timetable, anchor=plan.anchor)
        times = timetable.between(plan.anchor, plan.accounted_until)
        unaccounted += [(name, at.isoformat()) for at, _ in times if at not in known.get(name, set())]
    return Outcome(found, unaccounted, still_open, kills, _stored(workspace), expected)


def _expected(folder: Path, sources: list[dict[str, Any]]) -> Counter[tuple[object, ...]]:
    workspace = small_workspace(folder)
    _write_sources(workspace, sources)
    _crawl_sound(workspace)
    return _stored(workspace)


def _stored(workspace: Workspace) -> Counter[tuple[object, ...]]:
    """What the sound sources left, without times and pseudonyms, which are of a workspace's own key."""
    with open_store(workspace.store_path, must_exist=True) as store:
        return Counter(
            (
                stored.listing.source,
                stored.listing.title,
                stored.analysis.verdict,
                stored.versions,
                tuple(sorted((hit.term_id, hit.surface) for hit in stored.analysis.hits)),
            )
            for stored in store.search(EVERYTHING, limit=1000).listings
            if stored.listing.source in SOUND
        )


@contextmanager
def _data(workspace: Workspace, *, full_disk: bool) -> Iterator[Path | None]:
    """The data folder, on a small file system of its own where there is to be a full disk."""
    if not full_disk:
        yield None
        return
    folder = workspace.data_dir
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(disk: Path) -> None:
    with suppress(OSError), (disk / "ballast").open("wb") as ballast:
        while True:
            ballast.write(b"\0" * 65536)
            ballast.flush()


def _start(workspace: Workspace) -> subprocess.Popen[bytes]:
    config = workspace.config_path
    text = config.read_text(encoding="utf-8").replace("service_port = 8471", f"service_port = {_port()}")
    config.write_text(text, encoding="utf-8")
    read_config(config)
    log = (workspace.root / "service.log").open("ab")
    return subprocess.Popen([*SERVE, "--workspace", str(workspace.root)], stdout=log, stderr=log)


def _port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _come(workspace: Workspace) -> int:
    if not (workspace.data_dir / "service.sqlite").exists():
        return 0
    with Book(workspace.data_dir) as book:
        return sum(count for (kind, _, _), count in book.counts().items() if kind == "crawl")


def _a_crawl(workspace: Workspace, dice: random.Random) -> int | None:
    """The process of a crawl that runs now."""
    pids = sorted(workspace.jobs_dir.glob("*/*/pid"))
    if not pids:
        return None
    with suppress(OSError, ValueError):
        pid = int(dice.choice(pids).read_text(encoding="ascii"))
        if str(workspace.lexicon_dir).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid  # and no other process that has its number by now
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fires", type=int, default=200, help="scheduled times")
    parser.add_argument("--seconds", type=float, default=600.0, help="at most so long")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="jargonwatch-faults-"))
    full_disk = os.geteuid() == 0 and shutil.which("mount") is not None
    try:
        outcome = run(folder, fires=asked.fires, seconds=asked.seconds, seed=asked.seed, full_disk=full_disk)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for (name, state), count in sorted(outcome.fires.items()):
        print(f"{name:10} {state:10} {count:5}")
    if outcome.unaccounted:
        print(outcome.unaccounted[:20])
    same = outcome.stored == outcome.expected
    print(json.dumps({"scheduled": outcome.scheduled, "kills": outcome.kills, "open": outcome.open,
                      "unaccounted": len(outcome.unaccounted), "store equal": same}))  # fmt: skip
    return 0 if same and not outcome.unaccounted else 1


if __name__ == "__main__":
    sys.exit(main())
