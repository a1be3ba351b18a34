"""The rules of `alerts/*.yaml`, one a file: what is waited for, who is told, and when not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from crawler.errors import ConfigError
from crawler.teams import TEAMS_NAME
from dashboards.query import parse
from dashboards.query.errors import QueryError
from dashboards.watches import Cheap, NewTerm, Over, SellerBack
from pipelines.lexicon.schema import Slug, Strict
from pipelines.records import Category
from pipelines.yamlfile import YamlError, line_of, load_model, load_yaml
from spiders.scalars import CurrencyCode, Duration, Hours, as_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path
    from typing import Self

    from crawler.teams import Team
    from dashboards.query import Catalogue
    from dashboards.watches import Watch
    from pipelines.store.query import Query

FLAGGED: Final = "verdict:flagged"
DAY: Final = 86_400.0

QueryText = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class OverRule(Strict):
    """More than so many listings of a query in the last days."""

    query: QueryText = FLAGGED
    listings: Annotated[int, Field(ge=0)]
    days: Annotated[int, Field(ge=1, le=366)] = 1


class FirstSightRule(Strict):
    """A term, or a disguise of one, that was never seen before."""

    of: Literal["term", "disguise"] = "term"
    categories: tuple[Category, ...] = ()


class PriceBelowRule(Strict):
    """A listing of a query that asks less than an amount."""

    query: QueryText = FLAGGED
    amount: Annotated[float, Field(gt=0)]
    currency: CurrencyCode = "CNY"
    unit: str | None = None


class SellerBackRule(Strict):
    """A seller of a query who is back after so many silent days."""

    query: QueryText = FLAGGED
    days: Annotated[int, Field(ge=2, le=3660)]


class RuleFile(Strict):
    """A file: exactly one of over, first_sight, price_below and seller_back."""

    about: Annotated[str, StringConstraints(min_length=1)]
    over: OverRule | None = None
    first_sight: FirstSightRule | None = None
    price_below: PriceBelowRule | None = None
    seller_back: SellerBackRule | None = None
    teams: Annotated[tuple[Slug, ...], Field(min_length=1)]
    cooldown: Duration = DAY
    quiet: Hours | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_team_is_a_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and "teams" in data:
            return {**data, "teams": as_list(data["teams"])}
        return data

    @model_validator(mode="after")
    def _waits_for_one_thing(self) -> Self:
        if len([kind for kind in KINDS if getattr(self, kind) is not None]) != 1:
            raise ValueError(f"write exactly one of {', '.join(KINDS)}")
        return self

    @property
    def kind(self) -> Kind:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


Kind = Literal["over", "first_sight", "price_below", "seller_back"]
KINDS: Final[tuple[Kind, ...]] = ("over", "first_sight", "price_below", "seller_back")


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
    return tuple(_load(path, teams, catalogue, today) for path in rule_files(folder))


def rule_files(folder: Path) -> Sequence[Path]:
    """The files of rules."""
    return sorted(folder.glob("*.yaml"))


def _load(path: Path, teams: Mapping[str, Team], catalogue: Catalogue, today: date) -> Rule:
    try:
        said = load_model(path, RuleFile)
    except YamlError as error:
        raise ConfigError(error.message, file=path, key=error.key or None, line=error.line) from error
    for team in said.teams:
        if team not in teams:
            known = f"it has {', '.join(teams)}" if teams else "it has none"
            raise _mistake(path, ("teams",), f"{TEAMS_NAME} has no team {team!r}; {known}")
    return Rule(path.stem, path, said, _watch(path, said, catalogue, today))


def _watch(path: Path, said: RuleFile, catalogue: Catalogue, today: date) -> Watch:
    def query(text: str) -> Query:
        try:
            return parse(text, catalogue, today=today)
        except QueryError as error:
            raise _mistake(path, (said.kind, "query"), str(error)) from error

    if said.over is not None:
        return Over(query(said.over.query), said.over.listings, said.over.days)
    if said.first_sight is not None:
        return NewTerm(said.first_sight.of, said.first_sight.categories)
    if (price := said.price_below) is not None:
        return Cheap(query(price.query), price.amount, price.currency, price.unit)
    if said.seller_back is not None:
        return SellerBack(query(said.seller_back.query), said.seller_back.days)
    raise AssertionError(said)


def _mistake(path: Path, location: tuple[str, ...], message: str) -> ConfigError:
    _, lines = load_yaml(path)
    return ConfigError(message, file=path, key=".".join(location), line=line_of(location, lines))
