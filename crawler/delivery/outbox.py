"""The outbox: letters that wait, were sent or came back, in a SQLite file of its own.

A letter is named by its message_id, and putting one twice changes nothing. Its life:

    waiting → sending → sent | bounced | unsure
       ↑_________|                               (a try that the server did not take)

`sending` is written, and on the disk, before the one packet after which a server may keep the letter. A
process that dies between that packet and writing `sent` leaves `sending`; nobody can know whether the server
took it. Such a letter becomes `unsure`: it is shown and not sent again, because twice is what was ruled out.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, Self, cast

from crawler.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

State = Literal["waiting", "sending", "sent", "bounced", "unsure", "expired"]
Way = Literal["mail", "channel"]

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=30)
KEPT_TRYING: Final = timedelta(days=5)
"""RFC 5321, 4.5.4.1: give up after four to five days."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS letter (
    message_id TEXT PRIMARY KEY,
    way TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body BLOB NOT NULL,
    put_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    tries INTEGER NOT NULL DEFAULT 0,
    reply TEXT NOT NULL DEFAULT '',
    settled_at TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS letter_due ON letter (state, due_at);
CREATE TABLE IF NOT EXISTS firing (
    rule TEXT NOT NULL, subject TEXT NOT NULL, fired_at TEXT NOT NULL, PRIMARY KEY (rule, subject)
) STRICT;
"""
_COLUMNS: Final = "message_id, way, recipient, subject, body, put_at, due_at, state, tries, reply, settled_at"


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to send. `recipient`: an address, or the variable that holds a channel's URL.

    `body`: a whole message (RFC 5322, bytes as they go over the wire) for mail, UTF-8 text for a channel.
    """

    message_id: str
    way: Way
    recipient: str
    subject: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter of the outbox. `reply` is what the server, or the network, said last."""

    letter: Letter
    put_at: datetime
    due_at: datetime
    state: State
    tries: int
    reply: str
    settled_at: datetime | None


class Outbox:
    """The outbox in one file. Every method is a transaction that is on the disk when it returns."""

    def __init__(self, path: Path) -> None:
        """Raises `JobError` where the file cannot be opened or made."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            path.chmod(0o600)
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise JobError(f"{path}: the outbox cannot be opened: {error}") from error

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def put(self, letter: Letter, now: datetime, *, not_before: datetime | None = None) -> bool:
        """Keep a letter until it is sent; False if one of this message_id was put before."""
        values = (letter.message_id, letter.way, letter.recipient, letter.subject, letter.body)
        times = (_text(now), _text(not_before or now))
        return self._change(
            "INSERT OR IGNORE INTO letter (message_id, way, recipient, subject, body, put_at, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*values, *times),
        )

    def has(self, message_id: str) -> bool:
        return self._rows("message_id = ?", (message_id,)) != ()

    def due(self, now: datetime) -> tuple[Kept, ...]:
        """Letters that wait and may be sent now, those put first first."""
        return self._rows("state = 'waiting' AND due_at <= ?", (_text(now),))

    def letters(self, *states: State) -> tuple[Kept, ...]:
        """Letters in some states (none named: all), those put first first."""
        marks = ", ".join("?" * len(states))
        return self._rows(f"state IN ({marks})" if states else "1", states)

    def begin(self, message_id: str) -> None:
        """Note that from now on a server may keep the letter."""
        self._settle(message_id, "sending", "", None)

    def sent(self, message_id: str, reply: str, now: datetime) -> None:
        self._settle(message_id, "sent", reply, now)

    def bounced(self, message_id: str, reply: str, now: datetime) -> None:
        """Note that the server will never take the letter for this recipient."""
        self._settle(message_id, "bounced", reply, now)

    def unsure(self, message_id: str, reply: str, now: datetime) -> None:
        self._settle(message_id, "unsure", reply, now)

    def later(self, kept: Kept, reply: str, now: datetime) -> None:
        """Try again after a pause that doubles each time, up to `LONGEST_PAUSE`; give up after days."""
        if now - kept.put_at > KEPT_TRYING:
            self._settle(kept.letter.message_id, "expired", reply, now)
            return
        pause = min(FIRST_PAUSE * 2 ** min(kept.tries, 10), LONGEST_PAUSE)
        self._change(
            "UPDATE letter SET state = 'waiting', tries = tries + 1, reply = ?, due_at = ?"
            " WHERE message_id = ?",
            (reply, _text(now + pause), kept.letter.message_id),
        )

    def recover(self, now: datetime) -> tuple[Kept, ...]:
        """Make what a dead process left in `sending` unsure; for the only sender, before it sends."""
        left = self.letters("sending")
        for kept in left:
            self.unsure(kept.letter.message_id, "the process ended before the server's answer", now)
        return left

    def firings(self, rule: str) -> Mapping[str, datetime]:
        """When a rule last fired, by what it fired on."""
        with closing(
            self._connection.execute("SELECT subject, fired_at FROM firing WHERE rule = ?", (rule,))
        ) as found:
            return {subject: datetime.fromisoformat(fired_at) for subject, fired_at in found}

    def put_alert(
        self,
        letters: Sequence[Letter],
        fired: Sequence[tuple[str, str]],
        now: datetime,
        not_before: datetime | None = None,
    ) -> None:
        """Keep letters and note the (rule, subject) pairs that they tell of, both or neither."""
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            for letter in letters:
                self.put(letter, now, not_before=not_before)
            for rule, subject in fired:
                self._change("INSERT OR REPLACE INTO firing VALUES (?, ?, ?)", (rule, subject, _text(now)))

    def _settle(self, message_id: str, state: State, reply: str, now: datetime | None) -> None:
        self._change(
            "UPDATE letter SET state = ?, reply = ?, settled_at = ? WHERE message_id = ?",
            (state, reply, _text(now) if now else None, message_id),
        )

    def _change(self, statement: str, values: Sequence[object]) -> bool:
        try:
            with closing(self._connection.execute(statement, values)) as cursor:
                return cursor.rowcount > 0
        except sqlite3.Error as error:
            raise JobError(f"the outbox cannot be written: {error}") from error

    def _rows(self, condition: str, values: Sequence[str]) -> tuple[Kept, ...]:
        statement = f"SELECT {_COLUMNS} FROM letter WHERE {condition} ORDER BY put_at, rowid"  # noqa: S608
        with closing(self._connection.execute(statement, values)) as found:
            return tuple(
                Kept(
                    Letter(row[0], cast("Way", row[1]), *row[2:5]),
                    put_at=datetime.fromisoformat(row[5]),
                    due_at=datetime.fromisoformat(row[6]),
                    state=cast("State", row[7]),
                    tries=row[8],
                    reply=row[9],
                    settled_at=datetime.fromisoformat(row[10]) if row[10] else None,
                )
                for row in found
            )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
