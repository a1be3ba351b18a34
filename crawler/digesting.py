"""The digest of a workspace: who gets it, and once each."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from crawler.asking import Place, open_asked
from crawler.delivery.outbox import Letter
from crawler.errors import ConfigError
from crawler.mailing import open_outbox
from dashboards.digest.content import read_digest
from dashboards.digest.rendering import CHART_ID, render
from pipelines.store.answers import day_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from crawler.config import Workspace
    from dashboards.digest.rendering import Language, Rendered


def digest_of(workspace: Workspace, day: date, language: Language) -> Rendered:
    """The digest of a day, from the embedded store."""
    with open_asked(workspace, Place.EMBEDDED) as store:
        return render(read_digest(store, day), language, workspace.config.web_url)


def day_before(now: datetime) -> date:
    """The last day that is over."""
    return day_of(now) - timedelta(days=1)


def put_digest(workspace: Workspace, day: date, recipients: Sequence[str], now: datetime) -> int:
    """Put the digest of a day into the outbox for each recipient who hasn't had it; how many that are.

    A letter is named by day and recipient, so that nothing makes it come twice. Raises `ConfigError` where
    nobody can be written to.
    """
    config = workspace.config
    if config.mail_from is None or config.smtp_host is None or not recipients:
        missing = "digest_to" if not recipients else "mail_from" if config.mail_from is None else "smtp_host"
        raise ConfigError("a digest needs it; write it", file=workspace.config_path, key=missing)
    domain = config.mail_from.partition("@")[2]
    ids = {
        each: f"digest-{day}-{hashlib.sha256(each.encode()).hexdigest()[:16]}@{domain}" for each in recipients
    }
    with open_outbox(workspace) as outbox:
        wanted = [each for each in recipients if not outbox.has(ids[each])]
        if not wanted:
            return 0
        rendered = digest_of(workspace, day, config.digest_language)
        for recipient in wanted:
            body = message(rendered, ids[recipient], config.mail_from, recipient, now)
            outbox.put(Letter(ids[recipient], "mail", recipient, rendered.subject, body), now)
    return len(wanted)


def message(rendered: Rendered, message_id: str, sender: str, recipient: str, now: datetime) -> bytes:
    """A whole mail: text, HTML and the chart inside it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, rendered.subject
    mail["Message-ID"] = f"<{message_id}>"
    mail["Date"] = format_datetime(now)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(rendered.text)
    mail.add_alternative(rendered.html, subtype="html")
    if rendered.chart is not None:
        html = mail.get_payload()[1]  # type: ignore[index]
        html.add_related(rendered.chart, "image", "png", cid=f"<{CHART_ID}>")  # type: ignore[union-attr]
    return mail.as_bytes()
