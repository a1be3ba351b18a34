"""Substring search in text without spaces: every pair of neighbouring characters is a word of the index.

四件套 is indexed as 四件 件套 套, so any substring of two or more characters is a phrase of the index and
a single character is the beginning of a word. Separators, width, case and traditional characters are
folded away on both sides by the fold that the matcher uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import StoreError
from pipelines.folding import fold_form

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNINDEXED = {code: None for code in range(128) if not chr(code).isalnum()}
"""FTS5's ascii tokenizer parts words at these."""


def index_text(*texts: str) -> str:
    """The words that texts are indexed as, parted by spaces; no substring reaches from one into the next."""
    return " ".join(
        [words[start : start + 2] for words in map(_folded, texts) for start in range(len(words))]
    )


def match_expression(wanted: Iterable[str]) -> str:
    """The FTS5 query for texts in which every wanted string stands.

    Raises StoreError for a string of which nothing is left to look for.
    """
    return " AND ".join(_phrase(text) for text in wanted)


def _phrase(text: str) -> str:
    folded = _folded(text)
    if not folded:
        raise StoreError(f"{text!r} holds no letter, digit or Chinese character to search for")
    if len(folded) == 1:
        return f'"{folded}" *'
    return '"' + " ".join([folded[start : start + 2] for start in range(len(folded) - 1)]) + '"'


def _folded(text: str) -> str:
    folded = fold_form(text)
    return folded if folded.isalnum() else folded.translate(_UNINDEXED)
