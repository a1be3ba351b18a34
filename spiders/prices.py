"""Prices as pages write them: symbols, codes and words of currencies, thousands and decimals, 万, units."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

from pipelines.personal import MASK, find_personal
from pipelines.records import Money

CURRENCIES: Final[dict[str, str]] = {
    "HK$": "HKD", "港币": "HKD", "港元": "HKD", "NT$": "TWD", "NT": "TWD", "新台币": "TWD", "US$": "USD",
    "美元": "USD", "美金": "USD", "刀": "USD", "A$": "AUD", "C$": "CAD", "S$": "SGD", "JP¥": "JPY",
    "日元": "JPY", "円": "JPY", "CN¥": "CNY", "RMB": "CNY", "人民币": "CNY", "元": "CNY", "块": "CNY",
    "€": "EUR", "欧元": "EUR", "£": "GBP", "英镑": "GBP", "₽": "RUB", "РУБ": "RUB", "₩": "KRW", "韩元": "KRW",
    "₹": "INR", "฿": "THB", "泰铢": "THB", "₫": "VND", "₱": "PHP", "RM": "MYR", "ZŁ": "PLN", "₺": "TRY",
    "₿": "BTC",
}  # fmt: skip
"""How pages write currencies, the longer before the shorter that it contains."""
CODES: Final = frozenset(
    """
    AUD BRL BTC CAD CHF CNY CZK DKK ETH EUR GBP HKD HUF IDR INR JPY KRW LTC MOP MXN MYR NOK NZD PHP PLN
    RUB SEK SGD THB TON TRX TRY TWD UAH USD USDC USDT VND XMR ZAR
    """.split()  # noqa: SIM905, a column of eighty codes is no easier to read
)
DOLLARS: Final = frozenset({"USD", "AUD", "CAD", "SGD", "HKD", "TWD", "NZD", "MXN"})
SCALES: Final = {"万": 1e4, "w": 1e4, "千": 1e3, "k": 1e3, "亿": 1e8}
FREE: Final = ("免费", "free")
ASK: Final = ("面议", "电议", "私聊")
LEAST_ID: Final = 1_000_000
"""A bare number of so many digits or more is an id, a stamp or a contact sooner than a price."""

_NUMBER = r"\d{1,3}(?:[ '\u2019]\d{3})+(?:[.,]\d+)?(?![\d.,]*\d)|\d+(?:[.,]\d+)*"
_SIGNS = "|".join(re.escape(word) for word in CURRENCIES if not word[-1].isalpha())
_SPOKEN = "|".join(word for word in CURRENCIES if word[-1].isalpha() and not word.isascii())
_LETTERS = "|".join((*sorted(CODES, key=len, reverse=True), "RMB", "NT", "RM"))
_WORDS = rf"(?:{_SPOKEN}|(?<![a-z])(?:{_LETTERS})(?![a-z]))"
_CURRENCY = re.compile(rf"{_SIGNS}|[$¥]|{_WORDS}", re.IGNORECASE)
_LEFT = re.compile(rf"(?:{_CURRENCY.pattern})[\s:]*$", re.IGNORECASE)
_RIGHT = re.compile(
    # A sign that stands before another number belongs to that one.
    rf"\s*(?P<word>(?:{_SIGNS}|[$¥])(?!\s*\d)|{_WORDS}|U(?![a-z0-9]))",
    re.IGNORECASE,
)
_SCALE = r"[万千亿]|[wk](?![a-z])"
_AMOUNT = re.compile(
    rf"(?<![\d.,])(?P<number>{_NUMBER})\s*(?P<scale>{_SCALE})?"
    rf"(?:\s*[-~–—至到]\s*(?:{_SIGNS}|[$¥])?\s*(?P<high>{_NUMBER})\s*(?P<high_scale>{_SCALE})?(?![-/.]?\d))?",
    re.IGNORECASE,
)
_UNIT = re.compile(r"起?\s*(?:/|每|一|per\b)\s*(?P<unit>\d{0,4}[^\W\d_]{1,6})")
_COUNTED = re.compile(
    r"[+多余]?\s?(?:[件张个条套只份本盒包台部人次单笔位星级楼号折天日周年月秒分时积%]|小时|想要"
    r"|(?:second|minute|min|hour|day|week|month|year)s?\b)"
)
_MINUS = re.compile(r"(?:^|[^\w.)])[-\u2212]\s*$")
_OTHER = re.compile(
    r"满\s*[\d.]+\s*元?\s*[减送返]\s*[\d.]+\s*元?|立减\s*[\d.]+\s*元?|(?:运费|邮费)\s*:?\s*¥?\s*[\d.]+\s*元?"
    r"|(?:已售出?|售出|销量|月销|库存|浏览|收藏|评价|成交)\s*:?\s*\d+"
    r"|(?:电话|手机|微信|qq|vx|wx|tel|phone|whatsapp|telegram)\s*号?\s*:?\s*[a-z0-9@+_-]+"
    r"|\d+(?:\.\d+)?\s*(?:折|积分)"
    r"|(?<![\d.])\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?![\d.])|\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日"
    r"|\d{1,2}:\d{2}(?::\d{2})?|\b[a-z]{3,9}\.? \d{1,2}, \d{4}\b"
)
"""Numbers of a price cell that are none of a price: discounts, sales, contacts, dates, times."""


def parse_price(
    text: str, *, currency: str, decimal: Literal[".", ","] = ".", divide: float = 1
) -> Money | None:
    """The price of a text: the first number beside a currency, else the first that may be one.

    None if there is none, as in 面议, beside which no number counts; telephone numbers, dates, sales,
    discounts and negative numbers never do. `currency` holds where the text names none, and settles what a
    bare $ or ¥ means. Of a range the lower end is taken. `divide`: 100 where pages count in cents.
    """
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if any(word in text for word in ASK):
        return None
    text = _only_amounts(text)
    bare: Money | None = None
    for found in _AMOUNT.finditer(text):
        amount = _amount(found, decimal)
        if amount is None or _is_negative(text[: found.start()]):
            continue
        word, rest = _beside(text, found)
        unit = _UNIT.match(text, rest)
        price = Money(round(amount / divide, 8), currency, unit["unit"] if unit else None)
        if word is not None:
            return Money(price.amount, _code(word, currency), price.unit)
        if bare is None and _may_be_bare(text, found, divide, counted=unit is None):
            before = next(reversed(list(_CURRENCY.finditer(text, 0, found.start()))), None)
            bare = Money(price.amount, _code(before[0], currency) if before else currency, price.unit)
    if bare is None and any(word in text.lower() for word in FREE):
        return Money(0.0, currency)
    return bare


def _only_amounts(text: str) -> str:
    """A text without what has digits and is no amount of money. Its length stays."""
    spans = [match.span() for pattern in (MASK, _OTHER) for match in pattern.finditer(text.lower())]
    spans += [(found.start, found.end) for found in find_personal(text.lower())]
    for start, end in spans:
        text = text[:start] + "|" * (end - start) + text[end:]
    return text


def _amount(found: re.Match[str], decimal: Literal[".", ","]) -> float | None:
    """The amount, of a range the lower end; in 1-2万 both are 万."""
    low = parse_number(found["number"], decimal=decimal)
    high = parse_number(found["high"], decimal=decimal) if found["high"] else None
    if low is None or (found["high"] and high is None):
        return None
    scale, high_scale = (SCALES.get((found[name] or "").lower(), 1) for name in ("scale", "high_scale"))
    if high is None:
        return low * scale
    if scale == 1 and low < high:
        scale = high_scale
    return min(low * scale, high * high_scale)


def _is_negative(before: str) -> bool:
    return any(_MINUS.search(text) for text in (before, _LEFT.sub("", before)))


def _beside(text: str, amount: re.Match[str]) -> tuple[str | None, int]:
    """The currency next to an amount, before it or after it, and where the text after both begins."""
    after = _RIGHT.match(text, amount.end())
    before = _LEFT.search(text[: amount.start()])
    chosen = before[0].strip(" :") if before else after["word"] if after else None
    return chosen, after.end() if after else amount.end()


def _may_be_bare(text: str, amount: re.Match[str], divide: float, *, counted: bool) -> bool:
    """Whether a number without a currency may be a price: no count of things, no part of a name or an id."""
    number = amount["number"]
    before, after = text[: amount.start()][-1:], text[amount.end() :]
    if re.match(r"0\d", number) or re.match(r"0\d", amount["high"] or ""):
        return False
    if number.isdigit() and int(number) / divide >= LEAST_ID:
        return False
    if re.match(r"[a-z_@#/]", before, re.IGNORECASE) or re.match(r"[a-z_@]", after, re.IGNORECASE):
        return False
    return not (counted and _COUNTED.match(after))


def _code(word: str, default: str) -> str:
    word = word.upper()
    if word == "$":
        return default if default in DOLLARS else "USD"
    if word == "¥":
        return "JPY" if default == "JPY" else "CNY"
    if word == "U":
        return "USDT"
    return CURRENCIES.get(word, word)


def parse_number(text: str, *, decimal: Literal[".", ","] = ".") -> float | None:
    """The first number of a text, thousands set apart by comma, dot, space or apostrophe; None if none.

    None also where the marks in it make no number, as in 1,2345 and 35.5.5.
    """
    found = re.search(_NUMBER, unicodedata.normalize("NFKC", text))
    if not found:
        return None
    plain = _plain(re.sub(r"[ '\u2019]", "", found[0]), decimal)
    return None if plain is None else float(plain)


def _plain(digits: str, decimal: Literal[".", ","]) -> str | None:
    marks = [mark for mark in digits if mark in ".,"]
    if not marks:
        return digits
    last = marks[-1]
    if len(set(marks)) == 2:
        cents = last
    elif re.fullmatch(rf"\d{{1,3}}(?:[{last}]\d{{3}})+", digits) and (len(marks) > 1 or last != decimal):
        cents = ""
    else:
        cents = last if len(marks) == 1 else ""
    whole, _, part = digits.rpartition(cents) if cents else (digits, "", "")
    if not re.fullmatch(r"\d+|\d{1,3}([.,])(?:\d{2,3}\1)*\d{3}", whole):
        return None  # thousands stand in threes, in India in twos before the last three
    if len(marks) == 1 and cents and cents != decimal and len(part) > 2 and whole != "0":
        return None
    return re.sub(r"[.,]", "", whole) + (f".{part}" if part else "")
