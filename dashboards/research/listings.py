"""Matching listings as rows, and the words of a query in their context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from dashboards.research.table import Column
from pipelines.folding import fold, fold_form
from pipelines.store.answers import day_of
from pipelines.store.query import All, Any, Has, Matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.research.table import Value
    from pipelines.records import Hit, Listing, TextField
    from pipelines.store.answers import StoredListing
    from pipelines.store.query import Query

WIDTH: Final = 30
"""Characters of context on either side."""

LISTING_COLUMNS: Final = (
    Column("offered", "date", "the day it was offered, in Asia/Shanghai"),
    Column("verdict", "text", "flagged, watch or clear"),
    Column("score", "number", "0 to 1"),
    Column("category", "text", "of the strongest term"),
    Column("platform", "text", "where it stands"),
    Column("source", "text", "the source that last saw it"),
    Column("seller", "text", "the seller's pseudonym"),
    Column("title", "text", "as written, personal data masked"),
    Column("description", "text", "as written, personal data masked"),
    Column("price", "number", "the listing's own price"),
    Column("currency", "text", "ISO 4217, or USDT"),
    Column("unit", "text", "what the price buys"),
    Column("terms", "texts", "ids of the terms that count"),
    Column("surfaces", "texts", "how they are written"),
    Column("disguises", "texts", "how they are disguised"),
    Column("first_seen", "time", "first sighting, UTC"),
    Column("last_seen", "time", "last sighting, UTC"),
    Column("gone", "time", "since when complete sweeps miss it, UTC"),
    Column("versions", "whole", "wordings so far"),
    Column("url", "text", "its page"),
    Column("listing_id", "text", "the id in the store"),
)

CONCORDANCE_COLUMNS: Final = (
    Column("offered", "date", "the day it was offered, in Asia/Shanghai"),
    Column("platform", "text", "where it stands"),
    Column("verdict", "text", "flagged, watch or clear"),
    Column("left", "text", "what stands before it"),
    Column("keyword", "text", "the surface as written"),
    Column("right", "text", "what stands behind it"),
    Column("term", "text", "the id of the term; empty for a word of the query"),
    Column("disguise", "text", "how it is disguised"),
    Column("standing", "text", "confirmed or alone"),
    Column("field", "text", "title or description"),
    Column("listing_id", "text", "the id in the store"),
)


class Keyword(NamedTuple):
    """A place to be shown: `hit` is None for a word of the query."""

    field: TextField
    start: int
    end: int
    hit: Hit | None


def listing_row(stored: StoredListing) -> tuple[Value, ...]:
    """A listing as the row of `LISTING_COLUMNS`."""
    listing, analysis = stored.listing, stored.analysis
    counting = [hit for hit in analysis.hits if hit.standing != "excused"]
    price = listing.price
    return (
        day_of(stored.current.offered_at),
        analysis.verdict,
        round(analysis.score, 4),
        analysis.category,
        listing.platform,
        listing.source,
        listing.seller_id,
        listing.title,
        listing.description,
        price.amount if price else None,
        price.currency if price else None,
        price.unit if price else None,
        tuple(dict.fromkeys(hit.term_id for hit in counting)),
        tuple(dict.fromkeys(hit.surface for hit in counting)),
        tuple(dict.fromkeys(hit.disguise for hit in counting)),
        stored.first_seen,
        stored.last_seen,
        stored.gone_at,
        stored.versions,
        listing.url,
        listing.listing_id,
    )


def concordance_rows(stored: StoredListing, query: Query, width: int = WIDTH) -> Iterator[tuple[Value, ...]]:
    """Each keyword of a listing as a row of `CONCORDANCE_COLUMNS`, in the order of the text."""
    listing = stored.listing
    for keyword in keywords(stored, query):
        text = listing.text(keyword.field)
        hit = keyword.hit
        yield (
            day_of(stored.current.offered_at),
            listing.platform,
            stored.analysis.verdict,
            _line(text[max(keyword.start - width, 0) : keyword.start]),
            _line(text[keyword.start : keyword.end]),
            _line(text[keyword.end : keyword.end + width]),
            hit.term_id if hit else None,
            hit.disguise if hit else None,
            hit.standing if hit else None,
            keyword.field,
            listing.listing_id,
        )


def keywords(stored: StoredListing, query: Query) -> list[Keyword]:
    """What a query looks for in a listing: its terms and words; if it names none, every term that counts."""
    terms, words = _asked_for(query)
    found = [
        Keyword(hit.field, hit.start, hit.end, hit)
        for hit in stored.analysis.hits
        if hit.standing != "excused" and (hit.term_id in terms or not (terms or words))
    ]
    for word in words:
        found += _places(stored.listing, word)
    return sorted(found, key=lambda each: (each.field != "title", each.start, each.end))


def _asked_for(query: Query) -> tuple[set[str], set[str]]:
    """The term ids and words that a query asks for; what stands behind NOT is not asked for."""
    match query:
        case Has("term", values):
            return set(values), set()
        case Matches(text):
            return set(), {text}
        case All(parts) | Any(parts):
            asked = [_asked_for(part) for part in parts]
            return set().union(*(terms for terms, _ in asked)), set().union(*(words for _, words in asked))
    return set(), set()


def _places(listing: Listing, word: str) -> Iterator[Keyword]:
    wanted = fold_form(word)
    fields: tuple[TextField, ...] = ("title", "description")
    for field in fields:
        folded = fold(listing.text(field))
        start = folded.squeezed.find(wanted)
        while start >= 0:
            yield Keyword(field, *folded.squeezed_span(start, start + len(wanted)), None)
            start = folded.squeezed.find(wanted, start + len(wanted))


def _line(text: str) -> str:
    return " ".join(text.split()) if "\n" in text or "\t" in text else text
