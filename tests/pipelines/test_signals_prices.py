"""What sellers write for prices and quantities, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.folding import fold
from pipelines.signals.numerals import parse_number
from pipelines.signals.prices import find_prices

NEWS_PAGE = Path(__file__).parents[3] / "shared" / "data" / "news-page.txt"


def read(text):
    """(surface, amount, currency, unit, quantity, minimum) of every price, without trailing Nones."""
    found = []
    for price in find_prices(fold(text), "title"):
        assert text[price.start : price.end] == price.surface
        row = [price.surface, price.amount, price.currency, price.unit, price.quantity, price.minimum]
        while row[-1] is None:
            row.pop()
        found.append(tuple(row))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A unit behind the price.
        ("五毛一张", ("五毛一张", 0.5, "CNY", "张")),
        ("0.5元/份", ("0.5元/份", 0.5, "CNY", "份")),
        ("０．５元／份", ("０．５元／份", 0.5, "CNY", "份")),
        ("900RMB一套", ("900RMB一套", 900, "CNY", "套")),
        ("5元每张", ("5元每张", 5, "CNY", "张")),
        ("三块五一斤", ("三块五一斤", 3.5, "CNY", "斤")),
        ("十块一张", ("十块一张", 10, "CNY", "张")),
        ("五百元一份", ("五百元一份", 500, "CNY", "份")),
        ("¥35一套", ("¥35一套", 35, "CNY", "套")),
        ("$15/个", ("$15/个", 15, "USD", "个")),
        ("1元一小时", ("1元一小时", 1, "CNY", "小时")),
        ("两萬元一套", ("两萬元一套", 20_000, "CNY", "套")),
        # A unit before it.
        ("一条两毛", ("一条两毛", 0.2, "CNY", "条")),
        ("每张5元", ("每张5元", 5, "CNY", "张")),
        ("一套35元", ("一套35元", 35, "CNY", "套")),
        ("发一个四元", ("一个四元", 4, "CNY", "个")),
        ("一单只要8元", ("一单只要8元", 8, "CNY", "单")),
        # Several for a price.
        ("10元3张", ("10元3张", 10, "CNY", "张", 3)),
        ("50元/2包", ("50元/2包", 50, "CNY", "包", 2)),
        ("5块3个", ("5块3个", 5, "CNY", "个", 3)),
        ("十片三十五元", ("十片三十五元", 35, "CNY", "片", 10)),
        ("两辆100元", ("两辆100元", 100, "CNY", "辆", 2)),
        # No unit.
        ("三十五块", ("三十五块", 35, "CNY")),
        ("¥35", ("¥35", 35, "CNY")),
        ("￥1,500.50", ("￥1,500.50", 1500.5, "CNY")),
        ("1,500元", ("1,500元", 1500, "CNY")),
        ("35块5", ("35块5", 35.5, "CNY")),
        ("3毛5", ("3毛5", 0.35, "CNY")),
        ("一块二毛五", ("一块二毛五", 1.25, "CNY")),
        ("3元5角", ("3元5角", 3.5, "CNY")),
        ("8块2包邮", ("8块2", 8.2, "CNY")),
        ("一块钱", ("一块钱", 1, "CNY")),
        ("八折后20块钱，自提", ("20块钱", 20, "CNY")),
        ("两千五百元", ("两千五百元", 2500, "CNY")),
        ("一万五人民币", ("一万五人民币", 15_000, "CNY")),
        ("1.2万元", ("1.2万元", 12_000, "CNY")),
        ("三五毛", ("三五毛", 0.3, "CNY")),
        ("15-20元", ("15-20元", 15, "CNY")),
        ("价格:35", ("价格:35", 35, "CNY")),
        ("跳楼价4399出", ("跳楼价4399", 4399, "CNY")),
        ("整本只要50块！", ("50块", 50, "CNY")),
        ("电扇79起", ("79起", 79, "CNY")),
        ("一百起", ("一百起", 100, "CNY")),
        # Slang.
        ("10米一单", ("10米一单", 10, "CNY", "单")),
        ("一旦10-50米当天结账", ("一旦10-50米", 10, "CNY", "单")),
        ("2米一丹", ("2米一丹", 2, "CNY", "单")),
        ("发文5r/篇", ("5r/篇", 5, "CNY", "篇")),
        ("代发文5-20r，日结", ("5-20r", 5, "CNY")),
        ("一篇3R✅立结", ("一篇3R", 3, "CNY", "篇")),
        ("发一个作品8💰", ("一个作品8💰", 8, "CNY", "个")),
        ("10🍚一条", ("10🍚一条", 10, "CNY", "条")),
        ("代发60一单", ("60一单", 60, "CNY", "单")),
        ("一单80秒结账", ("一单80", 80, "CNY", "单")),
        ("一单20日结", ("一单20", 20, "CNY", "单")),
        ("租一天给100", ("一天给100", 100, "CNY", "天")),
        ("DY代发一单四十，", ("一单四十", 40, "CNY", "单")),
        ("15一个", ("15一个", 15, "CNY", "个")),
        ("0.8一个", ("0.8一个", 0.8, "CNY", "个")),
        ("一百一张", ("一百一张", 100, "CNY", "张")),
        ("qq 15一个", ("15一个", 15, "CNY", "个")),
        ("回评论0.5/条", ("0.5/条", 0.5, "CNY", "条")),
        ("5w一套", ("5w一套", 50_000, "CNY", "套")),
        ("2k一条", ("2k一条", 2_000, "CNY", "条")),
        ("1.5万一个", ("1.5万一个", 15_000, "CNY", "个")),
        # Other currencies.
        ("100u", ("100u", 100, "USDT")),
        ("100USDT一单", ("100USDT一单", 100, "USDT", "单")),
        ("80美刀", ("80美刀", 80, "USD")),
        ("15刀一个", ("15刀一个", 15, "USD", "个")),
        ("200港币", ("200港币", 200, "HKD")),
        ("3500新台币", ("3500新台币", 3500, "TWD")),
        ("79万-8美金-引流", ("8美金", 8, "USD")),
        # Quantities and least orders.
        ("两万套打包", ("两万套", None, None, "套", 20_000)),
        ("现货500张", ("500张", None, None, "张", 500)),
        ("10个起", ("10个起", None, None, "个", None, 10)),
        ("五个起", ("五个起", None, None, "个", None, 5)),
        ("100张起批", ("100张起", None, None, "张", None, 100)),
        ("20条以上", ("20条以上", None, None, "条", None, 20)),
    ],
)
def test_a_price_is_read_as_the_seller_means_it(text, expected):
    assert read(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8元一套 批量3元", [("8元一套", 8, "CNY", "套"), ("3元", 3, "CNY", "套")]),
        ("15美金=100rmb", [("15美金", 15, "USD"), ("100rmb", 100, "CNY")]),
        (
            "评论一条五毛💰另一种一条一块💰",
            [("一条五毛", 0.5, "CNY", "条"), ("一条一块", 1, "CNY", "条")],
        ),
        ("0.5元/份 100起", [("0.5元/份", 0.5, "CNY", "份"), ("100起", None, None, None, None, 100)]),
        ("5毛一个100个起", [("5毛一个", 0.5, "CNY", "个"), ("100个起", None, None, "个", None, 100)]),
        ("单价5元，三个10元", [("5元", 5, "CNY"), ("三个10元", 10, "CNY", "个", 3)]),
    ],
)
def test_several_prices_keep_their_order_and_a_bulk_price_its_unit(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "iPhone 15一个", "iphone15 一台", "苹果15一个", "小米8一台", "13寸", "15天", "6-9级", "5.1折",
        "1.8米x2米", "高一米五", "本人1米72", "6.3米鱼竿", "三元催化", "三元锂电池", "二元一次方程",
        "五角星", "四角裤", "九分裤", "三毛流浪记", "羊毛衫", "一块玩", "有空一起", "一起出",
        "3块充电宝电池", "4u-5u羽毛球拍", "2U机箱", "20w充电头", "4K高清", "2k屏幕", "m100r有线鼠标",
        "一加9R 12+256G", "2Rx4内存", "13800138000一个", "百元礼金", "数百元", "几十米日结", "100%棉",
        "2019款", "2021年", "一双44", "一台63吨", "100包邮", "500套餐", "10只要", "第三张", "四件套",
        "两个人", "3个月", "黄v2000粉", "1000台湾", "16G u盘", "i7-6567U", "863u.top", "特价22款",
        "周一元旦", "性价比高", "价格 一切好说",
        "仅需一顿饭", "十年以上", "三年起步", "",
    ],
)  # fmt: skip
def test_sizes_models_dates_and_idioms_are_no_prices(text):
    assert read(text) == []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("三十五", 35), ("两万", 20_000), ("一百零五", 105), ("一万五", 15_000), ("两千零五", 2005),
        ("十五", 15), ("三五", 3), ("三五百", 300), ("半", 0.5), ("贰拾", 20), ("1,500", 1500),
        ("二〇二五", 2025), ("百", None), ("万", None), ("", None), ("一" * 40, None),
    ],
)  # fmt: skip
def test_chinese_numbers_have_their_value(written, value):
    assert parse_number(written) == value


def test_the_news_page_gives_the_prices_of_the_article():
    if not NEWS_PAGE.exists():
        pytest.skip("the shared data isn't there")
    prices = read(NEWS_PAGE.read_text("utf-8"))
    assert ("五毛一张", 0.5, "CNY", "张") in prices
    assert ("0.5元一份", 0.5, "CNY", "份") in prices
    assert ("35元一套", 35, "CNY", "套") in prices
    assert ("两万套", None, None, "套", 20_000) in prices
    assert not any(price[0].startswith(("8.5", "3500", "5月", "一折")) for price in prices)
