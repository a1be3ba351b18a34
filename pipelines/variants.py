"""The disguised spellings of a form that are few enough to be listed for the automaton.

Homophones are too many for that: they are matched by sound, see `pipelines.matching`.
"""

from __future__ import annotations

from functools import cache
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from pipelines.disguise.emoji import emoji_for, emoji_spellings
from pipelines.disguise.glyphs import numeral_table
from pipelines.disguise.shape import look_alikes, split_forms
from pipelines.disguise.sound import initials
from pipelines.folding import fold, fold_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pipelines.records import Disguise


class TermForms(NamedTuple):
    """What the matcher needs to know of a term: its folded forms, and which disguises it may wear."""

    forms: tuple[str, ...]
    disguises: tuple[Disguise, ...]
    excused_by_words: bool
    """Whether a longer ordinary word around it excuses it."""

    needs: int | None = None
    """For a weak term, the labels that can confirm it; None for one that counts by itself."""

    spaced: tuple[str, ...] = ()
    """Forms that are written with separators, folded but for those."""


MOST_VARIANTS = 400
MOST_ALIKE = 6
NUMERALS = "零一二三四五六七八九"
CAPITALS = "零壹贰叁肆伍陆柒捌玖"


def variants(form: str, disguises: Iterable[Disguise]) -> Iterator[tuple[str, Disguise]]:
    """Spellings of a folded form in the allowed disguises, each with the disguise it wears.

    Forms of one character have none: half of all text would match.
    """
    if len(form) < 2:
        return
    allowed = set(disguises)
    if "numeral" in allowed:
        yield from ((spelling, "numeral") for spelling in _numeral_spellings(form))
    if "split" in allowed:
        yield from ((spelling, "split") for spelling in _replaced(form, _split, whole=1))
    if "look-alike" in allowed:
        yield from ((spelling, "look-alike") for spelling in _replaced(form, _alike))
    if "initials" in allowed:
        yield from ((spelling, "initials") for spelling in _initial_spellings(form))


def emoji_variants(form: str) -> Iterator[str]:
    """Spellings of a folded form with one or all of its characters written as emoji."""
    if len(form) < 2:
        return
    yield from (fold(spelling).text for spelling in emoji_spellings(form))
    yield from _replaced(form, _emoji, whole=8)


@cache
def _split(char: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold_form(parts) for parts in split_forms(char)))


@cache
def _alike(char: str) -> tuple[str, ...]:
    return tuple(alike for alike in look_alikes(char) if fold_form(alike) == alike)[:MOST_ALIKE]


@cache
def _emoji(char: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold(sequence).text for sequence in emoji_for(char)))


def _numeral_spellings(form: str) -> Iterator[str]:
    table = numeral_table()
    positions = [i for i, char in enumerate(form) if ord(char) in table or char.isdecimal()]
    if not positions or len(positions) > 3:
        return
    digits = [int(table.get(ord(form[i]), form[i])) for i in positions]
    for writing in product(*((str(d), NUMERALS[d], CAPITALS[d]) for d in digits)):
        spelling = list(form)
        for position, char in zip(positions, writing, strict=True):
            spelling[position] = char
        if "".join(spelling) != form:
            yield "".join(spelling)


def _replaced(form: str, alternatives: Callable[[str], Sequence[str]], *, whole: int = 0) -> Iterator[str]:
    options = [tuple(alternatives(char)) for char in form]
    count = 0
    for i, choices in enumerate(options):
        for choice in choices:
            count += 1
            if count > MOST_VARIANTS:
                return
            yield form[:i] + choice + form[i + 1 :]
    if whole and sum(map(bool, options)) > 1:
        every = ((choices[:whole] or (char,)) for char, choices in zip(form, options, strict=True))
        yield from ("".join(writing) for writing in islice(product(*every), MOST_VARIANTS // 4))


def _initial_spellings(form: str) -> Iterator[str]:
    letters = initials(form)
    if len(letters) != len(form):
        return
    yield letters
    for i in range(len(form)):
        yield form[:i] + letters[i] + form[i + 1 :]
