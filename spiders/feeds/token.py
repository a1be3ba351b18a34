"""The token of a feed's API goes to that API and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy.exceptions import NotConfigured

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from spiders.contract import Source


class TokenMiddleware:
    """Downloader middleware: adds the token of the setting FEED_TOKEN to requests to the API's own origin.

    It is taken off again where a redirect leads elsewhere, and it is never written down.
    """

    def __init__(self, source: Source, token: str) -> None:
        assert source.token is not None  # noqa: S101, there is a setting only where there is one
        self._header = source.token.header
        self._value = source.token.prefix + token
        self._origins = {_origin(url) for way in source.start for url in way.addresses}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        token: str | None = crawler.settings.get("FEED_TOKEN")
        if token is None:
            raise NotConfigured
        return cls(crawler.spider.source, token)  # type: ignore[union-attr]

    def process_request(self, request: Request) -> None:
        """Sets or removes the header."""
        if _origin(request.url) in self._origins:
            request.headers[self._header] = self._value
        else:
            request.headers.pop(self._header, None)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
