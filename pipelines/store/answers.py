"""What is asked of a store and what it answers, as frozen records.

Times are timezone-aware UTC. Days are calendar dates in `DAY_ZONE`, since a day means an analyst's day.
A term is named by its `term_id`; excused hits are stored and shown, but nothing below counts them.
Which listings are meant is said in `pipelines.store.query`; the answers to researchers' questions (prices,
neighbours, histories, sellers, periods, gaps) are in `pipelines.store.insights`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.records import Analysis, Category, Listing, Verdict

DAY_ZONE: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The zone whose midnights part the days. China has had no other offset since 1991."""

Outcome = Literal[
    "running",
    "done",
    "failed",  # an error, or assertions not met and nothing kept
    "blocked",  # the source refused; it is reported, not fought
    "stopped",  # ended early on request; what it had is kept
    "killed",  # it left no word; whoever finds it so finishes it as killed
    "quarantined",  # outside its assertions; its data wait for `accept_run` or `reject_run`
    "accepted",
    "rejected",
]
Step = Literal["day", "week", "month"]
Order = Literal["newest", "strongest"]


def day_of(moment: datetime) -> date:
    """The day a moment falls on in `DAY_ZONE`."""
    return moment.astimezone(DAY_ZONE).date()


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a batch did. `new` + `changed` + `unchanged` is its length.

    `hits` (excused ones left out) and `flagged` (listings) count the whole batch, unchanged listings
    too. `rejudged` are unchanged listings whose analysis came from another lexicon or pipeline and was
    replaced.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    hits: int = 0
    flagged: int = 0
    rejudged: int = 0

    def __add__(self, other: WriteResult) -> WriteResult:
        return WriteResult(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.hits + other.hits,
            self.flagged + other.flagged,
            self.rejudged + other.rejudged,
        )


@dataclass(frozen=True, slots=True)
class RunStart:
    """The opening line of a run in the ledger. `reason` says why: manual, schedule, ingest, demo …"""

    run_id: str
    source: str
    platform: str
    reason: str
    started_at: datetime
    log_file: str | None = None


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The closing line. Listings, hits and flagged aren't in it: the store counts what it writes."""

    finished_at: datetime
    outcome: Outcome
    message: str = ""
    """One line for a person: what failed and what to do. Empty when all is well."""
    pages: int = 0
    bytes: int = 0
    fill_rates: Mapping[str, float] = field(default_factory=dict)
    """Field of a listing → share of listings (0 … 1) in which it was filled."""
    errors: Mapping[str, int] = field(default_factory=dict)
    """Kind of error (timeout, http-404, extract …) → how often."""


@dataclass(frozen=True, slots=True)
class Run:
    """A line of the ledger.

    `listings` that the run saw, `hits` and `flagged` among them, staged ones included, and which of them
    were `new` or `changed`: a listing counts once a run, as its first sighting in it was. All outlive a
    kill. `staged` listings wait in quarantine. `attempts` is how often the run was started.
    """

    start: RunStart
    end: RunEnd | None
    outcome: Outcome
    attempts: int
    listings: int
    new: int
    changed: int
    hits: int
    flagged: int
    staged: int


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What the end of a complete sweep showed: `sweeps` so far, listings newly `gone`."""

    sweeps: int
    gone: int


@dataclass(frozen=True, slots=True)
class SellerLink:
    """A jump from one seller's page to another seller on another platform. Sellers are pseudonyms."""

    from_platform: str
    from_seller: str
    to_platform: str
    to_seller: str
    url: str
    seen_at: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a listing. `listing.seen_at` is when it was first seen so.

    `offered_at` is the time its trend counts it at: the page's own date (`published_at`) if that is not
    in the future and later than the first sighting of the version before, else `seen_at`. URL, seller,
    shelf and extra of `listing` are those of the listing's last sighting, whichever version it had.
    `last_seen` is when it was last seen so. `version_id` is the store's own and only means something there.
    """

    version_id: int
    listing: Listing
    analysis: Analysis
    offered_at: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which complete sweeps missed a listing; `returned_at` is None while it is gone."""

    gone_at: datetime
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredListing:
    """A listing as it was last seen. `gone_at` is set while complete sweeps miss it."""

    current: Version
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None
    versions: int

    @property
    def listing(self) -> Listing:
        return self.current.listing

    @property
    def analysis(self) -> Analysis:
        return self.current.analysis


@dataclass(frozen=True, slots=True)
class ListingHistory:
    """A listing with all its versions, oldest first, and its absences, oldest first."""

    listing: StoredListing
    versions: tuple[Version, ...]
    absences: tuple[Absence, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of listings. `cursor` leads to the next one and is None on the last."""

    listings: tuple[StoredListing, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class TermCount:
    """How many listings have a term."""

    term_id: str
    term: str
    category: Category
    listings: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts of the listings that a query matches. `hits` and `terms` leave excused hits out.

    `terms` holds the most frequent first, ties by term_id. Listings without a category are in no category.
    Where so many listings match that they cannot be counted while a person waits, `exact` is False (or only
    `terms_exact`): the numbers (or only those of `terms`) are then of the newest matches alone, and at least
    that many match. Show them as "10,000+".
    """

    listings: int
    hits: int
    platforms: Mapping[str, int]
    categories: Mapping[Category, int]
    verdicts: Mapping[Verdict, int]
    terms: tuple[TermCount, ...]
    exact: bool = True
    terms_exact: bool = True


@dataclass(frozen=True, slots=True)
class Totals:
    """The size of a store. `gone` listings are among `listings`.

    `first_offered` and `last_offered` bound the `offered_at` of current versions; None while it is empty.
    """

    listings: int
    versions: int
    gone: int
    runs: int
    first_offered: datetime | None
    last_offered: datetime | None


@dataclass(frozen=True, slots=True)
class Term:
    """A lexicon term that has been hit (excused hits too), with its name as of the last hit written."""

    term_id: str
    term: str
    category: Category


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """Which series, over which days (both inclusive). Without terms and categories: one, of all listings.

    `verdicts` and `platforms` narrow what is counted; empty means all.
    """

    since: date
    until: date
    by: Step = "day"
    terms: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    platforms: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Trend:
    """Series over the same steps, gaps as zero.

    `steps` are the first days of the steps (weeks begin on Monday; the first may begin before `since`,
    but only days asked for are counted). `series` maps a term_id, a category or "all" to a count a step;
    `crawled` counts all listings of those days and platforms, whatever their verdict: divide by it so
    that crawling more doesn't look like a trend. Counts are of distinct listings a day, summed over the
    days of a step.
    """

    query: TrendQuery
    steps: tuple[date, ...]
    series: Mapping[str, tuple[int, ...]]
    crawled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """That something is new or different since `seq`: ask for its present state by `key`.

    `seq` grows with every write and is never used twice; only the latest change of a thing is kept, so a
    reader who follows the log from 0 meets everything once. `listing`: key is a listing_id. `version`: key
    is a version_id (its hits belong to it). `run`: key is a run_id.
    """

    seq: int
    kind: Literal["listing", "version", "run"]
    key: str
