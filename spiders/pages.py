"""A fetched page as the rules of a source see it: HTML, JSON, or JSON inside HTML."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jmespath
from parsel import Selector
from scrapy.http import TextResponse
from w3lib.html import get_base_url

from spiders.errors import PageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Literal

    from scrapy.http import Response

    from spiders.readings import DetailPage, ListPage, Within

GOODS = frozenset({"Product", "Offer", "IndividualProduct", "ProductModel", "Vehicle", "Service"})
"""The schema.org types that describe what is offered."""


@dataclass(frozen=True)
class Page:
    """One page, or one document of JSON. `root` is the selector or the JSON that rules look into."""

    url: str
    seen_at: datetime
    text: str = field(repr=False)
    format: Literal["html", "json"] = "html"
    root: Any = field(default=None, repr=False)

    def items(self, places: Sequence[str]) -> list[Any]:
        """What repeats once a listing, by the first of the selectors that finds any."""
        for place in places:
            if self.format == "html":
                found: list[Any] = list(self.root.css(place))
            else:
                value = jmespath.search(place, self.root)
                found = value if isinstance(value, list) else []
            if found:
                return found
        return []

    @cached_property
    def base(self) -> str:
        """What relative links count from: the page's <base>, else its address."""
        return get_base_url(self.text[:4096], self.url) if self.format == "html" else self.url

    @cached_property
    def embedded(self) -> dict[str, Any]:
        """JSON-LD, microdata (`items`; `product` is the first that is offered) and OpenGraph (`og`)."""
        if "ld+json" not in self.text and "itemscope" not in self.text and "og:" not in self.text:
            return {}
        import extruct

        found = extruct.extract(
            self.text,
            base_url=self.base,
            syntaxes=["json-ld", "microdata", "opengraph"],
            uniform=True,
            errors="ignore",
        )
        items = [
            _lone(item)
            for syntax in ("json-ld", "microdata")
            for top in found.get(syntax, [])
            for item in top.get("@graph", [top])
        ]
        product = next((item for item in items if GOODS & _types(item)), None)
        return {"items": items, "product": product, "og": next(iter(found.get("opengraph", [])), {})}


def read_page(response: Response, reading: ListPage | DetailPage, seen_at: datetime) -> Page:
    """A response as the page that a source file describes. Raises `PageError` where it is something else."""
    if not isinstance(response, TextResponse):
        kind = (response.headers.get("Content-Type") or b"bytes of an unstated kind").decode("latin-1")
        raise PageError(f"{response.url}: is not a page of text but {kind}")
    if "\0" in response.text:
        raise PageError(f"{response.url}: holds bytes that are no text")
    if reading.format == "json":
        return json_page(response.url, response.text, seen_at, reading.within)
    return Page(response.url, seen_at, response.text, "html", response.selector)


def json_page(url: str, text: str, seen_at: datetime, within: Within | None = None) -> Page:
    """A page of JSON, or the JSON inside a page. Raises `PageError` where there is none."""
    source = _inside(url, text, within) if within else text
    source = re.sub(r"^\s*[\w$.]+\s*\((.*)\)\s*;?\s*$", r"\1", source, flags=re.DOTALL)  # JSONP
    try:
        root = json.loads(source)
    except ValueError as error:
        start = " ".join(source[:40].split())
        raise PageError(f"{url}: is not JSON as the source file says; it begins with {start!r}") from error
    return Page(url, seen_at, text, "json", root)


def entry_page(url: str, entries: list[dict[str, Any]], seen_at: datetime) -> Page:
    """The entries of an RSS or Atom feed, or of a sitemap, as a page of JSON."""
    return Page(url, seen_at, "", "json", {"entries": entries})


def _inside(url: str, text: str, within: Within) -> str:
    elements = Selector(text=text or "<html/>").css(within.css)
    if not elements:
        raise PageError(f"{url}: within.css {within.css!r} matches nothing on the page")
    for element in elements:
        inner = "".join(element.xpath(".//text()").getall())
        if within.regex is None:
            return inner
        if found := re.search(within.regex, inner, re.DOTALL):
            return found[1] if found.re.groups else found[0]
    raise PageError(f"{url}: within.regex {within.regex!r} matches nothing in {within.css!r}")


def _types(item: Any) -> set[str]:
    kinds = item.get("@type", ()) if isinstance(item, dict) else ()
    return {str(kind).rpartition("/")[2] for kind in ([kinds] if isinstance(kinds, str) else kinds)}


def _lone(value: Any) -> Any:
    """A list of one is its one: sites write offers either way."""
    if isinstance(value, list):
        return _lone(value[0]) if len(value) == 1 else [_lone(part) for part in value]
    if isinstance(value, dict):
        return {key: _lone(part) for key, part in value.items()}
    return value
