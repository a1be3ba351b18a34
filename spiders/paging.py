"""From one list page to the next, and when to stop."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import jmespath
from w3lib.url import add_or_replace_parameter

from spiders.extraction import links

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spiders.contract import Source, WayKind
    from spiders.extraction import Value
    from spiders.pages import Page
    from spiders.readings import ListPage, Stop


Ending = Literal["end", "cut"]
"""How a way in ended: all of it was seen, or a stop rule cut it short."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a way in stands. Plain values only: it is written into the queue of a crawl."""

    way: int
    """The place of the way in among `start`, from 0; -1 for a shop that another platform pointed to."""
    address: str
    """As the source file states it, placeholders unfilled."""
    keyword: str | None = None
    page: int = 1
    repeats: int = 0
    """Pages in a row, up to here, that showed only what earlier ones had shown."""

    def plain(self) -> dict[str, Any]:
        """For `Turn(**plain)`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a list page brought: listings, how many its way in had not shown yet, the date of the latest."""

    items: int
    new: int
    latest: datetime | None


def first_turns(source: Source, search_words: Sequence[str]) -> Iterator[Turn]:
    """The beginnings of all ways in: each address, for a search with each keyword."""
    for place, way in enumerate(source.start):
        words = way.keywords if way.keywords is not None else search_words
        for address in way.addresses:
            if way.kind == "search":
                yield from (Turn(place, address, keyword=word) for word in words)
            else:
                yield Turn(place, address)


def way_kind(turn: Turn, source: Source) -> WayKind:
    """Which kind of way in a page belongs to."""
    return source.start[turn.way].kind if turn.way >= 0 else "shop"


def list_reading(turn: Turn, source: Source) -> ListPage | None:
    """How a list page reads; a shop jumped to reads like the shops among the ways in."""
    if turn.way >= 0:
        return source.list_of(source.start[turn.way])
    return next((way.list for way in source.start if way.kind == "shop" and way.list), source.list)


def url_of(turn: Turn, source: Source, reading: ListPage | None) -> str:
    """The address of a page, placeholders filled."""
    way = source.start[turn.way] if turn.way >= 0 else None
    encoding = (way.encoding if way else None) or source.encoding or "utf-8"
    word = quote(turn.keyword or "", safe="", encoding=encoding, errors="replace")
    address = turn.address.replace("{keyword}", word)
    if reading and reading.next and reading.next.numbers:
        numbers = reading.next.numbers
        address = address.replace("{page}", str(numbers.first + (turn.page - 1) * numbers.step))
    return address


def next_turn(
    turn: Turn, source: Source, reading: ListPage, page: Page, seen: Seen
) -> tuple[str, Turn] | None:
    """The address and state of the page after one that no stop rule ended; None if there is none."""
    following = replace(turn, page=turn.page + 1, repeats=0 if seen.new else turn.repeats + 1)
    url: str | None = None
    if reading.next is None:
        return None
    if reading.next.link is not None:
        url = next(iter(links(reading.next.link, page.root, page, source)), None)
    elif reading.next.numbers is not None:
        url = url_of(following, source, reading)
    elif reading.next.cursor is not None:
        token = jmespath.search(reading.next.cursor.json_, page.root)
        url = add_or_replace_parameter(page.url, reading.next.cursor.parameter, str(token)) if token else None
    return (url, following) if url and url != page.url else None


def stops(turn: Turn, stop: Stop, page: Page, seen: Seen) -> Ending | None:
    """Which stop rule, if any, ends a way in with this page. An empty page always does."""
    repeats = 0 if seen.new else turn.repeats + 1
    if seen.items == 0 or repeats >= stop.repeats or any(text in page.text for text in stop.text):
        return "end"
    if turn.page >= stop.pages:
        return "cut"
    if stop.older_than is None or seen.latest is None:
        return None
    return "cut" if seen.latest < page.seen_at - timedelta(seconds=stop.older_than) else None


def latest_of(values: Sequence[dict[str, Value]]) -> datetime | None:
    """The latest date among listings, None unless each has one: undated ones may be new."""
    dates = [moment for value in values if isinstance(moment := value.get("published_at"), datetime)]
    return max(dates) if dates and len(dates) == len(values) else None
