"""Mail to a server, in steps: what is undecided when a connection breaks is as little as SMTP allows."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import TYPE_CHECKING, Final, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

Security = Literal["starttls", "tls", "none"]

TIMEOUT_SECONDS: Final = 60.0
FINAL_TIMEOUT_SECONDS: Final = 600.0
"""RFC 5321, 4.5.3.2.6: the answer to the end of the data may take ten minutes."""


class TemporaryError(Exception):
    """The server did not take the letter; another try may succeed. Nothing was delivered."""


class RefusedError(Exception):
    """The server will never take this letter for this recipient (a reply of 500 or above)."""


class UnsureError(Exception):
    """The connection broke after the end of the letter and before the answer: it may be delivered."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How the mail server is reached. `sender` is an address, with or without a name."""

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None


class MailServer:
    """A connection to the server, opened on entering: `TemporaryError` where that fails."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        settings = self._settings
        try:
            self._smtp = _connected(settings)
            self._smtp.ehlo_or_helo_if_needed()
            if settings.user is not None:
                self._smtp.login(settings.user, settings.password or "")
        except smtplib.SMTPAuthenticationError as error:
            self._leave()
            raise TemporaryError(
                f"{settings.host}:{settings.port} refuses the user {settings.user}: {_said(error.smtp_error)}"
            ) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._leave()
            raise TemporaryError(f"{settings.host}:{settings.port}: {error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def send(self, recipient: str, message: bytes, begin: Callable[[], None]) -> str:
        """Send a message to one recipient; the server's answer.

        `begin` is called when the server has all but the last line: before it the server must forget the
        message if the connection breaks (RFC 5321, 4.1.1.4), after it it may keep it.
        """
        smtp = self._open()
        try:
            smtp.rset()
            _taken(smtp.mail(parseaddr(self._settings.sender)[1]))
            _taken(smtp.rcpt(recipient))
            _taken(smtp.docmd("DATA"))
            smtp.send(_on_the_wire(message))
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryError(f"{self._settings.host}: {error}") from error
        begin()
        try:
            if smtp.sock:
                smtp.sock.settimeout(FINAL_TIMEOUT_SECONDS)
            smtp.send(b".\r\n")
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise UnsureError(f"{self._settings.host} gave no answer at the end: {error}") from error
        return _taken(answer)

    def _open(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise TemporaryError(f"{self._settings.host}: the connection is closed")
        return self._smtp

    def _leave(self) -> None:
        if self._smtp is not None:
            smtp, self._smtp = self._smtp, None
            smtp.close()


def _connected(settings: SmtpSettings) -> smtplib.SMTP:
    if settings.security == "none":
        return smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
    trusted = ssl.create_default_context(cafile=settings.ca_file)
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=trusted)
    smtp = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
    try:
        smtp.starttls(context=trusted)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _taken(reply: tuple[int, bytes]) -> str:
    """What the server said, if it said yes (2xx or 3xx)."""
    code, text = reply
    said = f"{code} {_said(text)}"
    if code >= 500:
        raise RefusedError(said)
    if not 200 <= code < 400:
        raise TemporaryError(said)
    return said


def _said(text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(words.split())[:300]


def _on_the_wire(message: bytes) -> bytes:
    """Lines end in CRLF, and a dot that begins a line is doubled (RFC 5321, 4.5.2)."""
    lines = re.sub(rb"\r?\n|\r", b"\r\n", message)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)
