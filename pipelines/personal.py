"""Numbers and addresses that belong to a person, found in folded text however they are disguised.

Phone, identity, bank-card and device numbers, passports and number plates where the text says so, email
addresses. Digits may be circled or full-width (folded before), Chinese (一三八, 壹叁捌) or the letters o and
l, and may stand apart (138-0013-8000, 1🌟3🌟8…). What is a size, a price, a range or a model number has
another length, check digit or grouping. Linear in the text's length.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pipelines.disguise.glyphs import numeral_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PersonalKind = Literal["phone", "id", "card", "device", "passport", "plate", "email"]

MASK: Final = re.compile(r"\[(?P<kind>[a-z]{2,12})#[0-9a-f]{8}\]")
"""A mask as `masking` writes it. What stands in one is never personal again."""

AS_DIGITS: Final = {**numeral_table(), ord("两"): "2", ord("o"): "0", ord("l"): "1"}
"""Folded text translated by this has every spoken or look-alike digit as 0 … 9; its length stays."""

SPOKEN_DIGITS: Final = "".join(sorted(chr(code) for code in numeral_table()))
"""Chinese numerals for 0 … 9, after folding."""

_RUN: Final = re.compile(rf"[0-9{SPOKEN_DIGITS}](?:[\W_]{{0,3}}[0-9{SPOKEN_DIGITS}ol]){{6,}}")
_GROUP = re.compile(r"[0-9]+")
_LETTER = re.compile(r"[a-z]")
_BLANK = "囗"
_MOST_GROUPS = 19
_MOBILE = re.compile(r"(?:(?:00)?86)?(1[3-9][0-9]{9})")
_MOBILE_GROUPS: Final = frozenset(
    {(3, 4, 4), (1, 2, 4, 4), (2, 1, 4, 4), (1, 1, 1, 4, 4), (3, 3, 5), (3, 8), (3, 2, 2, 2, 2)}
    | {(3, 4, 2, 2), (1,) * 11, (2, 3, 4, 4), (2, 11)}
)
_AREA = re.compile(r"010|02[0-9]|0[3-9][0-9]{2}")
_LANDLINE_GROUPS: Final = frozenset({(3, 8), (3, 4, 4), (4, 7), (4, 8), (4, 4, 4), (4, 3, 4)})
_HOTLINE_GROUPS: Final = frozenset({(3, 3, 4), (3, 4, 3), (3, 7)})
_ABROAD = re.compile(r"(?:852|853|886|855|856|971|[67]|1|44|60|61|63|65|66|81|82|84|95)[0-9]{7,11}")
_PHONE_CUE = re.compile(r"(?:电话|手机号?|tel|座机|热线|拨打|致电|来电|联系)\W{0,3}$")
_CARD_CUE = re.compile(r"(?:卡号|银行卡|储蓄卡)\W{0,3}$")
_COUNTRY_CODE = re.compile(r"(?:\+|00)?\s?86[\s-]?$|\+$")
_PAPER = re.compile(
    r"(?:护照|通行证)(?:号码?)?\W{0,3}(?P<passport>[a-z]{1,2}[0-9]{7,8})(?![a-z0-9])"
    r"|车牌(?:号码?)?\W{0,3}(?P<plate>[\u4e00-\u9fff]\s?[a-z]\W?[a-z0-9]{5,6})(?![a-z0-9])"
)
_AT = re.compile(r"@|[(\[]at[)\]]|艾特|爱特|#(?=qq\.|163\.|126\.)")
_LOCAL = re.compile(r"[a-z0-9](?:[a-z0-9._%+-]{0,62}[a-z0-9_])?\s?$")
_DOMAIN = re.compile(
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


class _Group(NamedTuple):
    digits: str
    start: int
    end: int


def find_personal(text: str) -> list[Personal]:
    """Everything personal in a folded text (`Folded.text`), in order of position, none overlapping."""
    text = hide_masks(text)
    found: list[Personal] = []
    for run in _RUN.finditer(text):
        found.extend(_read_run(text, run.start(), run.end()))
    if "@" in text or "at)" in text or "at]" in text or "特" in text or "#" in text:
        found.extend(_emails(text))
    if "照" in text or "证" in text or "车牌" in text:
        found.extend(_papers(text))
    if len(found) < 2:
        return found
    return _without_overlaps(found)


def hide_masks(text: str) -> str:
    """The text with every mask written over by as many ideographs, which mean nothing to any pattern."""
    return MASK.sub(lambda match: _BLANK * len(match[0]), text) if "#" in text else text


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
    written = text[start:end].translate(AS_DIGITS)
    groups = [_Group(m[0], start + m.start(), start + m.end()) for m in _GROUP.finditer(written)]
    index = 0
    while index < len(groups):
        found, used = _read_groups(text, groups, index)
        if found is not None:
            yield found
        index += used


def _read_groups(text: str, groups: Sequence[_Group], index: int) -> tuple[Personal | None, int]:
    """What the groups from `index` on amount to, the longest reading first, and how many it takes."""
    digits = ""
    readings: list[tuple[str, int]] = []
    for last in range(index, min(index + _MOST_GROUPS, len(groups))):
        digits += groups[last].digits
        if len(digits) > 19:
            break
        if len(digits) >= 10:
            readings.append((digits, last))
    for value, last in reversed(readings):
        found = _read_number(text, groups, index, last, value)
        if found is not None:
            return found, last - index + 1
    return None, 1


def _read_number(text: str, groups: Sequence[_Group], first: int, last: int, digits: str) -> Personal | None:
    start, end = groups[first].start, groups[last].end
    gaps = {text[groups[i].end : groups[i + 1].start] for i in range(first, last)}
    lengths = tuple(len(groups[i].digits) for i in range(first, last + 1))
    hidden = any(_is_odd(gap) for gap in gaps)
    plain = len(gaps) == 1 and all(gap.strip(" -–.·_") == "" for gap in gaps)
    whole = first == last or hidden
    if whole or plain:
        number = _read_identity(text, digits, end)
        if number is not None:
            return Personal("id", start, number[1], number[0])
    if whole or (plain and set(lengths[:-1]) == {4} and lengths[-1] <= 4):
        kind = _card_or_device(text, start, digits, whole=whole)
        if kind is not None:
            return Personal(kind, start, end, digits)
    if whole and len(digits) == 15 and _is_old_identity(digits):
        return Personal("id", start, end, digits)
    return _read_phone(
        text, start, end, digits, lengths, whole=whole, plain=plain, alone=_stands_alone(groups, first, last)
    )


def _stands_alone(groups: Sequence[_Group], first: int, last: int) -> bool:
    """Whether single digits in a row are all of the row, so that 1 3 5 7 9 … isn't cut to a phone number."""
    before = groups[first - 1].digits if first else ""
    after = groups[last + 1].digits if last + 1 < len(groups) else ""
    return len(before) != 1 and len(after) != 1


def _read_phone(
    text: str,
    start: int,
    end: int,
    digits: str,
    lengths: tuple[int, ...],
    *,
    whole: bool,
    plain: bool,
    alone: bool,
) -> Personal | None:
    mobile = _MOBILE.fullmatch(digits)
    if mobile is not None and (whole or (plain and lengths in _MOBILE_GROUPS and (alone or lengths[0] > 1))):
        return Personal("phone", _with_country_code(text, start), end, mobile[1])
    before = text[max(0, start - 8) : start]
    if (
        before.endswith("+")
        and _ABROAD.fullmatch(digits)
        and (whole or plain)
        and not before[-2:-1].isalnum()
    ):
        return Personal("phone", start - 1, end, f"+{digits}")
    if _AREA.match(digits) and len(digits) in (11, 12):
        apart = lengths in _LANDLINE_GROUPS and (plain or text[start - 1 : start] == "(")
        if apart or (whole and _PHONE_CUE.search(before)):
            return Personal("phone", start, end, digits)
    if digits[:3] in {"400", "800"} and len(digits) == 10:
        hyphened = lengths in _HOTLINE_GROUPS and "-" in text[start:end]
        if hyphened or (whole and _PHONE_CUE.search(before)):
            return Personal("phone", start, end, digits)
    return None


def _with_country_code(text: str, start: int) -> int:
    code = _COUNTRY_CODE.search(text[max(0, start - 6) : start])
    return start - len(code[0]) if code is not None else start


def _is_odd(gap: str) -> bool:
    """Whether somebody put what stands between digits there to hide them: an emoji, a star, a surrogate."""
    return any(unicodedata.category(char) in _ODD_CATEGORIES for char in gap)


_ODD_CATEGORIES: Final = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Cf", "Mn", "Me"})


def _read_identity(text: str, digits: str, end: int) -> tuple[str, int] | None:
    """A resident identity number and its end, which an x after the digits may move."""
    if len(digits) == 17:
        tail = _CHECK_X.match(text, end)
        if tail is None:
            return None
        digits, end = digits + "x", tail.end()
    if len(digits) != 18 or not _is_region_and_date(digits[:6], digits[6:14]):
        return None
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return (digits, end) if "10x98765432"[total % 11] == digits[17] else None


_CHECK_X = re.compile(r"[\W_]{0,3}x(?![a-z0-9])")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_REGION = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[123])[0-9]{4}")


def _is_old_identity(digits: str) -> bool:
    return _is_region_and_date(digits[:6], "19" + digits[6:12])


def _is_region_and_date(region: str, day: str) -> bool:
    if _REGION.fullmatch(region) is None or not "1900" <= day[:4] <= "2099":
        return False
    try:
        date(int(day[:4]), int(day[4:6]), int(day[6:8]))
    except ValueError:
        return False
    return True


def _card_or_device(text: str, start: int, digits: str, *, whole: bool) -> PersonalKind | None:
    if not 13 <= len(digits) <= 19:
        return None
    if _passes_luhn(digits):
        if len(digits) == 15 and digits[:2] in {"01", "35", "86", "99"}:
            return "device"
        if _is_card_start(digits):
            return "card"
    if whole and _CARD_CUE.search(text[max(0, start - 8) : start]):
        return "card"
    return None


_CARD_LENGTHS: Final = (
    (re.compile(r"62"), range(16, 20)),
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720)"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"35(?:2[89]|[3-8])"), (16,)),
    (re.compile(r"3(?:0[0-5]|[68])"), (14,)),
    (re.compile(r"6(?:011|4[4-9]|5)"), (16,)),
    (re.compile(r"6[023]|9558|9559|9[0-9]"), (16, 19)),
)


def _is_card_start(digits: str) -> bool:
    return any(len(digits) in lengths and start.match(digits) for start, lengths in _CARD_LENGTHS)


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


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
