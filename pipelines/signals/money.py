"""What sellers call money and the things they count, and when such a word means money.

元, 块, 米 or r are also parts of other words; a number before one is a price only beside what shows it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CURRENCIES: Final = {
    "rmb": "CNY", "cny": "CNY", "人民币": "CNY", "软妹币": "CNY", "元": "CNY", "圆": "CNY", "块": "CNY",
    "毛": "CNY", "角": "CNY", "分钱": "CNY", "米": "CNY", "r": "CNY", "💰": "CNY", "🍚": "CNY", "🌾": "CNY",
    "¥": "CNY", "usdt": "USDT", "u": "USDT", "美金": "USD", "美元": "USD", "美刀": "USD", "刀": "USD",
    "usd": "USD", "$": "USD", "港币": "HKD", "港元": "HKD", "hkd": "HKD", "台币": "TWD", "新台币": "TWD",
    "欧元": "EUR", "eur": "EUR", "€": "EUR", "英镑": "GBP", "gbp": "GBP", "£": "GBP", "日元": "JPY",
    "日币": "JPY", "円": "JPY", "韩元": "KRW", "韩币": "KRW", "泰铢": "THB", "卢布": "RUB", "越南盾": "VND",
    "比索": "PHP", "令吉": "MYR", "马币": "MYR", "新币": "SGD", "澳元": "AUD", "澳币": "AUD", "加元": "CAD",
    "加币": "CAD",
}  # fmt: skip
"""What sellers write for a currency, folded → ISO 4217 (or USDT)."""

PARTS: Final = {"毛": 0.1, "角": 0.1, "分钱": 0.01}
"""Words for a part of a yuan → how much of it."""

_UNITS: Final = dict.fromkeys(("小时", "评论", *"丹旦蛋🥚篇份号户张瓶盒斤克枚串辆根箱把批"), "") | {
    "天": "猫津涯然龙", "月": "租", "年": "费款龄", "周": "岁边年", "贴": "吧纸膜", "帖": "吧",
    "单": "反人肩鞋买独号", "条": "件", "次": "元", "个": "人月性体", "套": "餐装路", "件": "套",
    "本": "田人地机子", "台": "湾", "部": "分队落", "只": "要需剩有卖是能", "支": "持付",
    "包": "邮过售赔教会换退你", "组": "合装", "粉": "色", "片": "区", "双": "肩面人卡", "袋": "鼠",
    "局": "部", "位": "置", "名": "牌字", "对": "公私应",
}  # fmt: skip
"""What prices are per → the characters that make another word of it."""


def _pattern_of(units: Iterable[str]) -> str:
    return "|".join(f"{unit}(?![{_UNITS[unit]}])" if _UNITS[unit] else unit for unit in units)


UNIT: Final = _pattern_of(_UNITS)
"""A unit of price, as part of a pattern."""

COUNTED: Final = _pattern_of("单条个份张套件本台只支瓶盒包枚户")
"""A unit that stocks are counted in, as part of a pattern."""

UNIT_STARTS: Final = "".join(sorted({unit[0] for unit in _UNITS}))
TIMES: Final = frozenset({"小时", "天", "月", "年", "周"})
_SPOKEN_UNITS: Final = {"丹": "单", "旦": "单", "蛋": "单", "🥚": "单", "帖": "贴"}
_WORK: Final = frozenset({"单", "篇", "条", "次", "个", "份", "评论", "贴", "天", "小时", "号", "户", "张"})
_PIECE_WORK = re.compile(
    "代发|代[刷做评]|发文|发视频|评论|点赞|助力|兼职|接单|做单|日结|[立秒]结|结[账算]|保底|不等"
)
_CLOSED = re.compile(r"\s*(?:$|[^\w\s]|[包出卖拿走打到起以左上每一不可带全买收换够搞就都的了邮现付结])")
_NAME_BEFORE = re.compile(r"[a-z0-9\]-]")
_EQUATION = re.compile("方程|函数|不等式")
_AFTER_YUAN = frozenset("宵旦素气首老帅朝祖培青曲勋凶婴件")
_AFTER_SINGLE_YUAN = frozenset("催锂次方牛材电乙丙里桥论函组化相一")
_AFTER_USDT = frozenset("盘机服电口型羽形.")
_AFTER_JIAO = frozenset("星形裤帽帐扳铁包尺")
_AFTER_MAO = frozenset("流全集")


class Beside(NamedTuple):
    """What stands beside a number and its currency word."""

    number: str
    """The number as written, folded."""
    amount: float
    before: str
    """The character before the number, or nothing."""
    after: str
    """The text after price and unit, at least some characters of it."""
    unit: str | None
    """The unit that the price is per."""
    tied: bool
    """Whether a unit, 钱, or a smaller coin (35块5) makes it a price."""
    range: bool
    text: str
    """The whole folded text, or what of it stands near."""

    @property
    def spoken_digit(self) -> bool:
        """Whether the number is one Chinese digit, as in 三元催化."""
        return len(self.number) == 1 and not self.number.isdecimal()


def unit_name(written: str) -> str:
    """A unit without its disguise (一丹 for 一单)."""
    return _SPOKEN_UNITS.get(written, written)


def is_money(currency: str, beside: Beside) -> bool:
    """Whether a number with this word after it is money and not part of another word."""
    rule = _RULES.get(currency)
    return rule is None or rule(beside)


def _is_yuan(beside: Beside) -> bool:
    following = beside.after[:1]
    if following in _AFTER_YUAN or _EQUATION.match(beside.after):
        return False
    return beside.tied or not (beside.spoken_digit and following in _AFTER_SINGLE_YUAN)


def _is_kuai(beside: Beside) -> bool:
    """一块 is also together, 三块 also three pieces."""
    if beside.tied or beside.range:
        return True
    return beside.number != "一" and _CLOSED.match(beside.after) is not None


def _is_mao(beside: Beside) -> bool:
    if beside.after[:1] in _AFTER_MAO:
        return False
    return beside.tied or beside.range or _CLOSED.match(beside.after) is not None


def _is_jiao(beside: Beside) -> bool:
    if beside.after[:1] in _AFTER_JIAO:
        return False
    return beside.tied or (beside.number.isdecimal() and _CLOSED.match(beside.after) is not None)


def _is_mi(beside: Beside) -> bool:
    """Metres unless paid by the piece."""
    if beside.unit == "张" and "." in beside.number:
        return False
    if beside.unit is not None:
        return beside.unit in _WORK
    return _PIECE_WORK.search(beside.text) is not None


def _is_r(beside: Beside) -> bool:
    """A paper size, a tyre, a model unless per unit, a range, or in talk of piece work."""
    if _NAME_BEFORE.match(beside.before):
        return False
    return beside.unit is not None or beside.range or _PIECE_WORK.search(beside.text) is not None


def _is_usdt(beside: Beside) -> bool:
    """A rack unit, a badminton racket, a processor unless per unit or at least ten."""
    if _NAME_BEFORE.match(beside.before) or beside.after[:1] in _AFTER_USDT:
        return False
    return beside.unit is not None or (beside.amount >= 10 and beside.number.isdecimal())


def _is_knife(beside: Beside) -> bool:
    return beside.tied or (not beside.spoken_digit and _CLOSED.match(beside.after) is not None)


def _is_old_yuan(beside: Beside) -> bool:
    return beside.number[:1].isdecimal() and (beside.tied or _CLOSED.match(beside.after) is not None)


_RULES: Final[dict[str, Callable[[Beside], bool]]] = {
    "元": _is_yuan,
    "圆": _is_old_yuan,
    "块": _is_kuai,
    "毛": _is_mao,
    "角": _is_jiao,
    "米": _is_mi,
    "r": _is_r,
    "u": _is_usdt,
    "刀": _is_knife,
}
