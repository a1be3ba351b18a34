"""Logs are JSON, an object a line, and name the run.

That of a crawl holds no personal data: no listings, and no numbers or sellers in addresses and errors.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from scrapy import signals
from scrapy.logformatter import LogFormatter, LogFormatterResult

from pipelines.masking import mask_text, pseudonym

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from spiders.contract import Source


TOLD: Final = ("run", "source", "task", "fire")
"""What a message may be about, beside its text: keys of `extra`."""


class JsonFormatter(logging.Formatter):
    """A message as a JSON object: `at` (UTC), `level`, `logger`, `message`, what it is about, `trace`."""

    def __init__(self, **about: str) -> None:
        super().__init__()
        self._about = about

    def format(self, record: logging.LogRecord) -> str:
        about = {name: value for name in TOLD if (value := getattr(record, name, None)) is not None}
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **self._about,
            **about,
            "message": record.getMessage(),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["trace"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


def log_as_json(path: str | None, *, level: int = logging.INFO, **about: str) -> None:
    """Have every logger write to a file, or to standard error, from now on."""
    handler = logging.FileHandler(path, encoding="utf-8") if path else logging.StreamHandler()
    handler.setFormatter(JsonFormatter(**about))
    handler.setLevel(level)
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)


class QuietFormatter(LogFormatter):
    """Scrapy's messages without the listings that it would print."""

    def scraped(self, *_: Any) -> LogFormatterResult:
        return _message(logging.DEBUG, "a listing or a link went through the pipelines")

    def item_error(self, _item: Any, exception: BaseException, *_: Any) -> LogFormatterResult:
        return _message(logging.ERROR, f"a listing could not be processed: {type(exception).__name__}")


def _message(level: int, text: str) -> LogFormatterResult:
    return {"level": level, "msg": "%(text)s", "args": {"text": text}}


class MaskedLog:
    """Scrapy extension that masks whatever is logged while a spider is open."""

    def __init__(self, masking: MaskingFilter) -> None:
        self._masking = masking

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        source: Source = crawler.spider.source  # type: ignore[union-attr]
        sources = (source, *crawler.settings["NEIGHBOURS"])
        extension = cls(MaskingFilter(crawler.settings["MASKING_KEY"], sources))
        # not sooner: Scrapy sets its handler up anew after the extensions
        crawler.signals.connect(extension.start, signal=signals.spider_opened)
        return extension

    def start(self) -> None:
        """Signal handler."""
        for handler in logging.root.handlers:
            handler.addFilter(self._masking)


class MaskingFilter(logging.Filter):
    """Masks messages and tracebacks with `key`, and the sellers in the addresses of the sources' shops."""

    def __init__(self, key: bytes, sources: tuple[Source, ...]) -> None:
        super().__init__()
        self._key = key
        self._shops = [
            (source.platform, re.compile(source.shop_address)) for source in sources if source.shop_address
        ]

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record pass, masked."""
        record.msg, record.args = self._masked(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = self._masked(logging.Formatter().formatException(record.exc_info))
        return True

    def _masked(self, text: str) -> str:
        for platform, address in self._shops:
            text = address.sub(partial(self._without_seller, platform), text)
        return mask_text(text, self._key).text

    def _without_seller(self, platform: str, found: re.Match[str]) -> str:
        start, end = found.start(1) - found.start(), found.end(1) - found.start()
        if end < 0:  # the group took no part
            return found[0]
        return found[0][:start] + pseudonym(platform, found[1], self._key) + found[0][end:]
