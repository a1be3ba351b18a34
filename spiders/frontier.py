"""The queue of a crawl, kept so that a kill at any moment loses nothing and repeats nothing.

Scrapy's own queue (JOBDIR) is written down when a crawl is closed in order; what was under way at a kill is
lost. Here a request is done only once all that it led to is in the store. The queue is written when a batch
has been stored, in one transaction: the requests that are done by now, and those found meanwhile. After a
kill, what was not done is asked again; storing it again changes nothing.

A request for a listing's page that carries values of its list page is never written down, since the values
may hold personal data. Its list page counts as done after it, and is asked again instead.
"""

from __future__ import annotations

import heapq
import itertools
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from scrapy import Request, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.utils.request import request_from_dict

from pipelines.items import Sighting, Unchanged, listings_stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

CARRIED: Final = "carried"
"""Request meta: its cb_kwargs hold values of a page, so it is not to be written down."""
COUNTED: Final = ("page/", "listing/", "error/", "jump/", "downloader/response_bytes")
"""The statistics that go on after a resume."""

_ENTRY: Final = "frontier_entry"
_FOUND_BY: Final = "frontier_found_by"
_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS request (fingerprint BLOB PRIMARY KEY, waiting TEXT);
    CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT);
"""


@dataclass(slots=True, eq=False)
class Entry:
    """A request that is not done. `holds` counts why: itself, its listings, the requests it led to."""

    fingerprint: bytes
    waiting: str | None
    """The request as it is written down; None for one that is not."""
    parent: int | None
    holds: int = 1
    answered: bool = False


class Frontier(BaseScheduler):
    """Scrapy scheduler over one SQLite file in JOBDIR; without JOBDIR in memory.

    Settings: PAGE_LIMIT, pages of one run however often it is resumed; PAGE_LIMIT_TODAY, of this process.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        jobdir: str | None = crawler.settings.get("JOBDIR")
        self._path = str(Path(jobdir, "frontier.sqlite")) if jobdir else ":memory:"
        self._known: set[bytes] = set()
        self._queue: list[tuple[int, int, Request]] = []
        self._numbers = itertools.count()
        self._entries: dict[int, Entry] = {}
        self._found: list[Entry] = []
        self._done: list[Entry] = []
        self._limit = crawler.settings.getint("PAGE_LIMIT")
        self._limit_today = crawler.settings.getint("PAGE_LIMIT_TODAY")
        self._asked_today = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        frontier = cls(crawler)
        crawler.signals.connect(frontier.items_stored, signal=listings_stored)
        crawler.signals.connect(frontier.item_failed, signal=signals.item_error)
        return frontier

    def open(self, spider: Spider) -> None:
        """Go on where an earlier process left off, if JOBDIR has its queue."""
        self._spider = spider
        self._database = sqlite3.connect(self._path, isolation_level=None)
        self._database.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {_TABLES}")
        for fingerprint, waiting in self._database.execute("SELECT fingerprint, waiting FROM request"):
            self._known.add(fingerprint)
            if waiting is not None:
                request = request_from_dict(json.loads(waiting), spider=spider)
                self._add(request, Entry(fingerprint, waiting, None))
        for name, value in self._database.execute("SELECT name, value FROM state"):
            self.crawler.stats.set_value(name, json.loads(value))

    def close(self, reason: str) -> None:  # noqa: ARG002, Scrapy passes it
        """Write the queue down a last time."""
        self._write()
        self._database.close()

    @property
    def left(self) -> int:
        """How many requests wait: more than none at the end of a crawl that a limit cut short."""
        return len(self._queue)

    @property
    def spent(self) -> str | None:
        """Which limit allows no further page: limits.pages, politeness.pages_per_day, or none."""
        if self.crawler.stats.get_value("page/asked", 0) >= self._limit:
            return "limits.pages"
        return "politeness.pages_per_day" if self._asked_today >= self._limit_today else None

    def has_pending_requests(self) -> bool:
        """Whether any request waits that may still be asked."""
        return bool(self._queue) and self.spent is None

    def enqueue_request(self, request: Request) -> bool:
        """Queue a request, unless it was queued before. Retries and redirects go on under their entry."""
        if _ENTRY in request.meta:
            self._push(request)
            return True
        parent: int | None = request.meta.pop(_FOUND_BY, None)
        fingerprint = self.crawler.request_fingerprinter.fingerprint(request)
        if fingerprint in self._known:
            self._release(parent)
            return False
        self._known.add(fingerprint)
        if request.meta.get(CARRIED):
            self._add(request, Entry(fingerprint, None, parent))
        else:
            entry = Entry(fingerprint, self._written(request), None)
            self._add(request, entry)
            self._found.append(entry)
            self._release(parent)
        return True

    def next_request(self) -> Request | None:
        """The waiting request of highest priority, the longest waiting first, within the page limits."""
        if not self.has_pending_requests():
            return None
        self._asked_today += 1
        self.crawler.stats.inc_value("page/asked")
        return heapq.heappop(self._queue)[2]

    async def outputs(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass on what a page led to, keeping its request open until all of that is dealt with."""
        number: int | None = response.meta.get(_ENTRY)
        try:
            async for output in result:
                self._hold(number)
                if isinstance(output, Request):
                    output.meta[_FOUND_BY] = number
                elif not isinstance(output, Sighting | Unchanged):
                    self._release(number)
                yield output
        except Exception:
            self.answered(response.meta)
            raise
        self.answered(response.meta)

    def answered(self, meta: dict[str, Any]) -> None:
        """A request came to its end, well or not."""
        entry = self._entries.get(meta.get(_ENTRY, -1))
        if entry is not None and not entry.answered:
            entry.answered = True
            self._release(meta[_ENTRY])

    def items_stored(self, items: Sequence[Sighting]) -> None:
        """Signal handler: listings are in the store for good."""
        for item in items:
            self._release(item.page.meta.get(_ENTRY))
        self._write()

    def item_failed(self, item: Any) -> None:
        """Signal handler: a pipeline could not deal with a listing; Scrapy logs it."""
        if isinstance(item, Sighting | Unchanged):
            self._release(item.page.meta.get(_ENTRY))

    def _add(self, request: Request, entry: Entry) -> None:
        number = next(self._numbers)
        request.meta[_ENTRY] = number
        self._entries[number] = entry
        self._push(request)

    def _push(self, request: Request) -> None:
        heapq.heappush(self._queue, (-request.priority, next(self._numbers), request))

    def _written(self, request: Request) -> str:
        parts = request.to_dict(spider=self._spider)
        kept = ("url", "callback", "errback", "cb_kwargs", "priority")
        return json.dumps({name: parts[name] for name in kept}, ensure_ascii=False)

    def _hold(self, number: int | None) -> None:
        if number in self._entries:
            self._entries[number].holds += 1

    def _release(self, number: int | None) -> None:
        entry = self._entries.get(number) if number is not None else None
        if number is None or entry is None:
            return
        entry.holds -= 1
        if entry.holds == 0:
            del self._entries[number]
            self._done.append(entry)
            self._release(entry.parent)

    def _write(self) -> None:
        stats = self.crawler.stats.get_stats().items()
        counted = [(name, json.dumps(value)) for name, value in stats if name.startswith(COUNTED)]
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT OR REPLACE INTO request VALUES (?, ?)",
                [(entry.fingerprint, entry.waiting) for entry in self._found]
                + [(entry.fingerprint, None) for entry in self._done],
            )
            self._database.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", counted)
        self._found.clear()
        self._done.clear()


def frontier_of(crawler: Crawler) -> Frontier:
    """The frontier of a crawl that is under way."""
    scheduler = crawler.engine.scheduler
    assert isinstance(scheduler, Frontier)  # noqa: S101, the settings put it in place
    return scheduler


class FrontierOutputs:
    """Spider middleware, next to the spider: tells the frontier what pages led to."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """What a page led to, noted."""
        async for output in frontier_of(self.crawler).outputs(response, result):
            yield output
