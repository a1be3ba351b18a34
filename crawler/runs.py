"""What a run of one source counted and came to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.store.answers import Outcome

RunOutcome = Literal["done", "failed", "blocked", "skipped"]


@dataclass(frozen=True, slots=True)
class Exit:
    """How the process of a crawl ended: by itself with a status, or by a signal.

    `peak_mb` is the most resident memory that it and its browser took together, as sampled;
    `over` says which limit it was ended for.
    """

    status: int | None
    signal: int | None
    cpu_seconds: float
    peak_mb: float
    over: str | None = None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What came of crawling one source.

    `outcome` is failed also for a run that was stopped or killed, or whose data wait in quarantine
    (`staged` listings). `reasons` say why it is not done; `alarms` what to look at although it is.
    """

    run_id: str
    source: str
    outcome: RunOutcome
    reasons: tuple[str, ...]
    started: datetime
    ended: datetime
    alarms: tuple[str, ...] = ()
    ledger: Outcome | None = None
    """As the store's ledger has it; None for a run that was skipped."""
    pages: int = 0
    bytes: int = 0
    listings: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    hits: int = 0
    flagged: int = 0
    staged: int = 0
    fill_rates: Mapping[str, float] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    jumps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Source → addresses of shops there that pages of this one pointed to."""
    log_file: Path | None = None
    exit: Exit | None = None
    """Of a run that had a process."""


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """How far the crawl of one source is. `waiting` pages are known and not asked yet."""

    source: str
    pages: int
    waiting: int
    listings: int
    share: float | None = None
    """Of the bytes of a feed's files: how many were read, 0 to 1; None for what is no file."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a crawl counted, read from Scrapy's statistics."""

    pages: int
    bytes: int
    listings: int
    """Read from pages; `not_sent` are those whose pages had not changed."""
    not_sent: int
    without_items: int
    list_pages: int
    cut: int
    fields: Mapping[str, int]
    errors: Mapping[str, int]

    @property
    def fill_rates(self) -> dict[str, float]:
        """Field → share of listings that had it."""
        return {name: round(count / self.listings, 4) for name, count in self.fields.items() if self.listings}


def summary_from(report: Mapping[str, Any]) -> RunSummary:
    """A summary out of the JSON that a child process sent."""
    times = {name: datetime.fromisoformat(report[name]) for name in ("started", "ended")}
    texts = {name: tuple(report[name]) for name in ("reasons", "alarms")}
    jumps = {source: tuple(urls) for source, urls in report["jumps"].items()}
    log_file = Path(report["log_file"]) if report["log_file"] else None
    return RunSummary(**{**report, **times, **texts, "jumps": jumps, "log_file": log_file})


def new_run_id(source: str) -> str:
    """An id that sorts by time and names the source."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{source}-{secrets.token_hex(2)}"


def tally_of(stats: Mapping[str, Any], fields: Sequence[str]) -> Tally:
    """Read a crawl's statistics. `fields` have rules: those never filled count 0."""
    filled = _under(stats, "listing/field/")
    return Tally(
        pages=stats.get("page/asked", 0),
        bytes=stats.get("downloader/response_bytes", 0),
        listings=stats.get("listing/count", 0),
        not_sent=stats.get("page/unchanged", 0),
        without_items=stats.get("page/without-items", 0),
        list_pages=stats.get("page/list", 0),
        cut=stats.get("page/cut", 0),
        fields={name: filled.get(name, 0) for name in fields},
        errors=_under(stats, "error/"),
    )


def _under(stats: Mapping[str, Any], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): count for name, count in stats.items() if name.startswith(prefix)}
