"""`Archive`: researchers' questions to a store, each answered by a table with what it rests on.

    from dashboards import Archive

    with Archive.open("desk/data/listings.sqlite", lexicon="desk/lexicon") as archive:
        frame = archive.trend("四件套", since="2025-01-01", by="month").polars()

Queries are those of `dashboards.query`. Terms are named by id, name or any other form. Days are dates or
what `since:` takes. Wrong queries are a `QueryError`, questions that cannot be answered a `ResearchError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from dashboards.query import Catalogue, known_terms, parse, quoted, write
from dashboards.query.values import day
from dashboards.research import figures, listings
from dashboards.research.basis import basis_of, within
from dashboards.research.errors import ResearchError
from dashboards.research.table import Table
from pipelines.lexicon.files import read_lexicon
from pipelines.records import CATEGORIES
from pipelines.store.answers import DAY_ZONE, TrendQuery, day_of
from pipelines.store.query import EVERYTHING, All, Has
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from dashboards.query import KnownTerm
    from dashboards.research.basis import Basis
    from dashboards.research.table import Column
    from pipelines.lexicon.files import LexiconFiles
    from pipelines.records import Verdict
    from pipelines.store.answers import Order, Step, StoredListing
    from pipelines.store.insights import PeriodCounts
    from pipelines.store.protocol import Questions
    from pipelines.store.query import Query

    type Day = date | str

LONGEST_ANSWER: Final = 1_000_000
"""Rows of one answer; ask for a shorter period to have more."""
_PAGE: Final = 1000
_SINCE_EVER: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Found:
    """The listings that a query matches; `cursor` leads to the next ones and is None after the last."""

    query: Query
    listings: tuple[StoredListing, ...]
    cursor: str | None


class Archive:
    """A store and the lexicon whose terms queries name. Closing it closes the store."""

    def __init__(self, store: Questions, *, name: str, lexicon: LexiconFiles | None = None) -> None:
        self._store, self._name, self._lexicon = store, name, lexicon
        self._today = datetime.now(DAY_ZONE).date()
        sources = store.coverage(_SINCE_EVER, self._today).sources
        self.catalogue: Final = Catalogue(
            terms=known_terms(lexicon, store.terms()),
            platforms=tuple(sorted({source.platform for source in sources})),
            sources=tuple(source.source for source in sources),
        )

    @classmethod
    def open(cls, path: str | Path, *, lexicon: str | Path | None = None) -> Self:
        """The archive of an embedded store's file and, for the names of terms, a lexicon folder."""
        files = read_lexicon(Path(lexicon)) if lexicon is not None else None
        return cls(open_store(Path(path), must_exist=True), name="embedded store", lexicon=files)

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def query(self, text: str) -> Query:
        """The tree of a query."""
        return parse(text, self.catalogue, today=self._today)

    def find(
        self, query: str = "", *, order: Order = "newest", limit: int = 100, cursor: str | None = None
    ) -> Found:
        """Matching listings as the store has them, by day or by score."""
        tree = self.query(query)
        if not 1 <= limit <= LONGEST_ANSWER:
            raise ResearchError(f"an answer of {limit:,} rows cannot be had; ask for 1 to {LONGEST_ANSWER:,}")
        found: list[StoredListing] = []
        while True:
            page = self._store.search(tree, order=order, limit=min(limit - len(found), _PAGE), cursor=cursor)
            found += page.listings
            cursor = page.cursor
            if cursor is None or len(found) == limit:
                return Found(tree, tuple(found), cursor)

    def search(
        self, query: str = "", *, order: Order = "newest", limit: int = 100, cursor: str | None = None
    ) -> Table:
        """Matching listings as rows."""
        return self.tabulate(self.find(query, order=order, limit=limit, cursor=cursor))

    def tabulate(self, found: Found) -> Table:
        """Listings that were found, as rows."""
        rows = tuple(listings.listing_row(each) for each in found.listings)
        return self._table("search", found.query, listings.LISTING_COLUMNS, rows, cursor=found.cursor)

    def concordance(
        self, query: str, *, limit: int = 100, cursor: str | None = None, width: int = listings.WIDTH
    ) -> Table:
        """The terms and words of a query in their context, from the newest listings; `limit` is of these."""
        found = self.find(query, limit=limit, cursor=cursor)
        rows = (row for each in found.listings for row in listings.concordance_rows(each, found.query, width))
        columns = listings.CONCORDANCE_COLUMNS
        return self._table("concordance", found.query, columns, tuple(rows), cursor=found.cursor)

    def trend(
        self,
        *names: str,
        since: Day | None = None,
        until: Day | None = None,
        by: Step = "day",
        platforms: Sequence[str] = (),
        verdicts: Sequence[Verdict] = (),
    ) -> Table:
        """Offers a step of terms or categories (of all listings without a name), and per 1,000 crawled."""
        first, last = self._period(since, until)
        categories = [name for name in CATEGORIES if name in names]
        terms = [term for name in names if name not in categories for term in self._term_ids(name)]
        asked = TrendQuery(
            first, last, by, tuple(dict.fromkeys(terms)), tuple(categories), tuple(platforms), tuple(verdicts)
        )
        parts = [
            Has("term", asked.terms) if asked.terms else EVERYTHING,
            Has("platform", asked.platforms) if platforms else EVERYTHING,
            Has("verdict", asked.verdicts) if verdicts else EVERYTHING,
        ]
        tree = within(All(tuple(parts)), first, last)
        basis = self._basis(tree)
        rows = figures.trend_rows(self._store.trend(asked), self._names(asked.terms), basis)
        return self._table("trend", tree, figures.TREND_COLUMNS, rows, basis=basis)

    def prices(self, query: str, *, by: Step = "month") -> Table:
        """Quantiles of what matching listings ask, a step, currency and unit."""
        tree = self.query(query)
        found = self._store.prices(tree, by=by)
        note = f"{found.listings:,} matching listings name a price, {found.unpriced:,} do not"
        return self._table("prices", tree, figures.PRICE_COLUMNS, figures.price_rows(found), notes=(note,))

    def cooccurring(
        self, name: str, *, since: Day | None = None, until: Day | None = None, top: int = 20
    ) -> Table:
        """Terms in the same listings as a term, with how surprising that is."""
        term = self._one_term(name)
        first, last = self._day("since", since), self._day("until", until)
        found = self._store.cooccurring(term.term_id, since=first, until=last, top=top)
        tree = within(Has("term", (term.term_id,)), first, last)
        rows = figures.cooccurrence_rows(found)
        return self._table("cooccur", tree, figures.COOCCURRENCE_COLUMNS, rows)

    def compare(
        self,
        a: tuple[Day, Day],
        b: tuple[Day, Day],
        *,
        platforms: Sequence[str] = (),
        verdicts: Sequence[Verdict] = (),
        top: int | None = None,
    ) -> Table:
        """Terms of two periods by how surprisingly their shares of what was crawled differ."""
        counts: list[PeriodCounts] = []
        for since, until in (a, b):
            first, last = self._period(since, until)
            found = self._store.counts(first, last, platforms=platforms, verdicts=verdicts)
            if not found.crawled:
                raise ResearchError(
                    f"nothing was crawled from {first} to {last}, so there is no share to compare"
                )
            counts.append(found)
        rows = figures.comparison_rows(*counts)[:top]
        parts = [
            Has("platform", tuple(platforms)) if platforms else EVERYTHING,
            Has("verdict", tuple(verdicts)) if verdicts else EVERYTHING,
        ]
        first, last = (min(each.since for each in counts), max(each.until for each in counts))
        spans = [f"{each.since} to {each.until}: {each.crawled:,} crawled" for each in counts]
        notes = (f"a: {spans[0]}", f"b: {spans[1]}")
        tree = within(All(tuple(parts)), first, last)
        return self._table("compare", tree, figures.COMPARISON_COLUMNS, rows, notes=notes)

    def sellers(self, query: str = "", *, top: int = 20) -> Table:
        """The sellers of matching listings, those with the most flagged ones first."""
        tree = self.query(query)
        rows = figures.seller_rows(self._store.sellers(tree, top=top))
        return self._table("sellers", tree, figures.SELLER_COLUMNS, rows)

    def history(self, name: str, *, neighbours: int = 10) -> Table:
        """First sight, peak, disguises, platforms and neighbours of a term, and since when it is known."""
        term = self._one_term(name)
        found = self._store.history(term.term_id)
        if found is None:
            raise ResearchError(f"{term.term_id} ({term.name}) has not been seen in this store yet")
        near = self._store.cooccurring(term.term_id, top=neighbours)
        rows = figures.history_rows(found, self._added(term.term_id), near)
        tree = Has("term", (term.term_id,))
        return self._table("history", tree, figures.HISTORY_COLUMNS, rows)

    def _table(
        self,
        question: str,
        tree: Query,
        columns: tuple[Column, ...],
        rows: figures.Rows,
        *,
        basis: Basis | None = None,
        cursor: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> Table:
        return Table(question, write(tree), columns, rows, basis or self._basis(tree), cursor, notes)

    def _basis(self, tree: Query) -> Basis:
        version = self._lexicon.version if self._lexicon else None
        return basis_of(self._store, self._name, tree, lexicon_version=version)

    def _period(self, since: Day | None, until: Day | None) -> tuple[date, date]:
        first, last = self._day("since", since), self._day("until", until)
        totals = self._store.totals()
        if totals.first_offered is None or totals.last_offered is None:
            raise ResearchError("the store is empty; crawl or ingest something first")
        first = first or day_of(totals.first_offered)
        last = last or min(day_of(totals.last_offered), self._today)
        if first > last:
            raise ResearchError(f"the period begins on {first}, after its end on {last}")
        return first, last

    def _day(self, edge: Literal["since", "until"], value: Day | None) -> date | None:
        return day(edge, value, 1, self._today) if isinstance(value, str) else value

    def _term_ids(self, name: str) -> tuple[str, ...]:
        tree = self.query(f"term:{quoted(name)}")
        assert isinstance(tree, Has)  # noqa: S101 - what the language makes of term:
        return tree.values

    def _one_term(self, name: str) -> KnownTerm:
        ids = self._term_ids(name)
        if len(ids) > 1:
            raise ResearchError(f"{name!r} is a form of several terms; name one of them: {', '.join(ids)}")
        term = self.catalogue.term(ids[0])
        if term is None:
            raise ResearchError(f"no term is called {name!r}; jargonwatch lexicon check lists what there is")
        return term

    def _names(self, term_ids: Sequence[str]) -> Mapping[str, str]:
        terms = (self.catalogue.term(term_id) for term_id in term_ids)
        return {term.term_id: term.name for term in terms if term}

    def _added(self, term_id: str) -> date | None:
        specs = self._lexicon.terms if self._lexicon else ()
        return next((spec.added for _, spec in specs if spec.id == term_id), None)
