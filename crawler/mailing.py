"""The mail of a workspace: the server from its file, the password from outside, the outbox in its data."""

from __future__ import annotations

import hashlib
import os
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from crawler.delivery.outbox import Letter, Outbox
from crawler.delivery.sending import Sender, only_sender
from crawler.delivery.smtp import SmtpSettings

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.config import Workspace
    from crawler.delivery.sending import Sending

PASSWORD_VARIABLE: Final = "JARGONWATCH_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
OUTBOX_NAME: Final = "outbox.sqlite"


def smtp_settings(workspace: Workspace) -> SmtpSettings | None:
    """How the workspace's mail server is reached; None where none is configured."""
    config = workspace.config
    if config.smtp_host is None or config.mail_from is None:
        return None
    return SmtpSettings(
        host=config.smtp_host,
        port=config.smtp_port,
        security=config.smtp_security,
        sender=config.mail_from,
        user=config.smtp_user,
        password=os.environ.get(PASSWORD_VARIABLE),
    )


def open_outbox(workspace: Workspace) -> Outbox:
    """The outbox of a workspace."""
    return Outbox(workspace.data_dir / OUTBOX_NAME)


def send_due(workspace: Workspace, now: datetime) -> Sending:
    """Send what waits in the outbox and is due; a `JobError` while another process does."""
    with only_sender(workspace.data_dir), open_outbox(workspace) as outbox:
        return Sender(outbox, smtp_settings(workspace)).send(now)


def letter_name(workspace: Workspace, what: str, recipient: str) -> str:
    """The message_id of what a recipient is told: the same for the same, so that it is told once."""
    domain = (workspace.config.mail_from or "").partition("@")[2] or "channel"
    return f"{what}-{hashlib.sha256(recipient.encode()).hexdigest()[:16]}@{domain}"


def plain_letter(
    message_id: str, sender: str, recipient: str, subject: str, text: str, now: datetime
) -> Letter:
    """A letter of text alone; `message_id` is without its angle brackets."""
    message = plain_message(message_id, sender, recipient, subject, text, now)
    return Letter(message_id, "mail", recipient, subject, message.as_bytes())


def plain_message(
    message_id: str, sender: str, recipient: str, subject: str, text: str, now: datetime
) -> EmailMessage:
    """A mail of text alone, to which more may be added."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Message-ID"] = f"<{message_id}>"
    message["Date"] = format_datetime(now)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
