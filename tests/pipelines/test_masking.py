"""Personal data is masked however it is written; what only looks like it stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipelines.analysis import analyze
from pipelines.folding import fold
from pipelines.lexicon.load import load_lexicon
from pipelines.masking import MaskedText, mask_analyzed, mask_text, pseudonym
from pipelines.masking.listing import mask_tokens
from pipelines.masking.url import mask_url
from pipelines.records import Analysis, Hit, Listing, Reason
from tests.pipelines.packaged_signals import spec

KEY = b"0123456789abcdef0123456789abcdef"
PHONE = mask_text("13800138000", KEY).text


def kinds(text):
    """The text with every mask as its kind only."""
    masked = mask_text(text, KEY)
    written = masked.text
    for edit in masked.edits:
        written = written.replace(edit.mask, f"<{edit.mask[1:].split('#')[0]}>")
    return written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Phones.
        ("电话13800138000", "电话<phone>"),
        ("138-0013-8000", "<phone>"),
        ("138 0013 8000", "<phone>"),
        ("1 3 8 0 0 1 3 8 0 0 0", "<phone>"),
        ("1🌟3🌟8🌟0013🌟8000", "<phone>"),
        ("１３８００１３８０００", "<phone>"),
        ("➕❶❸❽⓪⓪❶❸❽⓪⓪⓪", "➕<phone>"),
        ("一三八零零一三八零零零", "<phone>"),
        ("壹叁捌00壹叁捌000", "<phone>"),
        ("138OO138OOO", "<phone>"),
        ("1\u200b3\u200b8\u200b00138000", "<phone>"),
        ("+86 13800138000", "<phone>"),
        ("8613800138000", "<phone>"),
        ("sn13800138000x", "sn<phone>x"),
        ("021-12345678", "<phone>"),
        ("电话02112345678", "电话<phone>"),
        ("400-820-8820", "<phone>"),
        ("+852 6123 4567", "<phone>"),
        # Papers.
        ("身份证11010519491231002X", "身份证<id>"),
        ("110105 19491231 002x", "<id>"),
        ("①①010519491231002Ｘ", "<id>"),
        ("110105491231002", "<id>"),
        ("护照号E12345678", "护照号<passport>"),
        ("车牌号：京A12345", "车牌号：<plate>"),
        # Cards and devices.
        ("6222021234567890128", "<card>"),
        ("6222 0212 3456 7890 128", "<card>"),
        ("4111111111111111", "<card>"),
        ("卡号1234567890123456", "卡号<card>"),
        ("串号356938035643809", "串号<device>"),
        # Addresses.
        ("abc_123@qq.com", "<email>"),
        ("abc_123＠qq。com", "<email>"),
        ("123456艾特qq点com", "<email>"),
        ("abc(at)gmail.com", "<email>"),
        # Handles.
        ("微信：abc_123", "微信：<wechat>"),
        ("加微信abc_123", "加微信<wechat>"),
        ("微★信★abc12345", "微★信★<wechat>"),
        ("加V:6570000", "加V:<wechat>"),
        ("vxabc12345", "vx<wechat>"),
        ("QQ 123456", "QQ <qq>"),
        ("ＱＱ：１２３４５６７", "ＱＱ：<qq>"),
        ("扣扣1 2 3 4 5 6 7", "扣扣<qq>"),
        ("➕q：九八七六五四三", "➕q：<qq>"),
        ("TG @name_abc", "TG @<telegram>"),
        ("✈️abcde123", "✈️<telegram>"),
        ("进群t.me/abcdefg", "进群t.me/<telegram>"),
        ("土豆：abcd1234", "土豆：<potato>"),
        ("蝙蝠12345678", "蝙蝠<bat>"),
        ("加我:abc12345", "加我:<other>"),
        ("微信同号13800138000", "微信同号<phone>"),
    ],
)
def test_personal_data_is_masked_in_any_disguise(text, expected):
    assert kinds(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "35元一套", "两万套打包", "13寸", "iPhone 15 Pro 256G", "128G 256G 512G",
        "尺码 135 140 145 150 155", "1350/1400/1450", "150*2000*1800", "1920*1080*144", "1.8*2.0 1.5*2.0",
        "订单号202311111234567", "9780000000000", "2024-10-04 03:11", "110105194912310021",
        "110105199913310024", "6222021234567890129", "1 3 5 7 9 11 13 15", "5000-15000元", "V领毛衣",
        "QQ糖12345克", "微信10000粉", "qq 15-20级", "土豆 10000斤", "型号NX24600000", "戴森V10000",
        "索尼wx500", "abc@做客", "CELLPHONE", "WECHAT", "2013-2021", "1990年-2005年", "0.5元/份",
        "100000000", "第110105号", "8G+256G@120hz", "",
    ],
)  # fmt: skip
def test_prices_sizes_and_models_stay(text):
    assert mask_text(text, KEY) == MaskedText(text)


def test_equal_values_keep_equal_masks_and_other_keys_give_others():
    plain, disguised = mask_text("13800138000", KEY), mask_text("+86 ①③⑧-0013-8000", KEY)
    assert plain.text == disguised.text == PHONE
    assert mask_text("微信13800138000", KEY).text == f"微信{PHONE}"
    assert mask_text("13900139000", KEY).text != PHONE
    assert mask_text("13800138000", b"another key, and as long as it is").text != PHONE


def test_a_handle_is_the_same_in_any_case():
    assert mask_text("微信ABC_123", KEY).text == mask_text("微信abc_123", KEY).text


def test_an_empty_key_is_refused():
    with pytest.raises(ValueError, match="masking key is empty"):
        mask_text("13800138000", b"")
    with pytest.raises(ValueError, match="masking key is empty"):
        pseudonym("xianyu", "12345", b"")


def test_a_masked_text_is_masked_already():
    masked = mask_text("加微信abc_123或13800138000，邮箱a@qq.com", KEY)
    assert mask_text(masked.text, KEY) == MaskedText(masked.text)


def test_every_form_of_contact_gives_its_handle_away():
    for channel in spec().contacts:
        for form in (*channel.cues, *channel.names, *channel.words):
            for text in (f"{form}：abc_12345", f"加{form}：abc_12345", f"加{form} abc12345"):
                assert "abc" not in mask_text(text, KEY).text, text


def test_offsets_move_with_the_text_and_grow_over_masks():
    text = "电话13800138000出四件套微信abc_123"
    masked = mask_text(text, KEY)

    def moved(part):
        start, end = masked.shift(text.index(part), text.index(part) + len(part))
        return masked.text[start:end]

    assert moved("电话") == "电话"
    assert moved("四件套") == "四件套"
    assert moved("138") == moved("0013800") == moved("13800138000") == PHONE
    assert moved("电话138") == f"电话{PHONE}"
    assert moved("8000出四") == f"{PHONE}出四"
    assert moved(text) == masked.text
    assert masked.shift(0, 0) == (0, 0)
    assert masked.shift(len(text), len(text)) == (len(masked.text), len(masked.text))


def test_a_pseudonym_is_its_own_pseudonym():
    name = pseudonym("xianyu", "12345", KEY)
    assert name.startswith("xianyu#")
    assert pseudonym("xianyu", name, KEY) == name
    assert pseudonym("taobao", "12345", KEY) != name
    assert pseudonym("xianyu", "12346", KEY) != name


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.com/item?id=13800138000", "https://a.com/item?id=13800138000"),
        ("https://a.com/i/1?q=%E5%8D%A1#top", "https://a.com/i/1?q=%E5%8D%A1#top"),
        ("https://a.com/i?id=1&wx=abc_123", "https://a.com/i?id=1&wx=%5Bwechat%23{}%5D"),
        ("https://a.com/i?q=13800138000", "https://a.com/i?q=%5Bphone%23{}%5D"),
        ("https://a.com/shop?user=s1", "https://a.com/shop?user=S%23ONE"),
        ("https://a.com/shop/s1/items", "https://a.com/shop/S%23ONE/items"),
    ],
)
def test_a_url_tells_of_no_person(url, expected):
    masked = mask_url(url, KEY, {"s1": "S#ONE"})
    digests = [mask_text(value, KEY).text[-9:-1] for value in ("微信abc_123", "13800138000")]
    assert masked in {expected.format(digest) for digest in digests}
    assert mask_url(masked, KEY) == masked


@pytest.fixture(scope="module")
def lexicon():
    return load_lexicon()


def a_listing(**changes):
    listing = Listing(
        listing_id="1",
        platform="xianyu",
        source="demo",
        title="出售人脸四件套，懂的来 微信abc_123",
        description="电话13800138000，五毛一张，量大QQ1234567",
        seen_at=datetime(2024, 1, 1, tzinfo=UTC),
        seller_id="s-12345",
        seller_name="小王的店",
        url="https://a.com/i?id=1&seller=s-12345",
        extra={"地区": "上海", "联系": "13800138000", "店": "小王的店"},
    )
    return replace(listing, **changes)


def test_a_stored_listing_holds_nothing_personal(lexicon):
    listing = a_listing()
    stored = mask_analyzed(listing, analyze(listing, lexicon), KEY)
    written = repr(stored)
    for secret in ("abc_123", "13800138000", "1234567", "s-12345", "小王的店"):
        assert secret not in written
    assert stored.listing.seller_id == pseudonym("xianyu", "s-12345", KEY)
    assert stored.listing.extra["地区"] == "上海"
    assert stored.listing.extra["联系"] == PHONE


def test_surfaces_and_offsets_of_a_stored_listing_agree(lexicon):
    listing = a_listing()
    before = analyze(listing, lexicon)
    stored = mask_analyzed(listing, before, KEY)
    records = (*stored.analysis.hits, *stored.analysis.signals, *stored.analysis.prices)
    assert records
    for record in records:
        assert stored.listing.text(record.field)[record.start : record.end] == record.surface
    assert [hit.surface for hit in stored.analysis.hits] == [hit.surface for hit in before.hits]
    assert [price.surface for price in stored.analysis.prices] == ["五毛一张"]


def test_analysing_a_stored_listing_again_gives_the_same_verdict(lexicon):
    listing = a_listing()
    stored = mask_analyzed(listing, analyze(listing, lexicon), KEY)
    again = analyze(stored.listing, lexicon)
    assert (again.verdict, again.score) == (stored.analysis.verdict, stored.analysis.score)
    assert again.signals == stored.analysis.signals
    assert again.prices == stored.analysis.prices
    assert mask_analyzed(stored.listing, again, KEY).listing == stored.listing


def test_tokens_of_masked_stretches_become_one_mask():
    title = "电话13800138000出卡"
    assert mask_tokens(("电话", "138", "00138000", "出", "卡"), title, "", KEY) == ("电话", PHONE, "出", "卡")
    assert mask_tokens(("电话", "13800138000出", "卡"), title, "", KEY) == ("电话", PHONE, "卡")


def test_tokens_of_an_unknown_text_lose_every_piece_of_what_is_masked():
    assert mask_tokens(("出", "138", "卡", "微"), "电话13800138000出卡", "", KEY) == ("出", "卡", "微")


def test_a_hit_and_its_reason_inside_a_handle_are_masked():
    listing = a_listing(title="微信sjt_12345", description="")
    hit = Hit("t", "四件套", "bankcard", "sjt", 2, 5, "title", "initials", "alone")
    reason = Reason("term:t", 0.5, "“sjt”即四件套", "“sjt” is 四件套", "bankcard")
    analysis = Analysis(
        "watch", 0.5, "bankcard", tuple(fold(listing.title).text), (hit,), (), (), (reason,), "1"
    )
    stored = mask_analyzed(listing, analysis, KEY)
    assert "sjt" not in repr(stored)
    assert stored.analysis.hits[0].surface.startswith("[wechat#")


def test_a_listing_without_personal_data_keeps_its_analysis(lexicon):
    listing = a_listing(
        title="纯棉四件套", description="8元一套", seller_id=None, seller_name=None, url=None, extra={}
    )
    analysis = analyze(listing, lexicon)
    stored = mask_analyzed(listing, analysis, KEY)
    assert stored.listing == listing
    assert stored.analysis is analysis
