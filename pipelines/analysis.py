"""The pure core: listings and a lexicon in, analyses out."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pipelines.folding import fold
from pipelines.judging import FieldFindings, judge
from pipelines.labels import signal_mask
from pipelines.records import Analysis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.folding import Folded
    from pipelines.lexicon.load import Lexicon
    from pipelines.matching import Raw
    from pipelines.records import Listing, Price, Signal, TextField

Fields = list[tuple["TextField", str]]
"""The texts that belong together; contexts in one confirm or excuse terms in the other."""


class _Column(NamedTuple):
    field: TextField
    text: str
    folded: Folded
    tokens: list[str]
    raw: Raw
    signals: tuple[tuple[Signal, ...], tuple[Price, ...]]


class Matched(NamedTuple):
    """What stands in the fields of one listing before it is judged, and the tokens of all of them."""

    findings: list[FieldFindings]
    tokens: list[str]


def analyze(listing: Listing, lexicon: Lexicon) -> Analysis:
    """Fold, tokenise, match and judge a listing. Pure: the same input gives the same analysis.

    Offsets in the result index the listing's own title and description. Linear in their length.
    """
    return analyze_batch([listing], lexicon)[0]


def analyze_batch(listings: Sequence[Listing], lexicon: Lexicon) -> list[Analysis]:
    """The analyses of many listings, in order, each as `analyze` gives it.

    Faster than one by one: every step runs over all texts before the next, with its tables in the
    processor's cache. Some hundred listings at a time are enough.
    """
    matched = match([fields_of(listing) for listing in listings], lexicon)
    return [
        _judged(found, lexicon, listing.platform, listing.source)
        for listing, found in zip(listings, matched, strict=True)
    ]


def analyze_page(text: str, lexicon: Lexicon) -> Analysis:
    """Analyse the main text of a saved page, which has neither title nor seller of its own."""
    return _judged(match([[("page", text)]], lexicon)[0], lexicon, "", "")


def fields_of(listing: Listing) -> Fields:
    """The texts of a listing that are analysed; a description that only repeats the title is not."""
    fields: Fields = [("title", listing.title)]
    if listing.description and listing.description != listing.title:
        fields.append(("description", listing.description))
    return fields


def match(texts: Sequence[Fields], lexicon: Lexicon) -> list[Matched]:
    """What stands in each listing's fields."""
    flat = [part for fields in texts for part in fields]
    folded = [fold(text) for _, text in flat]
    tokens = [lexicon.tokenizer.cut(one.text) for one in folded]
    raw = [lexicon.matcher.raw(one) for one in folded]
    signals = [lexicon.signals.find(one, field) for one, (field, _) in zip(folded, flat, strict=True)]
    columns = (
        _Column(field, text, one, cut, seen, found)
        for (field, text), one, cut, seen, found in zip(flat, folded, tokens, raw, signals, strict=True)
    )
    return [_settled(list(islice(columns, len(fields))), lexicon) for fields in texts]


def _settled(columns: list[_Column], lexicon: Lexicon) -> Matched:
    """What is made of one listing's fields, each in the light of the others."""
    tokens = columns[0].tokens if len(columns) == 1 else [t for column in columns for t in column.tokens]
    for column in columns:
        if column.raw.promising:
            return Matched(_findings(columns, lexicon), tokens)
    return Matched([FieldFindings(c.field, c.text, 0, (), (), *c.signals) for c in columns], tokens)


def _findings(columns: list[_Column], lexicon: Lexicon) -> list[FieldFindings]:
    """The candidates of each field, and its context words where there are candidates at all."""
    words = [lexicon.contexts.raw(column.folded) for column in columns]
    labels = 0
    for column, found in zip(columns, words, strict=True):
        labels |= lexicon.contexts.mask(found) | signal_mask(*column.signals)
    candidates = [lexicon.matcher.find(c.folded, c.raw, c.tokens, labels) for c in columns]
    counts = any(candidates)
    findings: list[FieldFindings] = []
    offset = 0
    for column, found, places in zip(columns, words, candidates, strict=True):
        contexts = lexicon.contexts.find(column.folded, found) if counts else ()
        findings.append(FieldFindings(column.field, column.text, offset, places, contexts, *column.signals))
        offset += len(column.folded.squeezed) + 1
    return findings


def _judged(matched: Matched, lexicon: Lexicon, platform: str, source: str) -> Analysis:
    findings = matched.findings
    judgement = judge(findings, lexicon.terms, lexicon.scoring, lexicon.labels, platform, source)
    signals, prices = findings[0].signals, findings[0].prices
    for part in findings[1:]:
        signals, prices = (*signals, *part.signals), (*prices, *part.prices)
    return Analysis(
        judgement.verdict,
        judgement.score,
        judgement.category,
        tuple(matched.tokens),
        judgement.hits,
        tuple(signals),
        tuple(prices),
        judgement.reasons,
        lexicon.files.version,
    )
