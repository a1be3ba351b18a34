"""Documents as the records that they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.records import Analysis, Hit, Listing, Money, Price, Reason, Signal
from pipelines.store.answers import Absence, Run, RunEnd, RunStart, SellerLink, StoredListing, Version
from pipelines.store.rows import moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    type Source = Mapping[str, Any]


def stored_listing_from(source: Source) -> StoredListing:
    """A listing from its document."""
    last_seen = moment(source["event"]["end"])
    return StoredListing(
        current=_version(source, source, source["hits"], last_seen),
        first_seen=moment(source["event"]["start"]),
        last_seen=last_seen,
        gone_at=_moment(source["gone_at"]),
        versions=source["versions"],
    )


def versions_from(listing: Source, versions: Sequence[Source]) -> tuple[Version, ...]:
    """The versions of a listing, oldest first, from its document and theirs in order."""
    ends = [moment(version["event"]["end"] or listing["event"]["end"]) for version in versions]
    return tuple(
        _version(listing, version, version["hits"], end) for version, end in zip(versions, ends, strict=True)
    )


def absences_from(source: Source) -> tuple[Absence, ...]:
    """The absences of a listing from its document, oldest first."""
    return tuple(
        Absence(moment(absence["gone_at"]), _moment(absence["returned_at"])) for absence in source["absences"]
    )


def run_from(source: Source) -> Run:
    """A line of the ledger from its document."""
    event = source["event"]
    start = RunStart(
        run_id=source["run_id"],
        source=source["source"],
        platform=source["platform"],
        reason=event["reason"],
        started_at=moment(event["start"]),
        log_file=source["log"]["file"]["path"],
    )
    end = event["end"] and RunEnd(
        finished_at=moment(event["end"]),
        outcome=source["outcome"],
        message=source["message"],
        pages=source["pages"],
        bytes=source["bytes"],
        fill_rates={each["field"]: each["rate"] for each in source["fill_rates"]},
        errors={each["kind"]: each["count"] for each in source["errors"]},
    )
    counts = ("attempts", "listings", "new", "changed", "hits", "flagged", "staged")
    return Run(start=start, end=end, outcome=source["outcome"], **{name: source[name] for name in counts})


def link_from(source: Source) -> SellerLink:
    """A jump between sellers from its document."""
    return SellerLink(
        from_platform=source["from"]["platform"],
        from_seller=source["from"]["seller"],
        to_platform=source["to"]["platform"],
        to_seller=source["to"]["seller"],
        url=source["url"]["full"],
        seen_at=moment(source["@timestamp"]),
        run_id=source["run_id"],
    )


def _version(listing: Source, version: Source, hits: Sequence[Source], last_seen: datetime) -> Version:
    price = version["price"]
    return Version(
        version_id=version["version_id"],
        listing=Listing(
            listing_id=version["listing_id"],
            platform=version["platform"],
            source=listing["source"],
            title=version["title"],
            seen_at=moment(version["seen_at"]),
            description=version["description"],
            native_id=listing["native_id"],
            url=listing["url"] and listing["url"]["full"],
            price=Money(**price) if price else None,
            seller_id=listing["seller"]["id"],
            seller_name=listing["seller"]["name"],
            shelf=listing["shelf"],
            published_at=_moment(version["published_at"]),
            extra=listing["extra"],
        ),
        analysis=_analysis(version, hits),
        offered_at=moment(version["@timestamp"]),
        last_seen=last_seen,
    )


def _analysis(version: Source, hits: Sequence[Source]) -> Analysis:
    return Analysis(
        verdict=version["verdict"],
        score=version["score"],
        category=version["category"],
        tokens=tuple(version["tokens"]),
        hits=tuple(Hit(**{**hit, "because": tuple(hit["because"])}) for hit in hits),
        signals=tuple(Signal(**signal) for signal in version["signals"]),
        prices=tuple(Price(**price) for price in version["prices"]),
        reasons=tuple(Reason(**reason) for reason in version["reasons"]),
        lexicon_version=version["lexicon_version"],
        pipeline_version=version["pipeline_version"],
    )


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
