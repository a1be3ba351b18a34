"""Records as the documents of the indices: ids, revisions and what each holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import orjson

from pipelines.records import Hit
from pipelines.store.answers import day_of
from pipelines.store.bigrams import index_text
from pipelines.store.elasticsearch.mappings import FILLED
from pipelines.store.rollup import STRENGTH
from pipelines.store.rows import moment, time_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from sqlite3 import Row

    from pipelines.store.answers import Outcome, Run, SellerLink, Term
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

_AS_STORED: Final = (
    *("lexicon_version", "pipeline_version", "listing_id", "platform", "verdict", "category"),
    *("title", "description", "version_id", "score", "seen_at", "published_at"),
)
_SHIPPED_UNDER: Final = ("lexicon_version", "pipeline_version")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which lexicon and pipeline judged the store last, for documents that aren't judged themselves."""

    lexicon_version: str
    pipeline_version: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a version: its hits, and all that documents of it and of its listing share."""

    hits: list[Body]
    judged: Body


class Document(NamedTuple):
    """A document: equal id and revision mean equal content, and the greater revision stands.

    `key` is the listing_id, run_id … that it is made from, `day` the day that it counts on, if it does. The
    body may be JSON already. A tuple, as that goes from one process to another in half the time.
    """

    kind: Kind
    id: str
    revision: int
    key: str
    day: str | None
    body: Body | bytes


def hit_body(row: Row) -> Body:
    """A hit from its row (`HIT_COLUMNS`, after the version's id)."""
    hit = dict(zip(Hit.__match_args__, row[1:], strict=True))
    hit["because"] = _parsed(hit["because"])
    return hit


def found_in(version: Row, hits: list[Body]) -> Found:
    """What a version's row (`VERSION_COLUMNS`) and its hits say.

    Rows become documents without becoming records first: as times are texts on both sides and findings
    JSON, that would take twice the time and change nothing.
    """
    counted = [hit for hit in hits if _counts(hit)]
    price = {"amount": version["price"], "currency": version["currency"], "unit": version["unit"]}
    judged = {
        "@timestamp": version["offered_at"],
        **{name: version[name] for name in _AS_STORED},
        "price": price if version["price"] is not None else None,
        "term_id": sorted({hit["term_id"] for hit in counted}),
        "term": sorted({hit["term"] for hit in counted}),
        "disguise": sorted({hit["disguise"] for hit in counted}),
        "hit_count": len(counted),
        **orjson.loads(version["findings"]),
    }
    return Found(hits, judged)


def listing_document(current: Row, found: Found, absences: Sequence[Row], revision: int) -> Document:
    """A listing as it is now, from the row of its current version."""
    listing_id = current["listing_id"]
    body = {
        **found.judged,
        "source": current["source"],
        "native_id": current["native_id"],
        "url": _url(current["url"]),
        "seller": {"id": current["seller_id"], "name": current["seller_name"]},
        "shelf": current["shelf"],
        "extra": _parsed(current["extra"]),
        "event": {"start": current["first_seen"], "end": current["last_seen"]},
        "bigrams": index_text(current["title"], current["description"]),
        "hits": found.hits,
        "versions": current["versions"],
        "gone": current["gone_at"] is not None,
        "gone_at": current["gone_at"],
        "absences": [{"gone_at": a["gone_at"], "returned_at": a["returned_at"]} for a in absences],
    }
    return Document("listings", listing_id, revision, listing_id, None, body)


def history_documents(versions: Sequence[tuple[Row, Found]], revision: int) -> Iterator[Document]:
    """All versions of one listing, oldest first, and their hits.

    `counted` marks, of the versions of one day, the one that stands for the listing in that day's counts
    (each term and category by the strongest verdict that carries it), so that counting documents counts
    distinct listings.
    """
    all_of, category_of, term_of, disguise_of = _standing_for(versions)
    for ordinal, (row, found) in enumerate(versions):
        listing_id, day, verdict = row["listing_id"], row["day"], row["verdict"]
        name = f"{listing_id}-{row['version_id']}"
        # The end of what is current moves with every sighting: the listing's document has it.
        end = row["version_last_seen"] if ordinal < len(versions) - 1 else None
        body = {
            **found.judged,
            "day": day,
            "ordinal": ordinal,
            "event": {"start": row["seen_at"], "end": end},
            "hits": found.hits,
            "lag": _seconds_between(row["offered_at"], row["seen_at"]),
            "counted": all_of[day] == ordinal,
            "counted_category": category_of.get((day, row["category"])) == ordinal,
        }
        yield Document("versions", name, revision, listing_id, day, body)
        common = {
            "@timestamp": row["offered_at"],
            "day": day,
            "lexicon_version": row["lexicon_version"],
            "pipeline_version": row["pipeline_version"],
            "listing_id": listing_id,
            "platform": row["platform"],
            "verdict": verdict,
            "score": row["score"],
            "version_id": row["version_id"],
            "price": found.judged["price"],
            "revision": revision,
        }
        told: set[str] = set()
        worn_told: set[tuple[str, str]] = set()
        for place, hit in enumerate(found.hits):
            term = hit["term_id"]
            stands = _counts(hit) and term not in told and term_of[day, term] == ordinal
            if stands:
                told.add(term)
            worn = (term, hit["disguise"])
            shown = _counts(hit) and worn not in worn_told and disguise_of[day, *worn] == ordinal
            if shown:
                worn_told.add(worn)
            body = {**hit, **common, "ordinal": place, "counted": stands, "counted_disguise": shown}
            yield Document("hits", f"{name}-{place}-{revision}", revision, listing_id, day, body)


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
    return Document("runs", start.run_id, revision, start.run_id, body["day"], body)


_RUN_COUNTS: Final = ("attempts", "listings", "new", "changed", "hits", "flagged", "staged")


def term_document(term: Term, revision: int, stamp: Stamp) -> Document:
    body = {**plain_stamp(stamp), "term_id": term.term_id, "term": term.term, "category": term.category}
    return Document("terms", term.term_id, revision, term.term_id, None, body)


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
    return Document("links", key, int(link.seen_at.timestamp() * 1_000_000), key, None, body)


def checksum(kind: Kind, body: Mapping[str, Any]) -> int:
    """What equal documents have in common, to be added up over a day."""
    judged = kind in ("listings", "versions", "hits")
    content = body if judged else {name: body[name] for name in body if name not in _SHIPPED_UNDER}
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


def plain_stamp(stamp: Stamp) -> Body:
    return {"lexicon_version": stamp.lexicon_version, "pipeline_version": stamp.pipeline_version}


def _stamped(moment: datetime, stamp: Stamp) -> Body:
    return {"@timestamp": time_text(moment), **plain_stamp(stamp)}


def _counts(hit: Body) -> bool:
    return bool(hit["standing"] != "excused")


def _standing_for(
    versions: Sequence[tuple[Row, Found]],
) -> tuple[
    dict[str, int], dict[tuple[str, str], int], dict[tuple[str, str], int], dict[tuple[str, str, str], int]
]:
    """Which version (its place) stands for the listing on a day: of all, a category, a term, a disguise."""
    all_of: dict[str, int] = {}
    category_of: dict[tuple[str, str], int] = {}
    term_of: dict[tuple[str, str], int] = {}
    disguise_of: dict[tuple[str, str, str], int] = {}
    strength = [STRENGTH[row["verdict"]] for row, _ in versions]

    def claim[Key](standing: dict[Key, int], key: Key, place: int) -> None:
        if key not in standing or strength[place] > strength[standing[key]]:
            standing[key] = place

    for place, (row, found) in enumerate(versions):
        day, category = row["day"], row["category"]
        claim(all_of, day, place)
        if category:
            claim(category_of, (day, category), place)
        for term in found.judged["term_id"]:
            claim(term_of, (day, term), place)
        for worn in {(hit["term_id"], hit["disguise"]) for hit in found.hits if _counts(hit)}:
            claim(disguise_of, (day, *worn), place)
    return all_of, category_of, term_of, disguise_of


def _seconds_between(earlier: str, later: str) -> int:
    return 0 if earlier == later else (moment(later) - moment(earlier)) // timedelta(seconds=1)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Any:
    """What a JSON text says that is much the same in many rows; not to be changed."""
    return orjson.loads(text)


def _url(url: str | None) -> Body | None:
    return {"full": url, "domain": _domain(url)} if url else None


def _domain(url: str) -> str | None:
    return _host("/".join(url.split("/", maxsplit=3)[:3]))


@lru_cache(maxsize=4096)
def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
