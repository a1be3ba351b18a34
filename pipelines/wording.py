"""The words in which the analysis gives its reasons, in Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pipelines.records import Category, Disguise, SignalKind


class Wording(NamedTuple):
    """One thing said twice."""

    zh: str
    en: str


CATEGORY_WORDING: Final[dict[Category, Wording]] = {
    "identity": Wording("身份信息与人脸", "identity and face data"),
    "account": Wording("账号", "accounts"),
    "bankcard": Wording("银行卡与对公账户", "bank cards and company accounts"),
    "payment": Wording("支付与跑分", "payment laundering"),
    "sim": Wording("手机卡与接码", "SIM cards and code reception"),
    "data": Wording("数据泄露", "leaked data"),
    "tool": Wording("作案工具", "tools"),
    "carding": Wording("盗刷", "carding"),
    "gambling": Wording("赌博", "gambling"),
    "drug": Wording("毒品", "drugs"),
    "document": Wording("假证与发票", "forged papers and invoices"),
    "weapon": Wording("武器", "weapons"),
    "traffic": Wording("刷量与代发", "bought traffic and paid posting"),
}
DISGUISE_WORDING: Final[dict[Disguise, Wording]] = {
    "exact": Wording("原样", "as it is"),
    "width": Wording("变体字符", "width or enclosed forms"),
    "traditional": Wording("繁体", "traditional characters"),
    "numeral": Wording("数字替换", "a numeral"),
    "separator": Wording("插入符号", "separators"),
    "repeat": Wording("叠字", "repeated characters"),
    "look-alike": Wording("形近字", "look-alike characters"),
    "split": Wording("拆字", "split characters"),
    "homophone": Wording("谐音", "homophones"),
    "pinyin": Wording("拼音", "pinyin"),
    "initials": Wording("首字母", "initials"),
    "emoji": Wording("表情符号", "emoji"),
}
SIGNAL_WORDING: Final[dict[SignalKind, Wording]] = {
    "contact": Wording("站外联系", "off-platform contact"),
    "secrecy": Wording("暗语", "secrecy"),
    "trust": Wording("担保用语", "words of trust"),
    "cross-platform": Wording("指向其他平台", "points to another platform"),
    "domain": Wording("一次性域名", "throw-away domain"),
}
