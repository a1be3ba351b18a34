"""Records to rows and back: the one place that knows how a record lies in a column."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pipelines.errors import StoreError
from pipelines.records import Analysis, AnalyzedListing, Hit, Listing, Money, Price, Reason, Signal
from pipelines.store.answers import Run, RunEnd, RunStart, StoredListing, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from sqlite3 import Row

    type Plain = dict[str, Any]

as_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

VERSION_COLUMNS: Final = """
    v.id AS version_id, v.seen_at, v.published_at, v.offered_at, v.title, v.description, v.price, v.currency,
    v.unit, v.verdict, v.score, v.category, v.findings, v.lexicon_version, v.pipeline_version, l.listing_id,
    l.platform, l.source, l.native_id, l.url, l.seller_id, l.seller_name, l.shelf, l.extra, l.first_seen,
    l.last_seen, l.gone_at, l.versions,
    CASE WHEN v.id = l.current THEN l.last_seen ELSE v.last_seen END AS version_last_seen
"""
"""What `version_from` and `stored_listing_from` read, of version v joined with its listing l."""

HIT_COLUMNS: Final = (
    'term_id, term, category, surface, start, "end", field, disguise, standing, because, points'
)


def time_text(moment: datetime) -> str:
    """A moment as text that sorts by time: UTC, microseconds, 27 characters."""
    if moment.tzinfo is None:
        raise StoreError(f"the time {moment.isoformat()} has no zone; give timezone-aware times")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def digest(listing: Listing) -> bytes:
    """What two sightings of one version share: the digest of title, description and price."""
    wording = f"{len(listing.title)}:{listing.title}{price_row(listing.price)}{listing.description}"
    try:
        return hashlib.blake2b(wording.encode(), digest_size=12).digest()
    except UnicodeEncodeError as error:
        raise StoreError(
            f"listing {listing.listing_id} holds half a surrogate pair, which is no character; replace such"
            f" halves where the text is read ({error})"
        ) from error


def plain(record: Hit | Signal | Price | Reason | Money | Listing | Analysis) -> Plain:
    """A flat frozen record as a JSON object."""
    return {name: getattr(record, name) for name in type(record).__match_args__}


def details_row(listing: Listing) -> tuple[str | None, ...]:
    """What a later sighting replaces without making a version: source … extra, in the table's order."""
    return (
        listing.source,
        listing.native_id,
        listing.url,
        listing.seller_id,
        listing.seller_name,
        listing.shelf,
        as_json(dict(listing.extra)) if listing.extra else "{}",
    )


def price_row(price: Money | None) -> tuple[float | None, str | None, str | None]:
    return (price.amount, price.currency, price.unit) if price else (None, None, None)


def analysis_row(analysis: Analysis) -> tuple[str | float | None, ...]:
    """verdict … pipeline_version, in the order of the table `version`."""
    return (
        analysis.verdict,
        analysis.score,
        analysis.category,
        as_json(
            {
                "tokens": analysis.tokens,
                "signals": [plain(signal) for signal in analysis.signals],
                "prices": [plain(price) for price in analysis.prices],
                "reasons": [plain(reason) for reason in analysis.reasons],
            }
        ),
        analysis.lexicon_version,
        analysis.pipeline_version,
    )


def hit_rows(version: int, hits: Iterable[Hit]) -> list[tuple[int | str | float, ...]]:
    return [
        (
            version,
            ordinal,
            hit.term_id,
            hit.term,
            hit.category,
            hit.surface,
            hit.start,
            hit.end,
            hit.field,
            hit.disguise,
            hit.standing,
            _because(hit.because),
            hit.points,
        )
        for ordinal, hit in enumerate(hits)
    ]


@lru_cache(maxsize=4096)
def _because(contexts: tuple[str, ...]) -> str:
    return as_json(contexts)


def hit_from(row: Sequence[Any]) -> Hit:
    """A hit from `HIT_COLUMNS`."""
    hit = dict(zip(Hit.__match_args__, row, strict=True))
    return Hit(**{**hit, "because": tuple(json.loads(hit["because"]))})


def version_from(row: Row, hits: tuple[Hit, ...]) -> Version:
    """A version from `VERSION_COLUMNS` and its hits."""
    findings = json.loads(row["findings"])
    return Version(
        version_id=row["version_id"],
        listing=Listing(
            listing_id=row["listing_id"],
            platform=row["platform"],
            source=row["source"],
            title=row["title"],
            seen_at=moment(row["seen_at"]),
            description=row["description"],
            native_id=row["native_id"],
            url=row["url"],
            price=None if row["price"] is None else Money(row["price"], row["currency"], row["unit"]),
            seller_id=row["seller_id"],
            seller_name=row["seller_name"],
            shelf=row["shelf"],
            published_at=moment(row["published_at"]) if row["published_at"] else None,
            extra=json.loads(row["extra"]),
        ),
        analysis=Analysis(
            verdict=row["verdict"],
            score=row["score"],
            category=row["category"],
            tokens=tuple(findings["tokens"]),
            hits=hits,
            signals=tuple(Signal(**signal) for signal in findings["signals"]),
            prices=tuple(Price(**price) for price in findings["prices"]),
            reasons=tuple(Reason(**reason) for reason in findings["reasons"]),
            lexicon_version=row["lexicon_version"],
            pipeline_version=row["pipeline_version"],
        ),
        offered_at=moment(row["offered_at"]),
        last_seen=moment(row["version_last_seen"]),
    )


def stored_listing_from(row: Row, hits: tuple[Hit, ...]) -> StoredListing:
    """A listing from the `VERSION_COLUMNS` of its current version."""
    return StoredListing(
        current=version_from(row, hits),
        first_seen=moment(row["first_seen"]),
        last_seen=moment(row["last_seen"]),
        gone_at=moment(row["gone_at"]) if row["gone_at"] else None,
        versions=row["versions"],
    )


def run_from(row: Row) -> Run:
    """A run from all columns of `run` and the staged listings, hits and flagged beside them."""
    return Run(
        start=RunStart(
            run_id=row["run_id"],
            source=row["source"],
            platform=row["platform"],
            reason=row["reason"],
            started_at=moment(row["started_at"]),
            log_file=row["log_file"],
        ),
        end=RunEnd(
            finished_at=moment(row["finished_at"]),
            outcome=row["outcome"],
            message=row["message"],
            pages=row["pages"],
            bytes=row["bytes"],
            fill_rates=json.loads(row["fill_rates"]),
            errors=json.loads(row["errors"]),
        )
        if row["finished_at"]
        else None,
        outcome=row["outcome"],
        attempts=row["attempts"],
        listings=row["listings"] + row["staged"],
        new=row["new"],
        changed=row["changed"],
        hits=row["hits"] + row["staged_hits"],
        flagged=row["flagged"] + row["staged_flagged"],
        staged=row["staged"],
    )


def payload(item: AnalyzedListing) -> str:
    """A whole analysed listing as one JSON text."""
    listing, analysis = plain(item.listing), plain(item.analysis)
    listing["seen_at"] = time_text(item.listing.seen_at)
    listing["published_at"] = item.listing.published_at and time_text(item.listing.published_at)
    listing["price"] = item.listing.price and plain(item.listing.price)
    listing["extra"] = dict(item.listing.extra)
    for part in ("hits", "signals", "prices", "reasons"):
        analysis[part] = [plain(record) for record in analysis[part]]
    return as_json({"listing": listing, "analysis": analysis})


def from_payload(text: str) -> AnalyzedListing:
    """The analysed listing that `payload` wrote."""
    stored: Mapping[str, Plain] = json.loads(text)
    listing, analysis = stored["listing"], stored["analysis"]
    listing["seen_at"] = moment(listing["seen_at"])
    listing["published_at"] = listing["published_at"] and moment(listing["published_at"])
    listing["price"] = listing["price"] and Money(**listing["price"])
    analysis["tokens"] = tuple(analysis["tokens"])
    analysis["hits"] = tuple(Hit(**{**hit, "because": tuple(hit["because"])}) for hit in analysis["hits"])
    analysis["signals"] = tuple(Signal(**signal) for signal in analysis["signals"])
    analysis["prices"] = tuple(Price(**price) for price in analysis["prices"])
    analysis["reasons"] = tuple(Reason(**reason) for reason in analysis["reasons"])
    return AnalyzedListing(Listing(**listing), Analysis(**analysis))
