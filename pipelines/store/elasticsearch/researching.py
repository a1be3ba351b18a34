"""Researchers' questions to the indices; what each means is said in `pipelines.store.protocol`."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from pipelines.store.answers import TermCount, day_of
from pipelines.store.conditions import day_after, midnight
from pipelines.store.elasticsearch.querying import NEWEST, listings, offered
from pipelines.store.elasticsearch.reader import MOST, day_from, values
from pipelines.store.insights import Cooccurrence, Coverage, FirstSight, PeriodCounts, SellerActivity
from pipelines.store.researching import covered, history_of, require_period
from pipelines.store.rows import moment
from pipelines.store.selling import asked_prices, priced, written_prices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipelines.records import Category, Verdict
    from pipelines.store.answers import Step, Term
    from pipelines.store.elasticsearch.querying import Clause
    from pipelines.store.elasticsearch.reader import Reader
    from pipelines.store.insights import Prices, TermHistory
    from pipelines.store.query import Query

    type Named = Callable[[Sequence[str] | None], tuple[Term, ...]]
    """Terms by their ids, sorted by them."""

_SOUND: Final[Clause] = {"terms": {"outcome": ["done", "accepted"]}}


def counts(
    reader: Reader,
    since: date,
    until: date,
    platforms: Sequence[str],
    verdicts: Sequence[Verdict],
    named: Named,
) -> PeriodCounts:
    require_period(since, until)
    period = [_days(since, until), *([{"terms": {"platform": list(platforms)}}] if platforms else [])]
    narrowed = [*period, *([{"terms": {"verdict": list(verdicts)}}] if verdicts else [])]
    offers = _frequencies(
        reader.aggregate("hits", [*narrowed, _flag("counted")], {"of": values("term_id", MOST)})
    )
    of_category = {"of": values("category", MOST)}
    categories = _frequencies(
        reader.aggregate("versions", [*narrowed, _flag("counted_category")], of_category)
    )
    terms = [TermCount(t.term_id, t.term, t.category, offers[t.term_id]) for t in named(tuple(offers))]
    return PeriodCounts(
        since,
        until,
        crawled=reader.count("versions", {"bool": {"filter": [*period, _flag("counted")]}}),
        terms=tuple(sorted(terms, key=lambda each: (-each.listings, each.term_id))),
        categories=cast("Mapping[Category, int]", categories),
    )


def history(reader: Reader, term_id: str, named: Named) -> TermHistory | None:
    of_term: Clause = {"term": {"term_id": term_id}}
    days: Counter[date] = Counter()
    by_platform: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for bucket in reader.composite("hits", [of_term, _flag("counted")], ("day", "platform")):
        day = day_from(bucket["key"]["day"])
        days[day] += bucket["doc_count"]
        by_platform[bucket["key"]["platform"]][day] += bucket["doc_count"]
    if not days:
        return None
    by_disguise: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for bucket in reader.composite("hits", [of_term, _flag("counted_disguise")], ("day", "disguise")):
        by_disguise[bucket["key"]["disguise"]][day_from(bucket["key"]["day"])] += bucket["doc_count"]
    term = named((term_id,))[0]
    return history_of((term.term_id, term.term, term.category), days, by_platform, by_disguise)


def first_sights(reader: Reader, since: date, until: date, named: Named) -> tuple[FirstSight, ...]:
    require_period(since, until)
    seen: Clause = {"range": {"day": {"lte": until.isoformat()}}}
    first = {"first": {"min": {"field": "day"}}}
    days: dict[tuple[str, str | None], date] = {}
    for bucket in reader.composite("hits", [seen, _flag("counted")], ("term_id",), first):
        days[bucket["key"]["term_id"], None] = day_from(bucket["first"]["value"])
    for bucket in reader.composite("hits", [seen, _flag("counted_disguise")], ("term_id", "disguise"), first):
        days[bucket["key"]["term_id"], bucket["key"]["disguise"]] = day_from(bucket["first"]["value"])
    new = {key: day for key, day in days.items() if day >= since}
    names = {term.term_id: term for term in named(tuple({term_id for term_id, _ in new}))}
    found = [
        FirstSight(term_id, names[term_id].term, names[term_id].category, cast("Any", disguise), day)
        for (term_id, disguise), day in new.items()
    ]
    return tuple(sorted(found, key=lambda each: (each.day, each.term_id, each.disguise or "")))


def cooccurring(
    reader: Reader, term_id: str, since: date | None, until: date | None, top: int, named: Named
) -> tuple[Cooccurrence, ...]:
    if since and until:
        require_period(since, until)
    period = offered(since, until)
    of_term: Clause = {"term": {"term_id": term_id}}
    others = {"of": values("term_id", top, exclude=[term_id])}
    both = _frequencies(reader.aggregate("listings", [period, of_term], others))
    if not both:
        return ()
    wanted: Clause = {"terms": {"term_id": list(both)}}
    each = {"of": values("term_id", MOST, include=list(both))}
    of_other = _frequencies(reader.aggregate("listings", [period, wanted], each))
    asked = reader.count("listings", {"bool": {"filter": [period, of_term]}})
    total = reader.count("listings", period)
    names = {term.term_id: term for term in named(tuple(both))}
    return tuple(
        Cooccurrence(other, names[other].term, names[other].category, count, asked, of_other[other], total)
        for other, count in both.items()
    )


def coverage(reader: Reader, since: date, until: date) -> Coverage:
    require_period(since, until)
    begun: Clause = {"range": {"@timestamp": {"lt": midnight(day_after(until))}}}
    latest = {"size": 1, "sort": [{"@timestamp": "desc"}, {"run_id": "desc"}], "_source": ["platform"]}
    inner = {"first": {"min": {"field": "@timestamp"}}, "latest": {"top_hits": latest}}
    sound: defaultdict[str, list[datetime]] = defaultdict(list)
    period: Clause = {"range": {"@timestamp": {"gte": midnight(since), "lt": midnight(day_after(until))}}}
    for run in reader.every(
        "runs", {"bool": {"filter": [period, _SOUND]}}, [{"run_id": "asc"}], ("source", "@timestamp")
    ):
        sound[run["source"]].append(moment(run["@timestamp"]))
    found = []
    for bucket in reader.composite("runs", [begun], ("source",), inner):
        source = bucket["key"]["source"]
        first = datetime.fromtimestamp(bucket["first"]["value"] / 1000, UTC)
        platform = bucket["latest"]["hits"]["hits"][0]["_source"]["platform"]
        found.append(covered(source, platform, first, sound[source], since, until))
    return Coverage(since, until, tuple(sorted(found, key=lambda each: each.source)))


def sellers(reader: Reader, query: Query, top: int, named: Named) -> tuple[SellerActivity, ...]:
    matching = listings(query)
    inner = {
        "flagged": {"filter": {"term": {"verdict": "flagged"}}},
        "first": {"min": {"field": "@timestamp"}},
        "last": {"max": {"field": "@timestamp"}},
    }
    buckets = list(reader.composite("listings", [matching], ("platform", "seller.id"), inner))
    buckets.sort(
        key=lambda b: (
            -b["flagged"]["doc_count"],
            -b["doc_count"],
            b["key"]["seller.id"],
            b["key"]["platform"],
        )
    )
    shown: Clause = {"terms": {"seller.id": [bucket["key"]["seller.id"] for bucket in buckets[:top]]}}
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for bucket in reader.composite("listings", [matching, shown], ("platform", "seller.id", "term_id")):
        key = bucket["key"]
        counts[key["platform"], key["seller.id"]][key["term_id"]] = bucket["doc_count"]
    names = {term.term_id: term for term in named(tuple({term for of in counts.values() for term in of}))}
    return tuple(
        SellerActivity(
            platform=bucket["key"]["platform"],
            seller=bucket["key"]["seller.id"],
            listings=bucket["doc_count"],
            flagged=bucket["flagged"]["doc_count"],
            terms=_counted(counts[bucket["key"]["platform"], bucket["key"]["seller.id"]], names),
            first_day=_day(bucket["first"]["value"]),
            last_day=_day(bucket["last"]["value"]),
        )
        for bucket in buckets[:top]
    )


def prices(reader: Reader, query: Query, by: Step | None) -> Prices:
    fields = ("@timestamp", "prices", "price")
    found = reader.every("listings", listings(query), NEWEST, fields)
    return priced(query, by, [(day_of(moment(each["@timestamp"])), _asked(each)) for each in found])


def _asked(source: Mapping[str, Any]) -> set[tuple[float, str | None, str | None]]:
    own = source["price"] or {"amount": None, "currency": None, "unit": None}
    return asked_prices(written_prices(source["prices"]), (own["amount"], own["currency"], own["unit"]))


def _counted(counts: Mapping[str, int], names: Mapping[str, Term]) -> tuple[TermCount, ...]:
    terms = [TermCount(each, names[each].term, names[each].category, count) for each, count in counts.items()]
    return tuple(sorted(terms, key=lambda each: (-each.listings, each.term_id)))


def _frequencies(aggregations: Any) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in aggregations["of"]["buckets"]}


def _days(since: date, until: date) -> Clause:
    return {"range": {"day": {"gte": since.isoformat(), "lte": until.isoformat()}}}


def _flag(name: str) -> Clause:
    return {"term": {name: True}}


def _day(milliseconds: float) -> date:
    return day_of(datetime.fromtimestamp(milliseconds / 1000, UTC))
