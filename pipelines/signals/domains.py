"""Domains in a text, and which of them look thrown away: by their form, never by a list of names.

Gambling and phishing sites move to a new address every few days: a short label of letters and digits that
nobody could pronounce (vyw96.top, sx7z.com), mostly under a cheap top-level domain, or a bare IP address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.lexicon.signals_schema import DomainSpec


class Domain(NamedTuple):
    """A domain: its span in the folded text, and whether it looks thrown away."""

    start: int
    end: int
    throwaway: bool


class _Label(NamedTuple):
    start: int
    text: str


_LABEL_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_HANZI: Final = re.compile(r"[\u4e00-\u9fff]{2,8}$")
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?://)?(?<![0-9.])(?P<host>(?:[0-9]{1,3}\.){3}[0-9]{1,3})(?P<port>:[0-9]{2,5})?(?![0-9.])"
)
_LOCAL: Final = re.compile(r"10\.|127\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.")
_SEARCHED: Final = re.compile(
    r"(?<![a-z0-9.])(?:[a-z]{1,6}[0-9]{2,6}[a-z]{0,4}|[0-9]{2,5}[a-z]{1,4})[.。](?![a-z0-9])"
)
_SECOND_LEVEL: Final = frozenset({"com", "net", "org", "gov", "edu", "ac", "co"})
_SHORT: Final = frozenset({"cn", "com", "me", "co"})
"""Where labels of one letter are sold: t.cn, x.com."""
_RANDOM: Final = re.compile(r"(?=.{4,6}$)[a-z]+[0-9]+[a-z]+|[a-z]{2,}[0-9]{2,}")
_NUMBERED: Final = re.compile(r"[a-z]{1,2}[0-9]{4,}|[0-9]{3,}[a-z]{2}")
"""As betting houses number their mirrors: p8877.net, ag8866.com, 5577bb.com."""
_UNSPEAKABLE: Final = re.compile(r"[^aeiou]{3}|^[^aeiou]+$")
_COSMETICS: Final = frozenset("霜膏棒乳")
_LONGEST_LABEL: Final = 63
_MOST_PIECES: Final = 12
_LONGEST_PIECE: Final = 4


class DomainFinder:
    """Finds domains under the top-level domains it was given."""

    def __init__(self, spec: DomainSpec) -> None:
        self._cheap = frozenset(spec.cheap)
        names = sorted({*spec.cheap, *spec.common}, key=lambda name: (-len(name), name))
        spaced = "|".join(r"\s?".join(name) for name in names)
        self._ending = re.compile(rf"[.。·点](?P<gap>\W{{0,3}})(?P<name>{spaced})(?![a-z0-9-]|\.[a-z])")

    def find(self, text: str) -> list[Domain]:
        """The domains of a folded text, in order of position."""
        found: list[Domain] = []
        if "." not in text and "点" not in text and "。" not in text and "·" not in text:
            return found
        for match in self._ending.finditer(text):
            domain = self._read(text, match)
            if domain is not None:
                found.append(domain)
        if ":" in text:
            found.extend(_addresses(text))
        if "浏览器" in text:
            found.extend(Domain(*match.span(), throwaway=True) for match in _SEARCHED.finditer(text))
        found.sort()
        return found

    def _read(self, text: str, match: re.Match[str]) -> Domain | None:
        dot = match.start()
        if text[match.end() : match.end() + 1] in _COSMETICS:
            return None
        name = re.sub(r"\s", "", match["name"])
        label = _label_before(text, dot)
        if label is None:
            hanzi = _HANZI.search(text[max(0, dot - 8) : dot])
            if hanzi is None or match[0] != f".{name}" or name not in self._cheap:
                return None
            return Domain(dot - len(hanzi[0]), match.end(), throwaway=True)
        mixed = not (label.text.isdecimal() or label.text.isalpha())
        disguised = match["gap"] != "" or text[dot] != "."
        if disguised and not mixed and not _is_pieced(text, label, dot):
            return None
        if len(label.text) < 2 and name not in _SHORT:
            return None
        return Domain(label.start, match.end(), self._is_throwaway(label.text, name))

    def _is_throwaway(self, label: str, name: str) -> bool:
        letters = "".join(char for char in label if char.isalpha())
        if name in self._cheap:
            return letters != label or (len(label) <= 5 and _UNSPEAKABLE.search(label) is not None)
        if _NUMBERED.fullmatch(label) is not None:
            return True
        return _RANDOM.fullmatch(label) is not None and _UNSPEAKABLE.search(letters) is not None


def _label_before(text: str, dot: int) -> _Label | None:
    """The label that ends at a dot, also in pieces (5 1 0 .cc); of x.com.cn the x."""
    end = dot - 1 if dot and text[dot - 1].isspace() else dot
    start = _start_of_run(text, end)
    if start == end:
        return None
    if text[start:end] in _SECOND_LEVEL and start and text[start - 1] == ".":
        return _label_before(text, start - 1)
    if end == dot and end - start > 1:
        return _Label(start, text[start:end])
    longest = 1 if end == dot else _LONGEST_PIECE
    for _ in range(_MOST_PIECES):
        if start < 2 or text[start - 1] != " ":
            break
        previous = _start_of_run(text, start - 1)
        if not 0 < start - 1 - previous <= longest:
            break
        start = previous
    return _Label(start, text[start:end].replace(" ", ""))


def _start_of_run(text: str, end: int) -> int:
    start = end
    while start and end - start < _LONGEST_LABEL and text[start - 1] in _LABEL_CHARACTERS:
        start -= 1
    return start


def _is_pieced(text: str, label: _Label, dot: int) -> bool:
    return len(label.text) > 1 and (" " in text[label.start : dot].rstrip() or not text[dot + 1].isspace())


def _addresses(text: str) -> Iterator[Domain]:
    for match in _ADDRESS.finditer(text):
        if match["scheme"] or match["port"]:
            yield Domain(*match.span(), throwaway=_LOCAL.match(match["host"]) is None)
