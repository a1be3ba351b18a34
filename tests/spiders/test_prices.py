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
        ("100刀", Money(100.0, "USD")),
        ("NT150", Money(150.0, "TWD")),
        ("1.5 U", Money(1.5, "USDT")),
        ("100USDT", Money(100.0, "USDT")),
        ("¥35.00/3件", Money(35.0, unit="3件")),
        ("￥1299起/套", Money(1299.0, unit="套")),
        ("1,234,567", Money(1234567.0)),
        ("¥1234567", Money(1234567.0)),
        ("免费", Money(0.0)),
        ("面议", None),
        ("ask", None),
        ("", None),
    ],
)
def test_a_price_is_understood_with_its_currency_and_unit(text: str, price: Money | None) -> None:
    assert parse_price(text, currency="CNY") == price


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("已售 120 ¥35", 35.0),
        ("3件¥100", 100.0),
        ("满100减10 ¥88", 88.0),
        ("3.5折 ¥35", 35.0),
        ("原价100 现价¥35", 35.0),
        ("120人付款 35", 35.0),
        ("30天100元", 100.0),
    ],
)
def test_a_number_beside_a_currency_is_the_price_and_not_one_that_counts_something(
    text: str, price: float
) -> None:
    assert parse_price(text, currency="CNY") == Money(price)


@pytest.mark.parametrize(
    "text",
    [
        "价格面议 电话13800138000",
        "电话13800138000",
        "¥13800138000",
        "138 0013 8000元",
        "010-12345678",
        "[phone#e9a23f41]",
        "微信 abc123",
        "QQ 123456",
        "1234567",
        "私聊 35",
    ],
)
def test_a_telephone_number_or_another_contact_is_never_a_price(text: str) -> None:
    assert parse_price(text, currency="CNY") is None


@pytest.mark.parametrize(
    "text",
    [
        *("2天前", "2 days ago", "2026-05-03", "26-11-20", "05-03", "5月3日", "昨天 21:05", "May 3, 2024"),
        *("3.5折", "100积分", "10张", "已售 120", "50%", "¥-5", "-5元", "35.5.5", "¥1,2345"),
    ],
)
def test_dates_counts_discounts_and_malformed_or_negative_numbers_are_no_price(text: str) -> None:
    assert parse_price(text, currency="CNY") is None


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("¥5-¥10", Money(5.0)),
        ("US$5~10", Money(5.0, "USD")),
        ("1-2万", Money(10000.0)),
        ("500-1万", Money(500.0)),
        ("100-200/张", Money(100.0, unit="张")),
    ],
)
def test_of_a_range_the_lower_end_is_the_price(text: str, price: Money) -> None:
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
