"""What holds of any text: slices, order, masks, and time that grows with the text only."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.folding import fold
from pipelines.masking import MaskedText, mask_text
from pipelines.masking.text import find_personal_data
from tests.pipelines.packaged_signals import finder

KEY = b"0123456789abcdef0123456789abcdef"
WORDS = """微信 加 QQ +v ➕ ： : [ ] # @ abc_123 13800138000 138-0013 8000 1 3 8 0 一三八 零 phone wechat 电话
    卡号 62 4111111111111111 abc qq com . 点 t.me/ / abcde 飞机 🌟 11010519491231002X x 号 是 元 一条 群 vx
    12345 o l +86 021- 护照 E1234567 车牌京A 艾特 ① Ａ - _ = , wxid_ id 五毛一张 0.5元/份 懂的来 vyw96.top
    10个起 三五 块 米 r/篇 ㎏ ½ Ⅻ ﷺ [phone#12345678] [qq#"""
INVISIBLE = (" ", "\u200b", "\u0301", "\u202e", "\ud800", "\0", "\n", "\ufe0f")
PIECES = st.sampled_from((*WORDS.split(), *INVISIBLE))
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=14).map("".join)


def analysed(text):
    signals, prices = finder().find(fold(text), "title")
    return (
        [(signal.kind, signal.name) for signal in signals],
        [(price.amount, price.currency, price.unit, price.quantity, price.minimum) for price in prices],
    )


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_surface_is_the_slice_at_its_offsets(text):
    signals, prices = finder().find(fold(text), "title")
    for record in (*signals, *prices):
        assert 0 <= record.start < record.end <= len(text)
        assert text[record.start : record.end] == record.surface
    assert [signal.start for signal in signals] == sorted(signal.start for signal in signals)
    ends = [0, *(price.end for price in prices)]
    assert all(price.start >= end for price, end in zip(prices, ends, strict=False))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_masking_is_idempotent_and_moves_offsets_truly(text):
    masked = mask_text(text, KEY)
    assert mask_text(masked.text, KEY) == MaskedText(masked.text)
    position = 0
    for edit in masked.edits:
        assert position <= edit.start < edit.end <= len(text)
        assert masked.text[slice(*masked.shift(edit.start, edit.end))] == edit.mask
        kept = masked.shift(position, edit.start)
        assert edit.start == position or masked.text[slice(*kept)] == text[position : edit.start]
        position = edit.end
    assert masked.text.endswith(text[position:])


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_masked_text_gives_the_signals_of_the_original(text):
    assert analysed(mask_text(text, KEY).text) == analysed(text)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_the_quick_look_misses_nothing(text):
    assert bool(mask_text(text, KEY).edits) == bool(find_personal_data(text))


@given(TEXTS, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), TEXTS)
@settings(max_examples=200, deadline=None)
def test_no_mobile_number_survives(before, number, after):
    masked = mask_text(f"{before} {number} {after}", KEY).text
    assert re.search(rf"(?<![0-9]){number}(?![0-9])", masked) is None


@pytest.mark.parametrize(
    "unit",
    [
        "1", "一", "1 ", "1-", "1.2.3.", "1🌟", "o", "a", "@", "a@", ".", "a.", "[", "#", "[phone#",
        "微信", "加v", "懂 的 ", "1元", "+86", "\ud800", "\0", "\u202e", "\u0301", "😀", "13800138000 ",
        "微信:abc12345 ", "a1b.top ", "卡号1",
    ],
)  # fmt: skip
def test_a_long_text_of_one_thing_takes_no_more_than_its_share(unit):
    text = unit * (20_000 // len(unit))
    signals, prices = finder().find(fold(text), "title")
    masked = mask_text(text, KEY)
    assert len(signals) + len(prices) + len(masked.edits) <= 2 * len(text)
