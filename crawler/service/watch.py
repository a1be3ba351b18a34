"""What a person has to look at: sources that fail or don't run. It is noted, and told by mail once."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from crawler.mailing import open_outbox, plain_letter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crawler.config import Workspace
    from crawler.service.book import Book, Kind, Trouble
    from crawler.service.plans import Plans
    from crawler.service.timetable import Timetable

FAILING: Final = "failing"
OVERDUE: Final = "overdue"
INTERVALS: Final = 2


class Watch:
    """Looks after the sources of a book."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def look(
        self,
        workspace: Workspace,
        plans: Plans,
        timetables: Mapping[tuple[Kind, str], Timetable],
        now: datetime,
    ) -> None:
        """Note what began and what is over, and put mails of what nobody was told of into the outbox."""
        pauses = self._book.pauses()
        for name in plans.sources:
            timetable = timetables.get(("crawl", name))
            self._note(FAILING, name, self._failing(name, workspace.config.alarm_after), now)
            overdue = None if timetable is None or name in pauses else self._overdue(name, timetable, now)
            self._note(OVERDUE, name, overdue, now)
        for trouble in self._book.troubles():
            if trouble.kind in (FAILING, OVERDUE) and trouble.name not in plans.sources:
                self._book.end_trouble(trouble.kind, trouble.name)
            elif trouble.told_at is None:
                self._tell(workspace, trouble, now)

    def _failing(self, name: str, limit: int) -> str | None:
        count = self._book.failures(name)
        if count < limit:
            return None
        last = self._book.fires(name=name, states=("failed",), limit=1)[0]
        return f"its crawls failed {count} times in a row; the last: {last.reason or 'no reason was left'}"

    def _overdue(self, name: str, timetable: Timetable, now: datetime) -> str | None:
        interval = timetable.interval(now)
        if interval is None:
            return None
        done = self._book.fires(name=name, states=("done",), limit=1)
        first = self._book.fires(name=name, limit=1, oldest=True)
        since = done[0].ended_at if done else first[0].scheduled_at if first else None
        allowed = INTERVALS * interval + timedelta(seconds=timetable.jitter + timetable.late)
        if since is None or now - since <= allowed:
            return None
        return f"no crawl was done since {since:%Y-%m-%d %H:%M} UTC, over twice its interval"

    def _note(self, kind: str, name: str, message: str | None, now: datetime) -> None:
        if message is None:
            self._book.end_trouble(kind, name)
        else:
            self._book.set_trouble(kind, name, message, now)

    def _tell(self, workspace: Workspace, trouble: Trouble, now: datetime) -> None:
        config = workspace.config
        if config.mail_from is None or not config.alarm_to:
            return
        subject = f"jargonwatch: {trouble.name} ({trouble.kind})"
        text = (
            f"{trouble.name}: {trouble.message}\n\nSince {trouble.since:%Y-%m-%d %H:%M} UTC.\n"
            f"jargonwatch status shows how things are; {config.web_url}\n"
        )
        domain = config.mail_from.partition("@")[2]
        with open_outbox(workspace) as outbox:
            for recipient in config.alarm_to:
                said = f"{trouble.kind} {trouble.name} {trouble.since.isoformat()} {recipient}"
                message_id = f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@{domain}"
                letter = plain_letter(message_id, config.mail_from, recipient, subject, text, now)
                outbox.put(letter, now)
        self._book.told(trouble, now)
