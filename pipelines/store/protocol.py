"""The one interface to a store.

Which listings are meant is said in `pipelines.store.query`, what is answered in `pipelines.store.answers`
and `pipelines.store.insights`. Every store passes the same contract suite,
`tests/pipelines/test_store_contract_*.py`.
Every method raises `StoreError` when the store cannot be used (missing, locked, full, read-only,
corrupt, of another schema) or is asked what it cannot answer; a method that raised has changed nothing.
A batch is written whole or not at all, and writing it again changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime
    from types import TracebackType
    from typing import Self

    from pipelines.records import Analysis, AnalyzedListing, Verdict
    from pipelines.store.answers import (
        Change,
        Facets,
        ListingHistory,
        Order,
        Outcome,
        Page,
        Run,
        RunEnd,
        RunStart,
        SellerLink,
        Step,
        SweepResult,
        Term,
        Totals,
        Trend,
        TrendQuery,
        Version,
        WriteResult,
    )
    from pipelines.store.insights import (
        Cooccurrence,
        Coverage,
        FirstSight,
        PeriodCounts,
        Prices,
        SellerActivity,
        TermHistory,
    )
    from pipelines.store.query import Query


class Questions(Protocol):
    """What can be asked of listings with their versions and hits, runs and links.

    The embedded store answers, and Elasticsearch as of the last shipping. An instance may be used from
    several threads; calls wait for each other.
    """

    def close(self) -> None:
        """Let go of the store. Closing twice is fine."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    # The ledger of runs

    def run(self, run_id: str) -> Run:
        """A run of the ledger; an unknown one is a `StoreError`."""

    def runs(
        self,
        *,
        source: str | None = None,
        outcomes: Sequence[Outcome] = (),
        before: datetime | None = None,
        limit: int = 50,
    ) -> tuple[Run, ...]:
        """Runs, latest start first; `before` (exclusive, of `started_at`) leads to older ones."""

    def fill_rates(self, source: str, *, last: int = 10) -> tuple[Mapping[str, float], ...]:
        """Fill rates per field of the source's last sound runs (done or accepted), latest first."""

    # Listings

    def totals(self) -> Totals:
        """How much the store holds."""

    def get(self, listing_id: str) -> ListingHistory | None:
        """A listing with its versions, hits and absences; None if the store has none of that id."""

    def search(
        self,
        query: Query,
        *,
        order: Order = "newest",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """A page of matching listings, by `offered_at` or by score and then `offered_at`, both falling.

        Pages follow each other by `cursor` without skipping or repeating a listing that doesn't change
        meanwhile. A cursor belongs to its query and order. `limit` is 1 … 1000.
        """

    def facets(self, query: Query, *, top: int = 20) -> Facets:
        """Counts of everything a query matches, with its `top` terms; `Facets` says where they end."""

    def trend(self, query: TrendQuery) -> Trend:
        """When slang was being offered: distinct listings a day, by the `offered_at` of their versions.

        A version is counted once, on its day; being seen unchanged on later days adds nothing, so that
        crawling more often doesn't look like a trend. Two versions of a listing on one day count once,
        with the stronger verdict. Excused hits don't count.
        """

    def terms(self) -> tuple[Term, ...]:
        """The terms that were ever hit, by term_id."""

    # Researchers' questions. A period whose end lies before its begin is a `StoreError`.

    def prices(self, query: Query, *, by: Step | None = "month") -> Prices:
        """What matching listings ask: quantiles a step (None: of all together), currency and unit."""

    def sellers(self, query: Query, *, top: int = 20) -> tuple[SellerActivity, ...]:
        """Sellers of matching listings: most flagged first, then most listings, then by name.

        Listings without a seller are left out.
        """

    def cooccurring(
        self, term_id: str, *, since: date | None = None, until: date | None = None, top: int = 20
    ) -> tuple[Cooccurrence, ...]:
        """Terms that stand in the same listings, by `both` falling, ties by term_id.

        Listings are taken as they read now, by the day of `offered_at`; both days are inclusive, None
        leaves an end open.
        """

    def history(self, term_id: str) -> TermHistory | None:
        """The whole history of a term, over all versions; None if no hit of it counts."""

    def counts(
        self, since: date, until: date, *, platforms: Sequence[str] = (), verdicts: Sequence[Verdict] = ()
    ) -> PeriodCounts:
        """Offers of each term and category in a period, and of all; empty platforms or verdicts mean all."""

    def first_sights(self, since: date, until: date) -> tuple[FirstSight, ...]:
        """Terms, and terms in a disguise, whose first day ever lies in a period.

        By day, term_id, and the term itself before its disguises. A new term's disguises are new with it.
        """

    def coverage(self, since: date, until: date) -> Coverage:
        """On which days of a period each source was watched, and on which not."""

    def links(self, *, platform: str | None = None, seller: str | None = None) -> tuple[SellerLink, ...]:
        """Links from or to a seller (or any of a platform, or all), as last seen, by sellers."""

    def version(self, version_id: int) -> Version | None:
        """A version by its id, as `changes` names it."""


class Store(Questions, Protocol):
    """A store that crawls write.

    Several processes may have the same store open: readers never wait, writers wait for each other.
    """

    # The ledger of runs

    def start_run(self, start: RunStart) -> Run:
        """Open a run, or reopen the same run_id after a kill, a stop or a failure.

        A reopened run keeps its first `started_at` and all it counted; its `attempts` grow. A run that is
        done, quarantined, accepted or rejected cannot be reopened.
        """

    def finish_run(self, run_id: str, end: RunEnd) -> Run:
        """Close a run that is running. `end.outcome` must not be running, accepted or rejected."""

    # Writing

    def write(self, batch: Sequence[AnalyzedListing], *, run_id: str) -> WriteResult:
        """Store a batch under a started run, in one transaction.

        A listing with another title, price or description than when last seen gets a new version; an
        unchanged one only moves `last_seen` (and its page details: URL, seller, shelf, date). Order does
        not matter: a sighting older than the last one never replaces what is current, but becomes a
        version of its own time, or dates the version after it back if it reads the same. `gone_at` is
        cleared by a later sighting. Personal data must be masked by now: nothing is masked here.
        """

    def stage(self, batch: Sequence[AnalyzedListing], *, run_id: str) -> int:
        """Keep a batch apart under a started run until `accept_run` or `reject_run`.

        For sources with assertions, which can be judged only at the end of a run. Staged listings are in
        no query. Staging a listing again replaces it. Returns how many listings the run has staged.
        """

    def accept_run(self, run_id: str) -> WriteResult:
        """Write what a run staged. A quarantined run becomes accepted; a running one goes on running.

        A kill in the middle leaves the rest staged; accept again to go on. With nothing staged it is a
        `StoreError` unless the run is running.
        """

    def reject_run(self, run_id: str) -> int:
        """Drop what a quarantined run staged and mark it rejected; how many listings were dropped."""

    def complete_sweep(
        self, source: str, run_id: str, *, finished_at: datetime, gone_after: int
    ) -> SweepResult:
        """Note that a run saw everything the source has to show, and date those gone that it missed.

        A listing of the source that none of the last `gone_after` (≥ 1) complete sweeps saw is gone as of
        `finished_at`. A sweep saw what was seen since its run started. The same run completes one sweep.
        """

    def link(self, link: SellerLink) -> bool:
        """Record a jump between two sellers; False if the same pair was known (its last sighting moves)."""

    # Re-analysis

    def outdated_versions(
        self, lexicon_version: str, pipeline_version: str, *, batch: int = 500
    ) -> Iterator[tuple[Version, ...]]:
        """All versions that another lexicon or pipeline analysed, in batches; write between them at will."""

    def replace_analyses(self, analyses: Mapping[int, Analysis]) -> WriteResult:
        """Give versions (by version_id) another analysis of the same stored text, in one transaction.

        Trends, facets and searches follow at once; no version is made and no time moves. The result
        counts them as `rejudged`.
        """

    def changes(self, after: int, *, limit: int = 1000) -> tuple[Change, ...]:
        """What changed since `after` (0: everything), oldest change first."""
