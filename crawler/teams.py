"""Who is told: the teams of `teams.yaml`, their addresses, channels, language and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from crawler.config import MailAddress
from crawler.errors import ConfigError
from pipelines.lexicon.schema import Slug, Strict
from pipelines.records import Category
from pipelines.yamlfile import YamlError, load_model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

    from crawler.config import Workspace

TEAMS_NAME: Final = "teams.yaml"

Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
"""The name of an environment variable that holds a channel's Apprise URL, which is a secret."""


class Team(Strict):
    """A team. Empty `categories` mean all."""

    to: tuple[MailAddress, ...] = ()
    channels: tuple[Variable, ...] = ()
    language: Literal["zh", "en"] = "zh"
    categories: tuple[Category, ...] = ()

    @model_validator(mode="after")
    def _is_reached(self) -> Self:
        if not self.to and not self.channels:
            raise ValueError("nobody would be told; write to or channels")
        return self


class Teams(Strict):
    """The file: teams by name."""

    teams: dict[Slug, Team] = Field(default_factory=dict)


def read_yaml[Model: BaseModel](path: Path, model: type[Model]) -> Model:
    """A YAML file of the workspace. A `ConfigError` names file, line and key of what is wrong with it."""
    try:
        return load_model(path, model)
    except YamlError as error:
        raise ConfigError(error.message, file=path, key=error.key or None, line=error.line) from error


def known_teams(teams: Mapping[str, Team]) -> str:
    """What is said to who names a team that isn't there."""
    return f"it has {', '.join(teams)}" if teams else "it has none"


def read_teams(workspace: Workspace) -> Mapping[str, Team]:
    """The teams of a workspace; none where there is no file. A `ConfigError` names file, line and key."""
    path = workspace.root / TEAMS_NAME
    if not path.exists():
        return {}
    return read_yaml(path, Teams).teams


def team_of(workspace: Workspace, name: str | None, *, to: tuple[str, ...], language: str | None) -> Team:
    """A team, or one of all categories; with other recipients or another language where they are given.

    Raises `ConfigError` for a team that isn't there.
    """
    teams = {} if name is None else read_teams(workspace)
    if name is not None and name not in teams:
        said = f"there is no team {name!r}; {known_teams(teams)}"
        raise ConfigError(said, file=workspace.root / TEAMS_NAME)
    team = Team.model_construct() if name is None else teams[name]
    if to:
        team = team.model_copy(update={"to": to, "channels": ()})
    return team.model_copy(update={"language": language}) if language else team
