"""Whether a run is sound: how it ended, its source's assertions, fields that drift. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crawler.runs import Tally
    from pipelines.store.answers import Outcome, Run
    from spiders.conduct import Range
    from spiders.contract import Source

DRIFT: Final = 0.5
"""A field drifts when its fill rate is below this share of what it used to be."""
USUAL_RUNS: Final = 5
"""How many earlier runs say what is usual."""
SAMPLE: Final = 5
"""Of fewer listings nothing is said."""
RARE: Final = 0.1
"""Fields that were filled less often than this have no rate to fall from."""
HARMLESS: Final = frozenset(
    {
        *("http-404", "http-410", "robots", "other-host", "private-address"),
        *("no-title", "no-id", "bad-row", "encoding"),
    }
)
"""Errors that leave nothing unseen that a sweep should have seen."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a crawl ended: Scrapy's reason, the pages that were still waiting, the limit that was spent."""

    reason: str
    waiting: int
    spent: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reasons` say why a run is not done, `alarms` what to look at although it is.

    `complete`: it saw everything that the source has to show. `accept`: what it staged is sound.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    alarms: tuple[str, ...]
    complete: bool
    accept: bool


def judge(
    source: Source, run: Run, tally: Tally, ending: Ending, usual: Sequence[Mapping[str, float]]
) -> Judgement:
    """Judge a run by its ledger line so far, its counts, and the fill rates of earlier sound runs."""
    outcome, reasons = _ended(source, tally, ending)
    alarms = (*_cut_short(ending), *_failures(tally), *_empty_fields(source, tally), *_drift(tally, usual))
    accept = False
    if outcome in ("done", "blocked"):
        broken = tuple(_broken(source, run, tally, partial=outcome == "blocked"))
        reasons, accept = (*reasons, *broken), not broken
        if broken:
            outcome = "quarantined"
    complete = (
        outcome == "done"
        and ending.reason == "finished"
        and not ending.waiting
        and not tally.cut
        and not set(tally.errors) - HARMLESS
        and source.files is None  # an export may well hold what is new and nothing else
    )
    return Judgement(outcome, reasons, alarms, complete, accept)


def _ended(source: Source, tally: Tally, ending: Ending) -> tuple[Outcome, tuple[str, ...]]:
    match ending.reason:
        case "shutdown":
            return "stopped", ("it was stopped; the next crawl goes on from there",)
        case "hours":
            return "stopped", ("politeness.hours are over; the next crawl goes on from there",)
        case "blocked":
            return "blocked", (
                f"the site blocks: {tally.errors.get('blocked', 0)} pages; it is left alone now",
            )
        case "finished" | "closespider_timeout":
            pass
        case other:
            return "failed", (f"it ended with {other}; see its log",)
    if ending.waiting and ending.spent == "politeness.pages_per_day":
        return "stopped", ("politeness.pages_per_day is spent; the next crawl goes on from there",)
    if tally.listings + tally.not_sent == 0 and source.assertions.listings.min != 0:
        return "failed", (_nothing(source, tally),)
    return "done", ()


def _nothing(source: Source, tally: Tally) -> str:
    if tally.list_pages and tally.without_items == tally.list_pages:
        places = {place for page in source.lists() for place in page.items}
        return (
            f"no listing: list.items ({' or '.join(sorted(places))}) matches nothing on {tally.list_pages}"
            " pages; correct it, or state assertions.listings.min: 0 if that is to be expected"
        )
    if source.files is not None and not tally.errors:
        return "no listing: the files have no row; state assertions.listings.min: 0 if that is to be expected"
    return "no listing: " + (_counts(tally.errors) or "no page was asked; look at start and its keywords")


def _cut_short(ending: Ending) -> Iterator[str]:
    if ending.reason == "closespider_timeout":
        yield f"limits.minutes ended it with {ending.waiting} pages waiting"
    elif ending.waiting and ending.spent == "limits.pages":
        yield f"limits.pages ended it with {ending.waiting} pages waiting"


def _failures(tally: Tally) -> Iterator[str]:
    if tally.errors:
        yield f"errors: {_counts(tally.errors)}"


def _counts(errors: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(errors.items()))


def _empty_fields(source: Source, tally: Tally) -> Iterator[str]:
    rules = source.rules()
    for name, count in tally.fields.items():
        if count == 0 and tally.listings:
            places = " or ".join(str(rule) for rule in rules[name])
            yield f"{name}: its rules match nothing on {tally.listings} listings ({places})"


def _drift(tally: Tally, usual: Sequence[Mapping[str, float]]) -> Iterator[str]:
    """Fields whose fill rate fell by half against the mean of the last runs."""
    if tally.listings < SAMPLE:
        return
    for name, rate in tally.fill_rates.items():
        before = [rates[name] for rates in usual[:USUAL_RUNS] if name in rates]
        if before and mean(before) >= RARE and rate <= mean(before) * DRIFT:
            yield (
                f"selector drift: {name} is filled in {rate:.0%} of listings, {mean(before):.0%} in the"
                f" {len(before)} sound runs before; the site may have changed"
            )


def _broken(source: Source, run: Run, tally: Tally, *, partial: bool) -> Iterator[str]:
    """The assertions that a run does not meet. A partial run need not have found enough."""
    asserted = source.assertions
    if not (partial and run.listings < (asserted.listings.min or 0)):
        yield from _outside("listings", run.listings, asserted.listings)
    for name, least in asserted.fields.items():
        rate = tally.fill_rates.get(name, 0.0)
        if tally.listings and rate < least:
            yield f"assertions.fields.{name}: filled in {rate:.0%} of listings, at least {least:.0%} asked"
    if run.listings:
        yield from _outside("flagged", run.flagged / run.listings, asserted.flagged)


def _outside(name: str, value: float, allowed: Range) -> Iterator[str]:
    if allowed.min is not None and value < allowed.min:
        yield f"assertions.{name}: {value:g}, at least {allowed.min:g} asked"
    if allowed.max is not None and value > allowed.max:
        yield f"assertions.{name}: {value:g}, at most {allowed.max:g} allowed"
