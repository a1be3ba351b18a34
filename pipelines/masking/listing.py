"""A listing and its analysis without personal data: texts masked, sellers under pseudonyms, offsets moved."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from pipelines.folding import fold
from pipelines.masking.text import MaskedText, mask_text, pseudonym
from pipelines.masking.url import mask_url
from pipelines.records import AnalyzedListing, Hit, Price, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.records import Analysis, Listing, Reason, TextField


def mask_analyzed(listing: Listing, analysis: Analysis, key: bytes) -> AnalyzedListing:
    """The listing and its analysis as they may be stored.

    Title, description, extra values and the URL are masked, seller id and name are replaced by pseudonyms;
    hits, signals, prices, tokens and reasons follow the masked texts. Masking a masked listing changes
    nothing. Raises ValueError for an empty key.
    """
    title, description = mask_text(listing.title, key), mask_text(listing.description, key)
    sellers = _pseudonyms(listing, key)
    masked = replace(
        listing,
        title=title.text,
        description=description.text,
        url=mask_url(listing.url, key, sellers) if listing.url else listing.url,
        seller_id=sellers.get(listing.seller_id or "", listing.seller_id),
        seller_name=sellers.get(listing.seller_name or "", listing.seller_name),
        extra={
            name: sellers[value] if value in sellers else mask_text(value, key).text
            for name, value in listing.extra.items()
        },
    )
    if not title.edits and not description.edits:
        return AnalyzedListing(masked, analysis)
    texts: dict[TextField, MaskedText] = {"title": title, "description": description, "page": description}
    tokens = mask_tokens(analysis.tokens, listing.title, listing.description, key)
    return AnalyzedListing(masked, _mask_analysis(analysis, texts, tokens))


def mask_tokens(tokens: Sequence[str], title: str, description: str, key: bytes) -> tuple[str, ...]:
    """Tokens of a title and a description, with a mask in the place of those that hold what is masked.

    Tokens joined are the folded texts (`analyze` leaves out a description that repeats the title, and a
    page has no title), so that each has its place. Should they be none of these, every token goes that is
    a piece of something masked.
    """
    texts = fold(title).text, fold(description).text
    joined = "".join(tokens)
    for parts in (texts, texts[:1], texts[1:]):
        if joined == "".join(parts):
            return tuple(_mask_placed(tokens, parts, key))
    hidden = [text[edit.start : edit.end] for text in texts for edit in mask_text(text, key).edits]
    return tuple(token for token in tokens if not any(token in stretch for stretch in hidden))


def _mask_placed(tokens: Sequence[str], parts: Sequence[str], key: bytes) -> Iterator[str]:
    edits = chain.from_iterable(
        _edits_at(offset, part, key) for offset, part in zip((0, len(parts[0])), parts, strict=False)
    )
    start, end, mask = next(edits, _NONE)
    position = 0
    written = False
    for token in tokens:
        while position >= end:
            start, end, mask = next(edits, _NONE)
            written = False
        position += len(token)
        if position <= start:
            yield token
        elif not written:
            yield mask
            written = True


_NONE = (1 << 62, 1 << 62, "")


def _edits_at(offset: int, text: str, key: bytes) -> Iterator[tuple[int, int, str]]:
    for edit in mask_text(text, key).edits:
        yield edit.start + offset, edit.end + offset, edit.mask


def _pseudonyms(listing: Listing, key: bytes) -> dict[str, str]:
    """The seller's id and name → what is kept of them. Ids are told apart by platform, names are not."""
    sellers = {}
    if listing.seller_name:
        sellers[listing.seller_name] = pseudonym("name", listing.seller_name, key)
    if listing.seller_id:
        sellers[listing.seller_id] = pseudonym(listing.platform, listing.seller_id, key)
    return sellers


def _mask_analysis(
    analysis: Analysis, texts: Mapping[TextField, MaskedText], tokens: tuple[str, ...]
) -> Analysis:
    hits = tuple(_moved(hit, texts) for hit in analysis.hits)
    prices = tuple(_moved(price, texts) for price in analysis.prices)
    surfaces = {old.surface: new.surface for old, new in zip(analysis.hits, hits, strict=True)}
    surfaces |= {old.surface: new.surface for old, new in zip(analysis.prices, prices, strict=True)}
    return replace(
        analysis,
        hits=hits,
        signals=tuple(_moved(signal, texts) for signal in analysis.signals),
        prices=prices,
        reasons=tuple(_reworded(reason, surfaces) for reason in analysis.reasons),
        tokens=tokens,
    )


def _moved[Record: (Hit, Signal, Price)](record: Record, texts: Mapping[TextField, MaskedText]) -> Record:
    masked = texts[record.field]
    if not masked.edits:
        return record
    start, end = masked.shift(record.start, record.end)
    return replace(record, start=start, end=end, surface=masked.text[start:end])


def _reworded(reason: Reason, surfaces: Mapping[str, str]) -> Reason:
    """A reason that quotes a stretch of text, with the stretch as it is now."""
    for old, new in surfaces.items():
        if old == new:
            continue
        reason = replace(reason, zh=reason.zh.replace(old, new), en=reason.en.replace(old, new))
    return reason
