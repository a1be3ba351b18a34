"""The rules of `alerts/*.yaml`, one a file: what is waited for, who is told, and when not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from crawler.errors import ConfigError
from crawler.teams import TEAMS_NAME, known_teams, read_yaml
from dashboards.query import parse
from dashboards.query.errors import QueryError
from dashboards.watches import Cheap, NewTerm, Over, SellerBack
from pipelines.lexicon.schema import Slug, Strict
from pipelines.records import Category
from pipelines.yamlfile import line_of, load_yaml
from spiders.scalars import CurrencyCode, Duration, Hours, as_list

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path
    from typing import Self

    from crawler.teams import Team
    from dashboards.query import Catalogue
    from dashboards.watches import Finding, Watch
    from pipelines.store.query import Query

    type Read = Callable[[str], Query]

FLAGGED: Final = "verdict:flagged"
DAY: Final = 86_400.0

QueryText = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class OverRule(Strict):
    """More than so many listings of a query in the last days."""

    query: QueryText = FLAGGED
    listings: Annotated[int, Field(ge=0)]
    days: Annotated[int, Field(ge=1, le=366)] = 1

    def watch(self, read: Read) -> Over:
        return Over(read(self.query), self.listings, self.days)

    def unmatched(self, count: int) -> str:
        return f"{count} listings, and it waits for more than {self.listings}"

    def values(self, finding: Finding, _: int) -> dict[str, object]:
        return {"count": finding.count, "days": self.days, "over": self.listings}


class FirstSightRule(Strict):
    """A term, or a disguise of one, that was never seen before."""

    of: Literal["term", "disguise"] = "term"
    categories: tuple[Category, ...] = ()

    def watch(self, _: Read) -> NewTerm:
        return NewTerm(self.of, self.categories)

    def unmatched(self, _: int) -> str:
        return f"no {self.of} was seen for the first time since yesterday"

    def values(self, _: Finding, __: int) -> dict[str, object]:
        return {}


class PriceBelowRule(Strict):
    """A listing of a query that asks less than an amount."""

    query: QueryText = FLAGGED
    amount: Annotated[float, Field(gt=0)]
    currency: CurrencyCode = "CNY"
    unit: str | None = None

    def watch(self, read: Read) -> Cheap:
        return Cheap(read(self.query), self.amount, self.currency, self.unit)

    def unmatched(self, count: int) -> str:
        return f"none of {count} listings since yesterday asks less than {self.amount:g} {self.currency}"

    def values(self, _: Finding, new: int) -> dict[str, object]:
        return {"count": new, "amount": self.amount, "currency": self.currency}


class SellerBackRule(Strict):
    """A seller of a query who is back after so many silent days."""

    query: QueryText = FLAGGED
    days: Annotated[int, Field(ge=2, le=3660)]

    def watch(self, read: Read) -> SellerBack:
        return SellerBack(read(self.query), self.days)

    def unmatched(self, count: int) -> str:
        return f"none of {count} sellers since yesterday had been silent so long"

    def values(self, _: Finding, new: int) -> dict[str, object]:
        return {"count": new, "days": self.days}


Condition = OverRule | FirstSightRule | PriceBelowRule | SellerBackRule
"""Each has its `watch` (queries are read by `Read`), why it has nothing to say after having looked at so many
(`unmatched`), and the `values` for the text of an alert of so many new matches."""
Kind = Literal["over", "first_sight", "price_below", "seller_back"]
KINDS: Final[tuple[Kind, ...]] = ("over", "first_sight", "price_below", "seller_back")


class RuleFile(Strict):
    """A file: exactly one of over, first_sight, price_below and seller_back."""

    about: Annotated[str, StringConstraints(min_length=1)]
    over: OverRule | None = None
    first_sight: FirstSightRule | None = None
    price_below: PriceBelowRule | None = None
    seller_back: SellerBackRule | None = None
    teams: Annotated[tuple[Slug, ...], BeforeValidator(as_list), Field(min_length=1)]
    cooldown: Duration = DAY
    quiet: Hours | None = None

    @model_validator(mode="after")
    def _waits_for_one_thing(self) -> Self:
        if len([kind for kind in KINDS if getattr(self, kind) is not None]) != 1:
            raise ValueError(f"write exactly one of {', '.join(KINDS)}")
        return self

    @property
    def kind(self) -> Kind:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def condition(self) -> Condition:
        """What is waited for."""
        found: Condition = getattr(self, self.kind)
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, read whole: `name` is its file's, `watch` what it looks for."""

    name: str
    path: Path
    said: RuleFile
    watch: Watch


def load_rules(
    folder: Path, teams: Mapping[str, Team], catalogue: Catalogue, today: date
) -> tuple[Rule, ...]:
    """All rules of a folder, by name. A `ConfigError` names file, line and key of the first mistake."""
    return tuple(_load(path, teams, catalogue, today) for path in sorted(folder.glob("*.yaml")))


def _load(path: Path, teams: Mapping[str, Team], catalogue: Catalogue, today: date) -> Rule:
    said = read_yaml(path, RuleFile)
    for team in said.teams:
        if team not in teams:
            raise _mistake(path, ("teams",), f"{TEAMS_NAME} has no team {team!r}; {known_teams(teams)}")

    def read(text: str) -> Query:
        try:
            return parse(text, catalogue, today=today)
        except QueryError as error:
            raise _mistake(path, (said.kind, "query"), str(error)) from error

    return Rule(path.stem, path, said, said.condition.watch(read))


def _mistake(path: Path, location: tuple[str, ...], message: str) -> ConfigError:
    _, lines = load_yaml(path)
    return ConfigError(message, file=path, key=".".join(location), line=line_of(location, lines))
