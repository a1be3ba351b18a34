"""The shipped lexicon reads families of wording, not single listings: sentences nobody tuned it on."""

from __future__ import annotations

import pytest

from pipelines.analysis import analyze
from tests.pipelines.lexicons import listing, shipped_lexicon


def verdict(text: str, platform: str = "market") -> str:
    return analyze(listing(text, platform=platform), shipped_lexicon()).verdict


@pytest.mark.parametrize(
    "trade", ["砂石", "服装", "化工", "餐饮", "广告", "劳务", "租赁", "物流", "会议", "培训", "维修", "设计"]
)
def test_invoices_of_any_trade_are_an_offer(trade: str) -> None:
    assert verdict(f"我公司可开{trade}发票，税点低，验证后付款，经理电话") == "flagged"


@pytest.mark.parametrize("written", ["发嘌", "fa票", "发piao", "發漂", "发瞟", "fapiao"])
def test_invoices_in_disguise_need_little_more(written: str) -> None:
    assert verdict(f"正规{written}，电话联系") == "flagged"


@pytest.mark.parametrize(
    "paper", ["毕业证", "房产证", "驾驶证", "结婚证", "电工证", "军官证", "教师资格证", "户口本", "行驶证"]
)
def test_any_paper_made_to_order_is_an_offer(paper: str) -> None:
    assert verdict(f"代办{paper}刻章，网上可查，见货付款") == "flagged"


@pytest.mark.parametrize("app", ["豆瓣", "脉脉", "B站", "陌陌", "领英", "Discord", "美团", "头条", "携程"])
@pytest.mark.parametrize("kind", ["实名号 一年以上", "白号 手动注册", "老号 可换绑"])
def test_accounts_of_any_app_are_an_offer(app: str, kind: str) -> None:
    assert verdict(f"{app} {kind}", "shop") == "flagged"


@pytest.mark.parametrize(
    "offer",
    [
        "求购蘑菇私聊",
        "出糖可面可快递",
        "今日到货两款量少老板们抓紧下单",
        "名称紫色阴霾属性室内类型国内现货五个起",
        "软糖每颗五十毫克国内秒发",
        "群里谁出邮票，走担保",
    ],
)
def test_drug_channels_are_read_without_a_word_of_slang(offer: str) -> None:
    assert verdict(offer, "telegram") == "flagged"


@pytest.mark.parametrize(
    "offer",
    [
        "求购蘑菇，新鲜平菇，一斤起",
        "出邮票一版，面值八分，品相如图",
        "软糖每颗独立包装，喜糖，包邮",
        "今日到货两款连衣裙，量少",
        "2018年新款女装，抖音同款，大号",
    ],
)
def test_the_same_words_are_ordinary_elsewhere(offer: str) -> None:
    assert verdict(offer) != "flagged"


@pytest.mark.parametrize(
    "offer",
    [
        "抖音直播支架补光灯一套，不播了低价出，同城自提",
        "光遇号，毕业季，带实名，包赔，不议价",
        "流量卡19元100G，首充50，可选号，包邮到家",
        "软著申请，商标注册，正规公司，可开票",
        "卫衣 M码，高腰，5元",
        "喷气枪，汽车清洁，20元",
        "大麻籽油，食品，火麻油",
        "德州扑克筹码，桌子，家用聚会",
        "收藏多年的电话卡一套，IC卡200张打包",
        "毕业设计代做机械CAD图纸，solidworks建模",
        "迷妖 cos服 30元",
        "工厂库存女装尾货，10元一件，可以代发",
        "抖音沙漏 点赞灯牌 装饰",
        "出大学教材，会计初级，税法，带笔记",
        "二手摩托，有证，可上牌，手续齐",
        "旧发票收藏，民国税票一批",
    ],
)
def test_honest_offers_that_use_the_same_words_stay_clear(offer: str) -> None:
    assert verdict(offer, "xianyu") != "flagged"


@pytest.mark.parametrize(
    "talk",
    [
        "刷课刷得我头疼，明天考试",
        "我实习证明还没盖章呢",
        "这期双色球没中，下期再来",
        "我妹妹要办身份证，要带户口本吗",
        "不要相信什么注册送钱",
        "股票导师带你赚钱，加微信进群，免费诊股",
    ],
)
def test_talk_and_other_swindles_are_no_traffic_and_no_gambling(talk: str) -> None:
    analysis = analyze(listing(talk), shipped_lexicon())
    assert not (analysis.verdict == "flagged" and analysis.category in ("traffic", "gambling", "document"))


def flagged_as(text: str) -> str | None:
    analysis = analyze(listing(text), shipped_lexicon())
    return analysis.category if analysis.verdict == "flagged" else None


@pytest.mark.parametrize(
    "call",
    [
        "兄弟们有没有靠谱的平台推荐 想玩百家乐",
        "新开的群 每天免费发球赛单子 昨天五中四",
        "牛牛炸金花群 一块钱底 有玩的吗",
        "斤花🐂🐂有玩的吗",
        "县⬆️🈶🍊 来人",
        "捕鱼 ↑↓分 找我",
        "公司直营 大额无忧 代理洗码1.2",
        "今晚出一肖 免费公开 需要的私聊",
        "极速飞艇8码计划 稳赚不赔",
        "注册链接 http://a8k7.vip 首充100送50",
        "必胜国际 p8877.net",
        "招博彩推广 月薪2万 包吃住",
        "透视看牌软件 微信麻将可用",
    ],
)
def test_calls_to_gamble_are_read_by_their_families(call: str) -> None:
    assert flagged_as(call) == "gambling"


@pytest.mark.parametrize(
    "call",
    [
        "有没有做小红书评论的宝子，一条2块",
        "需要100个抖音号发视频，价格可谈",
        "兼职：下载app注册 一单8元 秒结",
        "有没有闲置的QQ号，出租一天20",
        "24小时自助下单 刷赞刷粉刷播放",
        "淘宝店铺需要补单的老板联系我",
        "微信投票 专业团队 价格优惠",
        "抖音获客软件 自动私信 日加百人",
        "挂直播间 8块一小时",
        "dy代fa 一天5r",
    ],
)
def test_paid_clicks_posts_and_accounts_are_read_by_their_families(call: str) -> None:
    assert flagged_as(call) == "traffic"


@pytest.mark.parametrize(
    "text",
    [
        "成人视频网站 打开 kk99.top 看片",
        "附近小姐姐 上门服务 100一次",
        "股票内幕，老师带你抓涨停，加微信",
        "您的医保卡异常，点击链接 ybk88.top 激活",
        "五毛狗滚",
        "谁带我上分",
        "抖音评论好搞笑",
        "这条微博转发好多",
        "昨天买彩票中了五块",
        "转发朋友圈集赞送蛋糕",
    ],
)
def test_other_offences_and_small_talk_are_neither_gambling_nor_traffic(text: str) -> None:
    assert flagged_as(text) not in ("gambling", "traffic")
