"""How the pages of a source read: what repeats once a listing, where each field stands, what comes next."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from pipelines.lexicon.schema import Strict
from spiders.mistakes import MistakeAtError
from spiders.rules import Chain, Fields, spell_out
from spiders.scalars import (
    Css,
    Duration,
    JmesPath,
    Regex,
    Texts,
    as_list,
    check_css,
    check_jmespath,
)


class Within(Strict):
    """JSON that stands inside an HTML page, in a script element for example."""

    css: Css = Field(description="the element that holds it, as script#__NEXT_DATA__")
    regex: Regex | None = Field(default=None, description="cut the JSON out; the first group is kept")


class Numbers(Strict):
    """Pages by number: `{page}` in the address is counted up."""

    first: int = Field(default=1, description="the number of the first page")
    step: int = Field(default=1, ge=1, description="from one page to the next")


class Cursor(Strict):
    """JSON pages that name the next one by a token."""

    json_: JmesPath = Field(alias="json", description="where the token stands")
    parameter: str = Field(description="the query parameter that carries it")


class Next(Strict):
    """How the next list page is found: exactly one way."""

    link: Chain | None = Field(default=None, description="the link to the next page")
    numbers: Numbers | None = Field(default=None, description="count up {page} in the address")
    cursor: Cursor | None = Field(default=None, description="JSON: put a token into the address")
    click: Css | None = Field(default=None, description="the button to press, with render: browser")

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of link, numbers, cursor, click")
        return self


class Stop(Strict):
    """When to turn no more pages. A page without items always ends it."""

    pages: int = Field(default=50, ge=1, description="at most so many pages of one way in")
    repeats: int = Field(default=1, ge=1, description="so many pages in a row that show nothing new")
    older_than: Duration | None = Field(default=None, description="a page where all listings are older")
    text: Texts = Field(default=(), description="words that stand on the last page only, as 没有更多")


class ListPage(Strict):
    """A page with several listings."""

    format: Literal["html", "json"] = Field(default="html", description="html or json")
    within: Within | None = Field(default=None, description="JSON inside an HTML page")
    items: Annotated[tuple[str, ...], BeforeValidator(as_list)] = Field(
        min_length=1, description="what repeats once a listing: CSS selector, or JMESPath on JSON pages"
    )
    fields: Fields = Field(description="where each field of an item stands")
    next: Next | None = Field(default=None, description="how the next page is found")
    stop: Stop = Field(default=Stop(), description="when it is enough")
    jumps: Chain | None = Field(default=None, description="links to a shop on another platform")

    _short_forms = model_validator(mode="before")(spell_out)

    @model_validator(mode="after")
    def _fits_format(self) -> Self:
        _check_format(self.format, self.fields, self.within)
        _check_inside(self.fields)
        for items in self.items:
            check_jmespath(items) if self.format == "json" else check_css(items)
        return self


class DetailPage(Strict):
    """A listing's own page. What it lacks is kept from the list page."""

    format: Literal["html", "json"] = Field(default="html", description="html or json")
    within: Within | None = Field(default=None, description="JSON inside an HTML page")
    fields: Fields = Field(description="where each field stands on the page")
    jumps: Chain | None = Field(default=None, description="links to a shop on another platform")

    _short_forms = model_validator(mode="before")(spell_out)

    @model_validator(mode="after")
    def _fits_format(self) -> Self:
        _check_format(self.format, self.fields, self.within)
        return self


def _check_format(page_format: str, fields: Fields, within: Within | None) -> None:
    wrong = ("css", "xpath", "data") if page_format == "json" else ("json", "column")
    for name, chain in fields.named().items():
        for place, rule in enumerate(chain):
            if rule.place in wrong:
                message = f"{rule.place} does not work on a page with format: {page_format}"
                raise MistakeAtError(message, "fields", *name.split("."), place, rule.place)
    if within and page_format != "json":
        raise MistakeAtError("goes with format: json", "within")


def _check_inside(fields: Fields) -> None:
    said = "looks at the whole page; begin with .// to look inside the item, or say scope: page"
    for name, chain in fields.named().items():
        for place, rule in enumerate(chain):
            if rule.xpath is not None and rule.xpath.startswith("/") and rule.scope == "item":
                raise MistakeAtError(said, "fields", *name.split("."), place, "xpath")


FEED_LIST: Final = ListPage.model_validate(
    {
        "format": "json",
        "items": "entries",
        "fields": {
            "native_id": "id",
            "url": "link",
            "title": "title",
            "description": "text",
            "seller_name": "author",
            "shelf": "tags[0].term",
            "published_at": ["published_at", "updated_at"],
        },
    }
)
"""How an RSS or Atom feed reads unless the source file says otherwise."""

SITEMAP_LIST: Final = ListPage.model_validate(
    {"format": "json", "items": "entries", "fields": {"url": "loc", "published_at": "lastmod"}}
)
"""How a sitemap reads."""
