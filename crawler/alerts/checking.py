"""Whether digests and alerts would arrive, what each rule would send now, and what it would have sent."""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crawler.alerts.rules import load_rules
from crawler.alerts.watching import catalogue_of, look
from crawler.delivery.smtp import MailServer, TemporaryError
from crawler.errors import ConfigError
from crawler.mailing import PASSWORD_VARIABLE, open_outbox, smtp_settings
from crawler.teams import TEAMS_NAME, read_teams
from dashboards.watches import Over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from crawler.alerts.watching import Outcome
    from crawler.config import Workspace
    from pipelines.store.protocol import Questions


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was checked, in words."""

    good: bool
    text: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A rule over a count, replayed: how often it would have fired, and how a day's count is spread."""

    name: str
    limit: int
    fired: int
    median: float
    most: int


def check(workspace: Workspace, now: datetime) -> list[Line]:
    """Look at everything that an alert or a digest needs, and say a line of each; nothing is sent."""
    lines = [*_mail(workspace), *_teams(workspace), *_letters(workspace)]
    try:
        outcomes = look(workspace, now)
    except ConfigError as error:
        lines.append(Line(good=False, text=str(error)))
    else:
        lines += [Line(good=True, text=_said(each, workspace, now)) for each in outcomes]
    return lines


def replay_rules(workspace: Workspace, store: Questions, since: date, until: date) -> Iterator[Counted]:
    """The rules over a count, looked at once at the end of each day of a period."""
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    catalogue = catalogue_of(workspace, store)
    for rule in load_rules(workspace.alerts_dir, read_teams(workspace), catalogue, until):
        if isinstance(rule.watch, Over):
            counts = [rule.watch.look(store, day).count for day in days]
            fired, last = 0, None
            for day, count in zip(days, counts, strict=True):
                cooled = last is None or (day - last).total_seconds() >= rule.said.cooldown
                if count > rule.watch.listings and cooled:
                    fired, last = fired + 1, day
            yield Counted(rule.name, rule.watch.listings, fired, statistics.median(counts), max(counts))


def _mail(workspace: Workspace) -> Iterator[Line]:
    settings = smtp_settings(workspace)
    if settings is None:
        yield Line(good=True, text="mail: no smtp_host and mail_from; only channels are told")
        return
    place = f"mail: {settings.host}:{settings.port} ({settings.security})"
    if settings.user is not None and not settings.password:
        yield Line(good=False, text=f"{place}: {PASSWORD_VARIABLE} is not set")
        return
    try:
        with MailServer(settings):
            yield Line(good=True, text=f"{place} answers and takes mail from {settings.sender}")
    except TemporaryError as error:
        yield Line(good=False, text=f"mail: {error}")


def _teams(workspace: Workspace) -> Iterator[Line]:
    from apprise import Apprise

    try:
        teams = read_teams(workspace)
    except ConfigError as error:
        yield Line(good=False, text=str(error))
        return
    if not teams:
        yield Line(good=False, text=f"{TEAMS_NAME}: nobody is told; copy {TEAMS_NAME}.txt and fill it in")
    mail = smtp_settings(workspace) is not None
    for name, team in teams.items():
        told = ", ".join((*team.to, *team.channels))
        of = ", ".join(team.categories) or "all categories"
        reached = mail or not team.to
        missing = "" if reached else "; its addresses need smtp_host and mail_from"
        yield Line(good=reached, text=f"team {name}: {told} ({team.language}, {of}){missing}")
        for variable in team.channels:
            url = os.environ.get(variable, "").strip()
            if not url:
                yield Line(good=False, text=f"channel {variable}: not set; export its Apprise URL")
            elif not Apprise().add(url):
                yield Line(good=False, text=f"channel {variable}: it holds no URL that Apprise knows")
            else:
                yield Line(good=True, text=f"channel {variable}: a URL that Apprise knows")


def _letters(workspace: Workspace) -> Iterator[Line]:
    """What lies in the outbox and needs a person."""
    with open_outbox(workspace) as outbox:
        waiting = len(outbox.letters("waiting"))
        yield Line(good=True, text=f"outbox: {waiting} letters wait")
        for kept in outbox.letters("bounced", "unsure", "expired"):
            what = f"outbox: {kept.state}: {kept.letter.recipient}, {kept.letter.subject}: {kept.reply}"
            yield Line(good=True, text=what)


def _said(outcome: Outcome, workspace: Workspace, now: datetime) -> str:
    name = f"rule {outcome.rule.name}"
    if not outcome.letters:
        return f"{name} sends nothing: {outcome.silent_because}"
    recipients = ", ".join(letter.recipient for letter in outcome.letters)
    zone = ZoneInfo(workspace.config.timezone)
    at = outcome.not_before.astimezone(zone)
    when = "now" if outcome.not_before <= now else f"at {at:%m-%d %H:%M}, after its silent hours"
    return f"{name} would send {when} to {recipients}: {outcome.letters[0].subject}"
