"""One crawl of one source in a process of its own, forked from the nursery.

It reads its job as JSON, and reports a JSON object a line: `progress`, then one `summary` or `failure`. What
Scrapy says goes to the log file, a JSON object a line.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler import settings as scrapy_settings
from crawler.jobs import Job, seconds_allowed
from crawler.ledger import RunLedger
from crawler.log_format import log_as_json
from crawler.runs import SourceProgress
from pipelines.items import listings_stored
from spiders.contract import load_source
from spiders.frontier import frontier_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_REPORTS: Final = 0.3
PID: Final = "pid"
"""The file of a job that says which process runs it. SIGTERM stops it in order."""


def run_forked(descriptors: Sequence[int], failure: str | None) -> int:
    """Run the job that the descriptors lead to; the exit status, 0 once it is judged."""
    job_source, reporting, log, lock = descriptors
    os.dup2(log, 1)
    os.dup2(log, 2)
    with os.fdopen(reporting, "w", encoding="utf-8") as reports, os.fdopen(job_source) as source:
        try:
            job = Job(**json.load(source))
            log_as_json(job.log_file, run=job.run_id, source=Path(job.source).stem)
            (Path(job.job_dir) / PID).write_text(str(os.getpid()), encoding="ascii")
            last = ("failure", {"message": failure}) if failure else ("summary", crawl(job, reports))
        except BrokenPipeError:
            return 1
        except Exception as error:
            # the last chance to say what happened
            logger.exception("the crawl could not be run")
            last = ("failure", {"message": str(error) or type(error).__name__})
        os.close(lock)  # before the parent hears that this is over
        _report(reports, *last)
    return 0 if last[0] == "summary" else 1


def crawl(job: Job, reports: TextIO) -> dict[str, Any]:
    """Crawl, and return the summary of the run as plain data. Raises whatever kept it from running."""
    process = AsyncCrawlerProcess(_settings(job), install_root_handler=False)
    source = load_source(Path(job.source))
    signal.alarm(seconds_allowed(source))  # kills what does not even end
    feed = source.kind == "feed"
    crawler = process.create_crawler("feed" if feed else "listings")
    reporter = Reporter(crawler, reports)
    arguments = {"files": json.dumps(job.files)} if feed else {"shops": json.dumps(job.shops)}
    task = process.crawl(crawler, source=job.source, **arguments)
    process.start()
    if (error := task.exception()) is not None:
        raise error
    reporter.send(waiting=0)
    ledger = crawler.get_extension(RunLedger)
    if ledger is None or ledger.summary is None:
        raise RuntimeError("the run could not be judged; see its log")
    return asdict(ledger.summary)


def _settings(job: Job) -> Settings:
    settings = Settings()
    settings.setmodule(scrapy_settings, priority="project")
    settings.update(
        {
            "WORKSPACE": job.workspace,
            "WORKSPACE_CONFIG": job.config,
            "RUN_ID": job.run_id,
            "RUN_REASON": job.reason,
            # shops are pointed to by pages: their addresses must not be written down
            "JOBDIR": None if job.shops else job.job_dir,
            "LOG_FILE": job.log_file,
            "PAGE_LIMIT_TODAY": job.pages_today,
        },
        priority="cmdline",
    )
    return settings


class Reporter:
    """Says on the pipe how far the crawl is, a few times a second; ends it when nobody listens any more."""

    def __init__(self, crawler: Crawler, reports: TextIO) -> None:
        self.crawler, self.reports = crawler, reports
        self.last = 0.0
        crawler.signals.connect(self.report, signal=signals.response_received)
        crawler.signals.connect(self.report, signal=listings_stored)

    def report(self) -> None:
        """Signal handler."""
        if time.monotonic() - self.last >= SECONDS_BETWEEN_REPORTS:
            self.last = time.monotonic()
            try:
                self.send(waiting=frontier_of(self.crawler).left)
            except BrokenPipeError:
                self.crawler.stop()

    def send(self, *, waiting: int) -> None:
        """Say how far it is."""
        stats = self.crawler.stats
        progress = SourceProgress(
            source=self.crawler.spider.source.name,  # type: ignore[union-attr]
            pages=stats.get_value("page/asked", 0),
            waiting=waiting,
            listings=stats.get_value("listing/count", 0),
            share=stats.get_value("feed/share"),
        )
        _report(self.reports, "progress", asdict(progress))


def _report(reports: TextIO, kind: str, content: dict[str, Any]) -> None:
    reports.write(json.dumps({"kind": kind, **content}, ensure_ascii=False, default=_plain) + "\n")
    reports.flush()


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, Path) else value.isoformat()
