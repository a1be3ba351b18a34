"""The single values of a source file, checked as they are read: durations, addresses, selectors."""

from __future__ import annotations

import codecs
import re
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import jmespath
from babel.numbers import list_currencies
from cssselect import SelectorError
from jmespath.exceptions import JMESPathError
from parsel import Selector
from parsel.csstranslator import css2xpath
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from spiders.prices import CODES, CURRENCIES

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_CRON_NAMES = {
    "month": ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "weekday": ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}


def _seconds(value: object) -> object:
    """`90`, `90s`, `15m`, `6h` or `30d` as seconds."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", value.strip())
    if not found:
        raise ValueError(f"{value!r} is not a duration; write 30s, 15m, 6h or 2d")
    return float(found[1]) * _SECONDS[found[2] or "s"]


def _timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone; write one as Asia/Shanghai")
    return name


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise ValueError(f"{name!r} is not a character encoding; write utf-8, gbk or big5") from error


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not a full address; it starts with http:// or https://")
    return url


def _hours(value: str) -> str:
    clock = r"([01]\d|2[0-3]):[0-5]\d"
    if not re.fullmatch(f"{clock}-{clock}", value) or value[:5] == value[6:]:
        raise ValueError(f"{value!r} are no hours; write 08:00-22:30, between quotes")
    return value


def _currency(code: str) -> str:
    if code in CODES or code in list_currencies():
        return code
    meant = CURRENCIES.get(code.upper(), code.upper())
    known = meant in CODES or meant in list_currencies()
    instead = f"write {meant}" if known else "write CNY, USD or EUR"
    raise ValueError(f"{code!r} is not a currency of ISO 4217; {instead}")


def _cron(line: str) -> str:
    parts = line.split()
    if len(parts) != len(_CRON_FIELDS):
        raise ValueError(f"{line!r} does not have the five fields of a cron line")
    for part, (name, least, most) in zip(parts, _CRON_FIELDS, strict=True):
        if not all(_is_cron_range(item, name, least, most) for item in part.lower().split(",")):
            raise ValueError(
                f"{part!r} is no {name} of a cron line; write {least} to {most}, *, */2, 1-5 or 1,3"
            )
    return line


def _is_cron_range(item: str, name: str, least: int, most: int) -> bool:
    names = _CRON_NAMES.get(name, ())
    value = "|".join((r"\d{1,2}", *names))
    found = re.fullmatch(rf"(?:\*|({value})(?:-({value}))?)(?:/(\d{{1,2}}))?", item)
    if not found:
        return False
    ends = [names.index(end) + least if end in names else int(end) for end in found.groups()[:2] if end]
    return all(least <= end <= most for end in ends) and ends == sorted(ends) and int(found[3] or 1) > 0


def _host(name: str) -> str:
    if not re.fullmatch(r"(\*\.)?[a-z0-9_.-]+(:\d+)?", name):
        raise ValueError(f"{name!r} is not a host; write shop.example, *.shop.example or shop.example:8080")
    return name


def check_css(selector: str) -> str:
    try:
        css2xpath(selector)
    except SelectorError as error:
        raise ValueError(f"{selector!r} is not a CSS selector: {error}") from error
    return selector


def _xpath(expression: str) -> str:
    try:
        Selector(text="<a/>").xpath(expression)
    except ValueError as error:
        raise ValueError(f"{expression!r} is not an XPath") from error
    return expression


def check_jmespath(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except JMESPathError as error:
        raise ValueError(f"{expression!r} is not a JMESPath: {' '.join(str(error).split())}") from error
    return expression


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    return pattern


def as_list(value: object) -> object:
    """One or several: a lone value stands for a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


Duration = Annotated[float, BeforeValidator(_seconds), Field(ge=0)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
Encoding = Annotated[str, AfterValidator(_codec)]
Address = Annotated[str, AfterValidator(_address)]
Host = Annotated[str, StringConstraints(to_lower=True), AfterValidator(_host)]
Share = Annotated[float, Field(ge=0, le=1)]
CurrencyCode = Annotated[str, AfterValidator(_currency)]
Cron = Annotated[str, AfterValidator(_cron)]
Hours = Annotated[str, AfterValidator(_hours)]
Texts = Annotated[tuple[str, ...], BeforeValidator(as_list)]
Addresses = Annotated[tuple[Address, ...], BeforeValidator(as_list), Field(min_length=1)]
Css = Annotated[str, AfterValidator(check_css)]
XPathExpression = Annotated[str, AfterValidator(_xpath)]
JmesPath = Annotated[str, AfterValidator(check_jmespath)]
Regex = Annotated[str, AfterValidator(_regex)]
CssList = Annotated[tuple[Css, ...], BeforeValidator(as_list)]
