"""Prices as pages write them."""

from __future__ import annotations

import pytest

from pipelines.records import Money
from spiders.prices import parse_number, parse_price


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("¥1,299.00", Money(1299.0)),
        ("￥30起", Money(30.0)),
        ("5-10元", Money(5.0)),
        ("１２．５元", Money(12.5)),
        ("1.2万", Money(12000.0)),
        ("12元/套", Money(12.0, unit="套")),
        ("500元一套", Money(500.0, unit="套")),
        ("$12.50", Money(12.5, "USD")),
        ("US $12.50", Money(12.5, "USD")),
        ("HK$50", Money(50.0, "HKD")),
        ("€ 1.234,56", Money(1234.56, "EUR")),
        ("EUR 1.299,00", Money(1299.0, "EUR")),
        ("1 234,56 ₽", Money(1234.56, "RUB")),
        ("CHF 1'200.50", Money(1200.5, "CHF")),
        ("£12", Money(12.0, "GBP")),
        ("12,5 zł", Money(12.5, "PLN")),
        ("USD 54.90 0.00081000 BTC", Money(54.9, "USD")),
        ("0.05 BTC", Money(0.05, "BTC")),
        ("12 USDT", Money(12.0, "USDT")),
        ("100U", Money(100.0, "USDT")),
        ("$\n12.50", Money(12.5, "USD")),
        ("5 EUR per item", Money(5.0, "EUR", "item")),
        ("1299", Money(1299.0)),
        ("免费", Money(0.0)),
        ("面议", None),
        ("ask", None),
        ("", None),
    ],
)
def test_a_price_is_understood_with_its_currency_and_unit(text: str, price: Money | None) -> None:
    assert parse_price(text, currency="CNY") == price


def test_a_bare_dollar_is_the_dollar_of_the_source() -> None:
    assert parse_price("$5", currency="AUD") == Money(5.0, "AUD")
    assert parse_price("¥500", currency="JPY") == Money(500.0, "JPY")


def test_a_lone_mark_before_three_digits_is_read_as_the_source_writes_cents() -> None:
    assert parse_number("1.299", decimal=",") == 1299
    assert parse_number("1.299", decimal=".") == 1.299
    assert parse_number("1,299", decimal=".") == 1299
    assert parse_number("12,50", decimal=".") == 12.5
    assert parse_number("1.234.567,8", decimal=".") == 1234567.8
