"""The questions of a store, answered by Elasticsearch.

`pipelines.store.protocol.Store` says what each means; all that writes is left to the embedded store, from
which the indices are filled. An answer is as old as the last shipping and the indices' refresh.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from pipelines.errors import StoreError
from pipelines.store.answers import Facets, ListingHistory, Page, Term, TermCount, Totals, Trend
from pipelines.store.elasticsearch import querying, researching
from pipelines.store.elasticsearch.reader import MOST, Reader, day_from, values
from pipelines.store.elasticsearch.stored import (
    absences_from,
    link_from,
    run_from,
    stored_listing_from,
    versions_from,
)
from pipelines.store.rows import moment, time_text
from pipelines.store.trends import first_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from elasticsearch import Elasticsearch

    from pipelines.records import Verdict
    from pipelines.store.answers import Order, Outcome, Run, SellerLink, Step, TrendQuery, Version
    from pipelines.store.elasticsearch.mappings import Kind
    from pipelines.store.elasticsearch.querying import Clause
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

_SOUND: Final[tuple[Outcome, ...]] = ("done", "accepted")


class ElasticsearchStore:
    """The indices of one prefix as a store to ask. Raises StoreError as every store does."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self._reader = Reader(client, prefix)

    def close(self) -> None:
        """Let go of the connections. Closing twice is fine."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def totals(self) -> Totals:
        """How much the indices hold."""
        gone = self._reader.aggregate("listings", [], {"gone": {"filter": {"term": {"gone": True}}}})["gone"]
        listings = self._reader.count("listings")
        first, last = (self._edge(end) if listings else None for end in ("asc", "desc"))
        return Totals(
            listings,
            self._reader.count("versions"),
            gone["doc_count"],
            self._reader.count("runs"),
            first,
            last,
        )

    def get(self, listing_id: str) -> ListingHistory | None:
        """A listing with its versions, hits and absences; None if there is none of that id."""
        of_listing = {"term": {"listing_id": listing_id}}
        found = self._reader.sources("listings", of_listing, [], 1)
        if not found:
            return None
        versions = self._reader.sources("versions", of_listing, [{"ordinal": "asc"}], MOST)
        return ListingHistory(
            listing=stored_listing_from(found[0]),
            versions=versions_from(found[0], versions),
            absences=absences_from(found[0]),
        )

    def version(self, version_id: int) -> Version | None:
        """A version by its id."""
        found = self._reader.sources("versions", {"term": {"version_id": version_id}}, [], 1)
        history = self.get(found[0]["listing_id"]) if found else None
        versions = history.versions if history else ()
        return next((version for version in versions if version.version_id == version_id), None)

    def search(
        self, query: Query, *, order: Order = "newest", limit: int = 50, cursor: str | None = None
    ) -> Page:
        """A page of matching listings."""
        found = self._reader.hits("listings", querying.page(query, order, limit, cursor))
        listings = tuple(stored_listing_from(hit["_source"]) for hit in found[:limit])
        more = len(found) > limit
        return Page(listings, querying.write_cursor(found[limit - 1]["sort"], query, order) if more else None)

    def facets(self, query: Query, *, top: int = 20) -> Facets:
        """Counts of everything a query matches, with its `top` terms."""
        asked = {
            "platforms": values("platform", MOST),
            "categories": values("category", MOST),
            "verdicts": values("verdict", MOST),
            "terms": values("term_id", top),
            "hits": {"sum": {"field": "hit_count"}},
        }
        found = self._reader.aggregate("listings", [querying.listings(query)], asked)
        counts = {name: _counts(found[name]) for name in ("platforms", "categories", "verdicts", "terms")}
        named = {term.term_id: term for term in self._terms(tuple(counts["terms"]))}
        terms = (
            TermCount(term_id, named[term_id].term, named[term_id].category, listings)
            for term_id, listings in counts["terms"].items()
        )
        verdicts: Any = counts["verdicts"]
        categories: Any = counts["categories"]
        hits = int(found["hits"]["value"])
        return Facets(sum(verdicts.values()), hits, counts["platforms"], categories, verdicts, tuple(terms))

    def trend(self, query: TrendQuery) -> Trend:
        """When slang was being offered: distinct listings a day."""
        if query.since > query.until:
            raise StoreError(f"a trend from {query.since} until {query.until} has no day; swap the two")
        days = [query.since + timedelta(days=n) for n in range((query.until - query.since).days + 1)]
        steps = tuple(dict.fromkeys(first_day(day, query.by) for day in days))
        series = self._series(query, steps, "hits", ("counted", "term_id"), query.terms)
        series |= self._series(query, steps, "versions", ("counted_category", "category"), query.categories)
        verdicts = [{"terms": {"verdict": list(query.verdicts)}}] if query.verdicts else []
        if not series:
            series = {"all": self._days(query, steps, verdicts)}
        return Trend(query, steps, series, crawled=self._days(query, steps, []))

    def terms(self) -> tuple[Term, ...]:
        """The terms that were ever hit, by term_id."""
        return self._terms(None)

    def run(self, run_id: str) -> Run:
        """A run of the ledger; an unknown one is a `StoreError`."""
        found = self._reader.sources("runs", {"term": {"run_id": run_id}}, [], 1)
        if not found:
            raise StoreError(f"the store knows no run {run_id!r}; list the runs")
        return run_from(found[0])

    def runs(
        self,
        *,
        source: str | None = None,
        outcomes: Sequence[Outcome] = (),
        before: datetime | None = None,
        limit: int = 50,
    ) -> tuple[Run, ...]:
        """Runs, latest start first; `before` (exclusive, of `started_at`) leads to older ones."""
        filters: list[Clause] = []
        if source is not None:
            filters.append({"term": {"source": source}})
        if outcomes:
            filters.append({"terms": {"outcome": list(outcomes)}})
        if before is not None:
            filters.append({"range": {"@timestamp": {"lt": time_text(before)}}})
        order = [{"@timestamp": "desc"}, {"run_id": "desc"}]
        found = self._reader.sources("runs", {"bool": {"filter": filters}}, order, limit)
        return tuple(run_from(source) for source in found)

    def fill_rates(self, source: str, *, last: int = 10) -> tuple[Mapping[str, float], ...]:
        """Fill rates per field of the source's last sound runs (done or accepted), latest first."""
        sound = self.runs(source=source, outcomes=_SOUND, limit=last)
        return tuple(run.end.fill_rates for run in sound if run.end)

    def prices(self, query: Query, *, by: Step | None = "month") -> Prices:
        """What matching listings ask: quantiles a step, currency and unit."""
        return researching.prices(self._reader, query, by)

    def sellers(self, query: Query, *, top: int = 20) -> tuple[SellerActivity, ...]:
        """Sellers of matching listings: most flagged first, then most listings, then by name."""
        return researching.sellers(self._reader, query, top, self._terms)

    def cooccurring(
        self, term_id: str, *, since: date | None = None, until: date | None = None, top: int = 20
    ) -> tuple[Cooccurrence, ...]:
        """Terms that stand in the same listings, by `both` falling, ties by term_id."""
        return researching.cooccurring(self._reader, term_id, since, until, top, self._terms)

    def history(self, term_id: str) -> TermHistory | None:
        """The whole history of a term, over all versions; None if no hit of it counts."""
        return researching.history(self._reader, term_id, self._terms)

    def counts(
        self, since: date, until: date, *, platforms: Sequence[str] = (), verdicts: Sequence[Verdict] = ()
    ) -> PeriodCounts:
        """Offers of each term and category in a period, and of all."""
        return researching.counts(self._reader, since, until, platforms, verdicts, self._terms)

    def first_sights(self, since: date, until: date) -> tuple[FirstSight, ...]:
        """Terms, and terms in a disguise, whose first day ever lies in a period."""
        return researching.first_sights(self._reader, since, until, self._terms)

    def coverage(self, since: date, until: date) -> Coverage:
        """On which days of a period each source was watched, and on which not."""
        return researching.coverage(self._reader, since, until)

    def links(self, *, platform: str | None = None, seller: str | None = None) -> tuple[SellerLink, ...]:
        """Links from or to a seller (or any of a platform, or all), as last seen, by sellers."""
        wanted = {"platform": platform, "seller": seller}
        given = {name: value for name, value in wanted.items() if value is not None}
        ends = [
            {"bool": {"filter": [{"term": {f"{end}.{name}": value}} for name, value in given.items()]}}
            for end in ("from", "to")
        ]
        order = [{field: "asc"} for field in ("from.platform", "from.seller", "to.platform", "to.seller")]
        found = self._reader.sources("links", {"bool": {"should": ends}}, order, MOST)
        return tuple(link_from(source) for source in found)

    def _terms(self, term_ids: Sequence[str] | None) -> tuple[Term, ...]:
        wanted: Clause = {"match_all": {}} if term_ids is None else {"terms": {"term_id": list(term_ids)}}
        found = self._reader.sources("terms", wanted, [{"term_id": "asc"}], MOST)
        return tuple(Term(each["term_id"], each["term"], each["category"]) for each in found)

    def _edge(self, direction: str) -> datetime:
        """The first or last `offered_at`, to the microsecond, which aggregations don't give."""
        return moment(self._reader.sources("listings", None, [{"@timestamp": direction}], 1)[0]["@timestamp"])

    def _series(
        self,
        query: TrendQuery,
        steps: Sequence[date],
        kind: Kind,
        by: tuple[str, str],
        keys: Sequence[str],
    ) -> dict[str, tuple[int, ...]]:
        """Counts a step of each key, by the flag and the field that `by` names."""
        if not keys:
            return {}
        flag, field = by
        filters = [*querying.counted(query, flag), {"terms": {field: list(keys)}}]
        if query.verdicts:
            filters.append({"terms": {"verdict": list(query.verdicts)}})
        counts: Counter[tuple[str, date]] = Counter()
        for bucket in self._reader.composite(kind, filters, ("day", field)):
            counts[bucket["key"][field], _step(bucket, query)] += bucket["doc_count"]
        return {key: tuple(counts[key, step] for step in steps) for key in keys}

    def _days(self, query: TrendQuery, steps: Sequence[date], verdicts: Sequence[Clause]) -> tuple[int, ...]:
        counts: Counter[date] = Counter()
        filters = [*querying.counted(query, "counted"), *verdicts]
        for bucket in self._reader.composite("versions", filters, ("day",)):
            counts[_step(bucket, query)] += bucket["doc_count"]
        return tuple(counts[step] for step in steps)


def _counts(aggregation: Mapping[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in aggregation["buckets"]}


def _step(bucket: Mapping[str, Any], query: TrendQuery) -> date:
    return first_day(day_from(bucket["key"]["day"]), query.by)
