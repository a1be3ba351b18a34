"""The Scrapy extension that writes each run into the ledger and judges it at its end."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from crawler.judging import USUAL_RUNS, Ending, judge
from crawler.runs import RunSummary, tally_of
from pipelines.items import Jump
from pipelines.store.answers import RunEnd, RunStart
from pipelines.store.feeds import FeedFile, FeedLedger
from pipelines.store.sqlite import open_store
from spiders.feeds.spider import FeedSpider
from spiders.frontier import frontier_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.judging import Judgement
    from crawler.runs import RunOutcome, Tally
    from pipelines.store.answers import Outcome, Run
    from spiders.contract import Source

logger = logging.getLogger(__name__)


class RunLedger:
    """Opens the run RUN_ID in the store, closes it with a judgement; `summary` is there afterwards."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.run_id: str = crawler.settings["RUN_ID"]
        self.log_file: str | None = crawler.settings.get("LOG_FILE")
        self.summary: RunSummary | None = None
        self._jumps: defaultdict[str, list[str]] = defaultdict(list)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        ledger = cls(crawler)
        crawler.signals.connect(ledger.open, signal=signals.spider_opened)
        crawler.signals.connect(ledger.note_jump, signal=signals.item_scraped)
        crawler.signals.connect(ledger.close, signal=signals.spider_closed)
        return ledger

    def open(self) -> None:
        """Signal handler: write the run's opening line."""
        self._store = open_store(self.crawler.settings["STORE_PATH"])
        self._store.start_run(
            RunStart(
                run_id=self.run_id,
                source=self._source.name,
                platform=self._source.platform,
                reason=self.crawler.settings.get("RUN_REASON", "manual"),
                started_at=datetime.now(UTC),
                log_file=self.log_file,
            )
        )

    def note_jump(self, item: Any) -> None:
        """Signal handler: keep where a page pointed to another platform's shop."""
        if isinstance(item, Jump):
            self._jumps[item.to_source].append(item.url)

    def close(self, reason: str) -> None:
        """Signal handler: judge the run, let its data in or keep them apart, write its closing line."""
        frontier = frontier_of(self.crawler)
        tally = tally_of(self.crawler.stats.get_stats(), list(self._source.rules()))
        ending = Ending(reason, frontier.left, frontier.spent)
        usual = self._store.fill_rates(self._source.name, last=USUAL_RUNS)
        judgement = judge(self._source, self._store.run(self.run_id), tally, ending, usual)
        if judgement.accept and self._store.run(self.run_id).staged:
            self._store.accept_run(self.run_id)
        ended = datetime.now(UTC)
        run = self._store.finish_run(self.run_id, _end(judgement, tally, ended))
        if judgement.complete and not self.crawler.spider.shops:  # type: ignore[union-attr]
            self._store.complete_sweep(
                self._source.name, self.run_id, finished_at=ended, gone_after=self._source.gone_after
            )
        self._store.close()
        told = self.crawler.spider.told()  # type: ignore[union-attr]
        judgement = replace(judgement, alarms=(*judgement.alarms, *told))
        if judgement.outcome != "failed":
            self._take_files()
        for text in (*judgement.reasons, *judgement.alarms):
            logger.warning("%s", text)
        self.summary = _summary(run, judgement, tally, self._jumps, ended)

    def _take_files(self) -> None:
        """Note the files of a feed whose listings are in the store by now, so that they are read once."""
        spider = self.crawler.spider
        if not isinstance(spider, FeedSpider) or not spider.read:
            return
        with FeedLedger(self.crawler.settings["STORE_PATH"]) as ledger:
            ledger.take(
                FeedFile(
                    digest=reading.export.digest,
                    name=reading.export.path.name,
                    bytes=reading.export.bytes,
                    modified_at=reading.export.modified_at,
                    listings=reading.listings,
                    refused=reading.refused,
                    run_id=self.run_id,
                )
                for reading in spider.read
            )

    @property
    def _source(self) -> Source:
        return self.crawler.spider.source  # type: ignore[union-attr, no-any-return]


def _end(judgement: Judgement, tally: Tally, ended: datetime) -> RunEnd:
    return RunEnd(
        finished_at=ended,
        outcome=judgement.outcome,
        message="; ".join((*judgement.reasons, *judgement.alarms)),
        pages=tally.pages,
        bytes=tally.bytes,
        fill_rates=tally.fill_rates,
        errors=tally.errors,
    )


def _summary(
    run: Run, judgement: Judgement, tally: Tally, jumps: dict[str, list[str]], ended: datetime
) -> RunSummary:
    outcomes: dict[Outcome, RunOutcome] = {"done": "done", "blocked": "blocked"}
    return RunSummary(
        run_id=run.start.run_id,
        source=run.start.source,
        outcome=outcomes.get(judgement.outcome, "failed"),
        reasons=judgement.reasons,
        alarms=judgement.alarms,
        ledger=judgement.outcome,
        started=run.start.started_at,
        ended=ended,
        pages=tally.pages,
        bytes=tally.bytes,
        listings=run.listings,
        new=run.new,
        changed=run.changed,
        unchanged=run.listings - run.staged - run.new - run.changed,
        hits=run.hits,
        flagged=run.flagged,
        staged=run.staged,
        fill_rates=tally.fill_rates,
        errors=tally.errors,
        jumps={source: tuple(dict.fromkeys(urls)) for source, urls in jumps.items()},
        log_file=Path(run.start.log_file) if run.start.log_file else None,
    )
