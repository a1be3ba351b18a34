"""What a query can name: the terms, platforms and sources that are known."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from pipelines.folding import fold_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipelines.lexicon.files import LexiconFiles
    from pipelines.records import Category
    from pipelines.store.answers import Term


@dataclass(frozen=True, slots=True)
class KnownTerm:
    """A term that a query can name by its id, its name or another of its forms."""

    term_id: str
    name: str
    category: Category
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Known terms, platforms and sources. What is empty isn't checked: any value is taken as it stands."""

    terms: tuple[KnownTerm, ...] = ()
    platforms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def term_ids(self, written: str) -> tuple[str, ...]:
        """The terms that are called so: by id, else by name, else by another form; none if unknown."""
        if not self.terms or written in self._by_id:
            return (written,)
        form = fold_form(written)
        return self._by_name.get(form) or self._by_form.get(form) or ()

    def term(self, term_id: str) -> KnownTerm | None:
        """The term of this id."""
        return self._by_id.get(term_id)

    def closest_term(self, written: str) -> str | None:
        """The id or form of a known term that is written nearly so."""
        names = (*self._by_id, *(name for term in self.terms for name in (term.name, *term.forms)))
        return closest(written, names)

    @cached_property
    def _by_id(self) -> Mapping[str, KnownTerm]:
        return {term.term_id: term for term in self.terms}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        return _called((fold_form(term.name), term.term_id) for term in self.terms)

    @cached_property
    def _by_form(self) -> Mapping[str, tuple[str, ...]]:
        return _called((fold_form(form), term.term_id) for term in self.terms for form in term.forms)


def known_terms(lexicon: LexiconFiles | None, stored: Iterable[Term]) -> tuple[KnownTerm, ...]:
    """The terms of a lexicon, then those that only a store still has from earlier lexicons."""
    specs = lexicon.terms if lexicon else ()
    known = {spec.id: KnownTerm(spec.id, spec.term, category, spec.forms) for category, spec in specs}
    for term in stored:
        known.setdefault(term.term_id, KnownTerm(term.term_id, term.term, term.category))
    return tuple(known.values())


def closest(written: str, known: Iterable[str]) -> str | None:
    """The known word that is written nearly so."""
    return next(iter(get_close_matches(written, list(known), 1)), None)


def _called(names: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    called: dict[str, tuple[str, ...]] = {}
    for name, term_id in names:
        if term_id not in called.get(name, ()):
            called[name] = (*called.get(name, ()), term_id)
    return called
