"""Numbers as sellers write them: 35, 1,500, 1.5万, 三十五, 两万, 三五 (three to five)."""

from __future__ import annotations

from typing import Final

from pipelines.disguise.glyphs import numeral_table

NUMERAL_CHARACTERS: Final = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟半"
"""The characters that a Chinese number is written with, after folding."""

SCALES: Final = {"百": 100, "千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000, "亿": 100_000_000}

_DIGITS: Final = {chr(code): int(digit) for code, digit in numeral_table().items()} | {"两": 2, "〇": 0}
_TENS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_MYRIADS: Final = {"万": 10_000, "亿": 100_000_000}
_LONGEST: Final = 12


def parse_number(written: str) -> float | None:
    """The value of a folded number; of a range like 三五 its lower end. None where it is no number."""
    if written[:1].isdecimal():
        return float(written.replace(",", ""))
    if not written or len(written) > _LONGEST or written[0] in "百佰千仟万亿":
        return None
    if all(char in _DIGITS for char in written):
        return _parse_digits([_DIGITS[char] for char in written])
    if written == "半":
        return 0.5
    return _parse_positional(written)


def _parse_digits(digits: list[int]) -> float:
    if len(digits) == 2 and 0 < digits[0] < digits[1]:
        return float(digits[0])
    value = 0
    for digit in digits:
        value = value * 10 + digit
    return float(value)


def _parse_positional(written: str) -> float | None:
    """三千五 is 3,500: a last digit straight after a unit stands for the next lower place."""
    total = section = 0.0
    digit: int | None = None
    unit = 0
    for char in written:
        if char in _DIGITS:
            # 三五百 is a range: its lower end counts.
            digit = _DIGITS[char] if digit is None else digit
            if char in "零〇":
                digit, unit = None, 0
        elif char in _TENS:
            unit = _TENS[char]
            section += (1 if digit is None else digit) * unit
            digit = None
        elif char in _MYRIADS:
            total += (section + (digit or 0)) * _MYRIADS[char]
            section, digit, unit = 0.0, None, _MYRIADS[char]
        else:
            return None
    if digit is not None:
        section += digit * (unit // 10 if unit > 10 else 1)
    return total + section
