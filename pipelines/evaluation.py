"""How well the judge does on labelled listings, beside two list-matchers run on the same rows."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ahocorasick_rs import AhoCorasick

from pipelines.analysis import analyze_batch
from pipelines.folding import fold
from pipelines.tokens import JiebaTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipelines.lexicon.load import Lexicon
    from pipelines.records import Analysis, Category, Listing

RESAMPLES = 1000
SEED = 20200823


@dataclass(frozen=True, slots=True)
class Labelled:
    """A listing that a person has read: is it an offer of what is looked for, and of which kind."""

    listing: Listing
    illicit: bool
    category: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one analyst said of a listing; `illicit` is None for unsure, and for a decision taken back."""

    listing: Listing
    analyst: str
    illicit: bool | None
    category: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """The rows that the analysts agree on, and how many listings are left out because they don't."""

    rows: tuple[Labelled, ...]
    undecided: int
    disputed: int


class Quality(NamedTuple):
    """Counts of one comparison. Precision and recall are 0 where nothing was found or to be found."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def precision(self) -> float:
        found = self.true_positive + self.false_positive
        return self.true_positive / found if found else 0.0

    @property
    def recall(self) -> float:
        sought = self.true_positive + self.false_negative
        return self.true_positive / sought if sought else 0.0

    @property
    def f1(self) -> float:
        total = 2 * self.true_positive + self.false_positive + self.false_negative
        return 2 * self.true_positive / total if total else 0.0


class Interval(NamedTuple):
    """A 95 % bootstrap interval."""

    low: float
    high: float


class Mistake(NamedTuple):
    """A row that was judged otherwise than it was labelled."""

    row: Labelled
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The judge's quality on a set, its parts, and the baselines' quality on the same rows."""

    rows: int
    quality: Quality
    precision: Interval
    recall: Interval
    f1: Interval
    by_source: dict[str, Quality]
    by_category: dict[str, Quality]
    mistakes: tuple[Mistake, ...]
    baselines: dict[str, Quality]


def evaluate(
    rows: Sequence[Labelled],
    lexicon: Lexicon,
    *,
    only: Category | None = None,
) -> Evaluation:
    """Judge every row and compare. `only`: a row counts as found if it is flagged in this category.

    Recall per category is over the rows labelled so; precision per category over what was flagged so.
    """
    analyses = analyze_batch([row.listing for row in rows], lexicon)
    found = [a.verdict == "flagged" and (only is None or a.category == only) for a in analyses]
    truth = [row.illicit for row in rows]
    quality = compare(truth, found)
    precision, recall, f1 = bootstrap(quality)
    by_source = {
        source: compare(
            [t for t, row in zip(truth, rows, strict=True) if row.listing.source == source],
            [f for f, row in zip(found, rows, strict=True) if row.listing.source == source],
        )
        for source in sorted({row.listing.source for row in rows})
    }
    by_category = {
        category: compare(
            [row.illicit and row.category == category for row in rows],
            [f and a.category == category for f, a in zip(found, analyses, strict=True)],
        )
        for category in sorted({row.category for row in rows if row.illicit})
    }
    return Evaluation(
        rows=len(rows),
        quality=quality,
        precision=precision,
        recall=recall,
        f1=f1,
        by_source=by_source,
        by_category=by_category,
        mistakes=tuple(
            Mistake(row, analysis)
            for row, analysis, t, f in zip(rows, analyses, truth, found, strict=True)
            if t != f
        ),
        baselines={
            name: compare(truth, [baseline(row.listing) for row in rows])
            for name, baseline in baselines(lexicon, only).items()
        },
    )


def settle(opinions: Iterable[Opinion]) -> Settled:
    """Opinions, oldest first, as rows: the last of each analyst counts, and those who are sure must agree.

    The row holds the text that was read last.
    """
    latest: dict[str, dict[str, Opinion]] = {}
    for opinion in opinions:
        of_listing = latest.setdefault(opinion.listing.listing_id, {})
        of_listing.pop(opinion.analyst, None)
        of_listing[opinion.analyst] = opinion
    rows = []
    undecided = disputed = 0
    for of_listing in latest.values():
        sure = [opinion for opinion in of_listing.values() if opinion.illicit is not None]
        truth = agreed(opinion.illicit for opinion in sure)
        if truth is not None:
            rows.append(Labelled(sure[-1].listing, truth, sure[-1].category))
        undecided += not sure
        disputed += bool(sure) and truth is None
    return Settled(tuple(rows), undecided, disputed)


def agreed(labels: Iterable[bool | None]) -> bool | None:
    """What all say who are sure; None where nobody is, or where they differ."""
    sure = {label for label in labels if label is not None}
    return sure.pop() if len(sure) == 1 else None


def compare(truth: Sequence[bool], found: Sequence[bool]) -> Quality:
    """Count agreements and disagreements."""
    counts = Counter(zip(truth, found, strict=True))
    return Quality(counts[True, True], counts[False, True], counts[True, False], counts[False, False])


def bootstrap(quality: Quality) -> tuple[Interval, Interval, Interval]:
    """95 % intervals of precision, recall and F1 over resampled rows, from a fixed seed."""
    generator = random.Random(SEED)  # noqa: S311
    cells = range(len(quality))
    total = sum(quality)
    drawn = []
    for _ in range(RESAMPLES if total else 0):
        counts = Counter(generator.choices(cells, weights=quality, k=total))
        drawn.append(Quality(*(counts[cell] for cell in cells)))
    return (
        _middle([q.precision for q in drawn]),
        _middle([q.recall for q in drawn]),
        _middle([q.f1 for q in drawn]),
    )


def _middle(values: list[float]) -> Interval:
    if not values:
        return Interval(0.0, 0.0)
    ordered = sorted(values)
    edge = len(ordered) // 40
    return Interval(ordered[edge], ordered[-1 - edge])


def baselines(lexicon: Lexicon, only: Category | None = None) -> dict[str, Callable[[Listing], bool]]:
    """What a list-matcher would say: a form as a token of jieba's, or a form as a substring."""
    forms = {
        form
        for category, spec in lexicon.files.terms
        if only is None or category == only
        for form in (spec.term, *spec.forms)
    }
    tokenizer = JiebaTokenizer(())
    automaton = AhoCorasick(sorted(forms))

    def by_tokens(listing: Listing) -> bool:
        return not forms.isdisjoint(tokenizer.cut(_whole_text(listing)))

    def by_substring(listing: Listing) -> bool:
        return bool(automaton.find_matches_as_indexes(_whole_text(listing)))

    return {"jieba tokens ∩ lexicon": by_tokens, "substring search": by_substring}


def _whole_text(listing: Listing) -> str:
    return fold(f"{listing.title}\n{listing.description}").text
