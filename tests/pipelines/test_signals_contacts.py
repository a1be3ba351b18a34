"""Off-platform contact in its disguises, and the words that only look like one."""

from __future__ import annotations

import pytest

from pipelines.folding import fold
from pipelines.lexicon.signals_schema import SignalFile
from tests.pipelines.packaged_signals import finder, signals, spec


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("加微信聊吧", [("wechat", "微信")]),
        ("微信abc_123", [("wechat", "微信")]),
        ("微信：abc123", [("wechat", "微信")]),
        ("加微❤abc12345", [("wechat", "微❤")]),
        ("加★微★信", [("wechat", "微★信")]),
        ("薇：abc12345", [("wechat", "薇")]),
        ("加薇详聊", [("wechat", "薇")]),
        ("可以加微", [("wechat", "微")]),
        ("v信abc12345", [("wechat", "v信")]),
        ("Ｖ信详谈", [("wechat", "Ｖ信")]),
        ("加威信", [("wechat", "威信")]),
        ("加VX详谈", [("wechat", "VX")]),
        ("vxabc12345", [("wechat", "vx")]),
        ("wx：P-00700 来就送", [("wechat", "wx")]),
        ("wechat: abcdef", [("wechat", "wechat")]),
        ("+V", [("wechat", "V")]),
        ("➕v", [("wechat", "v")]),
        ("➕Ⓥ", [("wechat", "Ⓥ")]),
        ("免费精准，要的加V:6570000", [("wechat", "V")]),
        ("加vabc12345", [("wechat", "v")]),
        ("电薇同号", [("wechat", "电薇")]),
        ("有微信的请加我", [("wechat", "微信"), ("other", "加我")]),
        ("QQ 123456", [("qq", "QQ")]),
        ("➕q 123456", [("qq", "q")]),
        ("需要加我q", [("other", "加我"), ("qq", "q")]),
        ("扣扣1 2 3 4 5 6 7", [("qq", "扣扣")]),
        ("加扣1234567", [("qq", "扣")]),
        ("企鹅：1234567", [("qq", "企鹅")]),
        ("🐧1234567", [("qq", "🐧")]),
        ("加qq群 12345678", [("qq", "qq")]),
        ("全国联网QQ", [("qq", "QQ")]),
        ("TG @name_abc", [("telegram", "TG")]),
        ("电报 @abcdef", [("telegram", "电报")]),
        ("telegram联系", [("telegram", "telegram")]),
        ("加飞机", [("telegram", "飞机")]),
        ("飞机号abcd1234", [("telegram", "飞机号")]),
        ("纸飞机@abcdef", [("telegram", "纸飞机")]),
        ("✈️abcde123", [("telegram", "✈")]),
        ("有意思的私飞机微信", [("telegram", "飞机"), ("wechat", "微信")]),
        ("加土豆 abcd12", [("potato", "土豆")]),
        ("土豆号：abcd12", [("potato", "土豆号")]),
        ("🥔：abcd1234", [("potato", "🥔")]),
        ("蝙蝠：12345678", [("bat", "蝙蝠")]),
        ("加蝙蝠聊", [("bat", "蝙蝠")]),
        ("喜欢的加我", [("other", "加我")]),
        ("感兴趣可私我", [("other", "私我")]),
        ("有料的滴滴我", [("other", "滴滴我")]),
        ("了解扣我", [("other", "扣我")]),
        ("需要丝我", [("other", "丝我")]),
        ("稳台子，滴滴", [("other", "滴滴")]),
        ("投票团队需要➕我", [("other", "➕我")]),
        ("两肖四码需要➕", [("other", "➕")]),
        ("whatsapp详聊", [("other", "whatsapp")]),
        ("13800138000", [("phone", "138")]),
        ("一三八零零一三八零零零", [("phone", "一三八")]),
        ("联系电话13800138000", [("phone", "电话")]),
        ("手机同号13800138000", [("phone", "手机同号")]),
        ("邮箱abc@qq.com", [("email", "邮箱")]),
        ("abc@qq.com", [("email", "a")]),
        ("通过微信或QQ沟通议价", [("wechat", "微信"), ("qq", "QQ")]),
    ],
)
def test_a_contact_is_seen_through_its_disguise(text, expected):
    assert signals(text, "contact") == expected


@pytest.mark.parametrize(
    "text",
    [
        "V领毛衣", "Q版手办", "QQ糖", "QQ音乐会员", "QQ飞车", "微信小程序开发", "微信解封",
        "支持微信支付", "企业微信", "卖家用微信语音说", "新鲜土豆5斤", "土豆炖牛肉", "牛肉加土豆块",
        "飞机模型", "飞机杯", "坐飞机去", "企鹅玩偶", "企鹅：毛绒公仔", "蝙蝠侠", "蝙蝠袖毛衣",
        "戴森V10000吸尘器", "索尼wx500相机", "8+v10", "加volvo车标", "加wifi6模块", "匡威1970s",
        "维生素e", "表扣15mm", "电话手表", "智能电话机", "滴滴司机", "参加我们的活动", "iPhone 13",
        "Nothing PHONE 2", "12➕256G", "出微信号", "收qq", "电报机", "telescope 800mm",
        "Telegram Premium会员", "6550000元", "一手机壳", "",
    ],
)  # fmt: skip
def test_an_ordinary_word_is_no_contact(text):
    assert signals(text, "contact") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("详询CELLPHONE", [("phone", "CELLPHONE")]),
        ("电话PHONE NAME", [("phone", "PHONE")]),
        ("请加WECHAT", [("wechat", "WECHAT")]),
        ("[phone#1a2b3c4d]", [("phone", "[phone#1a2b3c4d]")]),
        ("微信[wechat#1a2b3c4d]", [("wechat", "微信")]),
        ("加[qq#12345678]", [("qq", "[qq#12345678]")]),
        ("[id#1a2b3c4d]", []),
    ],
)
def test_what_masked_texts_write_in_place_of_a_handle_is_a_contact(text, expected):
    assert signals(text, "contact") == expected


@pytest.mark.parametrize(
    "text", ["微信abc_12345", "➕❶❺❻❶❼❻❼❼❷❾❸", "TG @name_abc", "abc12345@qq.com", "t.me/secret_name"]
)
def test_no_signal_carries_a_handle(text):
    handle = {"abc_12345", "name_abc", "abc12345", "secret_name", "❶❺❻❶❼❻❼❼❷❾❸"}
    for _, surface in signals(text):
        assert not any(part in surface for part in handle)


def test_a_link_to_an_account_is_a_contact():
    assert ("telegram", "t.me") in signals("进群t.me/abcdefg", "contact")


def test_nothing_inside_a_handle_is_a_price_or_a_domain():
    found, prices = finder().find(fold("微信：a_500一个 邮箱abc@v96k.top"), "title")
    assert [signal.kind for signal in found] == ["contact", "contact"]
    assert prices == ()


def test_a_form_in_two_places_is_refused():
    data = spec().model_dump()
    data["contacts"][0]["cues"] += ("加我",)
    with pytest.raises(ValueError, match="加我 stands in"):
        SignalFile.model_validate(data)


def test_every_channel_has_a_weight():
    for channel in spec().contacts:
        assert finder().weight("contact", channel.name) in {"strong", "weak"}
