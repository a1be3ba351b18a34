"""The digest of a workspace: which team gets which, and each recipient one a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.asking import Place, open_asked
from crawler.delivery.outbox import Letter
from crawler.errors import ConfigError
from crawler.mailing import letter_name, open_outbox, plain_message
from crawler.teams import TEAMS_NAME
from dashboards.digest.content import read_digest
from dashboards.digest.rendering import CHART_ID, render
from pipelines.store.answers import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from crawler.config import Workspace
    from crawler.teams import Team
    from dashboards.digest.content import Digest
    from dashboards.digest.rendering import Rendered
    from dashboards.web.texts import Language
    from pipelines.records import Category


def digest_of(
    workspace: Workspace, day: date, language: Language, categories: Sequence[Category] = ()
) -> Rendered:
    """The digest of a day, from the embedded store; empty `categories` mean all."""
    return render(_read(workspace, day, categories), language, workspace.config.web_url)


def _read(workspace: Workspace, day: date, categories: Sequence[Category]) -> Digest:
    rate = workspace.config.digest_false_alarms
    with open_asked(workspace, Place.EMBEDDED) as store:
        return read_digest(store, day, categories=categories, rate=rate)


def day_before(now: datetime) -> date:
    """The last day that is over."""
    return day_of(now) - timedelta(days=1)


def put_digest(workspace: Workspace, day: date, teams: Mapping[str, Team], now: datetime) -> int:
    """Put the digest of a day into the outbox for each recipient who hasn't had it; how many that are.

    A letter is named by day and recipient, so that nothing makes it come twice; who is in two teams gets
    the digest of the first. Raises `ConfigError` where nobody can be written to.
    """
    recipients = _recipients(workspace, teams)
    found: dict[tuple[Category, ...], Digest] = {}
    rendered: dict[tuple[tuple[Category, ...], Language], Rendered] = {}
    put = 0
    with open_outbox(workspace) as outbox:
        for recipient, team in recipients.items():
            name = letter_name(workspace, f"digest-{day}", recipient)
            if outbox.has(name):
                continue
            of, wanted = team.categories, (team.categories, team.language)
            if of not in found:
                found[of] = _read(workspace, day, of)
            if wanted not in rendered:
                rendered[wanted] = render(found[of], team.language, workspace.config.web_url)
            put += outbox.put(_letter(rendered[wanted], name, workspace, recipient, team, now), now)
    return put


def _recipients(workspace: Workspace, teams: Mapping[str, Team]) -> dict[str, Team]:
    recipients: dict[str, Team] = {}
    for team in teams.values():
        for recipient in (*team.to, *team.channels):
            recipients.setdefault(recipient, team)
    if not recipients:
        raise ConfigError(
            "a digest needs somebody to read it; write a team", file=workspace.root / TEAMS_NAME
        )
    _require_mail(workspace, (address for team in teams.values() for address in team.to))
    return recipients


def _require_mail(workspace: Workspace, addresses: Iterable[str]) -> None:
    """Refuse to write to addresses without a mail server and a sender."""
    config = workspace.config
    missing = "mail_from" if config.mail_from is None else "smtp_host" if config.smtp_host is None else None
    if missing and (address := next(iter(addresses), None)):
        raise ConfigError(f"mail to {address} needs it; write it", file=workspace.config_path, key=missing)


def _letter(
    rendered: Rendered, name: str, workspace: Workspace, recipient: str, team: Team, now: datetime
) -> Letter:
    if recipient in team.to:
        body = message(rendered, name, workspace.config.mail_from or "", recipient, now)
        return Letter(name, "mail", recipient, rendered.subject, body)
    return Letter(name, "channel", recipient, rendered.subject, rendered.summary.encode())


def message(rendered: Rendered, message_id: str, sender: str, recipient: str, now: datetime) -> bytes:
    """A whole mail: text, HTML and the chart inside it."""
    mail = plain_message(message_id, sender, recipient, rendered.subject, rendered.text, now)
    mail.add_alternative(rendered.html, subtype="html")
    if rendered.chart is not None:
        html = mail.get_payload()[1]  # type: ignore[index]
        html.add_related(rendered.chart, "image", "png", cid=f"<{CHART_ID}>")  # type: ignore[union-attr]
    return mail.as_bytes()
