"""How a source file says where a field stands on a page: by a rule, or by a chain of them.

The first rule of a chain that gives a value wins.
`docs/sources.md` explains the same to those who write source files.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from pipelines.lexicon.schema import Strict
from spiders.mistakes import MistakeAtError
from spiders.scalars import Css, CssList, JmesPath, Regex, XPathExpression

type Format = Literal["html", "json"]
type Transform = Literal["text", "lines", "html", "price", "date", "number", "url"]

PLACES = ("css", "xpath", "json", "column", "data", "query", "address", "value")
"""The keys of which a rule has exactly one."""


class Rule(Strict):
    """One place where a field may stand, and what is made of the text found there."""

    css: Css | None = Field(default=None, description="CSS selector; ::text and ::attr(name) are understood")
    xpath: XPathExpression | None = Field(default=None, description="XPath, relative to the item: .//a")
    json_: JmesPath | None = Field(default=None, alias="json", description="JMESPath, on JSON pages")
    column: str | None = Field(
        default=None, description="the column of a table or the key of a JSON object, exactly as written"
    )
    data: JmesPath | None = Field(
        default=None, description="JMESPath into the page's embedded JSON-LD, microdata or OpenGraph"
    )
    query: str | None = Field(default=None, description="a parameter of the listing's address: id")
    address: Regex | None = Field(default=None, description="regular expression on the listing's address")
    value: str | None = Field(default=None, description="always this text")
    attr: str | None = Field(default=None, description="an attribute of the element instead of its text")
    without: CssList = Field(default=(), description="parts inside the element to leave out")
    all: bool = Field(default=False, description="every match, not only the first")
    join: str = Field(default=" ", description="what stands between several matches")
    regex: Regex | None = Field(default=None, description="keep the first group, or the whole match")
    transform: Transform | None = Field(default=None, description="instead of the field's usual transform")
    divide: float | None = Field(
        default=None, gt=0, description="100 where a price or a number is counted in cents"
    )
    date_format: str | None = Field(default=None, description="as in %d/%m/%Y %H:%M, for unusual dates")
    scope: Literal["item", "page"] = Field(default="item", description="page: look at the whole list page")

    @property
    def place(self) -> str:
        """The key that says where to look."""
        return next(name for name in PLACES if getattr(self, _attribute(name)) is not None)

    def __str__(self) -> str:
        return f"{self.place}: {getattr(self, _attribute(self.place))}"

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = [name for name in PLACES if getattr(self, _attribute(name)) is not None]
        if len(given) != 1:
            found = " and ".join(given) if given else "none"
            raise ValueError(f"give exactly one of {', '.join(PLACES)} (found {found})")
        if (self.attr or self.without) and given[0] not in ("css", "xpath"):
            raise ValueError(f"attr and without go with css or xpath, not with {given[0]}")
        return self


def _attribute(place: str) -> str:
    return "json_" if place == "json" else place


Chain = Annotated[tuple[Rule, ...], Field(min_length=1)]


class Fields(Strict):
    """Where each field of a listing stands."""

    native_id: Chain | None = Field(default=None, description="the platform's own id of the listing")
    url: Chain | None = Field(default=None, description="the link to the listing's own page")
    title: Chain | None = Field(default=None, description="what is offered; a listing needs one")
    description: Chain | None = Field(default=None, description="the seller's text")
    price: Chain | None = Field(default=None, description="amount, and currency and unit if it says them")
    currency: Chain | None = Field(default=None, description="where the price itself does not say it")
    unit: Chain | None = Field(default=None, description="what the price buys, as 套")
    seller_id: Chain | None = Field(default=None, description="the platform's id of the seller")
    seller_name: Chain | None = Field(default=None, description="the seller's name")
    shelf: Chain | None = Field(default=None, description="the platform's own category of the goods")
    published_at: Chain | None = Field(default=None, description="when it was put up")
    extra: dict[str, Chain] = Field(default_factory=dict, description="anything else worth keeping")

    @model_validator(mode="after")
    def _divide_numbers(self) -> Self:
        for name, chain in self.named().items():
            usual = "price" if name == "price" else "text"
            for place, rule in enumerate(chain):
                if rule.divide is not None and (rule.transform or usual) not in ("price", "number"):
                    message = "goes with transform: price or number"
                    raise MistakeAtError(message, *name.split("."), place, "divide")
        return self

    def named(self) -> dict[str, Chain]:
        """The fields that have rules, `extra` ones as `extra.NAME`."""
        own = {
            name: chain
            for name in type(self).model_fields
            if name != "extra" and (chain := getattr(self, name)) is not None
        }
        return own | {f"extra.{name}": chain for name, chain in self.extra.items()}


def spell_out(page: Any) -> Any:
    """Write the short forms of a page's rules in full before they are checked.

    A bare text is a CSS selector on an HTML page and a JMESPath on a JSON page; a lone rule is a chain of
    one. Whatever has another shape is left for the model to refuse.
    """
    place = "json" if isinstance(page, dict) and page.get("format") == "json" else "css"
    return _spelt_out(page, place)


def spell_out_columns(files: Any) -> Any:
    """The same for the rules of files, where a bare text is the name of a column."""
    return _spelt_out(files, "column")


def _spelt_out(page: Any, place: str) -> Any:
    if not isinstance(page, dict):
        return page
    spelt = dict(page)
    if isinstance(fields := page.get("fields"), dict):
        spelt["fields"] = {
            name: {key: _chain(rule, place) for key, rule in value.items()}
            if name == "extra" and isinstance(value, dict)
            else _chain(value, place)
            for name, value in fields.items()
        }
    if "jumps" in page:
        spelt["jumps"] = _chain(page["jumps"], place)
    if isinstance(follow := page.get("next"), dict) and "link" in follow:
        spelt["next"] = follow | {"link": _chain(follow["link"], place)}
    return spelt


def _chain(value: object, place: str) -> object:
    rules = value if isinstance(value, list) else [value]
    return [{place: rule} if isinstance(rule, str) else rule for rule in rules]
