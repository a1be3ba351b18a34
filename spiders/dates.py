"""Dates as pages write them, Chinese relative ones included: 3小时前, 昨天 12:30, 5月3日."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import dateparser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

_AROUND: Final = re.compile(
    r"^(?:最后)?(?:发布|发表|更新|上架|编辑|修改|擦亮)(?:于|时间|日期)?[::]?\s*|\s*(?:发布|更新|来过|上架|编辑|修改|擦亮)$"
    r"|(?<=前)\s+(?=\D).*$"
)
"""What stands around a date: 编辑于3小时前, 2小时前 浏览120."""
_SAID_OTHERWISE: Final = {
    "昨日": "昨天", "今日": "今天", "前日": "前天", "半年前": "6个月前", "半个月前": "15天前",
}  # fmt: skip
_VAGUE: Final = re.compile(r"^(?:去年|前年|今年|上个?月|本月|上周|本周)$")
_SHORT_YEAR: Final = re.compile(r"^\d{2}([-/.])\d{1,2}\1\d{1,2}(?!\d)")
"""26-11-20: the year may stand at either end."""
_NUMERALS: Final = str.maketrans("一二两三四五六七八九", "1223456789")
_AGO: Final = re.compile(r"^([一二两三四五六七八九十]+)(个?)(?=(?:秒|分|小时|天|日|周|星期|月|年))")
_NO_YEAR: Final = re.compile(r"^(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?![\d/.-])(.*)$")
_YEAR_FIRST: Final = re.compile(
    r"^(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?:\s*(\d{1,2}):(\d{2})(?::(\d{2}))?)?$"
)
_EPOCH: Final = re.compile(r"^\d{10}(?:\d{3})?$")


def parse_date(
    text: str, *, now: datetime, zone: ZoneInfo, languages: Sequence[str], date_format: str | None = None
) -> datetime | None:
    """The time a text states, in UTC; None if it states none.

    `now` (aware) is when the page was seen: relative dates count from it, a day without a year is its last
    occurrence. `zone` holds where the text names none. None also where the text leaves open which day it is,
    as 去年 does, and in Chinese 26-11-20.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if date_format is not None:
        return _in_utc(_strptime(text, date_format, now.astimezone(zone)), zone)
    text = _AROUND.sub("", text).strip()
    if _VAGUE.match(text) or ("zh" in languages and _SHORT_YEAR.match(text)):
        return None
    for said, usual in _SAID_OTHERWISE.items():
        text = text.replace(said, usual)
    if _EPOCH.match(text):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    try:
        return _in_utc(datetime.fromisoformat(text), zone)
    except ValueError:
        pass
    if (full := _YEAR_FIRST.match(text)) is not None:
        return _whole(full, zone)
    if (short := _NO_YEAR.match(text)) is not None:
        return _with_year(short, now, zone)
    base = now.astimezone(zone).replace(tzinfo=None)
    parsed = dateparser.parse(
        _AGO.sub(_arabic, text),
        languages=list(languages),
        settings={
            "RELATIVE_BASE": base,
            "TIMEZONE": str(zone),
            "RETURN_AS_TIMEZONE_AWARE": True,
            "PREFER_DATES_FROM": "past",
        },
    )
    return _in_utc(parsed, zone)


def _strptime(text: str, date_format: str, today: datetime) -> datetime | None:
    """A date in a stated format; without a year in it, its last occurrence."""
    dated = any(directive in date_format for directive in ("%Y", "%y", "%c", "%x", "%D", "%G"))
    for year in (today.year, today.year - 1):
        try:
            if dated:
                return datetime.strptime(text, date_format)  # noqa: DTZ007, the caller adds the zone
            moment = datetime.strptime(f"{year} {text}", f"%Y {date_format}")  # noqa: DTZ007
        except ValueError:
            continue
        if moment <= today.replace(tzinfo=None):
            return moment
    return None


def _in_utc(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _whole(full: re.Match[str], zone: ZoneInfo) -> datetime | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in full.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def _with_year(short: re.Match[str], now: datetime, zone: ZoneInfo) -> datetime | None:
    today = now.astimezone(zone)
    clock = re.search(r"(\d{1,2}):(\d{2})", short[3])
    hour, minute = (int(clock[1]), int(clock[2])) if clock else (0, 0)
    for year in (today.year, today.year - 1):
        try:
            moment = datetime(year, int(short[1]), int(short[2]), hour, minute, tzinfo=zone)
        except ValueError:
            continue
        if moment <= today:
            return moment.astimezone(UTC)
    return None


def _arabic(found: re.Match[str]) -> str:
    numeral = found[1]
    if "十" not in numeral:
        return numeral.translate(_NUMERALS) + found[2]
    tens, _, ones = numeral.partition("十")
    value = int(tens.translate(_NUMERALS) or 1) * 10 + int(ones.translate(_NUMERALS) or 0)
    return f"{value}{found[2]}"
