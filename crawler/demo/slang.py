"""Made-up slang ads of all categories, as short as sellers write them, for a monitor to find.

Names, handles and numbers belong to nobody: the telephone numbers lie in an unassigned block, the
identity numbers are of people born in 1902 at the latest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pipelines.records import Category, Disguise

RISING: Final[tuple[str, ...]] = ("四件套", "跑分", "接码")
"""The terms of which the demo has more week by week."""


class Ad(NamedTuple):
    """One slang ad. `term` is the slang that it carries, `handle` an index into `HANDLES`."""

    category: Category
    term: str
    title: str
    description: str
    price: str | None
    disguise: Disguise
    handle: int


class Handle(NamedTuple):
    """Who is behind an ad: the same contacts come back on every platform."""

    name: str
    phone: str
    wechat: str
    qq: str


HANDLES: Final[tuple[Handle, ...]] = (
    Handle("阿浩闲置", "13000000101", "demo_ahao01", "9999900101"),
    Handle("南风小店", "13100000202", "demo_nanfeng", "9999900202"),
    Handle("七号仓", "15500000303", "demo_qihao7", "9999900303"),
    Handle("老K优品", "16600000404", "demo_laok", "9999900404"),
    Handle("一手源头", "17100000505", "demo_yishou", "9999900505"),
    Handle("晚安数码", "18500000606", "demo_wanan", "9999900606"),
)

ID_VALID: Final = "110101190003070002"
ID_VALID_X: Final = "32010219020915002X"
ID_INVALID: Final = "440306190112200019"
"""Its check digit would be 2."""
CARD_VALID: Final = "6222020000000000125"
CARD_INVALID: Final = "6217000000000000349"
"""Its check digit would be 3."""

ADS: Final[tuple[Ad, ...]] = (
    # rising: bankcard, payment and sim
    Ad(
        "bankcard",
        "四件套",
        "四件套 银行卡带U盾 对公个人都有",
        "懂的来，联系 {phone}。",
        "2800元/套",
        "exact",
        0,
    ),
    Ad(
        "bankcard",
        "四件套",
        "四.件.套 一手 带手机卡",
        "银行卡、U盾、身份证、手机卡齐，{wechat}",
        "¥3000",
        "separator",
        1,
    ),
    Ad("bankcard", "四件套", "出4件套 对公五件套也有", "大行卡，走担保，QQ {qq}", "3.5k一套", "numeral", 2),
    Ad("bankcard", "四件套", "四件涛 银行咔 全新未用", "配U盾，不议价，私聊。", "私聊", "homophone", 3),
    Ad("bankcard", "四件套", "sijiantao 现货 yhk 带盾", "发货样 {card_valid}", "2600", "pinyin", 4),
    Ad(
        "bankcard",
        "四件套",
        "四件套💳 农信建行都有",
        "开户人 {id_valid},卡号 {card_invalid}",
        "¥2,500",
        "emoji",
        0,
    ),
    Ad(
        "bankcard", "四件套", "四件套 金艮行卡 支持验货", "一套起，量大从优，vx{wechat}", "2700元", "split", 1
    ),
    Ad(
        "bankcard",
        "四件套",
        "肆件套 銀行卡 U盾 即出",
        "只走平臺外，{phone_spaced}",
        "3200/套",
        "traditional",
        2,
    ),
    Ad(
        "bankcard",
        "四件套",
        "收售 四仵套 长期合作",
        "银行卡要求能过刷脸，电 {phone}",
        "面议",
        "look-alike",
        5,
    ),
    Ad(
        "payment", "跑分", "跑分项目 日结 带押金", "收款码代收，佣金千分之八，加 {wechat}", "¥100", "exact", 1
    ),
    Ad(
        "payment",
        "跑分",
        "跑-分 码商招募 USDT 结算",
        "承兑商、车队都可谈，飞机 {telegram}",
        "100u",
        "look-alike",
        3,
    ),
    Ad("payment", "跑分", "pao分平台 上号就有单", "码量足，QQ{qq}", "¥66", "pinyin", 2),
    Ad("payment", "跑分", "跑芬 个人收款马 高佣", "当天回款，来人就发。{phone}", "50元", "homophone", 0),
    Ad("payment", "跑分", "跑🏃分 二维码租用", "一天一结，老板来。", "80一天", "emoji", 4),
    Ad("payment", "跑分", "跑分 四方支付通道 水房对接", "代付代收，费率私聊 {telegram}", None, "exact", 3),
    Ad("payment", "跑分", "跑分跑分 缺码商 押金可退", "微信支付宝码都收 {wechat}", "￥200", "repeat", 1),
    Ad("payment", "跑分", "足包分 收款通道", "懂的私，不懂勿扰，{qq}", "100", "split", 5),
    Ad("payment", "跑分", "跑分车队招人 包教", "无经验可，企鹅 {qq}", "¥88", "exact", 2),
    Ad("sim", "接码", "接码平台 各国号段 一条起", "验证码秒到，API 对接 {telegram}", "0.5元/条", "exact", 4),
    Ad("sim", "接码", "接…码 实卡 不复用", "项目多，{wechat}", "1.2元一条", "separator", 5),
    Ad("sim", "接码", "jie码 卡商直供", "猫池在线，量大 3 毛。", "3毛/条", "pinyin", 0),
    Ad("sim", "接码", "接馬 手机号注册短信", "一手卡源，电 {phone}", "¥1", "homophone", 3),
    Ad("sim", "接码", "接码📩 虚拟号 实卡都有", "长期，{qq}", "0.8", "emoji", 1),
    Ad("sim", "接码", "接码 注销卡 黑卡 白卡 批发", "实名卡另算 {phone_spaced}", "35元/张", "exact", 2),
    Ad("sim", "接码", "扌妾码 物联卡 流量卡", "可养号，走担保。", "¥15", "split", 4),
    Ad("sim", "接码", "接⭐码 日万条", "包成功，不成功退。{telegram}", "5000条 1500元", "emoji", 5),
    Ad("sim", "接码", "ＪＭ接码 API文档齐", "卡商合作，{wechat}", "￥0.6", "width", 0),
    # steady: the other ten categories
    Ad(
        "identity",
        "人脸四件套",
        "人脸四件套 手持身份证 照片活化",
        "一手资源，样本 {id_valid_x}",
        "35元/套",
        "exact",
        4,
    ),
    Ad("identity", "过人脸", "过人臉 各平台 实名代过", "包过，先过后付 {wechat}", "¥60", "traditional", 2),
    Ad("account", "实名号", "实名号 老号 微信 v信 白号", "带支付，可换绑 {phone}", "180一个", "exact", 1),
    Ad("account", "实名号", "实/名/号 满月 站街防封", "批发 10 个起，QQ {qq}", "120/个", "separator", 5),
    Ad(
        "data",
        "一手料",
        "一手料 实名数据 网贷股民都有",
        "实时更新，样例 {id_invalid}",
        "0.3元/条",
        "exact",
        3,
    ),
    Ad("data", "四要素", "四yao素 车主业主名单", "万条起，飞机 {telegram}", "500元 1万条", "pinyin", 4),
    Ad("tool", "猫池", "猫池 64口 群控手机一套", "送软件，懂的来 {wechat}", "¥4,200", "exact", 0),
    Ad("tool", "改机", "改.机 一键新机 多开分身", "卡密自动发货", "30元/月", "separator", 5),
    Ad("carding", "CVV", "cvv 料 外卡 高余额", "保首刷，只收U {telegram}", "15u/条", "exact", 3),
    Ad("carding", "内料", "内米斗 轨道料 测料站", "走担保，{telegram}", "US$ 40", "split", 2),
    Ad("gambling", "菠菜", "菠菜 平台招代理 高返水", "网投、真人，日结，{wechat}", "私聊", "homophone", 1),
    Ad("gambling", "博彩", "🎰 bo彩 包网 api 接口", "带盘口，飞机 {telegram}", "8888元", "pinyin", 3),
    Ad("drug", "叶子", "叶子🍃 飞行员来 同城闪送", "懂的来，嫩叶，勿问 {wechat}", "400/g", "exact", 2),
    Ad("drug", "溜冰", "冰❄ 猪肉 溜冰壶", "懂行私，只走面交。", None, "emoji", 5),
    Ad("document", "代开发票", "代开发piao 住宿餐饮 可验真", "点数低，{phone}", "3个点", "pinyin", 0),
    Ad(
        "document",
        "办证",
        "办-证 毕业证 刻章 学历可查",
        "先看样，加 {wechat},样证 {id_valid}",
        "800元",
        "separator",
        4,
    ),
    Ad("weapon", "狗子", "狗子 秃鹰 配件 狗粮现货", "懂的来，不懂勿扰 {telegram}", "面议", "exact", 3),
    Ad("weapon", "快排", "快俳 气狗 整套", "视频验货，{qq}", "¥1,800", "homophone", 2),
    Ad("traffic", "补单", "补单 礼品单 真人晒图好评", "佣金结算快，{wechat}", "12元/单", "exact", 1),
    Ad(
        "traffic",
        "涨粉",
        "涨 粉 点赞 上热门 真人粉",
        "抖 快 红书都做，下单秒到",
        "¥9.9 1000粉",
        "separator",
        4,
    ),
    Ad("traffic", "租号", "zu号 短视频号 挂任务 日结", "一号一天 20,{phone_spaced}", "20/天", "pinyin", 5),
)


def fill(text: str, handle: Handle) -> str:
    """The text with its contacts and numbers in place."""
    phone = handle.phone
    return text.format(
        phone=phone,
        phone_spaced=f"{phone[:3]} {phone[3:7]} {phone[7:]}",
        wechat=handle.wechat,
        qq=handle.qq,
        telegram=f"@{handle.wechat}",
        id_valid=ID_VALID,
        id_valid_x=ID_VALID_X,
        id_invalid=ID_INVALID,
        card_valid=CARD_VALID,
        card_invalid=CARD_INVALID,
    )
