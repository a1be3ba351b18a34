"""What the service is to do when: from the sources and the configuration, as they are on the disk now.

A file that is broken keeps what it last said: each sound source is copied into the data folder, and it is the
copies that are crawled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from crawler.errors import ConfigError
from crawler.service.timetable import Hours, Timetable
from crawler.teams import TEAMS_NAME, read_teams
from spiders.contract import load_source
from spiders.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from crawler.config import Workspace
    from spiders.contract import Source

SHIP: Final = "ship"
TIDY: Final = "tidy"
MAIL: Final = "mail"
DIGEST: Final = "digest"
ALERTS: Final = "alerts"
MAIL_SECONDS: Final = 60.0
TIDY_CRON: Final = "30 4 * * *"
COPIES: Final = "sources"
"""Of the data folder: the sources as they were last without mistakes."""


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """A source that is crawled from the copy at `path`; `timetable` is None without a schedule."""

    source: Source
    path: Path
    timetable: Timetable | None


@dataclass(frozen=True, slots=True)
class Plans:
    """Sources and tasks by name; `broken` says of files (by name) what is wrong with them."""

    sources: Mapping[str, PlannedSource] = field(default_factory=dict)
    tasks: Mapping[str, Timetable] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)


def read_plans(workspace: Workspace) -> Plans:
    """The plans of a workspace. A broken source file is told of, and its last sound copy stands."""
    copies = workspace.data_dir / COPIES
    copies.mkdir(parents=True, exist_ok=True)
    sources: dict[str, PlannedSource] = {}
    broken: dict[str, str] = {}
    files = sorted(workspace.sources_dir.glob("*.yaml"))
    for path in files:
        copy = copies / path.name
        try:
            text = path.read_bytes()
            source = load_source(path)
        except SourceError as error:
            broken[path.name] = str(error)
            if not copy.exists():
                continue
            source = load_source(copy)
        except OSError as error:
            broken[path.name] = f"{path}: cannot be read ({error.strerror})"
            continue
        else:
            _keep(copy, text)
        if source.name in sources:
            broken[path.name] = f"{path}: {source.name} is the name of {sources[source.name].path.name} too"
            continue
        sources[source.name] = PlannedSource(source, copy, timetable_of(source, workspace))
    for copy in copies.glob("*.yaml"):
        if copy.name not in {path.name for path in files}:
            copy.unlink()
    try:
        teams = read_teams(workspace)
    except ConfigError as error:
        teams, broken[TEAMS_NAME] = {}, str(error)
    return Plans(sources, _tasks(workspace, told=bool(teams)), broken)


def timetable_of(source: Source, workspace: Workspace) -> Timetable | None:
    """When a source is crawled; None where its file has no schedule."""
    schedule = source.schedule
    if schedule is None:
        return None
    hours = []
    if workspace.config.quiet_hours:
        hours.append(Hours(workspace.config.quiet_hours, workspace.config.timezone, closed=True))
    if source.politeness.hours:
        hours.append(Hours(source.politeness.hours, source.politeness.timezone, closed=False))
    return Timetable(
        name=source.name,
        cron=schedule.cron,
        every=schedule.every,
        timezone=schedule.timezone,
        jitter=schedule.jitter,
        late=schedule.late,
        hours=tuple(hours),
    )


def _tasks(workspace: Workspace, *, told: bool) -> dict[str, Timetable]:
    """The service's own tasks; `told`: there is a team that gets digests and alerts."""
    zone = workspace.config.timezone
    tasks = {TIDY: Timetable(TIDY, cron=TIDY_CRON, timezone=zone, late=86400.0)}
    if workspace.config.elasticsearch is not None:
        tasks[SHIP] = Timetable(SHIP, every=60.0 * workspace.config.ship_minutes, timezone=zone)
    if told or workspace.config.smtp_host is not None:
        tasks[MAIL] = Timetable(MAIL, every=MAIL_SECONDS, timezone=zone)
    if told:
        tasks[DIGEST] = Timetable(DIGEST, cron=workspace.config.digest_cron, timezone=zone, late=43200.0)
    if told and any(workspace.alerts_dir.glob("*.yaml")):
        tasks[ALERTS] = Timetable(ALERTS, every=60.0 * workspace.config.alert_minutes, timezone=zone)
    return tasks


def _keep(copy: Path, text: bytes) -> None:
    if copy.exists() and copy.read_bytes() == text:
        return
    aside = copy.with_suffix(".part")
    aside.write_bytes(text)
    aside.replace(copy)
