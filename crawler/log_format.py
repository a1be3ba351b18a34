"""What a crawl's log says of listings: nothing, since a log must not hold personal data."""

from __future__ import annotations

import logging
from typing import Any

from scrapy.logformatter import LogFormatter, LogFormatterResult


class QuietFormatter(LogFormatter):
    """Scrapy's messages without the listings that it would print."""

    def scraped(self, *_: Any) -> LogFormatterResult:
        return _message(logging.DEBUG, "a listing or a link went through the pipelines")

    def item_error(self, _item: Any, exception: BaseException, *_: Any) -> LogFormatterResult:
        return _message(logging.ERROR, f"a listing could not be processed: {type(exception).__name__}")


def _message(level: int, text: str) -> LogFormatterResult:
    return {"level": level, "msg": "%(text)s", "args": {"text": text}}
