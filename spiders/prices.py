"""Prices as pages write them: symbols, codes and words of currencies, thousands and decimals, 万, units."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

from pipelines.records import Money

CURRENCIES: Final[dict[str, str]] = {
    "HK$": "HKD", "港币": "HKD", "港元": "HKD", "NT$": "TWD", "新台币": "TWD", "US$": "USD", "美元": "USD",
    "美金": "USD", "A$": "AUD", "C$": "CAD", "S$": "SGD", "JP¥": "JPY", "日元": "JPY", "円": "JPY",
    "CN¥": "CNY", "RMB": "CNY", "人民币": "CNY", "元": "CNY", "块": "CNY", "€": "EUR", "欧元": "EUR",
    "£": "GBP", "英镑": "GBP", "₽": "RUB", "РУБ": "RUB", "₩": "KRW", "韩元": "KRW", "₹": "INR", "฿": "THB",
    "泰铢": "THB", "₫": "VND", "₱": "PHP", "RM": "MYR", "ZŁ": "PLN", "₺": "TRY", "₿": "BTC",
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

_NUMBER = r"\d{1,3}(?:[ '\u2019]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*"
_AMOUNT = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<scale>[万千亿]|[wk](?![a-z]))?", re.IGNORECASE)
_UNIT = re.compile(r"\s*(?:/|每|一|per\b)\s*(?P<unit>[^\W\d_]{1,6})")
_WORDS = "|".join(re.escape(word) for word in CURRENCIES) + r"|\b(?:" + "|".join(sorted(CODES)) + r")\b"
_CURRENCY = re.compile(rf"{_WORDS}|(?<=\d)U\b|[$¥]", re.IGNORECASE)
_AFTER = re.compile(rf"\s*({_CURRENCY.pattern})", re.IGNORECASE)


def parse_price(text: str, *, currency: str, decimal: Literal[".", ","] = ".") -> Money | None:
    """The first price of a text; None if there is none, as in 面议.

    `currency` holds where the text names none, and settles what a bare $ or ¥ means. Of a range the lower
    end is taken.
    """
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    found = _AMOUNT.search(text)
    if not found:
        return Money(0.0, currency) if any(word in text.lower() for word in FREE) else None
    amount = parse_number(found["number"], decimal=decimal)
    if amount is None:
        return None
    amount *= SCALES.get((found["scale"] or "").lower(), 1)
    named, rest = _currency(text, found, currency)
    unit = _UNIT.match(text, rest)
    return Money(round(amount, 8), named, unit["unit"] if unit else None)


def _currency(text: str, amount: re.Match[str], default: str) -> tuple[str, int]:
    """The currency next to an amount, before it or after it, and where the text after both begins."""
    after = _AFTER.match(text, amount.end())
    before = next(reversed(list(_CURRENCY.finditer(text, 0, amount.start()))), None)
    near = before is not None and not text[before.end() : amount.start()].strip(" :")
    chosen = before[0] if before and near else after[1] if after else before[0] if before else None
    return (_code(chosen, default) if chosen else default), after.end() if after else amount.end()


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
    """The first number of a text, thousands set apart by comma, dot, space or apostrophe; None if none."""
    found = re.search(_NUMBER, unicodedata.normalize("NFKC", text))
    if not found:
        return None
    digits = re.sub(r"[ '\u2019]", "", found[0])
    return float(_plain(digits, decimal))


def _plain(digits: str, decimal: Literal[".", ","]) -> str:
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
    return re.sub(r"[.,]", "", whole) + (f".{part}" if part else "")
