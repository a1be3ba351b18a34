"""Looks at every rule, and puts what it has to say into the outbox: once, and not while it cools down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crawler.alerts.rules import load_rules
from crawler.asking import Place, open_asked
from crawler.delivery.outbox import Letter
from crawler.mailing import letter_name, open_outbox, plain_letter
from crawler.teams import read_teams
from dashboards.digest.alert import Occasion, render_alert
from dashboards.query import Catalogue, known_terms
from pipelines.lexicon.files import read_lexicon
from pipelines.store.answers import day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crawler.alerts.rules import Rule
    from crawler.config import Workspace
    from crawler.delivery.outbox import Outbox
    from crawler.teams import Team
    from dashboards.watches import Finding, Match
    from pipelines.store.protocol import Questions


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule has to say now. Without `letters`, `silent_because` says why there are none."""

    rule: Rule
    told: tuple[Match, ...]
    letters: tuple[Letter, ...]
    not_before: datetime
    silent_because: str


def look(workspace: Workspace, now: datetime) -> list[Outcome]:
    """What each rule would send now; nothing is put or noted. Raises `ConfigError` for wrong rules."""
    with open_asked(workspace, Place.EMBEDDED) as store, open_outbox(workspace) as outbox:
        return _look(workspace, store, outbox, now)


def put_alerts(workspace: Workspace, now: datetime) -> list[Outcome]:
    """Put what the rules have to say into the outbox, and note what was told of."""
    with open_asked(workspace, Place.EMBEDDED) as store, open_outbox(workspace) as outbox:
        outcomes = _look(workspace, store, outbox, now)
        for each in outcomes:
            if each.letters:
                fired = [(each.rule.name, match.subject) for match in each.told]
                outbox.put_alert(each.letters, fired, now, each.not_before)
        return outcomes


def quiet_until(hours: str | None, timezone: str, now: datetime) -> datetime:
    """Now, or when the silent hours end in which now lies."""
    if hours is None:
        return now
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    here = now.astimezone(ZoneInfo(timezone))
    at = here.time()
    silent = begin <= at < end if begin < end else at >= begin or at < end
    if not silent:
        return now
    until = here.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return until if until > here else until + timedelta(days=1)


def catalogue_of(workspace: Workspace, store: Questions) -> Catalogue:
    """What queries of rules can name."""
    return Catalogue(terms=known_terms(read_lexicon(workspace.lexicon_dir), store.terms()))


def _look(workspace: Workspace, store: Questions, outbox: Outbox, now: datetime) -> list[Outcome]:
    today = day_of(now)
    teams = read_teams(workspace)
    catalogue = catalogue_of(workspace, store)
    return [
        _outcome(workspace, rule, rule.watch.look(store, today), outbox.firings(rule.name), teams, now)
        for rule in load_rules(workspace.alerts_dir, teams, catalogue, today)
    ]


def _outcome(
    workspace: Workspace,
    rule: Rule,
    finding: Finding,
    fired: Mapping[str, datetime],
    teams: Mapping[str, Team],
    now: datetime,
) -> Outcome:
    def silent(because: str) -> Outcome:
        return Outcome(rule, (), (), now, because)

    if not finding.matches:
        return silent(rule.said.condition.unmatched(finding.count))
    repeats = rule.said.kind == "over"
    new = tuple(match for match in finding.matches if repeats or match.subject not in fired)
    if not new:
        return silent(f"all {len(finding.matches)} matches were told of already")
    last = max(fired.values(), default=None)
    if last is not None and now - last < timedelta(seconds=rule.said.cooldown):
        until = last + timedelta(seconds=rule.said.cooldown)
        zone = ZoneInfo(workspace.config.timezone)
        return silent(f"{len(new)} new matches, but it cools down until {until.astimezone(zone):%m-%d %H:%M}")
    letters = tuple(_letters(workspace, rule, finding, new, teams, now))
    return Outcome(rule, new, letters, quiet_until(rule.said.quiet, workspace.config.timezone, now), "")


def _letters(
    workspace: Workspace,
    rule: Rule,
    finding: Finding,
    new: Sequence[Match],
    teams: Mapping[str, Team],
    now: datetime,
) -> Iterator[Letter]:
    """One letter an address or channel, in the language of the first team that has it."""
    sender = workspace.config.mail_from or ""
    said = rule.said
    values = said.condition.values(finding, len(new))
    occasion = Occasion(rule.name, said.about, said.kind, values, said.cooldown / 3600)
    known: set[str] = set()
    for team in (teams[name] for name in rule.said.teams):
        alert = render_alert(occasion, new, finding, team.language, workspace.config.web_url)
        for recipient in (*team.to, *team.channels):
            if recipient in known:
                continue
            known.add(recipient)
            name = letter_name(workspace, f"alert-{rule.name}-{now:%Y%m%dT%H%M%S}", recipient)
            if recipient in team.to:
                yield plain_letter(name, sender, recipient, alert.subject, alert.text, now)
            else:
                yield Letter(name, "channel", recipient, alert.subject, alert.text.encode())
