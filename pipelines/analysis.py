"""The pure core: a listing and a lexicon in, an analysis out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.folding import fold
from pipelines.judging import FieldFindings, judge
from pipelines.records import Analysis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.lexicon.load import Lexicon
    from pipelines.records import Listing, TextField


def analyze(listing: Listing, lexicon: Lexicon) -> Analysis:
    """Fold, tokenise, match and judge a listing. Pure: the same input gives the same analysis.

    Offsets in the result index the listing's own title and description. Linear in their length.
    """
    return analyze_fields(fields_of(listing), lexicon, platform=listing.platform, source=listing.source)


def fields_of(listing: Listing) -> list[tuple[TextField, str]]:
    """The texts of a listing that are analysed; a description that only repeats the title is not."""
    fields: list[tuple[TextField, str]] = [("title", listing.title)]
    if listing.description and listing.description != listing.title:
        fields.append(("description", listing.description))
    return fields


def analyze_page(text: str, lexicon: Lexicon) -> Analysis:
    """Analyse the main text of a saved page, which has neither title nor seller of its own."""
    return analyze_fields([("page", text)], lexicon)


def analyze_fields(
    fields: Sequence[tuple[TextField, str]], lexicon: Lexicon, *, platform: str = "", source: str = ""
) -> Analysis:
    """Analyse texts that belong together; contexts in one confirm or excuse terms in the other."""
    findings, tokens = find(fields, lexicon)
    judgement = judge(findings, lexicon.terms, lexicon.scoring, platform, source)
    return Analysis(
        verdict=judgement.verdict,
        score=judgement.score,
        category=judgement.category,
        tokens=tuple(tokens),
        hits=judgement.hits,
        signals=tuple(signal for part in findings for signal in part.signals),
        prices=tuple(price for part in findings for price in part.prices),
        reasons=judgement.reasons,
        lexicon_version=lexicon.version,
    )


def find(fields: Sequence[tuple[TextField, str]], lexicon: Lexicon) -> tuple[list[FieldFindings], list[str]]:
    """What stands in each field before it is judged, and the tokens of all of them."""
    matched = []
    tokens: list[str] = []
    for field, text in fields:
        folded = fold(text)
        cut = lexicon.tokenizer.cut(folded.text)
        tokens.extend(cut)
        matched.append((field, text, folded, lexicon.matcher.find(folded, cut)))
    judged = any(candidates for *_, candidates in matched)
    findings: list[FieldFindings] = []
    offset = 0
    for field, text, folded, candidates in matched:
        contexts = lexicon.contexts.find(folded) if judged else []
        signals, prices = lexicon.signals.find(folded, field)
        findings.append(FieldFindings(field, text, offset, candidates, contexts, signals, prices))
        offset += len(folded.squeezed) + 1
    return findings, tokens
