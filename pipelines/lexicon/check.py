"""What is doubtful in a lexicon that can be read: things its author would want to know before it runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from ahocorasick_rs import AhoCorasick

from pipelines.folding import fold_form
from pipelines.lexicon.files import GROUP_PREFIX, SIGNAL_PREFIX, LexiconFiles, read_lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.lexicon.schema import TermSpec

STRENGTHS: Final = {"weak": 0, "medium": 1, "strong": 2}

Problem = Literal["duplicate form", "swallowed form", "dead context", "no reference", "unused group"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubtful place: the problem, the term's id or the group's name, and what to do."""

    problem: Problem
    key: str
    message: str


def check_lexicon(directory: Path) -> list[Finding]:
    """Read a lexicon and list what is doubtful in it, in file order.

    Raises `LexiconError` where it cannot be read at all.
    """
    return list(findings(read_lexicon(directory)))


def findings(files: LexiconFiles) -> Iterator[Finding]:
    """The findings of `check_lexicon` for a lexicon in memory."""
    specs = [spec for _, spec in files.terms]
    owners = _owners(specs)
    yield from _duplicates(owners)
    yield from _swallowed(specs, owners)
    for spec in specs:
        yield from _dead_contexts(spec, files)
        unknown = [key for key in spec.references if key not in files.references]
        if not spec.references:
            yield Finding("no reference", spec.id, "name where it is attested, under references")
        elif unknown:
            yield Finding("no reference", spec.id, f"references.yaml has no {', '.join(unknown)}")
    yield from _unused_groups(specs, files)


def _forms(spec: TermSpec) -> list[str]:
    written = (form for form in (spec.term, *spec.forms) if not form.startswith(SIGNAL_PREFIX))
    return [fold_form(form) for form in written]


def _owners(specs: list[TermSpec]) -> dict[str, list[TermSpec]]:
    owners: dict[str, list[TermSpec]] = defaultdict(list)
    for spec in specs:
        for form in _forms(spec):
            owners[form].append(spec)
    return owners


def _duplicates(owners: dict[str, list[TermSpec]]) -> Iterator[Finding]:
    for form, specs in owners.items():
        if len(specs) > 1:
            places = ", ".join(dict.fromkeys(spec.id for spec in specs))
            yield Finding(
                "duplicate form", specs[-1].id, f"{form} stands more than once ({places}); keep one of them"
            )


def _swallowed(specs: list[TermSpec], owners: dict[str, list[TermSpec]]) -> Iterator[Finding]:
    """A form is swallowed where one it contains finds the same text with at least its strength."""
    known = [form for form in owners if form]
    automaton = AhoCorasick(known)
    for spec in specs:
        for form in dict.fromkeys(_forms(spec)):
            for index, start, end in automaton.find_matches_as_indexes(form, overlapping=True):
                if end - start == len(form):
                    continue
                for other in owners[known[index]]:
                    if other.id == spec.id:
                        yield Finding(
                            "swallowed form", spec.id, f"{form} is found by the form {known[index]} already"
                        )
                    elif STRENGTHS[other.strength] > STRENGTHS[spec.strength] and not spec.excuse:
                        yield Finding(
                            "swallowed form",
                            spec.id,
                            f"{form} always brings {known[index]} of {other.id}, which is stronger",
                        )


def _dead_contexts(spec: TermSpec, files: LexiconFiles) -> Iterator[Finding]:
    forms = [form for form in _forms(spec) if form]
    for kind, labels in (("confirm", spec.confirm), ("excuse", spec.excuse)):
        for label in labels:
            if label.startswith(SIGNAL_PREFIX):
                continue
            if label.startswith(GROUP_PREFIX):
                words = [fold_form(word) for word in files.groups[label.removeprefix(GROUP_PREFIX)].words]
            else:
                words = [fold_form(label)]
            if not any(words):
                yield Finding("dead context", spec.id, f"{kind}: {label} is nothing once it is folded")
            elif forms and all(all(word in form for form in forms) for word in words):
                yield Finding(
                    "dead context",
                    spec.id,
                    f"{kind}: {label} stands inside every form, and a context inside the hit doesn't count",
                )
    for label in sorted(set(spec.confirm) & set(spec.excuse)):
        yield Finding("dead context", spec.id, f"{label} both confirms and excuses; it can do only one")


def _unused_groups(specs: list[TermSpec], files: LexiconFiles) -> Iterator[Finding]:
    used = {label for spec in specs for label in (*spec.confirm, *spec.excuse)}
    used.update(GROUP_PREFIX + damper.group for damper in files.scoring.dampers)
    for name in files.groups:
        if GROUP_PREFIX + name not in used:
            yield Finding("unused group", name, "no term and no damper refers to it")
