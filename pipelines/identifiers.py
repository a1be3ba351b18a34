"""What a string of digits may be by itself: its length, its first digits, its date, its check digit."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_DAY = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_AREA: Final = r"0(?:10|2[0-9]|[3-9][0-9]{2})"
_MOBILE: Final = re.compile(r"(?:(?:00)?86)?(1[3-9][0-9]{9})")
_LANDLINE: Final = re.compile(rf"{_AREA}[0-9]{{7,8}}")
_HOTLINE: Final = re.compile(r"[48]00[0-9]{7}")
_ABROAD: Final = re.compile(r"(?:852|853|886|855|856|971|[67]|1|44|60|61|63|65|66|81|82|84|95)[0-9]{7,11}")
_IDENTITY: Final = re.compile(rf"[1-8][0-9]{{5}}(?:19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}[0-9x]")
_OLD_IDENTITY: Final = re.compile(rf"[1-8][0-9]{{7}}{_DAY}[0-9]{{3}}")
_REGION: Final = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[123]")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10x98765432"
_DEVICE: Final = re.compile(r"(?:01|35|86|99)[0-9]{13}")
_CARD: Final = re.compile(
    r"62[0-9]{14,17}"  # UnionPay
    r"|4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    r"|(?:5[1-5]|2[2-7])[0-9]{14}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|35[2-8][0-9]{13}"  # JCB
    r"|3[068][0-9]{12}"  # Diners Club
    r"|(?:6[0-9]|9[0-9])(?:[0-9]{14}|[0-9]{17})"  # Discover and the banks' own cards before UnionPay
)
_ANY: Final = re.compile(
    "|".join(
        pattern.pattern
        for pattern in (_MOBILE, _LANDLINE, _HOTLINE, _IDENTITY, _OLD_IDENTITY, _DEVICE, _CARD)
    )
    + rf"|[1-8][0-9]{{5}}(?:19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}"
)


def may_identify(digits: str) -> bool:
    """Whether length and first digits are those of any kind; an identity number may lack its last x."""
    return _ANY.fullmatch(digits) is not None


def read_mobile(digits: str) -> str | None:
    """A mainland mobile number without its country code; None for anything else."""
    match = _MOBILE.fullmatch(digits)
    return match[1] if match is not None else None


def is_landline(digits: str) -> bool:
    """Whether the digits are a mainland area code and a number."""
    return _LANDLINE.fullmatch(digits) is not None


def is_hotline(digits: str) -> bool:
    """Whether the digits are a 400 or 800 number."""
    return _HOTLINE.fullmatch(digits) is not None


def is_number_abroad(digits: str) -> bool:
    """Whether the digits, after a plus sign, are a number in a country that sellers use numbers of."""
    return _ABROAD.fullmatch(digits) is not None


def is_identity(number: str) -> bool:
    """Whether 18 digits, the last of which may be x, are a resident identity number (GB 11643)."""
    if _IDENTITY.fullmatch(number) is None or not _is_region_and_day(number[:2], number[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECK_DIGITS[total % 11] == number[17]


def is_old_identity(digits: str) -> bool:
    """Whether 15 digits are an identity number of before 1999, which has no check digit."""
    return _OLD_IDENTITY.fullmatch(digits) is not None and _is_region_and_day(digits[:2], "19" + digits[6:12])


def is_device(digits: str) -> bool:
    """Whether 15 digits are the number of a mobile device (IMEI)."""
    return _DEVICE.fullmatch(digits) is not None and _passes_luhn(digits)


def is_card(digits: str) -> bool:
    """Whether the digits are the number of a bank card: issuer, length and check digit (ISO/IEC 7812)."""
    return _CARD.fullmatch(digits) is not None and _passes_luhn(digits)


def _is_region_and_day(region: str, day: str) -> bool:
    if _REGION.fullmatch(region) is None:
        return False
    try:
        date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return False
    return True


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
