"""Small lexicons for tests, with the shipped scoring and signals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipelines.analysis import analyze
from pipelines.lexicon.files import LexiconFiles, read_lexicon
from pipelines.lexicon.load import DEFAULT_LEXICON, Lexicon, compile_lexicon, load_lexicon
from pipelines.lexicon.schema import ContextGroup, TermSpec
from pipelines.records import Listing

if TYPE_CHECKING:
    from pipelines.records import Analysis, Category, Hit

SEEN_AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@lru_cache(maxsize=1)
def shipped_files() -> LexiconFiles:
    return read_lexicon(DEFAULT_LEXICON)


@lru_cache(maxsize=1)
def shipped_lexicon() -> Lexicon:
    return load_lexicon()


def term(headword: str, category: Category = "data", **keys: Any) -> tuple[Category, TermSpec]:
    """A medium term, with whatever keys a test cares for."""
    defaults: dict[str, Any] = {
        "id": f"{category}.t{'-'.join(f'{ord(char):x}' for char in headword)}",
        "term": headword,
        "strength": "medium",
        "severity": 3,
        "added": date(2026, 1, 1),
    }
    return category, TermSpec(**(defaults | keys))


def lexicon_of(*terms: tuple[Category, TermSpec], **groups: list[str]) -> Lexicon:
    """A compiled lexicon of just these terms and context groups."""
    made = {name: ContextGroup(zh=name, en=name, words=tuple(words)) for name, words in groups.items()}
    scoring = shipped_files().scoring.model_copy(update={"dampers": ()})
    return compile_lexicon(replace(shipped_files(), terms=terms, groups=made, scoring=scoring))


def listing(title: str, description: str = "", platform: str = "market", source: str = "market") -> Listing:
    return Listing("listing", platform, source, title, SEEN_AT, description=description)


def judged(title: str, lexicon: Lexicon, description: str = "", **where: str) -> Analysis:
    return analyze(listing(title, description, **where), lexicon)


def hits_of(title: str, lexicon: Lexicon) -> list[tuple[str, str, str]]:
    """(headword, surface, disguise) of each hit, and a check that every surface is the slice it claims."""
    found: list[Hit] = list(judged(title, lexicon).hits)
    assert all(title[hit.start : hit.end] == hit.surface for hit in found)
    return [(hit.term, hit.surface, hit.disguise) for hit in found]
