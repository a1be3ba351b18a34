"""From the outbox to the servers: mail by SMTP, everything else by Apprise."""

from __future__ import annotations

import fcntl
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.delivery.smtp import MailServer, RefusedError, TemporaryError, UnsureError
from crawler.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crawler.delivery.outbox import Kept, Outbox
    from crawler.delivery.smtp import SmtpSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sending:
    """What a sending did, in letters; `reasons` say why some wait, came back or are unsure."""

    sent: int = 0
    waiting: int = 0
    bounced: int = 0
    unsure: int = 0
    reasons: tuple[str, ...] = ()


@contextmanager
def only_sender(data_dir: Path) -> Iterator[None]:
    """Hold the lock of those who send; a `JobError` while another process holds it. It ends with it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "outbox.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JobError("another process is sending mail just now; try again in a moment") from error
        yield


class Sender:
    """Sends what is due in an outbox. Only one at a time: see `only_sender`."""

    def __init__(
        self,
        outbox: Outbox,
        settings: SmtpSettings | None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._outbox = outbox
        self._settings = settings
        self._clock = clock
        self._reasons: list[str] = []

    def send(self, now: datetime) -> Sending:
        """Try every letter that is due once."""
        for kept in self._outbox.recover(now):
            self._note(kept, "may or may not have arrived; it is not sent again")
        due = self._outbox.due(now)
        before = self._settled()
        self._mail([kept for kept in due if kept.letter.way == "mail"])
        for kept in due:
            if kept.letter.way == "channel":
                self._channel(kept)
        new = [after - count for after, count in zip(self._settled(), before, strict=True)]
        waiting = len(self._outbox.letters("waiting"))
        return Sending(new[0], waiting, new[1], new[2], tuple(self._reasons))

    def _settled(self) -> list[int]:
        return [len(self._outbox.letters(state)) for state in ("sent", "bounced", "unsure")]

    def _mail(self, letters: list[Kept]) -> None:
        if not letters:
            return
        if self._settings is None:
            for kept in letters:
                self._again(kept, "no mail server is configured; write smtp_host and mail_from")
            return
        waiting = list(letters)
        while waiting:
            try:
                with MailServer(self._settings) as server:
                    while waiting:
                        self._one(server, waiting.pop(0))
            except TemporaryError as error:
                for kept in waiting:
                    self._again(kept, str(error))
                return
            except _BrokenError:
                continue

    def _one(self, server: MailServer, kept: Kept) -> None:
        letter = kept.letter
        try:
            reply = server.send(letter.recipient, letter.body, lambda: self._outbox.begin(letter.message_id))
        except RefusedError as error:
            self._outbox.bounced(letter.message_id, str(error), self._clock())
            self._note(kept, f"bounced: {error}")
        except UnsureError as error:
            self._outbox.unsure(letter.message_id, str(error), self._clock())
            self._note(kept, f"may or may not have arrived: {error}")
            raise _BrokenError from error
        except TemporaryError as error:
            self._again(kept, str(error))
            raise _BrokenError from error
        else:
            self._outbox.sent(letter.message_id, reply, self._clock())

    def _channel(self, kept: Kept) -> None:
        from apprise import Apprise

        letter = kept.letter
        url = os.environ.get(letter.recipient, "").strip()
        channel = Apprise()
        if not url:
            self._again(kept, f"{letter.recipient} is not set; export the channel's Apprise URL")
        elif not channel.add(url):
            self._again(kept, f"{letter.recipient} holds no URL that Apprise knows")
        else:
            self._outbox.begin(letter.message_id)
            if channel.notify(title=letter.subject, body=letter.body.decode("utf-8")):
                self._outbox.sent(letter.message_id, "taken", self._clock())
            else:
                self._again(kept, f"the channel of {letter.recipient} did not take it")

    def _again(self, kept: Kept, reply: str) -> None:
        self._outbox.later(kept, reply, self._clock())
        self._note(kept, f"waits: {reply}")

    def _note(self, kept: Kept, said: str) -> None:
        reason = f"{kept.letter.recipient}: {said}"
        logger.warning("mail %s", reason)
        self._reasons.append(reason)


class _BrokenError(Exception):
    """The connection cannot be used for the next letter."""
