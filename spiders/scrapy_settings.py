"""Scrapy's settings as they follow from a source file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from spiders.contract import Source

MEGABYTE: Final = 1024 * 1024
PAGES_BEFORE_DEPTH: Final = 5
"""Links on the way in and out of a way's list pages: sitemap indexes, the listing's own page, a redirect."""


def settings_of(source: Source) -> dict[str, Any]:
    """What a source says of politeness and limits, in the names of Scrapy's settings."""
    politeness, limits = source.politeness, source.limits
    size = int(limits.page_mb * MEGABYTE)
    return {
        "ALLOW_PRIVATE": source.allow_private,
        "PAGE_LIMIT_TODAY": politeness.pages_per_day or limits.pages,
        "PAGE_LIMIT": limits.pages,
        "DOWNLOAD_DELAY": politeness.delay,
        "CONCURRENT_REQUESTS": politeness.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": politeness.concurrency,
        "AUTOTHROTTLE_ENABLED": politeness.adaptive,
        "AUTOTHROTTLE_START_DELAY": politeness.delay,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(politeness.concurrency),
        "RETRY_TIMES": politeness.retries,
        "DOWNLOAD_TIMEOUT": limits.page_seconds,
        "DOWNLOAD_MAXSIZE": size,
        "DOWNLOAD_WARNSIZE": size,
        "CLOSESPIDER_TIMEOUT": 0 if source.files else limits.minutes * 60,
        "DEPTH_LIMIT": limits.depth or _pages_in_a_row(source) + PAGES_BEFORE_DEPTH,
    }


def _pages_in_a_row(source: Source) -> int:
    return max((page.stop.pages for page in source.lists()), default=1)
