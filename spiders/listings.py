"""The one spider: crawls any marketplace as its source file says.

`scrapy crawl listings -a source=PATH`; `jargonwatch crawl` runs it in a process of its own for each source.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider

from pipelines.items import Jump, Sighting, Unchanged
from spiders.assembly import build_listing, identity, values_of
from spiders.contract import load_source
from spiders.entries import list_page, sitemap_entries
from spiders.errors import ListingError
from spiders.extraction import extract, links
from spiders.failures import kind_of, line_of
from spiders.freshness import KNOWN
from spiders.frontier import CARRIED, frontier_of
from spiders.pages import read_page
from spiders.paging import (
    Seen,
    Turn,
    first_turns,
    latest_of,
    list_reading,
    next_turn,
    stops,
    url_of,
    way_kind,
)
from spiders.rendering import browser_settings, snapshots_of
from spiders.sameness import Sameness
from spiders.scrapy_settings import settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from spiders.contract import Source
    from spiders.extraction import Value
    from spiders.pages import Page
    from spiders.readings import DetailPage, ListPage
    from spiders.rules import Chain


class ListingsSpider(Spider):
    """Crawls one source. Arguments: `source`, the file; `shops`, a JSON list of shops to crawl instead.

    Settings: SEARCH_WORDS, for `{keyword}`; NEIGHBOURS, the other sources, where jumps may lead.
    """

    name = "listings"

    def __init__(self, source: Source, shops: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.shops = shops
        self._seen: set[str] = set()
        self._sameness = Sameness()
        self._seen_in: defaultdict[tuple[str, str | None], set[str]] = defaultdict(set)

    @classmethod
    def from_crawler(cls, crawler: Crawler, **kwargs: Any) -> Self:
        """Reads the source file and settles the settings that follow from it. Raises `SourceError`."""
        source = load_source(Path(kwargs.pop("source")))
        crawler.settings.update(settings_of(source), priority="spider")
        if source.render == "browser":
            crawler.settings.update(browser_settings(source), priority="spider")
        shops = tuple(json.loads(kwargs.pop("shops", "[]")))
        return super().from_crawler(crawler, source, shops, **kwargs)

    async def start(self) -> AsyncIterator[Request]:
        """The first page of every way in."""
        words = self.settings["SEARCH_WORDS"]
        shops = (Turn(-1, address) for address in self.shops)
        for turn in shops if self.shops else first_turns(self.source, words):
            yield self._request(turn, url_of(turn, self.source, list_reading(turn, self.source)))

    def parse_list(self, response: Response, turn: dict[str, Any]) -> Iterator[Any]:
        """A page with several listings: its listings or requests for their pages, then the next page."""
        state = Turn(**turn)
        reading = list_reading(state, self.source)
        assert reading is not None  # noqa: S101, the contract asks for it wherever this is called
        for snapshot in snapshots_of(response):
            page = list_page(snapshot, reading, way_kind(state, self.source), datetime.now(UTC))
            read = self._read(page, reading)
            news = self._news(state, read)
            for values in read:
                if len(read) > 1:  # pages that show the one listing there is say it again and again
                    self._sameness.note("native_id", values)
                if self._is_new(values):
                    yield from self._listing_or_its_page(values, response)
        if reading.jumps is not None:
            seller = self.source.seller_of_shop(response.url)
            yield from self._jumps(reading.jumps, page, seller)
        yield from self._next_page(state, reading, page, Seen(len(read), news, latest_of(read)))

    def parse_sitemap(self, response: Response, turn: dict[str, Any]) -> Iterator[Request]:
        """A sitemap: requests for the sitemaps or the listings' pages that it names."""
        state = Turn(**turn)
        is_index, entries = sitemap_entries(response.url, response.body)
        self._count("page/list")
        match = self.source.start[state.way].match
        for entry in entries:
            if is_index:
                yield self._request(state, entry["loc"])
            elif match is None or re.search(match, entry["loc"]):
                yield self._page_request(entry["loc"])

    def parse_listing(self, response: Response, values: dict[str, Value] | None = None) -> Iterator[Any]:
        """A listing's own page. What it lacks is kept from `values`, read on the list page."""
        reading = self.source.detail
        assert reading is not None  # noqa: S101, the contract asks for it wherever this is called
        if response.status == 304:
            self._count("page/unchanged")
            yield Unchanged(response.meta[KNOWN], response, datetime.now(UTC))
            return
        page = read_page(response, reading, datetime.now(UTC))
        self._count("page/listing")
        found = values_of(extract(reading.fields, page.root, page, self.source))
        merged = {"url": response.url} | (values or {}) | found
        yield from self._listing(merged, response)
        if reading.jumps is not None:
            yield from self._jumps(reading.jumps, page, merged.get("seller_id"))

    def failed(self, failure: Failure) -> None:
        """Counts a page that could not be had, by kind."""
        kind, request = kind_of(failure.value), failure.request  # type: ignore[attr-defined]
        self._count(f"error/{kind}")
        self.logger.warning("%s: %s", kind, line_of(failure.value, request.url))
        frontier_of(self.crawler).answered(request.meta)

    def _next_page(self, turn: Turn, reading: ListPage, page: Page, seen: Seen) -> Iterator[Request]:
        following = next_turn(turn, self.source, reading, page, seen)
        if following is None:
            return
        ending = stops(turn, reading.stop, page, seen)
        if ending is None:
            yield self._request(following[1], following[0])
        elif ending == "cut":
            self._count("page/cut")

    def told(self) -> list[str]:
        """What people should know of the run besides its counts."""
        return self._sameness.told()

    def reading_of(self, request: Request) -> ListPage | DetailPage | None:
        """How the page that a request asks for will be read; None for what is no page of listings."""
        match request.callback:
            case self.parse_list:
                return list_reading(Turn(**request.cb_kwargs["turn"]), self.source)
            case self.parse_listing:
                return self.source.detail
        return None

    def _read(self, page: Page, reading: ListPage) -> list[dict[str, Value]]:
        items = page.items(reading.items)
        self._count("page/list")
        if not items:
            self._count("page/without-items")
        return [values_of(extract(reading.fields, item, page, self.source)) for item in items]

    def _request(self, turn: Turn, url: str) -> Request:
        kind = way_kind(turn, self.source)
        if kind == "listing":
            return self._page_request(url)
        callback = self.parse_sitemap if kind == "sitemap" else self.parse_list
        return Request(url, callback, errback=self.failed, cb_kwargs={"turn": turn.plain()})

    def _page_request(self, url: str, values: dict[str, Value] | None = None) -> Request:
        kwargs, meta = ({"values": values}, {CARRIED: True}) if values is not None else ({}, {})
        return Request(url, self.parse_listing, errback=self.failed, cb_kwargs=kwargs, meta=meta, priority=1)

    def _news(self, turn: Turn, read: list[dict[str, Value]]) -> int:
        """How many listings this way in has not shown before."""
        shown = self._seen_in[turn.address, turn.keyword]
        before = len(shown)
        shown.update(map(identity, read))
        return len(shown) - before

    def _is_new(self, values: dict[str, Value]) -> bool:
        """Whether a listing meets the run for the first time; one that nothing identifies always does."""
        key = identity(values)
        if key and key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _listing_or_its_page(self, values: dict[str, Value], response: Response) -> Iterator[Any]:
        url = values.get("url")
        if self.source.detail is None or url is None:
            yield from self._listing(values, response)
        else:
            yield self._page_request(str(url), values)

    def _listing(
        self, values: dict[str, Value], response: Response, seen_at: datetime | None = None
    ) -> Iterator[Sighting]:
        try:
            listing = build_listing(values, self.source, seen_at=seen_at or datetime.now(UTC))
        except ListingError as error:
            self._count(f"error/{error.kind}")
            self._refuse(response.url, str(error), values)
            return
        self._count("listing/count")
        self._sameness.note("title", values)
        for name in values:
            self._count(f"listing/field/{name}")
        assert response.request is not None  # noqa: S101, always so inside a callback
        yield Sighting(listing, response)

    def _refuse(self, place: str, reason: str, values: dict[str, Value]) -> None:  # noqa: ARG002
        """Say why something on a page is no listing."""
        self.logger.warning("%s", reason)

    def _jumps(self, chain: Chain, page: Page, seller: Value | None) -> Iterator[Jump]:
        """Links between two shops of one seller, where the other platform has a source too."""
        for url in links(chain, page.root, page, self.source):
            for other in self.settings["NEIGHBOURS"]:
                if seller and (there := other.seller_of_shop(url)) is not None:
                    yield Jump(
                        self.source.platform,
                        str(seller),
                        other.platform,
                        there,
                        url,
                        other.name,
                        page.seen_at,
                    )
                    break
            else:
                self._count("jump/not-followed")

    def _count(self, key: str) -> None:
        self.crawler.stats.inc_value(key)
