"""One crawl of one source in a process of its own: `python -m crawler.child`, started by `crawler.crawl`.

A job as JSON on standard input; on standard output a JSON object a line: `progress`, then one `summary` or
`failure`. What Scrapy says goes to the log file.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler import settings as scrapy_settings
from crawler.jobs import Job
from crawler.ledger import RunLedger
from crawler.runs import SourceProgress
from pipelines.items import listings_stored
from spiders.frontier import frontier_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

SECONDS_BETWEEN_REPORTS: Final = 0.3


def main() -> int:
    """Run the job on standard input. 0 once it is judged, 1 for one that could not run."""
    job = Job(**json.load(sys.stdin))
    reports = own_standard_output()
    process = AsyncCrawlerProcess(_settings(job))
    crawler = process.create_crawler("listings")
    Reporter(crawler, reports)
    failures: list[BaseException] = []
    task = process.crawl(crawler, source=job.source, shops=json.dumps(job.shops))
    task.add_done_callback(lambda ended: _keep_failure(ended, failures))
    process.start()
    ledger = crawler.get_extension(RunLedger) if crawler._extensions else None
    if ledger is None or ledger.summary is None:
        _report(reports, "failure", {"message": str(failures[0]) if failures else "see its log"})
        return 1
    _report(reports, "summary", asdict(ledger.summary))
    return 0


def own_standard_output() -> TextIO:
    """Standard output for the reports alone: whatever else would write there goes to standard error."""
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return reports


def _settings(job: Job) -> Settings:
    settings = Settings()
    settings.setmodule(scrapy_settings, priority="project")
    settings.update(
        {
            "WORKSPACE": job.workspace,
            "RUN_ID": job.run_id,
            "RUN_REASON": job.reason,
            "JOBDIR": job.job_dir,
            "LOG_FILE": job.log_file,
            "PAGE_LIMIT_TODAY": job.pages_today,
        },
        priority="cmdline",
    )
    return settings


def _keep_failure(ended: Any, failures: list[BaseException]) -> None:
    if not ended.cancelled() and (error := ended.exception()) is not None:
        failures.append(error)


class Reporter:
    """Says on the pipe how far the crawl is, a few times a second; ends it when nobody listens any more."""

    def __init__(self, crawler: Crawler, reports: TextIO) -> None:
        self.crawler, self.reports = crawler, reports
        self.last = 0.0
        crawler.signals.connect(self.report, signal=signals.response_received)
        crawler.signals.connect(self.report, signal=listings_stored)

    def report(self) -> None:
        """Signal handler."""
        if time.monotonic() - self.last < SECONDS_BETWEEN_REPORTS:
            return
        self.last = time.monotonic()
        stats = self.crawler.stats
        progress = SourceProgress(
            source=self.crawler.spider.source.name,  # type: ignore[union-attr]
            pages=stats.get_value("page/asked", 0),
            waiting=frontier_of(self.crawler).left,
            listings=stats.get_value("listing/count", 0),
        )
        try:
            _report(self.reports, "progress", asdict(progress))
        except BrokenPipeError:
            self.crawler.stop()


def _report(reports: TextIO, kind: str, content: dict[str, Any]) -> None:
    reports.write(json.dumps({"kind": kind, **content}, ensure_ascii=False, default=_plain) + "\n")
    reports.flush()


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, Path) else value.isoformat()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())
