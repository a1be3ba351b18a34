"""Fetch the pages that `sources try` and `sources record` look at: `python -m crawler.fetch`.

A job as JSON on standard input, one JSON object on standard output: the pages as they came, and what failed.
All rules of a crawl hold (robots.txt, hosts, limits); nothing is stored.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import TextResponse
from scrapy.http.headers import Headers
from scrapy.responsetypes import responsetypes
from scrapy.settings import Settings

from crawler import settings as scrapy_settings
from crawler.errors import JobError
from spiders.paging import Turn

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.http import Response

    from crawler.config import Workspace
    from spiders.visit import Visited, VisitSpider

PAGES: Final = 10
"""How many pages a look at a source may ask for."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as it came. `turn` says which list page it is; None for a listing's own page."""

    url: str
    status: int
    content_type: str
    body: bytes
    encoding: str | None
    turn: Turn | None
    seen_at: datetime

    def response(self) -> Response:
        """The page as Scrapy had it."""
        headers = {"Content-Type": self.content_type}
        kind = responsetypes.from_args(Headers(headers), self.url, body=self.body)
        response = kind(self.url, self.status, headers=headers, body=self.body)
        if self.encoding is not None and isinstance(response, TextResponse):
            return response.replace(encoding=self.encoding)
        return response


@dataclass(frozen=True, slots=True)
class Fetched:
    """The pages of a look at a source, the list page first, and what went wrong, a line each."""

    pages: tuple[FetchedPage, ...]
    failures: tuple[str, ...]


def fetch(workspace: Workspace, path: Path, *, keyword: str | None = None, url: str | None = None) -> Fetched:
    """Fetch a list page of a source and the page of the first listing on it, in a process of its own.

    Raises `JobError` where not even that process could run.
    """
    job = {
        "workspace": str(workspace.root),
        "source": str(path.resolve()),
        "keyword": keyword or "",
        "url": url or "",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "crawler.fetch"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if ended.returncode != 0:
        lines = ended.stderr.strip().splitlines()
        raise JobError(lines[-1] if lines else f"fetching a page of {path} failed")
    report = json.loads(ended.stdout)
    return Fetched(tuple(_page(page) for page in report["pages"]), tuple(report["failures"]))


def main() -> None:
    """Run the job on standard input."""
    job = json.load(sys.stdin)
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed must not get among the reports
    settings = Settings()
    settings.setmodule(scrapy_settings, priority="project")
    overriding = {
        "WORKSPACE": job["workspace"],
        "PAGE_LIMIT_TODAY": PAGES,
        "ITEM_PIPELINES": {},
        "EXTENSIONS": {},
        "DOWNLOADER_MIDDLEWARES": scrapy_settings.DOWNLOADER_MIDDLEWARES
        | {"spiders.freshness.ConditionalRequests": None},
        "LOG_LEVEL": "ERROR",
    }
    settings.update(overriding, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler("visit")
    task = process.crawl(crawler, source=job["source"], keyword=job["keyword"], url=job["url"])
    process.start()
    if (error := task.exception()) is not None:
        sys.exit(str(error))
    spider: VisitSpider = crawler.spider  # type: ignore[assignment]
    report = {"pages": [_plain(visited) for visited in spider.visited], "failures": spider.failures}
    with reports:
        json.dump(report, reports)


def _plain(visited: Visited) -> dict[str, Any]:
    response = visited.response
    return {
        "url": response.url,
        "status": response.status,
        "content_type": (response.headers.get("Content-Type") or b"").decode("latin-1"),
        "body": base64.b64encode(response.body).decode("ascii"),
        "encoding": getattr(response, "encoding", None),
        "turn": visited.turn.plain() if visited.turn else None,
        "seen_at": datetime.now(UTC).isoformat(),
    }


def _page(plain: dict[str, Any]) -> FetchedPage:
    decoded = {
        "body": base64.b64decode(plain["body"]),
        "turn": Turn(**plain["turn"]) if plain["turn"] else None,
        "seen_at": datetime.fromisoformat(plain["seen_at"]),
    }
    return FetchedPage(**{**plain, **decoded})


if __name__ == "__main__":
    main()
