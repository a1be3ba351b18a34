"""The transparent additive score: what was found, the points it gets, and the reason for every point."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from pipelines.labels import signal_mask
from pipelines.records import Hit, Reason
from pipelines.wording import CATEGORY_WORDING, DISGUISE_WORDING, SIGNAL_WORDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.labels import Labels
    from pipelines.lexicon.schema import Strength
    from pipelines.lexicon.scoring import Scoring
    from pipelines.matching import Candidate
    from pipelines.records import Category, Disguise, Price, Signal, Standing, TextField, Verdict
    from pipelines.surroundings import ContextMatch

HIDING: Final[frozenset[Disguise]] = frozenset(
    {"separator", "repeat", "look-alike", "split", "homophone", "pinyin", "emoji", "traditional", "width"}
)
"""Disguises that somebody puts on; initials and numerals are also how people write in a hurry."""


LONGEST_CONTEXT: Final = 40
"""Characters; the longest word that a lexicon may hold."""

FEW_CONTEXTS: Final = 50
"""Context words that are sooner looked through than searched."""

DELIBERATE: Final[frozenset[Disguise]] = frozenset({"separator", "split", "pinyin", "emoji"})
"""Disguises that no ordinary word wears by chance."""

GUESSED: Final[frozenset[Disguise]] = frozenset({"homophone", "look-alike"})
WEAKER: Final[dict[Strength, Strength]] = {"strong": "medium", "medium": "weak", "weak": "weak"}


@dataclass(frozen=True, slots=True)
class Term:
    """A term as the judge needs it. `confirm` and `excuse` are bits of `Labels`."""

    term_id: str
    headword: str
    category: Category
    strength: Strength
    severity: int
    confirm: int
    excuse: int
    platforms: frozenset[str]
    sources: frozenset[str]

    def applies(self, platform: str, source: str) -> bool:
        return (not self.platforms or platform in self.platforms) and (
            not self.sources or source in self.sources
        )


class FieldFindings(NamedTuple):
    """What was found in one text field; `offset` places it behind the fields before it."""

    field: TextField
    original: str
    offset: int
    candidates: Sequence[Candidate]
    contexts: Sequence[ContextMatch]
    signals: Sequence[Signal]
    prices: Sequence[Price]


class Judgement(NamedTuple):
    """Verdict, score and their reasons; hits in order of field and position."""

    verdict: Verdict
    score: float
    category: Category | None
    hits: tuple[Hit, ...]
    reasons: tuple[Reason, ...]


NOTHING: Final = Judgement("clear", 0.0, None, (), ())


def judge(
    findings: Sequence[FieldFindings],
    terms: Sequence[Term],
    scoring: Scoring,
    labels: Labels,
    platform: str,
    source: str,
) -> Judgement:
    """Judge what was found in the fields of one listing."""
    for part in findings:
        if part.candidates:
            break
    else:
        return NOTHING
    contexts = _contexts(findings)
    signals = 0
    for part in findings:
        signals |= signal_mask(part.signals, part.prices)
    hits = []
    for part in findings:
        for candidate in part.candidates:
            term = terms[candidate.term]
            if term.applies(platform, source):
                hit = _weigh(candidate, term, part, contexts, signals, scoring, labels)
                if hit is not None:
                    hits.append(hit)
    if not hits:
        return NOTHING
    hits = _without_swallowed(hits)
    return _add_up(hits, contexts, findings, scoring, labels)


def _contexts(findings: Sequence[FieldFindings]) -> Sequence[ContextMatch]:
    """The context words of all fields behind each other, in order of their starts."""
    if len(findings) == 1:
        return findings[0].contexts
    return [
        (start + part.offset, end + part.offset, labels)
        for part in findings
        for start, end, labels in part.contexts
    ]


def _near(wanted: int, contexts: Sequence[ContextMatch], start: int, end: int, window: int) -> int:
    """The wanted labels with a word inside the window, the span itself left out."""
    found = 0
    low, high = start - window, end + window
    first_place = bisect_left(contexts, (low - LONGEST_CONTEXT, 0, 0)) if len(contexts) > FEW_CONTEXTS else 0
    for first, last, labels in islice(contexts, first_place, None):
        if first > high:
            break
        if labels & wanted and last >= low and not (start <= first and last <= end):
            found |= labels & wanted
    return found


def _strength(term: Term, candidate: Candidate) -> Strength:
    """A two-character word that only sounds or looks like the term tells less than the term itself."""
    if candidate.disguise in GUESSED and candidate.end - candidate.start == 2:
        return WEAKER[term.strength]
    return term.strength


def _weigh(
    candidate: Candidate,
    term: Term,
    part: FieldFindings,
    contexts: Sequence[ContextMatch],
    signals: int,
    scoring: Scoring,
    labels: Labels,
) -> Hit | None:
    """The hit that a candidate amounts to; None for an ordinary word that nothing confirms."""
    start, end = candidate.start + part.offset, candidate.end + part.offset
    around = signals | _near(term.confirm | term.excuse, contexts, start, end, scoring.window)
    confirmed = around & term.confirm
    if term.strength == "weak" and not confirmed and candidate.disguise not in DELIBERATE:
        return None
    excused = around & term.excuse
    standing: Standing = "confirmed" if confirmed else "alone"
    because, points = confirmed, 0.0
    if excused and excused.bit_count() >= confirmed.bit_count():
        standing, because = "excused", excused
    else:
        strength = _strength(term, candidate)
        points = scoring.strength[strength] + scoring.severity_step * (term.severity - 3)
        points += scoring.confirm * min(confirmed.bit_count(), scoring.confirm_most)
        if candidate.disguise in HIDING and (strength != "weak" or candidate.disguise not in GUESSED):
            points += scoring.disguise
    return Hit(
        term_id=term.term_id,
        term=term.headword,
        category=term.category,
        surface=part.original[candidate.original_start : candidate.original_end],
        start=candidate.original_start,
        end=candidate.original_end,
        field=part.field,
        disguise=candidate.disguise,
        standing=standing,
        because=labels.names(because),
        points=round(points, 4),
    )


def _without_swallowed(hits: list[Hit]) -> list[Hit]:
    """Without hits that stand wholly inside a longer one of at least their weight."""
    kept: list[Hit] = []
    open_hits: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.field != "title", hit.start, -hit.end, hit.term_id)):
        open_hits = [other for other in open_hits if other.field == hit.field and other.end > hit.start]
        if not any(_swallows(other, hit) for other in open_hits):
            kept.append(hit)
        open_hits.append(hit)
    return kept


def _swallows(longer: Hit, hit: Hit) -> bool:
    return (
        hit.end <= longer.end
        and longer.end - longer.start > hit.end - hit.start
        and (longer.points >= hit.points or longer.standing == "excused")
    )


def _add_up(
    hits: list[Hit],
    contexts: Sequence[ContextMatch],
    findings: Sequence[FieldFindings],
    scoring: Scoring,
    labels: Labels,
) -> Judgement:
    best: dict[str, Hit] = {}
    for hit in hits:
        if hit.standing != "excused" and (hit.term_id not in best or hit.points > best[hit.term_id].points):
            best[hit.term_id] = hit
    reasons = [_excuse_reason(hit) for hit in hits if hit.standing == "excused"]
    if not best:
        return Judgement("clear", 0.0, None, tuple(hits), tuple(reasons))
    by_category: dict[Category, list[Hit]] = {}
    for hit in sorted(best.values(), key=lambda hit: (-hit.points, hit.term_id)):
        by_category.setdefault(hit.category, []).append(hit)
    shares = scoring.further_terms
    sums = {
        category: sum(hit.points * share for hit, share in zip(ranked, shares, strict=False))
        for category, ranked in by_category.items()
    }
    leading = max(sums, key=lambda category: (sums[category], category))
    for category, ranked in by_category.items():
        factor = 1.0 if category == leading else scoring.other_category
        for hit, share in zip(ranked, shares, strict=False):
            reasons.append(_hit_reason(hit, hit.points * share * factor))
    reasons.extend(_signal_reasons(findings, scoring))
    reasons.extend(_damper_reasons(contexts, scoring, labels))
    reasons.sort(key=lambda reason: (-reason.points, reason.code))
    score = round(min(1.0, max(0.0, sum(reason.points for reason in reasons))), 4)
    verdict: Verdict = "clear"
    if score >= scoring.thresholds.flagged:
        verdict = "flagged"
    elif score >= scoring.thresholds.watch:
        verdict = "watch"
    return Judgement(verdict, score, leading, tuple(hits), tuple(reasons))


def _hit_reason(hit: Hit, points: float) -> Reason:
    category, disguise = CATEGORY_WORDING[hit.category], DISGUISE_WORDING[hit.disguise]
    zh, en = f"“{hit.surface}”即{hit.term}（{category.zh}）", f"“{hit.surface}” is {hit.term} ({category.en})"
    if hit.disguise != "exact":
        zh, en = f"{zh}，以{disguise.zh}书写", f"{en}, written with {disguise.en}"
    if hit.because:
        words = "、".join(hit.because)
        zh, en = f"{zh}，佐证：{words}", f"{en}, confirmed by {words}"
    return Reason(f"term:{hit.term_id}", round(points, 4), zh, en, hit.category)


def _excuse_reason(hit: Hit) -> Reason:
    words = "、".join(hit.because)
    return Reason(
        f"excused:{hit.term_id}",
        0.0,
        f"“{hit.surface}”不计：上下文有{words}",
        f"“{hit.surface}” does not count beside {words}",
        hit.category,
    )


def _signal_reasons(findings: Sequence[FieldFindings], scoring: Scoring) -> list[Reason]:
    reasons: dict[str, Reason] = {}
    for part in findings:
        for signal in part.signals:
            points = scoring.signals.get(signal.kind, 0.0)
            if signal.kind == "domain" and signal.name != "throwaway":
                continue
            if points and signal.kind not in reasons:
                wording = SIGNAL_WORDING[signal.kind]
                reasons[signal.kind] = Reason(
                    f"signal:{signal.kind}",
                    points,
                    f"{wording.zh}：{signal.name}",
                    f"{wording.en}: {signal.name}",
                )
        if part.prices and scoring.price and "price" not in reasons:
            surface = part.prices[0].surface
            reasons["price"] = Reason(
                "signal:price", scoring.price, f"报价或数量：{surface}", f"a price or quantity: {surface}"
            )
    return list(reasons.values())


def _damper_reasons(contexts: Sequence[ContextMatch], scoring: Scoring, labels: Labels) -> list[Reason]:
    there = 0
    for _, _, mask in contexts:
        there |= mask
    return [
        Reason(
            f"damper:{damper.group}",
            damper.points,
            f"像{damper.group}而不像叫卖",
            f"reads like {damper.group}, not like an offer",
        )
        for damper in scoring.dampers
        if there & labels.mask((f"@{damper.group}",))
    ]
