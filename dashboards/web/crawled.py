"""Crawled text on a page: escaped, kept apart from the text around it, its invisible characters visible."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_SHOWN_AS_THEY_ARE: Final = frozenset("\n\t")
_JOINER: Final = "\u200d"


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a text to be highlighted; `kind` becomes a class (`mark-term`), `title` its tooltip."""

    start: int
    end: int
    kind: str
    title: str = ""


def show(text: str | None, marks: Iterable[Mark] = ()) -> Markup:
    """A text as `<bdi>`, with what changes its direction or cannot be seen written as its code point.

    Of marks that overlap, the one that begins first is shown.
    """
    if not text:
        return Markup("")
    parts, at = [], 0
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        if mark.start < at or mark.end <= mark.start:
            continue
        parts.append(_visible(text[at : mark.start]))
        parts.append(
            Markup('<mark class="mark-{}" title="{}">{}</mark>').format(
                mark.kind, mark.title, _visible(text[mark.start : mark.end])
            )
        )
        at = mark.end
    parts.append(_visible(text[at:]))
    return Markup('<bdi class="crawled" lang="zh">{}</bdi>').format(Markup("").join(parts))


def plain(text: str) -> str:
    """A text for where no markup goes (attributes, chart labels, JSON): hidden characters as ⟨U+202E⟩."""
    return "".join(f"⟨{_code(char)}⟩" if _is_hidden(char) else char for char in text)


def _visible(text: str) -> Markup:
    if not any(map(_is_hidden, text)):
        return escape(text)
    return Markup("").join(
        Markup('<span class="hidden-char" title="{}">{}</span>').format(
            unicodedata.name(char, "control character"), _code(char)
        )
        if _is_hidden(char)
        else escape(char)
        for char in text
    )


def _is_hidden(char: str) -> bool:
    return (
        not char.isprintable()
        and char not in _SHOWN_AS_THEY_ARE
        and char != _JOINER
        and unicodedata.category(char) in _HIDDEN
    )


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"
