"""One list page and its first listing's page, fetched by the rules of a crawl and kept as they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from spiders.entries import list_page
from spiders.failures import kind_of, line_of
from spiders.frontier import frontier_of
from spiders.listings import ListingsSpider
from spiders.paging import Turn, first_turns, list_reading, url_of, way_kind
from spiders.rendering import snapshots_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy import Request
    from scrapy.http import Response
    from twisted.python.failure import Failure


@dataclass(frozen=True, slots=True)
class Visited:
    """A page as it came; `turn` says which list page it is and is None for a listing's own page."""

    response: Response
    turn: Turn | None


class VisitSpider(ListingsSpider):
    """Arguments: `source`, the file; `keyword`, to search for; or `url`, a list page to read instead."""

    name = "visit"

    def __init__(self, *args: Any, keyword: str = "", url: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keyword, self.url = keyword, url
        self.visited: list[Visited] = []
        self.failures: list[str] = []

    async def start(self) -> AsyncIterator[Request]:
        """The first page of the first way in; with a keyword, of the first search."""
        turn = self._first_turn()
        if turn is None:
            self.failures.append("there is no page to look at: start has no search for the keyword")
        else:
            yield self._request(turn, self.url or url_of(turn, self.source, list_reading(turn, self.source)))

    def parse_list(self, response: Response, turn: dict[str, Any]) -> Iterator[Any]:
        """Keeps a list page and asks for its first listing's own page."""
        state = Turn(**turn)
        last = snapshots_of(response)[-1]
        self.visited.append(Visited(last, state))
        reading = list_reading(state, self.source)
        if self.source.detail is None or reading is None:
            return
        page = list_page(last, reading, way_kind(state, self.source), datetime.now(UTC))
        for values in self._read(page, reading):
            if (url := values.get("url")) is not None:
                yield self._page_request(str(url), values)
                return

    def parse_sitemap(self, response: Response, turn: dict[str, Any]) -> Iterator[Request]:
        """Keeps a sitemap and asks for the first page that it names."""
        self.visited.append(Visited(response, Turn(**turn)))
        yield from list(super().parse_sitemap(response, turn))[:1]

    def parse_listing(
        self,
        response: Response,
        values: dict[str, Any] | None = None,  # noqa: ARG002, the request carries them
    ) -> Iterator[Any]:
        """Keeps a listing's own page."""
        self.visited.append(Visited(response, None))
        yield from ()

    def failed(self, failure: Failure) -> None:
        """Keeps what went wrong."""
        request = failure.request  # type: ignore[attr-defined]
        self.failures.append(f"{kind_of(failure.value)}: {line_of(failure.value, request.url)}")
        frontier_of(self.crawler).answered(request.meta)

    def _first_turn(self) -> Turn | None:
        words = (self.keyword,) if self.keyword else self.settings["SEARCH_WORDS"]
        if self.keyword:
            for place, way in enumerate(self.source.start):
                if way.kind == "search":
                    return Turn(place, way.addresses[0], keyword=self.keyword)
            return None
        return next(first_turns(self.source, words), None)
