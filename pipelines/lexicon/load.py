"""The lexicon in the compiled form that the analysis uses."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipelines.folding import fold, fold_form
from pipelines.judging import Term
from pipelines.labels import Labels
from pipelines.lexicon.files import GROUP_PREFIX, SIGNAL_PREFIX, LexiconFiles, read_lexicon
from pipelines.matching import Matcher
from pipelines.signals import SignalFinder
from pipelines.surroundings import Contexts
from pipelines.tokens import Tokenizer, make_tokenizer
from pipelines.variants import TermForms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.lexicon.schema import TermSpec
    from pipelines.lexicon.scoring import Scoring

DEFAULT_LEXICON: Final = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A compiled lexicon. Built once, read by any number of analyses."""

    files: LexiconFiles
    terms: tuple[Term, ...]
    matcher: Matcher
    contexts: Contexts
    labels: Labels
    tokenizer: Tokenizer
    signals: SignalFinder

    @property
    def version(self) -> str:
        return self.files.version

    @property
    def scoring(self) -> Scoring:
        return self.files.scoring

    @property
    def search_words(self) -> tuple[str, ...]:
        """The headwords that a crawl searches for, in file order."""
        return tuple(spec.term for _, spec in self.files.terms if spec.search)


def load_lexicon(directory: Path = DEFAULT_LEXICON) -> Lexicon:
    """Read and compile a lexicon folder. Raises `LexiconError` for whatever is wrong in it.

    What is in memory by then is taken from the garbage collector's rounds: a lexicon is some hundred
    thousand objects that never go, and walking through them took a third of the analysis' time.
    """
    lexicon = compile_lexicon(read_lexicon(directory))
    gc.collect()
    gc.freeze()
    return lexicon


def compile_lexicon(files: LexiconFiles) -> Lexicon:
    """Compile a lexicon that has been read or made in memory."""
    labels = Labels()
    labels.mask(sorted(GROUP_PREFIX + name for name in files.groups))  # the low bits: most words have these
    forms = [
        TermForms(
            forms=_folded_forms(spec),
            disguises=spec.disguises,
            excused_by_words=spec.strength != "strong",
            needs=labels.mask(spec.confirm) if spec.strength == "weak" else None,
            spaced=_spaced_forms(spec),
        )
        for _, spec in files.terms
    ]
    return Lexicon(
        files=files,
        terms=tuple(
            Term(
                term_id=spec.id,
                headword=spec.term,
                category=category,
                strength=spec.strength,
                severity=spec.severity,
                confirm=labels.mask(spec.confirm),
                excuse=labels.mask(spec.excuse),
                platforms=frozenset(spec.platforms),
                sources=frozenset(spec.sources),
            )
            for category, spec in files.terms
        ),
        matcher=Matcher(forms),
        contexts=Contexts(_contexts(files), labels),
        labels=labels,
        tokenizer=make_tokenizer(sorted({form for term in forms for form in term.forms if len(form) > 1})),
        signals=SignalFinder(files.signals),
    )


def _written(spec: TermSpec) -> list[str]:
    return [form for form in (spec.term, *spec.forms) if not form.startswith(SIGNAL_PREFIX)]


def _folded_forms(spec: TermSpec) -> tuple[str, ...]:
    folded = dict.fromkeys(fold_form(form) for form in _written(spec))
    return tuple(form for form in folded if form)


def _spaced_forms(spec: TermSpec) -> tuple[str, ...]:
    folded = (fold(form) for form in _written(spec))
    return tuple(form.text for form in folded if form.text != form.squeezed)


def _contexts(files: LexiconFiles) -> Iterator[tuple[str, str]]:
    """Folded words with the label each answers to, without repeats."""
    seen: set[tuple[str, str]] = set()
    for _, spec in files.terms:
        for label in (*spec.confirm, *spec.excuse):
            if not label.startswith((GROUP_PREFIX, SIGNAL_PREFIX)):
                seen.add((fold_form(label), label))
    for name, group in files.groups.items():
        seen.update((fold_form(word), GROUP_PREFIX + name) for word in group.words)
    return ((word, label) for word, label in sorted(seen) if word)
