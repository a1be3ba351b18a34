"""Prices and quantities as sellers write them: 五毛一张, 0.5元/份, 一条两毛, 10米一单, 100u, 10个起.

One pattern begins with a number, the other with what announces one (¥35, 一单80). What may also be a size,
a year, a model or an idiom has to show that it is a price by what stands beside it. Of a range (10-50米)
the lower end is the amount. Linear in the text's length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from pipelines.records import Price
from pipelines.signals.money import (
    COUNTED,
    CURRENCIES,
    PARTS,
    TIMES,
    UNIT,
    UNIT_STARTS,
    Beside,
    is_money,
    unit_name,
)
from pipelines.signals.numerals import NUMERAL_CHARACTERS, SCALES, parse_number

if TYPE_CHECKING:
    from pipelines.folding import Folded
    from pipelines.records import TextField

# A pattern that begins with a set of characters is looked for much faster than one with alternatives.
_NUMBER = (
    rf"[0-9{NUMERAL_CHARACTERS}](?:(?<=[0-9])[0-9]{{0,8}}+(?:,[0-9]{{3}})*+(?:\.[0-9]{{1,4}}+)?+"
    rf"|(?<![0-9])[{NUMERAL_CHARACTERS}]{{0,11}}+)"
)
_SPOKEN_DIGITS = "一二两三四五六七八九"
_CURRENCY = "|".join(
    re.escape(name) + ("(?![a-z0-9])" if name[-1].isascii() and name.isalpha() else "")
    for name in sorted(CURRENCIES, key=len, reverse=True)
)
_AMOUNT = (
    rf"(?P<low>{_NUMBER})(?P<low_scale>[wk万千])?+"
    rf"(?:\s?+[-~–—至到]\s?+(?P<high>{_NUMBER})(?P<scale>[wk万千])?+)?+"
)
_FOLLOWING = "".join(sorted({name[0] for name in CURRENCIES})) + UNIT_STARTS
_NUMBER_FIRST: Final = re.compile(
    rf"""{_AMOUNT}\s?+(?=[/每一起以{_FOLLOWING}])
    (?: (?P<currency>{_CURRENCY})
      | [/每一]\s?(?P<unit>{UNIT})
      | (?P<least_unit>{UNIT})(?:起(?![来床飞])|以上)
      | (?:(?<=[0-9]{{2}})|(?<=\.[0-9])|(?<=[十百千万]))(?P<least>起)(?![来床飞])
      | (?:(?<=[0-9]{{3}})|(?<=[百千万w])|(?<=[百千万]一))(?P<counted>{COUNTED})
    )""",
    re.VERBOSE,
)
_ANNOUNCED: Final = re.compile(
    rf"""(?P<first>[¥$€£ru一每价售报现低到跳只仅])
    (?: (?:(?<=[¥$€£])|(?<=r)(?P<letters>mb)|(?<=u)(?P<more_letters>sdt?))\s?
       | (?<=[一每])(?P<unit>{UNIT})(?:视频|作品|评论|号)?(?:只要|才|就|给|要|卖|算|是|[:=,，])?\s?
       | (?:(?<=价)格?|(?<=[售报现低])价|(?<=一)口价|(?<=到)手价|(?<=跳)楼价|(?<=只)要|(?<=仅)[需售要])
         [:：是为]?\s?
    ){_AMOUNT}
    (?!\s?(?:[0-9a-z.%寸码款号代度成新折级岁升厘毫吨]|{_CURRENCY})|起|(?!一)[{NUMERAL_CHARACTERS}]|日(?!结)|{UNIT})""",
    re.VERBOSE,
)
_PER: Final = re.compile(rf"\s?(?P<per>[/每])?\s?(?P<count>{_NUMBER})?(?P<unit>{UNIT})(?!起|以上)")
_REST: Final = re.compile(
    rf"""(?:钱|(?P<rest>[0-9{_SPOKEN_DIGITS}])
      (?:(?P<coin>[毛角])(?P<cent>[0-9{_SPOKEN_DIGITS}])?)?
      (?=\s|$|[^\w]|[包出卖拿带走打每左上不可全就都的了邮]|一(?:{UNIT})))""",
    re.VERBOSE,
)
_LEAD: Final = re.compile(
    rf"(?P<count>{_NUMBER}|每)\s?(?P<unit>{UNIT})(?:视频|作品|评论|号)?"
    r"(?:只要|才|就|给|要|卖|算|是|[:=,，])?\s?$"
)
_BULK: Final = re.compile(r"(?:批量|量大|多拿|打包|拿多)[:=]?\s?$")
_MODEL_BEFORE: Final = re.compile(r"(?:[a-z]\s?|苹果|[小红]米|荣耀|华为|三星|魅族|一加|真我|[第初周星期])$")
_ACCOUNT_BEFORE: Final = re.compile(r"(?<![a-z])(?:qq|wx|vx|tg|dy|ks|ck|id|cvv|wb|xhs)\s?$")
_PLACES: Final = frozenset("十百千万")
_SPOKEN: Final = frozenset("元块毛角")
_LOOK_BACK: Final = 16
_LOOK_AROUND: Final = 40
_DEVICES: Final = frozenset({"台", "部", "双"})


class _Found(NamedTuple):
    start: int
    end: int
    amount: float | None = None
    currency: str | None = None
    unit: str | None = None
    quantity: float | None = None
    minimum: float | None = None


class _Amount(NamedTuple):
    start: int
    value: float
    number: str
    range: bool


def find_prices(folded: Folded, field: TextField) -> tuple[Price, ...]:
    """Every price and quantity of a folded text, in order, none overlapping another."""
    text = folded.text
    number, announced = _NUMBER_FIRST.search(text), _ANNOUNCED.search(text)
    if number is None and announced is None:
        return ()
    found = [*_numbers_first(text, number), *_announced(text, announced)]
    prices = []
    end = 0
    # At one place a price with its currency tells more than a bare number.
    for item in sorted(found, key=lambda item: (item.start, -item.end)):
        if item.start < end:
            continue
        end = item.end
        first, last = folded.span(item.start, end)
        surface = folded.original[first:last]
        prices.append(
            Price(
                surface,
                first,
                last,
                field,
                item.amount,
                item.currency,
                item.unit,
                item.quantity,
                item.minimum,
            )
        )
    return tuple(prices)


def _numbers_first(text: str, match: re.Match[str] | None) -> list[_Found]:
    found: list[_Found] = []
    while match is not None:
        item = _read_number_first(text, match, found[-1] if found else None)
        if item is None:
            position = match.end("low")
        else:
            found.append(item)
            position = item.end
        match = _NUMBER_FIRST.search(text, position)
    return found


def _read_number_first(text: str, match: re.Match[str], previous: _Found | None) -> _Found | None:
    if match.start() and text[match.start() - 1] in "0123456789.几数":
        return None
    if match["counted"]:
        return _read_quantity(text, match)
    amount = _read_amount(match)
    if amount is None:
        return None
    if match["currency"]:
        return _read_money(text, match, amount, previous)
    if match["least_unit"] in TIMES:
        return None
    if match["least_unit"]:
        return _Found(amount.start, match.end(), unit=unit_name(match["least_unit"]), minimum=amount.value)
    if _is_label(text, amount):
        return None
    if match["least"]:
        if previous is not None and previous.amount is not None:
            return _Found(amount.start, match.end(), minimum=amount.value)
        return _Found(amount.start, match.end(), amount.value, "CNY")
    return _read_bare(match, amount)


def _read_amount(match: re.Match[str]) -> _Amount | None:
    low = _scaled(match["low"], match["low_scale"] or match["scale"])
    high = _scaled(match["high"], match["scale"]) if match["high"] else None
    if high is not None and (low is None or high <= low):
        # 79万-8美金: the dash parts, it doesn't span.
        return _Amount(match.start("high"), high, match["high"], range=False)
    if low is None:
        return None
    return _Amount(match.start("low"), low, match["low"], high is not None)


def _scaled(number: str, scale: str | None) -> float | None:
    value = parse_number(number)
    return value * SCALES[scale] if value is not None and scale else value


def _read_money(text: str, match: re.Match[str], amount: _Amount, previous: _Found | None) -> _Found | None:
    currency = match["currency"]
    change, end = _read_change(text, match.end(), currency)
    value = amount.value * PARTS.get(currency, 1.0) + change
    tied = end > match.end()
    start, unit, quantity, end = _read_unit(text, amount.start, end)
    beside = Beside(
        number=amount.number,
        amount=value,
        before=text[amount.start - 1 : amount.start],
        after=text[end : end + _LOOK_BACK],
        unit=unit,
        tied=tied or unit is not None,
        range=amount.range,
        text=text[max(0, amount.start - _LOOK_AROUND) : end + _LOOK_AROUND],
    )
    if not is_money(currency, beside):
        return None
    if unit is None and previous is not None and _BULK.search(text[max(0, start - _LOOK_BACK) : start]):
        unit = previous.unit
    return _Found(start, end, round(value, 4), CURRENCIES[currency], unit, quantity)


def _read_change(text: str, end: int, currency: str) -> tuple[float, int]:
    """What 5 adds in 35块5 (0.5) and in 3毛5 (0.05), and where the price ends; 钱 adds nothing."""
    rest = _REST.match(text, end) if currency in _SPOKEN else None
    if rest is None or (rest["rest"] and currency == "元" and not rest["coin"]):
        return 0.0, end
    tenths, hundredths = (parse_number(rest[part] or "零") or 0.0 for part in ("rest", "cent"))
    return (tenths + hundredths / 10) * (0.01 if currency in PARTS else 0.1), rest.end()


def _read_unit(text: str, start: int, end: int) -> tuple[int, str | None, float | None, int]:
    """The unit after a price (五毛一张) or else before it (一条两毛), how many, and the wider span."""
    per = _PER.match(text, end)
    if per is not None and (per["per"] or per["count"]):
        count = parse_number(per["count"]) if per["count"] else 1.0
        if count is not None and (per["unit"] not in TIMES or count == 1):
            return start, unit_name(per["unit"]), count if count > 1 else None, per.end()
    lead_from = max(0, start - _LOOK_BACK)
    lead = _LEAD.search(text[lead_from:start])
    if lead is not None:
        count = 1.0 if lead["count"] == "每" else parse_number(lead["count"])
        if count is not None and (lead["unit"] not in TIMES or count == 1):
            return lead_from + lead.start(), unit_name(lead["unit"]), count if count > 1 else None, end
    return start, None, None, end


def _read_bare(match: re.Match[str], amount: _Amount) -> _Found | None:
    if _is_no_pay(amount, match["unit"]):
        return None
    return _Found(amount.start, match.end(), amount.value, "CNY", unit_name(match["unit"]))


def _read_quantity(text: str, match: re.Match[str]) -> _Found | None:
    number, unit = match["low"], unit_name(match["counted"])
    if match["high"] or _is_label(text, _Amount(match.start(), 0.0, number, range=False)):
        return None
    if number[-1] == "一" and len(number) > 1:
        # 一百一张 is a hundred each; 101 would be 一百零一张.
        value = parse_number(number[:-1])
        return None if value is None else _Found(match.start(), match.end(), value, "CNY", unit)
    value = _scaled(number, match["low_scale"])
    if value is None or value < 100:
        return None
    return _Found(match.start(), match.end(), unit=unit, quantity=value)


def _announced(text: str, match: re.Match[str] | None) -> list[_Found]:
    found = []
    while match is not None:
        item = _read_announced(text, match)
        if item is not None:
            found.append(item)
        match = _ANNOUNCED.search(text, match.end())
    return found


def _read_announced(text: str, match: re.Match[str]) -> _Found | None:
    amount = _read_amount(match)
    if amount is None:
        return None
    sign = match["first"] + (match["letters"] or match["more_letters"] or "")
    if sign in CURRENCIES:
        start, unit, quantity, end = _read_unit(text, match.start(), match.end())
        return _Found(start, end, amount.value, CURRENCIES[sign], unit, quantity)
    if match["unit"] is None:
        counts = amount.number.isascii() or _PLACES & set(amount.number)
        return _Found(match.start(), match.end(), amount.value, "CNY") if counts else None
    if _is_no_pay(amount, match["unit"]):
        return None
    return _Found(match.start(), match.end(), amount.value, "CNY", unit_name(match["unit"]))


def _is_no_pay(amount: _Amount, unit: str) -> bool:
    """Whether the bare number in 一双44 is a size, a year or an idiom instead of a price."""
    if unit in _DEVICES and amount.value < 100:
        return True
    if not amount.number[:1].isdecimal():
        return not _PLACES & set(amount.number)
    return _is_year(amount.number)


def _is_label(text: str, amount: _Amount) -> bool:
    """Whether a bare number names a model, a year or an ordinal instead of counting money."""
    before = text[max(0, amount.start - 6) : amount.start]
    if _is_year(amount.number) or before[-1:] in "/%":
        return before != "" or _is_year(amount.number)
    return _MODEL_BEFORE.search(before) is not None and _ACCOUNT_BEFORE.search(before) is None


def _is_year(number: str) -> bool:
    return len(number) == 4 and number.isdecimal() and "1950" <= number <= "2039"
