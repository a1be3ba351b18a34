"""Ordinary goods: made-up listings of ten shelves, and honest traps that only look like slang."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from crawler.demo.records import Draft

if TYPE_CHECKING:
    from random import Random


class _Shelf(NamedTuple):
    goods: tuple[str, ...]
    details: tuple[str, ...]
    prices: tuple[int, int]


_SHELVES: Final[dict[str, _Shelf]] = {
    "shuma": _Shelf(
        (
            "澜图 X3 手机",
            "澜图平板 11 寸",
            "蓝牙耳机",
            "机械键盘",
            "无线鼠标",
            "旧款单反相机",
            "移动硬盘 2T",
            "显示器 27 寸",
        ),
        ("外观无划痕", "用了半年", "成色九五新", "配件齐全", "有轻微磕碰", "功能全部正常"),
        (35, 3200),
    ),
    "jiafang": _Shelf(
        ("棉麻窗帘", "记忆棉枕头", "客厅地毯", "实木小书架", "折叠餐桌", "台灯", "收纳箱三个装", "懒人沙发"),
        ("自用一年", "搬家带不走", "已清洗干净", "尺寸看图", "颜色米白", "没拆封"),
        (15, 680),
    ),
    "jiadian": _Shelf(
        (
            "青松电饭煲",
            "破壁机",
            "挂式空调 1.5 匹",
            "小型洗衣机",
            "空气炸锅",
            "电热水壶",
            "循环风扇",
            "加湿器",
        ),
        ("保修期内", "功能正常", "声音很小", "带说明书", "用过三次", "需要自提"),
        (39, 1600),
    ),
    "fushi": _Shelf(
        (
            "羊毛大衣",
            "男士冲锋衣",
            "真皮腰带",
            "帆布双肩包",
            "圆头皮鞋",
            "碎花连衣裙",
            "牛仔外套",
            "针织围巾",
        ),
        ("没怎么用", "只试过一次", "吊牌还在", "买小了", "款式简单", "颜色很正"),
        (19, 560),
    ),
    "shipin": _Shelf(
        (
            "赣南脐橙 10 斤",
            "手工牛轧糖",
            "五常大米",
            "土蜂蜜一瓶",
            "东北黑木耳",
            "即食燕麦片",
            "腊肠礼盒",
            "新疆红枣",
        ),
        ("日期新鲜", "坏果包赔", "顺丰发货", "家里多买的", "保质期六个月", "味道不错"),
        (9, 168),
    ),
    "tushu": _Shelf(
        (
            "高等数学教材",
            "中医入门",
            "儿童绘本十册",
            "英语词汇书",
            "建筑制图",
            "唐诗三百首",
            "旧杂志合订本",
            "烘焙食谱",
        ),
        ("九成新", "有少量笔记", "全套不拆", "正版", "封面有折痕", "附赠书签"),
        (5, 120),
    ),
    "yundong": _Shelf(
        ("山地自行车", "羽毛球拍一对", "瑜伽垫", "登山杖", "篮球", "双人帐篷", "游泳镜", "可调哑铃"),
        ("用过一季", "成色如图", "大小合适", "闲置多年", "同城可看", "送收纳袋"),
        (18, 480),
    ),
    "muying": _Shelf(
        (
            "婴儿推车",
            "积木 500 粒",
            "儿童安全座椅",
            "早教机",
            "毛绒玩具熊",
            "拼图",
            "奶瓶消毒器",
            "小汽车模型",
        ),
        ("宝宝长大用不上", "已消毒", "零件完整", "边角有磨损", "三岁以上", "盒子还在"),
        (12, 780),
    ),
    "meizhuang": _Shelf(
        ("保湿面霜", "口红正红色", "电动牙刷", "卷发棒", "香薰蜡烛", "防晒喷雾", "化妆镜", "护手霜套装"),
        ("专柜购入", "用了一次", "效期到后年", "不适合我", "全新带盒", "送小样"),
        (16, 420),
    ),
    "fuwu": _Shelf(
        (
            "家电清洗上门",
            "搬家拉货",
            "钢琴陪练",
            "宠物寄养",
            "家具安装",
            "证件照精修",
            "英语一对一",
            "自行车保养",
        ),
        ("提前一天约", "按小时收费", "有十年经验", "不满意重做", "工具自带", "周末也可以"),
        (20, 300),
    ),
}
_CONDITIONS: Final = ("", "自用", "闲置", "全新", "转让", "出", "二手", "九成新")
_DEALS: Final = ("包邮", "同城自提", "可小刀", "不退不换", "喜欢直接拍", "非诚勿扰", "附近可面交", "急出")

TRAPS: Final[tuple[Draft, ...]] = (
    Draft("纯棉四件套 1.8m 床单被套", "全棉斜纹，含床单一条被套一条枕套两只，不掉色。", "¥139", "jiafang"),
    Draft("磨毛四件套加厚冬季双人床", "被套 200×230，拉链款，可机洗。", "99元", "jiafang"),
    Draft("婚庆大红刺绣四件套", "结婚买多一套，礼盒包装没打开。", "￥268.00", "jiafang"),
    Draft("厨房刀具四件套带刀座", "菜刀、水果刀、剪刀、磨刀棒，刀座可拆洗。", "¥79.9", "jiafang"),
    Draft("人脸识别门锁 家用防盗电子锁", "人脸、指纹、密码、钥匙四种开锁，送安装。", "¥699", "jiadian"),
    Draft("人脸考勤机 公司搬迁转让", "支持 500 人，人脸打卡，带电源。", "260元", "shuma"),
    Draft("菠菜种子 四季蔬菜阳台盆栽", "大叶菠菜，一袋 20 克，七天出苗。", "3.5元", "shipin"),
    Draft("新鲜菠菜 5 斤 农家现拔", "没打药，到家带泥，清炒好吃。", "¥16.8", "shipin"),
    Draft("安溪铁观音茶叶 250g", "清香型，叶子完整，七泡有余香。", "¥58", "shipin"),
    Draft("云南普洱茶叶饼 357g", "春茶头采，叶子肥厚，干仓存放。", "128元", "shipin"),
    Draft("银杏叶子标本手工书签", "秋天自己压的叶子，过塑，十片一组。", "¥12", "tushu"),
    Draft("实名认证的闲置 卖家已实名 放心拍", "账号已通过平台实名认证，换下来的耳机架。", "¥22", "shuma"),
    Draft("数据线 1.5 米 编织快充", "三条装，手机平板都能用。", "9.9元", "shuma"),
    Draft("数据结构教材 第二版", "课后题有答案，划线不多。", "¥18", "tushu"),
    Draft("考研数学资料 全套打包", "真题、讲义、草稿本，一手自用，不散卖。", "40元", "tushu"),
    Draft("银行从业资格教材两本", "考过了出，含习题册。", "¥25", "tushu"),
    Draft("会计初级实务资料与真题卷", "邮费自理，内页干净。", "15元", "tushu"),
    Draft("银行卡收纳包 防消磁卡套", "二十个卡位，放银行卡、身份证、会员卡。", "¥13.5", "fushi"),
    Draft("身份证透明保护套 10 个装", "防磨损，公交卡、身份证都合适。", "4元", "fushi"),
    Draft("手机取卡针 SIM 卡针 通用", "五根装，不锈钢。", "2元", "shuma"),
    Draft("U盾保护套 钥匙扣", "硅胶材质，装 U 盾或小 U 盘。", "6元", "shuma"),
    Draft("猫爬架 猫池两用 大号", "剑麻柱新换，猫咪睡过三个月。", "¥85", "muying"),
    Draft("狗粮 成犬通用 10kg", "拆封前换粮了，保质期到明年。", "¥96", "shipin"),
    Draft("厨房料理机 带三个杯", "榨汁绞肉都行，料理杯玻璃的。", "110元", "jiadian"),
    Draft("翡翠料子 手把件原石", "自己收藏的料子，种水一般，图文一致。", "¥360", "zonghe"),
    Draft("溜冰鞋 儿童可调 送护具", "溜冰一个冬天，脚长大了。", "¥75", "yundong"),
    Draft("冰袋 保温箱 钓鱼用", "反复使用，六个冰袋加一个箱。", "48元", "yundong"),
    Draft("飞行员夹克 男 L 码", "飞行员款，毛领可拆，干洗过。", "¥188", "fushi"),
    Draft("粉丝 红薯粉丝 手工 5 斤", "火锅用的粉丝，久煮不断。", "29.9元", "shipin"),
    Draft("点赞手势贴纸 奖励小孩", "点赞、爱心、星星，一包两百张。", "5元", "muying"),
    Draft("油漆刷单支 羊毛刷", "刷单面墙够用，不掉毛。", "3元", "jiafang"),
    Draft("条码枪 扫码接码头配件", "超市倒闭出，接头完好。", "¥30", "shuma"),
    Draft("跑步计分手表", "跑一圈计一次分数，训练队用过。", "66元", "yundong"),
    Draft("车队骑行服 自行车队定制", "车队解散多出来三件，XL。", "¥45", "yundong"),
    Draft("发票夹 票据收纳册", "A5 大小，放发票收据，60 页。", "8元", "tushu"),
    Draft("寿山石闲章 手工篆刻", "书法用印，可刻姓名两个字。", "¥90", "fuwu"),
    Draft("毕业证书封皮 空白外壳 定制校徽", "学校集体采购剩的绒面外壳，不含内页。", "6元", "tushu"),
    Draft("桌游筹码 塑料 100 枚", "聚会玩的，带木盒，不是收藏品。", "¥24", "muying"),
    Draft("麻将桌 折叠 家用", "四口机麻坏了换手搓，桌面平整。", "150元", "jiafang"),
    Draft("旧彩票收藏 80 年代", "已过兑奖期，怀旧用，品相如图。", "20元", "zonghe"),
    Draft("食用蘑菇种植包 亲子", "平菇菌包，喷水就长，五天能摘。", "¥11.9", "muying"),
    Draft("手持小风扇 充电款", "手持、桌面两用，三档风。", "17元", "jiadian"),
    Draft("改装电脑机箱 侧透", "改过风道，能放长显卡。", "¥120", "shuma"),
    Draft("温控器 地暖群控面板", "装修多买一个，型号看图。", "55元", "jiadian"),
    Draft("跑步机 家用 可折叠", "跑了两个月，刷卡购买发票在。", "￥1,150", "yundong"),
    Draft("白菜价出 儿童画册 代购多买的", "多买了一本，全新。", "10元", "tushu"),
)
"""Honest listings with words that sellers of other things use as slang."""


def compose(rng: Random) -> Draft:
    """One ordinary listing."""
    slug = rng.choice(tuple(_SHELVES))
    shelf = _SHELVES[slug]
    good = rng.choice(shelf.goods)
    details = rng.sample(shelf.details, 2)
    title = f"{rng.choice(_CONDITIONS)}{good} {rng.choice(shelf.details)}".strip()
    description = f"{good}，{details[0]}，{details[1]}。{rng.choice(_DEALS)}。"
    return Draft(title, description, written_price(rng, *shelf.prices), slug)


def written_price(rng: Random, low: int, high: int) -> str:
    """A price between the two, written as one of the ways in which sellers write it."""
    amount = rng.randint(low, high)
    return rng.choice(
        (
            f"¥{amount}",
            f"¥{amount:,}.00",
            f"￥{amount}.{rng.randint(1, 9)}",
            f"{amount}元",
            f"RMB {amount}",
            f"{amount - amount % 5 + 5}块",
        )
    )
