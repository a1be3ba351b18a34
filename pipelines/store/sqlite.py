"""The embedded store: one SQLite file, written by crawls and read by everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipelines.errors import StoreError
from pipelines.records import PIPELINE_VERSION
from pipelines.store import faceting, reading, reindexing, researching, runs, searching, selling, trends
from pipelines.store.answers import WriteResult
from pipelines.store.database import Database
from pipelines.store.revising import rejudge
from pipelines.store.rollup import RollUp
from pipelines.store.rows import from_payload
from pipelines.store.writing import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path
    from sqlite3 import Connection
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
    from pipelines.store.protocol import Store
    from pipelines.store.query import Query

ACCEPT_BATCH: Final = 500


def open_store(path: Path, *, must_exist: bool = False) -> Store:
    """The store in a file, made if it is new. With `must_exist`, a missing file is a StoreError."""
    if must_exist and not path.exists():
        raise StoreError(f"{path}: there is no store yet; run a crawl first, or name another file")
    return SqliteStore(path)


class SqliteStore:
    """`pipelines.store.protocol.Store` in one SQLite file; the protocol says what each method does."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start_run(self, start: RunStart) -> Run:
        with self._database.writing() as connection:
            runs.start(connection, start)
            return runs.get(connection, start.run_id)

    def finish_run(self, run_id: str, end: RunEnd) -> Run:
        with self._database.writing() as connection:
            runs.finish(connection, run_id, end)
            return runs.get(connection, run_id)

    def run(self, run_id: str) -> Run:
        with self._database.reading() as connection:
            return runs.get(connection, run_id)

    def runs(
        self,
        *,
        source: str | None = None,
        outcomes: Sequence[Outcome] = (),
        before: datetime | None = None,
        limit: int = 50,
    ) -> tuple[Run, ...]:
        with self._database.reading() as connection:
            return runs.find(connection, source=source, outcomes=outcomes, before=before, limit=limit)

    def fill_rates(self, source: str, *, last: int = 10) -> tuple[Mapping[str, float], ...]:
        with self._database.reading() as connection:
            return runs.fill_rates(connection, source, last)

    def write(self, batch: Sequence[AnalyzedListing], *, run_id: str) -> WriteResult:
        with self._database.writing() as connection:
            return _write(connection, batch, runs.running(connection, run_id))

    def stage(self, batch: Sequence[AnalyzedListing], *, run_id: str) -> int:
        with self._database.writing() as connection:
            return runs.stage(connection, batch, run_id)

    def accept_run(self, run_id: str) -> WriteResult:
        written = WriteResult()
        while True:
            with self._database.writing() as connection:
                run = runs.undecided(connection, run_id)
                batch = [from_payload(text) for text in runs.staged(connection, run, ACCEPT_BATCH)]
                if not batch:
                    runs.accept(connection, run)
                    return written
                written += _write(connection, batch, run)
                runs.unstage(connection, run, [item.listing.listing_id for item in batch])

    def reject_run(self, run_id: str) -> int:
        with self._database.writing() as connection:
            return runs.reject(connection, run_id)

    def complete_sweep(
        self, source: str, run_id: str, *, finished_at: datetime, gone_after: int
    ) -> SweepResult:
        with self._database.writing() as connection:
            return runs.complete_sweep(
                connection, source, run_id, finished_at=finished_at, gone_after=gone_after
            )

    def link(self, link: SellerLink) -> bool:
        with self._database.writing() as connection:
            return runs.link(connection, link)

    def links(self, *, platform: str | None = None, seller: str | None = None) -> tuple[SellerLink, ...]:
        with self._database.reading() as connection:
            return runs.links(connection, platform, seller)

    def outdated_versions(
        self, lexicon_version: str, pipeline_version: str, *, batch: int = 500
    ) -> Iterator[tuple[Version, ...]]:
        after = 0
        while True:
            with self._database.reading() as connection:
                judged_by = (lexicon_version, pipeline_version)
                versions = reading.outdated(connection, judged_by, after=after, limit=batch)
            if not versions:
                return
            yield versions
            after = versions[-1].version_id

    def replace_analyses(self, analyses: Mapping[int, Analysis]) -> WriteResult:
        with self._database.writing() as connection:
            rollup = RollUp()
            for version_id, analysis in analyses.items():
                rejudge(connection, rollup, version_id, analysis)
            rollup.apply(connection)
            reindexing.fold_anew(connection, PIPELINE_VERSION)
        return WriteResult(rejudged=len(analyses))

    def totals(self) -> Totals:
        with self._database.reading() as connection:
            return reading.totals(connection)

    def get(self, listing_id: str) -> ListingHistory | None:
        with self._database.reading() as connection:
            return reading.history(connection, listing_id)

    def search(
        self,
        query: Query,
        *,
        order: Order = "newest",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        with self._database.reading() as connection:
            return searching.search(connection, query, order=order, limit=limit, cursor=cursor)

    def facets(self, query: Query, *, top: int = 20) -> Facets:
        with self._database.reading() as connection:
            return faceting.facets(connection, query, top=top)

    def trend(self, query: TrendQuery) -> Trend:
        with self._database.reading() as connection:
            return trends.trend(connection, query)

    def terms(self) -> tuple[Term, ...]:
        with self._database.reading() as connection:
            return reading.terms(connection)

    def prices(self, query: Query, *, by: Step | None = "month") -> Prices:
        with self._database.reading() as connection:
            return selling.prices(connection, query, by=by)

    def sellers(self, query: Query, *, top: int = 20) -> tuple[SellerActivity, ...]:
        with self._database.reading() as connection:
            return selling.sellers(connection, query, top=top)

    def cooccurring(
        self, term_id: str, *, since: date | None = None, until: date | None = None, top: int = 20
    ) -> tuple[Cooccurrence, ...]:
        with self._database.reading() as connection:
            return researching.cooccurring(connection, term_id, since, until, top)

    def history(self, term_id: str) -> TermHistory | None:
        with self._database.reading() as connection:
            return researching.history(connection, term_id)

    def counts(
        self, since: date, until: date, *, platforms: Sequence[str] = (), verdicts: Sequence[Verdict] = ()
    ) -> PeriodCounts:
        with self._database.reading() as connection:
            return researching.counts(connection, since, until, platforms, verdicts)

    def first_sights(self, since: date, until: date) -> tuple[FirstSight, ...]:
        with self._database.reading() as connection:
            return researching.first_sights(connection, since, until)

    def coverage(self, since: date, until: date) -> Coverage:
        with self._database.reading() as connection:
            return researching.coverage(connection, since, until)

    def changes(self, after: int, *, limit: int = 1000) -> tuple[Change, ...]:
        with self._database.reading() as connection:
            return reading.changes(connection, after, limit)

    def version(self, version_id: int) -> Version | None:
        with self._database.reading() as connection:
            return reading.version(connection, version_id)


def _write(connection: Connection, batch: Sequence[AnalyzedListing], run: int) -> WriteResult:
    reindexing.note_fold(connection, PIPELINE_VERSION)
    writer = BatchWriter(connection, run, batch)
    for item in batch:
        writer.put(item)
    return writer.finish()
