"""The hours of the day at which a source may be asked."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from scrapy import signals
from scrapy.exceptions import CloseSpider, NotConfigured
from scrapy.utils.asyncio import CallLaterResult, call_later
from scrapy.utils.defer import _schedule_coro

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from spiders.conduct import Politeness


def seconds_open(politeness: Politeness, now: datetime) -> float | None:
    """How long from `now` (aware) the source may still be asked; None where it may not. No hours: a day."""
    if politeness.hours is None:
        return timedelta(days=1).total_seconds()
    begin, end = (time.fromisoformat(part) for part in politeness.hours.split("-"))
    local = now.astimezone(ZoneInfo(politeness.timezone))
    closes = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    clock = local.time()
    if begin < end:
        return (closes - local).total_seconds() if begin <= clock < end else None
    if clock >= begin:  # over midnight
        return (closes + timedelta(days=1) - local).total_seconds()
    return (closes - local).total_seconds() if clock < end else None


class OpeningHours:
    """Scrapy extension that ends a crawl, to be resumed, when the source's hours are over."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._politeness: Politeness = crawler.spider.source.politeness  # type: ignore[union-attr]
        if self._politeness.hours is None:
            raise NotConfigured
        self._timer: CallLaterResult | None = None
        crawler.signals.connect(self.start, signal=signals.spider_opened)
        crawler.signals.connect(self.stop, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def start(self) -> None:
        """Signal handler. Raises `CloseSpider` outside the hours."""
        seconds = seconds_open(self._politeness, datetime.now(UTC))
        if seconds is None:
            raise CloseSpider("hours")
        self._timer = call_later(seconds, self._close)

    def stop(self) -> None:
        """Signal handler."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._timer = None
        _schedule_coro(self.crawler.engine.close_spider_async(reason="hours"))
