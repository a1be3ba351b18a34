"""The service: it waits for times, begins what is due, and ends in order.

APScheduler waits (one trigger a source, one instance of each); the book remembers. The stores that
APScheduler has keep only when a job is due next, so that nobody could say what became of a time that passed
without a service.
All decisions are taken in one thread, the scheduler's; crawls are followed and tasks done in others.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from apscheduler.executors.pool import ThreadPoolExecutor as SchedulerThread
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from crawler.errors import ConfigError, NurseryError
from crawler.nursery import Nursery
from crawler.service import work
from crawler.service.plans import Plans, read_plans
from crawler.service.timetable import TimetableTrigger
from crawler.service.work import MOST_ATTEMPTS, Ending
from pipelines.errors import LexiconError
from pipelines.lexicon.files import read_lexicon

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crawler.config import Workspace
    from crawler.runs import RunSummary
    from crawler.service.book import Book, Fire, Kind
    from crawler.service.timetable import Timetable
    from crawler.service.watch import Watch

logger = logging.getLogger(__name__)

TEND_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 10.0
KILLED_WITHIN: Final = 10.0
"""Seconds that killed processes may take to be gone."""
JUMP: Final = timedelta(seconds=60)
"""A clock that moved so much more or less than time did was set."""


class Service:
    """Serves one workspace from `start` to `stop`. `read` gives the workspace as it is on the disk."""

    def __init__(
        self,
        read: Callable[[], Workspace],
        book: Book,
        *,
        watch: Watch,
        counted: Callable[[RunSummary], None] = lambda _: None,
    ) -> None:
        self.workspace = read()
        self.plans = Plans()
        self.tended_at = datetime.now(UTC)
        """When it last looked after things; long ago means that it hangs."""
        self._read, self._book, self._watch, self._counted = read, book, watch, counted
        self._timetables: dict[tuple[Kind, str], Timetable] = {}
        self._signature: object = None
        self._lexicon_signature: object = None
        self._busy: set[int] = set()
        self._crawling: set[int] = set()
        self._stopping = threading.Event()
        self._renew = False
        self._nurseries = ExitStack()
        self._watched = self._ticked = -WATCH_SECONDS
        self._crawls = ThreadPoolExecutor(self.workspace.config.crawls_at_once, "crawl")
        self._tasks = ThreadPoolExecutor(1, "task")
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": SchedulerThread(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Go on with what a stop or a kill left, account for the times since, and wait for the next ones.

        Raises `ConfigError` or `LexiconError` where the workspace cannot be served as it is.
        """
        read_lexicon(self.workspace.lexicon_dir)
        self.workspace.masking_key()
        self._nursery = self._nurseries.enter_context(Nursery(self.workspace.lexicon_dir))
        self._take_up()
        self._reload()
        self._scheduler.add_job(self.tend, IntervalTrigger(seconds=TEND_SECONDS, timezone=UTC), id="tend")
        self._scheduler.start()
        logger.info("serving %s", self.workspace.root)

    def stop(self, grace: float | None = None) -> bool:
        """Begin nothing more, end crawls in order, kill them after the grace; whether all is over."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)
        self._nursery.stop(signal.SIGTERM)
        over = self._is_over(self.workspace.config.stop_seconds if grace is None else grace)
        if not over:
            logger.warning("what still crawls is killed after the grace; the next start goes on with it")
            self._nursery.stop(signal.SIGKILL)
            over = self._is_over(KILLED_WITHIN)
        self._crawls.shutdown(wait=False, cancel_futures=True)
        self._tasks.shutdown(wait=False, cancel_futures=True)
        if not self._crawling:
            self._nurseries.close()
        logger.info("stopped")
        return over

    def tend(self) -> None:
        """Look after everything that doesn't come by a timetable. A failure is told and tried again."""
        try:
            self._tend(datetime.now(UTC))
        except Exception:
            logger.exception("the service could not look after itself; it tries again")

    def nursery_alive(self) -> bool:
        return self._nursery.alive

    def _tend(self, now: datetime) -> None:
        moved = now - self.tended_at
        passed = timedelta(seconds=time.monotonic() - self._ticked)
        jumped = self._ticked > 0 and abs(moved - passed) > JUMP
        self.tended_at, self._ticked = now, time.monotonic()
        self._reload()
        if jumped:
            logger.warning("the clock was set by %s", moved - passed)
            self._schedule_all(now)
        for name in self._book.take_requests():
            if name in self.plans.sources:
                self._book.ask(name, now)
        self._take_up()
        for fire in self._book.fires(states=("waiting",), limit=1000):
            self._begin(fire)
        if self._renew and not self._crawling:
            self._renew_nursery()
        if time.monotonic() - self._watched >= WATCH_SECONDS:
            self._watched = time.monotonic()
            self._watch.look(self.workspace, self.plans, self._timetables, now)

    # What is planned

    def _reload(self) -> None:
        """Take over what was edited. What is broken keeps what it last said, and is told of."""
        signature = _signature(self.workspace)
        if signature == self._signature:
            return
        lexicon = _lexicon_signature(self.workspace)
        edited = self._signature is not None and lexicon != self._lexicon_signature
        self._signature, self._lexicon_signature = signature, lexicon
        now = datetime.now(UTC)
        try:
            read = self._read()
            self.workspace = replace(
                read, config=read.config.model_copy(update={"data": self.workspace.config.data})
            )
            self._book.end_trouble("config", self.workspace.config_path.name)
        except ConfigError as error:
            self._trouble("config", self.workspace.config_path.name, str(error), now)
        if edited:
            try:
                read_lexicon(self.workspace.lexicon_dir)
                self._renew = True
                self._book.end_trouble("lexicon", "lexicon")
            except LexiconError as error:
                self._trouble("lexicon", "lexicon", str(error), now)
        before, self.plans = self.plans, read_plans(self.workspace)
        for name, said in self.plans.broken.items():
            self._trouble("source file", name, said, now)
        for name in before.broken.keys() - self.plans.broken.keys():
            self._book.end_trouble("source file", name)
        self._schedule_all(now)

    def _trouble(self, kind: str, name: str, said: str, now: datetime) -> None:
        logger.error("%s: %s; what it last said stands", name, said)
        self._book.set_trouble(kind, name, f"{said}; what it last said stands", now)

    def _schedule_all(self, now: datetime) -> None:
        wanted: dict[tuple[Kind, str], Timetable] = {}
        for name, planned in self.plans.sources.items():
            if planned.timetable is not None:
                wanted["crawl", name] = planned.timetable
        for name, timetable in self.plans.tasks.items():
            wanted["task", name] = timetable
        known = {(plan.kind, plan.name) for plan in self._book.plans()}
        for kind, name in known - wanted.keys():
            self._book.retire(kind, [name], now)
        for kind, name in self._timetables.keys() - wanted.keys():
            self._scheduler.remove_job(f"{kind} {name}")
        self._timetables = {}
        for (kind, name), timetable in wanted.items():
            plan = self._book.plan(kind, timetable, now)
            anchored = replace(timetable, anchor=plan.anchor)
            self._timetables[kind, name] = anchored
            self._scheduler.add_job(
                self._come,
                TimetableTrigger(anchored),
                args=(kind, name),
                id=f"{kind} {name}",
                replace_existing=True,
            )
            self._come(kind, name)

    def _come(self, kind: Kind, name: str) -> None:
        """Account for the times that have come, and begin what is due."""
        timetable = self._timetables.get((kind, name))
        if timetable is None or self._stopping.is_set():
            return
        now = datetime.now(UTC)
        fire = self._book.account(kind, timetable, now)
        following = timetable.after(now)
        self._book.note_next(kind, name, timetable.due(following) if following else None)
        if fire is not None:
            self._begin(fire)

    # What is due

    def _take_up(self) -> None:
        """Have those wait that somebody began and could not end: a service that died, or a full disk."""
        for fire in self._book.fires(states=("running",), limit=1000):
            if fire.id not in self._busy:
                self._book.again(fire, "whoever worked on it could not end it")

    def _begin(self, fire: Fire) -> None:
        if fire.id in self._busy or self._stopping.is_set():
            return
        known = self.plans.sources if fire.kind == "crawl" else self.plans.tasks
        if fire.name not in known:
            self._book.end(fire, "missed", datetime.now(UTC), "its source file is gone")
            return
        self._busy.add(fire.id)
        pool = self._crawls if fire.kind == "crawl" else self._tasks
        pool.submit(self._work, fire)

    def _work(self, fire: Fire) -> None:
        """Follow a fire to its end, in a thread of its pool; one that hasn't begun at a stop still waits."""
        about = {"fire": fire.id, "source" if fire.kind == "crawl" else "task": fire.name}
        try:
            if self._stopping.is_set():
                return
            if fire.kind == "crawl":
                self._crawling.add(fire.id)
            self._book.begin(fire, datetime.now(UTC))
            ending = self._done(fire)
            self._book.end(fire, ending.state, datetime.now(UTC), ending.reason, ending.peak_mb)
            logger.info("%s: %s %s", fire.name, ending.state, ending.reason, extra=about)
        except Exception:
            logger.exception("%s could not be accounted for; it is tried again", fire.name, extra=about)
        finally:
            self._crawling.discard(fire.id)
            self._busy.discard(fire.id)

    def _done(self, fire: Fire) -> Ending:
        if fire.kind == "task":
            return work.perform(self.workspace, self._book, fire.name)
        try:
            return work.crawl(
                self.workspace,
                self._nursery,
                self.plans.sources,
                fire,
                begun=lambda job: self._book.note_run(fire, job.run_id),
                counted=self._counted,
            )
        except NurseryError as error:
            self._renew = True
            again = fire.attempts + 1 < MOST_ATTEMPTS
            return Ending("waiting" if again else "failed", str(error))

    def _renew_nursery(self) -> None:
        """Fork from a process that has loaded the lexicon as it is now."""
        self._renew = False
        self._nurseries.close()
        self._nursery = self._nurseries.enter_context(Nursery(self.workspace.lexicon_dir))

    def _is_over(self, within: float) -> bool:
        deadline = time.monotonic() + within
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self._busy


def _signature(workspace: Workspace) -> object:
    """Equal as long as nothing was edited."""
    files = (workspace.config_path, *workspace.sources_dir.glob("*.yaml"))
    return _stamps(*files), _lexicon_signature(workspace)


def _lexicon_signature(workspace: Workspace) -> object:
    return _stamps(*workspace.lexicon_dir.rglob("*.yaml"))


def _stamps(*paths: Path) -> frozenset[tuple[str, int, int]]:
    found = []
    for path in paths:
        try:
            stat = path.stat()
        except OSError:  # gone since it was listed
            continue
        found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return frozenset(found)
