"""Records as the documents of the indices: ids, revisions and what each holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pipelines.store.answers import day_of
from pipelines.store.bigrams import index_text
from pipelines.store.elasticsearch.mappings import FILLED
from pipelines.store.rollup import STRENGTH, counted
from pipelines.store.rows import plain, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pipelines.records import Hit, Money
    from pipelines.store.answers import Absence, Outcome, Run, SellerLink, StoredListing, Term, Version
    from pipelines.store.elasticsearch.mappings import Kind

    type Body = dict[str, Any]

_ECS_OUTCOMES: Final[Mapping[Outcome, str]] = {
    "done": "success",
    "accepted": "success",
    "failed": "failure",
    "blocked": "failure",
    "killed": "failure",
    "quarantined": "failure",
    "rejected": "failure",
}
"""The outcomes that Elastic Common Schema has a word for; the others are `unknown`."""

_SHIPPED_UNDER: Final = ("lexicon_version", "pipeline_version")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which lexicon and pipeline judged the store last, for documents that aren't judged themselves."""

    lexicon_version: str
    pipeline_version: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document: equal id and revision mean equal content, and the greater revision stands.

    `key` is the listing_id, run_id … that it is made from.
    """

    kind: Kind
    id: str
    revision: int
    key: str
    body: Body


def listing_document(stored: StoredListing, absences: Sequence[Absence], revision: int) -> Document:
    """A listing as it is now."""
    listing, analysis = stored.listing, stored.analysis
    body = {
        **_judged(stored.current),
        "source": listing.source,
        "native_id": listing.native_id,
        "url": _url(listing.url),
        "seller": {"id": listing.seller_id, "name": listing.seller_name},
        "shelf": listing.shelf,
        "extra": dict(listing.extra),
        "event": {"start": time_text(stored.first_seen), "end": time_text(stored.last_seen)},
        "bigrams": index_text(listing.title, listing.description),
        "hits": [plain(hit) for hit in analysis.hits],
        "versions": stored.versions,
        "gone": stored.gone_at is not None,
        "gone_at": stored.gone_at and time_text(stored.gone_at),
        "absences": [
            {"gone_at": time_text(a.gone_at), "returned_at": a.returned_at and time_text(a.returned_at)}
            for a in absences
        ],
    }
    return Document("listings", listing.listing_id, revision, listing.listing_id, body)


def history_documents(versions: Sequence[Version], revision: int) -> Iterator[Document]:
    """All versions of one listing, oldest first, and their hits.

    `counted` marks, of the versions of one day, the one that stands for the listing in that day's counts
    (each term and category by the strongest verdict that carries it), so that counting documents counts
    distinct listings.
    """
    days = [day_of(version.offered_at).isoformat() for version in versions]
    all_of, category_of, term_of = _standing_for(versions, days)
    for ordinal, (version, day) in enumerate(zip(versions, days, strict=True)):
        listing, analysis = version.listing, version.analysis
        name = f"{listing.listing_id}-{version.version_id}"
        yield Document(
            "versions",
            name,
            revision,
            listing.listing_id,
            {
                **_judged(version),
                "day": day,
                "ordinal": ordinal,
                "event": {
                    "start": time_text(listing.seen_at),
                    # The end of what is current moves with every sighting: the listing's document has it.
                    "end": time_text(version.last_seen) if ordinal < len(versions) - 1 else None,
                },
                "hits": [plain(hit) for hit in analysis.hits],
                "lag": (listing.seen_at - version.offered_at) // timedelta(seconds=1),
                "counted": all_of[day] == ordinal,
                "counted_category": category_of.get((day, analysis.category)) == ordinal,
            },
        )
        told: set[str] = set()
        for place, hit in enumerate(analysis.hits):
            stands = (
                hit.standing != "excused"
                and hit.term_id not in told
                and term_of.get((day, hit.term_id)) == ordinal
            )
            if stands:
                told.add(hit.term_id)
            body = _hit_body(version, day, hit, place, counted=stands) | {"revision": revision}
            yield Document("hits", f"{name}-{place}-{revision}", revision, listing.listing_id, body)


def run_document(run: Run, revision: int, stamp: Stamp) -> Document:
    """A line of the ledger; `event.duration` is in nanoseconds, as Elastic Common Schema has it."""
    start, end = run.start, run.end
    body: Body = {
        **_stamped(start.started_at, stamp),
        "day": day_of(start.started_at).isoformat(),
        "run_id": start.run_id,
        "source": start.source,
        "platform": start.platform,
        "event": {
            "start": time_text(start.started_at),
            "end": end and time_text(end.finished_at),
            "duration": end and (end.finished_at - start.started_at) // timedelta(microseconds=1) * 1000,
            "outcome": _ECS_OUTCOMES.get(run.outcome, "unknown"),
            "reason": start.reason,
        },
        "outcome": run.outcome,
        "log": {"file": {"path": start.log_file}},
        **{name: getattr(run, name) for name in _RUN_COUNTS},
    }
    if end:
        rates = end.fill_rates
        body |= {
            "message": end.message,
            "pages": end.pages,
            "bytes": end.bytes,
            "fill_rates": [{"field": field, "rate": rate} for field, rate in rates.items()],
            "fill": {field: rates[field] for field in FILLED if field in rates},
            "errors": [{"kind": kind, "count": count} for kind, count in end.errors.items()],
            "error_count": sum(end.errors.values()),
        }
    return Document("runs", start.run_id, revision, start.run_id, body)


_RUN_COUNTS: Final = ("attempts", "listings", "new", "changed", "hits", "flagged", "staged")


def term_document(term: Term, revision: int, stamp: Stamp) -> Document:
    body = {**plain_stamp(stamp), "term_id": term.term_id, "term": term.term, "category": term.category}
    return Document("terms", term.term_id, revision, term.term_id, body)


def link_document(link: SellerLink, stamp: Stamp) -> Document:
    """A jump between sellers; its revision is its last sighting."""
    name = "\x1f".join((link.from_platform, link.from_seller, link.to_platform, link.to_seller))
    body = {
        **_stamped(link.seen_at, stamp),
        "from": {"platform": link.from_platform, "seller": link.from_seller},
        "to": {"platform": link.to_platform, "seller": link.to_seller},
        "url": _url(link.url),
        "run_id": link.run_id,
    }
    key = hashlib.sha256(name.encode()).hexdigest()[:32]
    return Document("links", key, int(link.seen_at.timestamp() * 1_000_000), key, body)


def checksum(kind: Kind, body: Mapping[str, Any]) -> int:
    """What equal documents have in common, to be added up over a day."""
    judged = kind in ("listings", "versions", "hits")
    content = body if judged else {name: body[name] for name in body if name not in _SHIPPED_UNDER}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def plain_stamp(stamp: Stamp) -> Body:
    return {"lexicon_version": stamp.lexicon_version, "pipeline_version": stamp.pipeline_version}


def _stamped(moment: datetime, stamp: Stamp) -> Body:
    return {"@timestamp": time_text(moment), **plain_stamp(stamp)}


def _judged(version: Version) -> Body:
    """What a listing and a version have in common."""
    listing, analysis = version.listing, version.analysis
    counts = tuple(counted(analysis.hits))
    return {
        "@timestamp": time_text(version.offered_at),
        "lexicon_version": analysis.lexicon_version,
        "pipeline_version": analysis.pipeline_version,
        "listing_id": listing.listing_id,
        "platform": listing.platform,
        "verdict": analysis.verdict,
        "category": analysis.category,
        "term_id": sorted({hit.term_id for hit in counts}),
        "term": sorted({hit.term for hit in counts}),
        "disguise": sorted({hit.disguise for hit in counts}),
        "hit_count": len(counts),
        "title": listing.title,
        "description": listing.description,
        "tokens": analysis.tokens,
        "version_id": version.version_id,
        "score": analysis.score,
        "seen_at": time_text(listing.seen_at),
        "published_at": listing.published_at and time_text(listing.published_at),
        "price": _money(listing.price),
        "signals": [plain(signal) for signal in analysis.signals],
        "prices": [plain(price) for price in analysis.prices],
        "reasons": [plain(reason) for reason in analysis.reasons],
    }


def _hit_body(version: Version, day: str, hit: Hit, ordinal: int, *, counted: bool) -> Body:
    listing, analysis = version.listing, version.analysis
    return {
        **plain(hit),
        "@timestamp": time_text(version.offered_at),
        "day": day,
        "lexicon_version": analysis.lexicon_version,
        "pipeline_version": analysis.pipeline_version,
        "listing_id": listing.listing_id,
        "platform": listing.platform,
        "verdict": analysis.verdict,
        "score": analysis.score,
        "version_id": version.version_id,
        "ordinal": ordinal,
        "price": _money(listing.price),
        "counted": counted,
    }


def _standing_for(
    versions: Sequence[Version], days: Sequence[str]
) -> tuple[dict[str, int], dict[tuple[str, str | None], int], dict[tuple[str, str], int]]:
    """Which version (its place) stands for the listing on a day: of all, a category, a term."""
    all_of: dict[str, int] = {}
    category_of: dict[tuple[str, str | None], int] = {}
    term_of: dict[tuple[str, str], int] = {}
    strength = [STRENGTH[version.analysis.verdict] for version in versions]

    def claim[Key](standing: dict[Key, int], keys: Iterable[Key], place: int) -> None:
        for key in keys:
            if key not in standing or strength[place] > strength[standing[key]]:
                standing[key] = place

    for place, (version, day) in enumerate(zip(versions, days, strict=True)):
        category = version.analysis.category
        claim(all_of, (day,), place)
        claim(category_of, ((day, category),) if category else (), place)
        claim(term_of, {(day, hit.term_id) for hit in counted(version.analysis.hits)}, place)
    return all_of, category_of, term_of


def _money(price: Money | None) -> Body | None:
    return plain(price) if price else None


def _url(url: str | None) -> Body | None:
    return {"full": url, "domain": _domain(url)} if url else None


def _domain(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
