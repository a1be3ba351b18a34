"""The service's own book: what was due and what became of it, pauses, requests, and how the service is.

A SQLite file in the data folder. The service writes it, commands read it, and ask the service by writing
into it. Every change is a transaction, so a kill leaves it as it was before or after.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from crawler.errors import JobError
from crawler.service.accounting import account

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from crawler.service.accounting import State
    from crawler.service.timetable import Timetable

Kind = Literal["crawl", "task"]

NAME: Final = "service.sqlite"
VERSION: Final = 1
SET_BACK: Final = timedelta(seconds=60)
"""A clock that is further behind what was accounted for was set back; less is what clocks do."""
_TICK: Final = timedelta(microseconds=1)
_SCHEMA: Final = """
    CREATE TABLE plan (
        kind TEXT, name TEXT, spec TEXT NOT NULL, anchor TEXT NOT NULL, accounted_until TEXT NOT NULL,
        lap INTEGER NOT NULL DEFAULT 0, next_due TEXT, retired INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (kind, name)
    );
    CREATE TABLE fire (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, lap INTEGER NOT NULL,
        scheduled_at TEXT NOT NULL, due_at TEXT NOT NULL, state TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        attempts INTEGER NOT NULL DEFAULT 0, begun_at TEXT, ended_at TEXT, run_id TEXT, peak_mb REAL,
        asked TEXT NOT NULL DEFAULT 'schedule', UNIQUE (kind, name, asked, lap, scheduled_at)
    );
    CREATE INDEX fire_open ON fire (state) WHERE state IN ('waiting', 'running');
    CREATE INDEX fire_of ON fire (kind, name, id);
    CREATE TABLE pause (name TEXT PRIMARY KEY, since TEXT NOT NULL, reason TEXT NOT NULL);
    CREATE TABLE request (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, asked_at TEXT NOT NULL, by TEXT NOT NULL
    );
    CREATE TABLE trouble (
        kind TEXT, name TEXT, since TEXT NOT NULL, message TEXT NOT NULL, told_at TEXT,
        PRIMARY KEY (kind, name)
    );
    CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Fire:
    """A time that came, and what became of it. `asked`: by the schedule or by an operator's run-now."""

    id: int
    kind: Kind
    name: str
    lap: int
    scheduled_at: datetime
    due_at: datetime
    state: State
    reason: str
    attempts: int
    begun_at: datetime | None
    ended_at: datetime | None
    run_id: str | None
    peak_mb: float | None
    asked: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planned, and until when its times are accounted for. `lap` counts clocks that were set back."""

    kind: Kind
    name: str
    spec: str
    anchor: datetime
    accounted_until: datetime
    lap: int
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Pause:
    """A source that is not crawled until somebody resumes it."""

    name: str
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that a person has to look at: a broken file, a source that fails or doesn't run."""

    kind: str
    name: str
    since: datetime
    message: str
    told_at: datetime | None


class Book:
    """The book of a data folder. May be used from several threads and processes.

    Raises `JobError` where it cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._lock = threading.RLock()
        with _explained(self.path):
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, check_same_thread=False, timeout=30, autocommit=True)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            with self._transaction():
                if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    for statement in _SCHEMA.split(";"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What is planned

    def plan(self, kind: Kind, timetable: Timetable, now: datetime) -> Plan:
        """Note what is planned. Times from now on count; of one that is changed, those not accounted for too.

        An interval is counted from when it was planned first, or from its last time before it changed.
        """
        with self._transaction():
            known = self._row("SELECT * FROM plan WHERE kind = ? AND name = ?", kind, timetable.name)
            if known is None:
                begin = _text(now)
                self._do(
                    "INSERT INTO plan (kind, name, spec, anchor, accounted_until) VALUES (?, ?, ?, ?, ?)",
                    *(kind, timetable.name, timetable.spec, begin, _text(now - _TICK)),
                )
            elif known["retired"] or known["spec"] != timetable.spec:
                last = self._row(
                    "SELECT max(scheduled_at) AS at FROM fire WHERE kind = ? AND name = ? AND lap = ?"
                    " AND asked = 'schedule'",
                    *(kind, timetable.name, known["lap"]),
                )
                anchor = last["at"] if last and last["at"] else known["anchor"]
                self._do(
                    "UPDATE plan SET spec = ?, anchor = ?, accounted_until = ?, retired = 0"
                    " WHERE kind = ? AND name = ?",
                    *(timetable.spec, anchor, _text(now), kind, timetable.name),
                )
        return next(plan for plan in self.plans() if (plan.kind, plan.name) == (kind, timetable.name))

    def plans(self) -> tuple[Plan, ...]:
        """What is planned, by kind and name."""
        rows = self._rows("SELECT * FROM plan WHERE NOT retired ORDER BY kind, name")
        return tuple(
            Plan(
                kind=row["kind"],
                name=row["name"],
                spec=row["spec"],
                anchor=_moment(row["anchor"]),
                accounted_until=_moment(row["accounted_until"]),
                lap=row["lap"],
                next_due=_maybe(row["next_due"]),
            )
            for row in rows
        )

    def retire(self, kind: Kind, names: Sequence[str], now: datetime) -> None:
        """Note that nothing is planned for them any more; what waited is missed."""
        with self._transaction():
            for name in names:
                self._do("UPDATE plan SET retired = 1 WHERE kind = ? AND name = ?", kind, name)
                self._do(
                    "UPDATE fire SET state = 'missed', ended_at = ?, reason = 'its schedule was removed'"
                    " WHERE kind = ? AND name = ? AND state = 'waiting'",
                    *(_text(now), kind, name),
                )

    def note_next(self, kind: Kind, name: str, due: datetime | None) -> None:
        """Note when it is due next, for those who ask."""
        with self._transaction():
            text = _text(due) if due else None
            self._do("UPDATE plan SET next_due = ? WHERE kind = ? AND name = ?", text, kind, name)

    # Fires

    def account(self, kind: Kind, timetable: Timetable, now: datetime) -> Fire | None:
        """Account for all times that have come; the one that is to begin now, if any.

        Where the clock was set back behind times that are accounted for, a new lap begins from now.
        """
        with self._transaction():
            plan = self._row("SELECT * FROM plan WHERE kind = ? AND name = ?", kind, timetable.name)
            if plan is None or plan["retired"]:
                return None
            until, lap = _moment(plan["accounted_until"]), plan["lap"]
            if until - now > SET_BACK:
                until, lap = now, lap + 1
                self._do(
                    "UPDATE plan SET accounted_until = ?, lap = ? WHERE kind = ? AND name = ?",
                    *(_text(until), lap, kind, timetable.name),
                )
            times = list(timetable.between(until, now))
            is_open = self._open_fire(kind, timetable.name) is not None
            paused = kind == "crawl" and self._row("SELECT 1 FROM pause WHERE name = ?", timetable.name)
            found = account(times, now, late=timetable.late, is_open=is_open, paused=bool(paused))
            for one in found:
                ended = None if one.state == "waiting" else _text(now)
                self._do(
                    "INSERT INTO fire (kind, name, lap, scheduled_at, due_at, state, reason, ended_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    *(kind, timetable.name, lap, _text(one.scheduled_at), _text(one.due_at)),
                    *(one.state, one.reason, ended),
                )
            if found:
                self._do(
                    "UPDATE plan SET accounted_until = ? WHERE kind = ? AND name = ?",
                    *(_text(found[-1].scheduled_at), kind, timetable.name),
                )
            waits = bool(found) and found[-1].state == "waiting"
            return self._open_fire(kind, timetable.name) if waits else None

    def ask(self, name: str, now: datetime) -> Fire | None:
        """Open a fire because somebody asked; None where one is open already."""
        with self._transaction():
            if self._open_fire("crawl", name) is not None:
                return None
            self._do(
                "INSERT INTO fire (kind, name, lap, scheduled_at, due_at, state, asked)"
                " VALUES ('crawl', ?, 0, ?, ?, 'waiting', 'run-now')",
                *(name, _text(now), _text(now)),
            )
            return self._open_fire("crawl", name)

    def begin(self, fire: Fire, now: datetime) -> None:
        """Note that a fire is being worked on."""
        with self._transaction():
            self._do(
                "UPDATE fire SET state = 'running', attempts = attempts + 1, reason = '',"
                " begun_at = coalesce(begun_at, ?) WHERE id = ?",
                *(_text(now), fire.id),
            )

    def note_run(self, fire: Fire, run_id: str) -> None:
        """Note under which run a fire is worked on."""
        with self._transaction():
            self._do("UPDATE fire SET run_id = ? WHERE id = ?", run_id, fire.id)

    def again(self, fire: Fire, reason: str) -> None:
        """Have a fire wait again if it still is as running as nobody is who works on it."""
        with self._transaction():
            self._do(
                "UPDATE fire SET state = 'waiting', reason = ? WHERE id = ? AND state = 'running'",
                *(reason, fire.id),
            )

    def end(
        self, fire: Fire, state: State, now: datetime, reason: str = "", peak_mb: float | None = None
    ) -> None:
        """Note what became of a fire; `waiting` where it is to be gone on with."""
        with self._transaction():
            self._do(
                "UPDATE fire SET state = ?, reason = ?, ended_at = ?, peak_mb = ? WHERE id = ?",
                *(state, reason, None if state == "waiting" else _text(now), peak_mb, fire.id),
            )

    def fires(
        self,
        *,
        name: str | None = None,
        states: Sequence[State] = (),
        limit: int = 50,
        oldest: bool = False,
    ) -> tuple[Fire, ...]:
        """Fires, the latest first, or the oldest."""
        marks, order = ", ".join("?" * len(states)), "ASC" if oldest else "DESC"
        where = f"(? IS NULL OR name = ?) AND {f'state IN ({marks})' if states else 'TRUE'}"
        statement = f"SELECT * FROM fire WHERE {where} ORDER BY id {order} LIMIT ?"  # noqa: S608
        rows = self._rows(statement, name, name, *states, limit)
        return tuple(_fire(row) for row in rows)

    def counts(self) -> Mapping[tuple[Kind, str, State], int]:
        """How many fires there are by kind, name and state."""
        rows = self._rows("SELECT kind, name, state, count(*) AS n FROM fire GROUP BY 1, 2, 3")
        return {(row["kind"], row["name"], row["state"]): row["n"] for row in rows}

    def failures(self, name: str) -> int:
        """How many crawls of a source failed in a row up to now."""
        failed = 0
        for fire in self.fires(name=name, states=("done", "failed"), limit=100):
            if fire.kind == "crawl" and fire.state == "done":
                break
            failed += fire.kind == "crawl"
        return failed

    def forget(self, before: datetime) -> int:
        """Drop what became of fires before a moment; how many."""
        with self._transaction():
            done = self._db.execute(
                "DELETE FROM fire WHERE ended_at < ?"
                " AND id NOT IN (SELECT max(id) FROM fire GROUP BY kind, name)",
                (_text(before),),
            )
            return done.rowcount

    # What operators say

    def pause(self, name: str, now: datetime, reason: str = "") -> bool:
        """Keep a source from being crawled; False where it was paused already."""
        with self._transaction():
            done = self._db.execute(
                "INSERT OR IGNORE INTO pause VALUES (?, ?, ?)", (name, _text(now), reason)
            )
            return done.rowcount > 0

    def resume(self, name: str) -> bool:
        """Let a source be crawled again; False where it was not paused."""
        with self._transaction():
            return self._db.execute("DELETE FROM pause WHERE name = ?", (name,)).rowcount > 0

    def pauses(self) -> Mapping[str, Pause]:
        """The paused sources by name."""
        rows = self._rows("SELECT * FROM pause")
        return {row["name"]: Pause(row["name"], _moment(row["since"]), row["reason"]) for row in rows}

    def request(self, name: str, now: datetime, by: str) -> None:
        """Ask the service to crawl a source now; `by` is who asks."""
        with self._transaction():
            self._do("INSERT INTO request (name, asked_at, by) VALUES (?, ?, ?)", name, _text(now), by)

    def take_requests(self) -> tuple[str, ...]:
        """The sources that somebody asked for since the last time."""
        if not self._rows("SELECT 1 FROM request LIMIT 1"):
            return ()
        with self._transaction():
            names = tuple(row["name"] for row in self._rows("SELECT name FROM request ORDER BY id"))
            self._do("DELETE FROM request")
            return tuple(dict.fromkeys(names))

    # How the service is

    def set_trouble(self, kind: str, name: str, message: str, now: datetime) -> None:
        """Note something to look at; it keeps the time of its beginning."""
        with self._transaction():
            self._do(
                "INSERT INTO trouble (kind, name, since, message) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET message = excluded.message",
                *(kind, name, _text(now), message),
            )

    def end_trouble(self, kind: str, name: str) -> Trouble | None:
        """Note that it is over; what it was."""
        with self._transaction():
            row = self._row("SELECT * FROM trouble WHERE kind = ? AND name = ?", kind, name)
            self._do("DELETE FROM trouble WHERE kind = ? AND name = ?", kind, name)
            return _trouble(row) if row else None

    def troubles(self) -> tuple[Trouble, ...]:
        """What there is to look at, the oldest first."""
        return tuple(_trouble(row) for row in self._rows("SELECT * FROM trouble ORDER BY since, kind, name"))

    def told(self, trouble: Trouble, now: datetime) -> None:
        """Note that somebody was told of it."""
        with self._transaction():
            self._do(
                "UPDATE trouble SET told_at = ? WHERE kind = ? AND name = ?",
                *(_text(now), trouble.kind, trouble.name),
            )

    def note(self, name: str, value: str) -> None:
        """Remember a value."""
        with self._transaction():
            self._do("INSERT OR REPLACE INTO note VALUES (?, ?)", name, value)

    def noted(self, name: str) -> str | None:
        """A value as it was noted last."""
        row = self._row("SELECT value FROM note WHERE name = ?", name)
        return row["value"] if row else None

    def _open_fire(self, kind: Kind, name: str) -> Fire | None:
        row = self._row(
            "SELECT * FROM fire WHERE kind = ? AND name = ? AND state IN ('waiting', 'running') ORDER BY id",
            *(kind, name),
        )
        return _fire(row) if row else None

    def _do(self, statement: str, *values: Any) -> None:
        self._db.execute(statement, values)

    def _row(self, statement: str, *values: Any) -> sqlite3.Row | None:
        rows = self._rows(statement, *values)
        return rows[0] if rows else None

    def _rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock, _explained(self.path), closing(self._db.execute(statement, values)) as found:
            return found.fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, _explained(self.path):
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise JobError(f"{path}: {error}") from error


def _fire(row: sqlite3.Row) -> Fire:
    values = dict(row)
    for name in ("scheduled_at", "due_at"):
        values[name] = _moment(values[name])
    for name in ("begun_at", "ended_at"):
        values[name] = _maybe(values[name])
    return Fire(**values)


def _trouble(row: sqlite3.Row) -> Trouble:
    return Trouble(row["kind"], row["name"], _moment(row["since"]), row["message"], _maybe(row["told_at"]))


def _text(moment: datetime) -> str:
    """UTC at a fixed width, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _maybe(text: str | None) -> datetime | None:
    return None if text is None else _moment(text)
