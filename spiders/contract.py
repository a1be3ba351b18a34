"""The contract of a source file: one YAML file says everything about crawling one marketplace.

`load_source` reads one file, `load_sources` a folder. `docs/sources.md` explains it to those who write one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)
from yaml import YAMLError

from pipelines.lexicon.schema import Slug, Strict
from pipelines.yamlfile import YamlError, load_yaml
from spiders.conduct import Assertions, Blocks, Browser, Limits, Politeness, Schedule
from spiders.errors import SourceError
from spiders.feeds.declaration import Files, Token
from spiders.mistakes import Mistake, MistakeAtError, mistakes
from spiders.readings import FEED_LIST, SITEMAP_LIST, DetailPage, ListPage
from spiders.scalars import (
    Addresses,
    CurrencyCode,
    Encoding,
    Host,
    Regex,
    TimeZone,
    as_list,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.yamlfile import Location
    from spiders.rules import Rule

LOOK_ABOVE = "; check the line above too: indentation, an unclosed quote, or a full-width colon ："
"""What is added to a YAML error, which often shows only on the line after the mistake."""

WayKind = Literal["search", "category", "shop", "listing", "rss", "sitemap", "api"]
WAYS: tuple[WayKind, ...] = ("search", "category", "shop", "listing", "rss", "sitemap", "api")


class Way(Strict):
    """One way in: exactly one of search, category, shop, listing, rss, sitemap, api with its addresses."""

    search: Addresses | None = Field(default=None, description="address with {keyword}")
    category: Addresses | None = Field(default=None, description="lists of listings")
    shop: Addresses | None = Field(default=None, description="a seller's listings")
    listing: Addresses | None = Field(default=None, description="listings' own pages")
    rss: Addresses | None = Field(default=None, description="RSS or Atom")
    sitemap: Addresses | None = Field(default=None, description="or an index of sitemaps")
    api: Addresses | None = Field(default=None, description="of a feed: JSON, page after page")
    keywords: tuple[str, ...] | None = Field(default=None, description="instead of the lexicon's")
    encoding: Encoding | None = Field(default=None, description="of the keyword in the address, as gbk")
    match: Regex | None = Field(default=None, description="sitemap: only addresses that match")
    list: ListPage | None = Field(default=None, description="instead of the source's own list")

    @property
    def kind(self) -> WayKind:
        """Which way it is."""
        return next(kind for kind in WAYS if getattr(self, kind) is not None)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its addresses, placeholders not yet filled."""
        found: tuple[str, ...] = getattr(self, self.kind)
        return found

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [kind for kind in WAYS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(WAYS)}")
        if self.search and not all("{keyword}" in url for url in self.search):
            raise ValueError("a search address needs {keyword} where the search word goes")
        if self.keywords is not None and not self.search:
            raise ValueError("keywords go with search")
        return self


class Source(Strict):
    """One marketplace, or one platform's part of it."""

    kind: Literal["pages", "feed"] = Field(
        default="pages", description="feed: files or an API that somebody hands over, instead of pages"
    )
    name: Slug = Field(description="short name for commands, small letters, digits and dashes")
    platform: Slug = Field(description="the platform the listings belong to")
    title: str = Field(min_length=1, description="name for people")
    why: str = Field(min_length=10, description="your note of why these pages may be crawled")
    hosts: Annotated[tuple[Host, ...], BeforeValidator(as_list)] = Field(
        default=(), description="the only hosts that may be asked"
    )
    allow_private: bool = Field(default=False, description="allow private and loopback addresses")
    render: Literal["http", "browser"] = Field(
        default="http", description="browser: open pages in Chromium, for sites that scripts build"
    )
    browser: Browser = Field(default=Browser(), description="what the browser does on a page")
    encoding: Encoding | None = Field(default=None, description="if pages do not say theirs, or say it wrong")
    language: Annotated[tuple[str, ...], BeforeValidator(as_list)] = Field(
        default=("zh", "en"), description="languages in which pages write dates"
    )
    timezone: TimeZone = Field(default="Asia/Shanghai", description="of the dates on pages")
    currency: CurrencyCode = Field(default="CNY", description="where neither price nor page says one")
    decimal: Literal[".", ","] = Field(default=".", description="the mark before cents")
    start: tuple[Way, ...] = Field(default=(), description="the ways in")
    files: Files | None = Field(default=None, description="of a feed: the files to read")
    token: Token | None = Field(default=None, description="of a feed: what its API asks for")
    list: ListPage | None = Field(default=None, description="how a list page reads")
    detail: DetailPage | None = Field(
        default=None, description="how a listing's own page reads; absent: not visited"
    )
    shop_address: Regex | None = Field(
        default=None, description="the address of a shop here; the first group is the seller's id"
    )
    politeness: Politeness = Field(default=Politeness(), description="how gently the site is asked")
    limits: Limits = Field(default=Limits(), description="where a run ends whatever happens")
    blocks: Blocks = Field(default=Blocks(), description="how a block shows, and what follows from it")
    assertions: Assertions = Field(default=Assertions(), description="what a sound run gives")
    schedule: Schedule | None = Field(default=None, description="when the service crawls it")
    gone_after: int = Field(default=3, ge=1, description="complete sweeps without a listing until it is gone")

    def list_of(self, way: Way) -> ListPage | None:
        """How the list pages of a way in read; feeds and sitemaps are understood without a word."""
        builtin = {"rss": FEED_LIST, "sitemap": SITEMAP_LIST, "listing": None}
        return way.list or builtin.get(way.kind, self.list)

    def lists(self) -> tuple[ListPage, ...]:
        """Every kind of list page that the ways in lead to."""
        pages: list[ListPage] = []
        for page in (self.list, *(self.list_of(way) for way in self.start if way.kind != "sitemap")):
            if page is not None and page not in pages:
                pages.append(page)
        return tuple(pages)

    def rules(self) -> dict[str, tuple[Rule, ...]]:
        """Field → all rules that may give it, on list pages and on a listing's own page."""
        found: dict[str, tuple[Rule, ...]] = {}
        for page in (*self.lists(), self.detail, self.files):
            for name, chain in page.fields.named().items() if page else ():
                found[name] = (*found.get(name, ()), *chain)
        return found

    def seller_of_shop(self, url: str) -> str | None:
        """The seller's id in the address of a shop here; None where it is no shop's address."""
        if self.shop_address is None or not allows(self.hosts, url):
            return None
        found = re.search(self.shop_address, url)
        return found[1] if found else None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the dates on pages."""
        return ZoneInfo(self.timezone)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        self._check_kind()
        for place, way in enumerate(self.start):
            self._check_way(place, way)
        if self.shop_address is not None and re.compile(self.shop_address).groups < 1:
            raise MistakeAtError("needs a group, as in /shop/(\\d+), for the seller's id", "shop_address")
        if self.render == "http" and any(page.next and page.next.click for page in self.lists()):
            raise MistakeAtError("next.click needs render: browser", "render")
        for name in self.assertions.fields:
            if name not in self.rules():
                raise MistakeAtError(f"no rule reads {name}", "assertions", "fields", name)
        return self

    def _check_kind(self) -> None:
        if self.files is not None and (extra := self.model_fields_set & _OF_PAGES):
            raise MistakeAtError("does not go with files", min(extra))
        for name in ("hosts", "start") if self.files is None else ():
            if not getattr(self, name):
                description = type(self).model_fields[name].description
                raise MistakeAtError(f"{name} is missing: {description}", name)
        if self.kind == "pages":
            for name in ("files", "token"):
                if getattr(self, name) is not None:
                    raise MistakeAtError("goes with kind: feed", name)
        elif extra := self.model_fields_set & {"render", "browser", "detail", "shop_address"}:
            raise MistakeAtError("does not go with kind: feed", min(extra))
        for place, way in enumerate(self.start):
            if (way.kind == "api") != (self.kind == "feed"):
                raise MistakeAtError("api goes with kind: feed, and nothing else does", "start", place)
            if self.token and not self.allow_private and any(url[:8] != "https://" for url in way.addresses):
                raise MistakeAtError("a token is only sent to https://", "start", place, way.kind)

    def _check_way(self, place: int, way: Way) -> None:
        page, here = self.list_of(way), ("start", place, way.kind)
        if way.kind in _LISTED and page is None:
            raise MistakeAtError(f"{way.kind} needs list: how its pages read", *here)
        if way.kind == "api" and page is not None and page.format != "json":
            raise MistakeAtError("an API needs format: json", "list")
        if way.kind in ("listing", "sitemap") and self.detail is None:
            raise MistakeAtError(f"{way.kind} needs detail: how a listing's own page reads", *here)
        for url in way.addresses:
            if not allows(self.hosts, url):
                raise MistakeAtError(f"the host of {url} is not among hosts", *here)
            _check_placeholders(url, way.kind, here, counted=bool(page and page.next and page.next.numbers))


def _check_placeholders(url: str, kind: WayKind, here: Location, *, counted: bool) -> None:
    given = set(re.findall(r"\{(\w*)\}", url))
    if unknown := given - {"keyword", "page"}:
        raise MistakeAtError(
            f"{{{min(unknown)}}} is no placeholder; known are {{keyword}} and {{page}}", *here
        )
    if "keyword" in given and kind != "search":
        raise MistakeAtError(f"{{keyword}} goes with search, not with {kind}", *here)
    if counted and kind in _LISTED and "page" not in given:
        raise MistakeAtError(f"next.numbers needs {{page}} in {url}", *here)
    if "page" in given and not (counted and kind in _LISTED):
        raise MistakeAtError(
            "{page} is counted only where the list has next: { numbers: {} }; add it, or write a number",
            *here,
        )


_LISTED = ("search", "category", "shop", "api")
_OF_PAGES = {
    "hosts", "allow_private", "render", "browser", "start", "token", "list", "detail", "shop_address",
    "politeness", "limits", "blocks", "gone_after",
}  # fmt: skip
"""Keys that say something of pages only."""


def allows(hosts: Sequence[str], url: str) -> bool:
    """Whether an address is on one of the hosts: exact, or below `*.`; a port only where one is stated."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    for allowed in hosts:
        name, _, wanted = allowed.partition(":")
        fits = host.endswith(name[1:]) if name.startswith("*.") else host == name
        if fits and (not wanted or int(wanted) == port):
            return True
    return False


def load_source(path: Path) -> Source:
    """Read one source file. Raises `SourceError` with every mistake in it."""
    try:
        data, lines = load_yaml(path)
    except YamlError as error:
        hint = LOOK_ABOVE if isinstance(error.__cause__, YAMLError) else ""
        raise SourceError(path, (Mistake(error.key, error.line, error.message + hint),)) from error
    if not isinstance(data, dict):
        raise SourceError(path, (Mistake("", 1, "is not a source file; start with name: my-market"),))
    try:
        return Source.model_validate(data)
    except ValidationError as error:
        raise SourceError(path, mistakes(error, lines, Source)) from error


def load_sources(folder: Path) -> dict[str, Source]:
    """Read every `*.yaml` of a folder, by name. Raises `SourceError`, also for a name used twice."""
    sources: dict[str, Source] = {}
    for path in sorted(folder.glob("*.yaml")):
        source = load_source(path)
        if source.name in sources:
            twice = Mistake("name", 1, f"{source.name} is the name of another file in the folder too")
            raise SourceError(path, (twice,))
        sources[source.name] = source
    return sources
