"""Numbers and addresses that belong to a person, found in folded text however they are disguised.

Phone, identity, bank-card and device numbers, passports and number plates where the text says so, email
addresses. Digits may be circled or full-width (folded before), Chinese (一三八, 壹叁捌) or the letters o and
l, and may stand apart (138-0013-8000, 1🌟3🌟8…). What is a size, a price, a range or a model number has
another length, check digit or grouping. Linear in the text's length.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pipelines import identifiers
from pipelines.disguise.glyphs import numeral_table

if TYPE_CHECKING:
    from collections.abc import Iterator

PersonalKind = Literal["phone", "id", "card", "device", "passport", "plate", "email"]

MASK: Final = re.compile(r"\[(?P<kind>[a-z]{2,12})#[0-9a-f]{8}\]")
"""A mask as `masking` writes it. What stands in one is never personal again."""

AS_DIGITS: Final = {**numeral_table(), ord("两"): "2", ord("o"): "0", ord("l"): "1"}
"""Folded text translated by this has every spoken or look-alike digit as 0 … 9; its length stays."""

SPOKEN_DIGITS: Final = "".join(sorted(chr(code) for code in numeral_table()))
"""Chinese numerals for 0 … 9, after folding."""

_RUN: Final = re.compile(rf"[0-9{SPOKEN_DIGITS}](?:[\W_]{{0,3}}[0-9{SPOKEN_DIGITS}ol]){{6,}}")
_GROUP: Final = re.compile(r"[0-9]+")
_LETTER: Final = re.compile(r"[a-z]")
_BLANK: Final = "囗"
_SHORTEST: Final = 10
_LONGEST: Final = 19
_MOST_SINGLES: Final = 60
"""A longer row of single digits is a table or a trick, and would take long to read."""
_MOBILE_GROUPS: Final = frozenset(
    {(3, 4, 4), (1, 2, 4, 4), (2, 1, 4, 4), (1, 1, 1, 4, 4), (3, 3, 5), (3, 8), (3, 2, 2, 2, 2)}
    | {(3, 4, 2, 2), (1,) * 11, (2, 3, 4, 4), (2, 11)}
)
_LANDLINE_GROUPS: Final = frozenset({(3, 8), (3, 4, 4), (4, 7), (4, 8), (4, 4, 4), (4, 3, 4)})
_HOTLINE_GROUPS: Final = frozenset({(3, 3, 4), (3, 4, 3), (3, 7)})
_PLAIN_GAP: Final = re.compile(r"[ –.·_-]*")
_ODD_CATEGORIES: Final = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Cf", "Mn", "Me"})
_CHECK_X: Final = re.compile(r"[\W_]{0,3}x(?![a-z0-9])")
_PHONE_CUE: Final = re.compile(r"(?:电话|手机号?|tel|座机|热线|拨打|致电|来电|联系)\W{0,3}$")
_CARD_CUE: Final = re.compile(r"(?:卡号|银行卡|储蓄卡)\W{0,3}$")
_COUNTRY_CODE: Final = re.compile(r"(?:\+|00)?\s?86[\s-]?$|\+$")
_PAPER: Final = re.compile(
    r"(?:护照|通行证)(?:号码?)?\W{0,3}(?P<passport>[a-z]{1,2}[0-9]{7,8})(?![a-z0-9])"
    r"|车牌(?:号码?)?\W{0,3}(?P<plate>[\u4e00-\u9fff]\s?[a-z]\W?[a-z0-9]{5,6})(?![a-z0-9])"
)
_AT: Final = re.compile(r"@|[(\[]at[)\]]|艾特|爱特|#(?=qq\.|163\.|126\.)")
_LOCAL: Final = re.compile(r"[a-z0-9](?:[a-z0-9._%+-]{0,62}[a-z0-9_])?\s?$")
_DOMAIN: Final = re.compile(
    r"\s?(?P<name>(?:[a-z0-9-]{1,40}\s?[.点。]\s?){1,3}[a-z]{2,8}"
    r"|(?:qq|163|126|139|gmail|outlook|hotmail|foxmail|icloud|sina|yahoo|proton))(?![a-z0-9])"
)
_LONGEST_LOCAL: Final = 66
_LEAST_LOCAL: Final = 5


class Personal(NamedTuple):
    """Something personal: its kind, its span in the folded text, its canonical value."""

    kind: PersonalKind
    start: int
    end: int
    value: str


class _Run(NamedTuple):
    """Digits that stand near one another, in groups; `offsets` are the groups' in `digits`, and the end."""

    text: str
    digits: str
    offsets: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


class _Reading(NamedTuple):
    """Some groups of a run taken for one number.

    whole: one group, or several that something odd was put between to hide the number.
    plain: several groups with the same ordinary separator between them.
    alone: the row of single digits has no further ones, so that 1 3 5 7 9 … isn't cut to a phone number.
    """

    digits: str
    start: int
    end: int
    before: str
    lengths: tuple[int, ...]
    whole: bool
    plain: bool
    alone: bool


def find_personal(text: str) -> list[Personal]:
    """Everything personal in a folded text (`Folded.text`), in order of position, none overlapping."""
    if "#" in text:
        text = MASK.sub(lambda match: _BLANK * len(match[0]), text)
    found: list[Personal] = []
    for match in _RUN.finditer(text):
        found.extend(_read_run(text, match.start(), match.end()))
    if "@" in text or "at)" in text or "at]" in text or "特" in text or "#" in text:
        found.extend(_emails(text))
    if "照" in text or "证" in text or "车牌" in text:
        found.extend(_papers(text))
    if len(found) < 2:
        return found
    return _without_overlaps(found)


def _without_overlaps(found: list[Personal]) -> list[Personal]:
    # An address may hold a phone number: the longer one masks both.
    found.sort(key=lambda item: (item.start, -item.end))
    kept: list[Personal] = []
    for item in found:
        if not kept or item.start >= kept[-1].end:
            kept.append(item)
        elif item.end > kept[-1].end and item.kind == "email":
            kept[-1] = item._replace(start=kept[-1].start)
    return kept


def _read_run(text: str, start: int, end: int) -> Iterator[Personal]:
    if _LETTER.match(text, end):
        while text[end - 1] in "ol":
            end -= 1
    groups = list(_GROUP.finditer(text[start:end].translate(AS_DIGITS)))
    run = _Run(
        text,
        "".join(match[0] for match in groups),
        (0, *accumulate(match.end() - match.start() for match in groups)),
        tuple((start + match.start(), start + match.end()) for match in groups),
    )
    index = 0
    while index < len(groups):
        row = _singles_from(run, index)
        if row > _MOST_SINGLES:
            index += row
            continue
        found, used = _read_groups(run, index)
        if found is not None:
            yield found
        index += used


def _singles_from(run: _Run, index: int) -> int:
    """How many single digits stand in a row from a group on, if the row begins there."""
    offsets = run.offsets
    if index and offsets[index] - offsets[index - 1] == 1:
        return 0
    last = index
    while last < len(run.spans) and offsets[last + 1] - offsets[last] == 1:
        last += 1
    return last - index


def _read_groups(run: _Run, index: int) -> tuple[Personal | None, int]:
    """What the groups from `index` on amount to, the longest reading first, and how many it takes."""
    offset, start = run.offsets[index], run.spans[index][0]
    before = run.text[max(0, start - 8) : start]
    last = index
    while last + 1 < len(run.spans) and run.offsets[last + 2] - offset <= _LONGEST:
        last += 1
    while last >= index and _SHORTEST <= run.offsets[last + 1] - offset <= _LONGEST:
        digits = run.digits[offset : run.offsets[last + 1]]
        if (
            identifiers.may_identify(digits)
            or (before.endswith("+") and identifiers.is_number_abroad(digits))
            or (last == index and "卡" in before)
        ):
            reading = _take(run, index, last, before)
            found = _read_identity(run.text, reading) or _read_card(reading) or _read_phone(run.text, reading)
            if found is not None:
                return found, last - index + 1
        last -= 1
    return None, 1


def _take(run: _Run, first: int, last: int, before: str) -> _Reading:
    gaps = {run.text[run.spans[i][1] : run.spans[i + 1][0]] for i in range(first, last)}
    around = [i for i in (first - 1, last + 1) if 0 <= i < len(run.spans)]
    return _Reading(
        digits=run.digits[run.offsets[first] : run.offsets[last + 1]],
        start=run.spans[first][0],
        end=run.spans[last][1],
        before=before,
        lengths=tuple(run.offsets[i + 1] - run.offsets[i] for i in range(first, last + 1)),
        whole=first == last or any(map(_is_odd, gaps)),
        plain=len(gaps) == 1 and _PLAIN_GAP.fullmatch(next(iter(gaps))) is not None,
        alone=all(run.offsets[i + 1] - run.offsets[i] != 1 for i in around),
    )


def _is_odd(gap: str) -> bool:
    """Whether somebody put what stands between digits there to hide them: an emoji, a star, a surrogate."""
    return any(unicodedata.category(char) in _ODD_CATEGORIES for char in gap)


def _read_identity(text: str, reading: _Reading) -> Personal | None:
    digits, start, end = reading.digits, reading.start, reading.end
    if not (reading.whole or reading.plain):
        return None
    if len(digits) == 17 and (tail := _CHECK_X.match(text, end)) is not None:
        digits, end = f"{digits}x", tail.end()
    if identifiers.is_identity(digits) or (reading.whole and identifiers.is_old_identity(digits)):
        kind: PersonalKind = "device" if identifiers.is_device(digits) else "id"
        return Personal(kind, start, end, digits)
    return None


def _read_card(reading: _Reading) -> Personal | None:
    digits, start, end = reading.digits, reading.start, reading.end
    fours = reading.plain and set(reading.lengths[:-1]) == {4} and reading.lengths[-1] <= 4
    if not (reading.whole or fours) or len(digits) < 13:
        return None
    if identifiers.is_device(digits):
        return Personal("device", start, end, digits)
    if identifiers.is_card(digits) or _CARD_CUE.search(reading.before):
        return Personal("card", start, end, digits)
    return None


def _read_phone(text: str, reading: _Reading) -> Personal | None:
    digits, start, end, before = reading.digits, reading.start, reading.end, reading.before
    mobile = identifiers.read_mobile(digits)
    if mobile is not None:
        grouped = reading.plain and reading.lengths in _MOBILE_GROUPS
        if reading.whole or (grouped and (reading.alone or reading.lengths[0] > 1)):
            code = _COUNTRY_CODE.search(before)
            return Personal("phone", start - len(code[0]) if code else start, end, mobile)
    apart = reading.whole or reading.plain
    if (
        before.endswith("+")
        and apart
        and identifiers.is_number_abroad(digits)
        and not before[-2:-1].isalnum()
    ):
        return Personal("phone", start - 1, end, f"+{digits}")
    announced = reading.whole and _PHONE_CUE.search(before) is not None
    if identifiers.is_landline(digits):
        dialled = reading.lengths in _LANDLINE_GROUPS and (reading.plain or before.endswith("("))
        return Personal("phone", start, end, digits) if announced or dialled else None
    if identifiers.is_hotline(digits):
        hyphened = reading.lengths in _HOTLINE_GROUPS and "-" in text[start:end]
        return Personal("phone", start, end, digits) if announced or hyphened else None
    return None


def _emails(text: str) -> Iterator[Personal]:
    for at in _AT.finditer(text):
        reach = max(0, at.start() - _LONGEST_LOCAL)
        local = _LOCAL.search(text[reach : at.start()])
        domain = _DOMAIN.match(text, at.end())
        if local is None or domain is None:
            continue
        name = re.sub(r"\s", "", domain["name"]).replace("点", ".").replace("。", ".")
        mailbox = local[0].strip()
        # 12345@qq leaves out the .com; 3@qq may be anything.
        if "." in name or len(mailbox) >= _LEAST_LOCAL:
            yield Personal("email", reach + local.start(), domain.end(), f"{mailbox}@{name}")


def _papers(text: str) -> Iterator[Personal]:
    for match in _PAPER.finditer(text):
        kind: PersonalKind = "passport" if match["passport"] else "plate"
        value = "".join(char for char in match[kind] if char.isalnum())
        yield Personal(kind, match.start(kind), match.end(kind), value)
