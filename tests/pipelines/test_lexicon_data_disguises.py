"""Common terms of the shipped lexicon in the spellings that hide them, found under the same id."""

from __future__ import annotations

from pipelines.analysis import analyze
from tests.pipelines.lexicons import listing, shipped_lexicon

TUNED = """
四件套 4件套 四件T 四jian套 四亻牛套 ④件套 四/件/套 四件桃 四见套 肆件套 sjt
银行卡 银行ka yhk 银行咔 银彳亍卡 銀行咔 银*行*卡 银hang卡 yinhang卡 银航咔 艮行卡
实名 实铭 实洺 shi名 實洺 实·名 实ming 宀头名
微信 薇信 微❤ 徽信 wei信 微亻言 葳信 微.信
身份证 身份正 申份证 shen份证 身fen证 sfz 身亻分证 身份証 身分证 身份證 身❤份❤证
人脸 人lian 人月佥 人臉 亻人脸 人❤️脸 ren脸
接码 接馬 接ma 扌妾码 接🐎 接玛 jie码 接-码
跑分 跑fen 足包分 pao分 跑纷 跑芬 跑★分
发票 发piao 發票 fa票 发漂 发嘌 发瞟 发·票 發漂 fapiao
办证 办zheng 办正 办証 辦證 ban证 办·证 办诤
刷单 刷dan 刷丹 唰单 刷單 shua单 刷🥚 刷·单
上下分 上下fen 上下芬 shang下分 上·下·分 上下汾 ⬆️⬇️分 ↑↓分
菠菜 bo菜 博菜 波菜 bocai 菠-菜
支付宝 支付寶 支fu宝 吱付宝 支付bao 支亻寸宝 支❤付❤宝
抖音 dou音 斗音 抖yin 抖喑 豆音 扌斗音 抖·音
手机卡 手机ka 手🐔卡 手机咔 shouji卡 手機卡 手木几卡 手·机·卡
公户 公hu 公戶 公沪 gong户 公·户
对公账户 对公帐户 对gong账户 對公賬戶 对·公·账·户
开户 kai户 开hu 開戶 开沪 开·户
解封 jie封 解feng 解峰 解·封
过人脸 过人lian guo人脸 過人臉 过·人·脸
猫池 🐱池 猫chi mao池 貓池 猫·池
卡商 ka商 卡shang 咔商 卡·商
"""
UNTUNED = """
五件套 5件套 伍件套 五jian套
对公户 对gong户 對公戶 对·公·户
收款码 收kuan码 收款碼 收·款·码 收款🐎
洗钱 xi钱 洗💰 洗·钱 洗浅
黑卡 hei卡 黒卡 黑ka 黑·卡
老号 lao号 老hao 佬号 老·号
社工库 社gong库 社工裤 shegongku 社·工·库
轨道料 轨道liao 鬼道料 轨·道·料
拦截码 拦截ma 拦截馬 栏截码
棋牌 qi牌 棋pai 旗牌 棋·牌
真人视讯 真人shi讯 真人视迅 真人視訊
特码 te码 特ma 特碼
代发 dai发 代fa 代·发
补单 bu单 补dan 補單 补🥚 补丹
涨粉 zhang粉 涨fen 漲粉 涨·粉
迷药 mi药 迷yao 迷葯 谜药 迷·药
驾驶证 驾shi证 驾驶正 jia驶证 驾驶証
房产证 房chan证 房产正 房産證
学历 xue历 学li 學歷
银行流水 银行liu水 yin行流水 銀行流水 银行流氺
普票 普piao 普漂 pu票
专票 zhuan票 專票 专漂
"""
FRAMES = ("出售{} 懂的来 加V", "大量{}出，需要的私我")


def found_under_the_same_id(table: str) -> tuple[int, list[str]]:
    """How many spellings a table has, and those that no frame finds under an id of the plain word."""
    spellings, lost = 0, []
    for line in table.strip().splitlines():
        plain, *disguised = line.split()
        spellings += len(disguised)
        known = {term for frame in FRAMES for term in terms(frame.format(plain))}
        lost += [
            f"{plain}: {spelling}"
            for spelling in disguised
            if known.isdisjoint(term for frame in FRAMES for term in terms(frame.format(spelling)))
        ]
    return spellings, lost


def terms(text: str) -> set[str]:
    return {hit.term_id for hit in analyze(listing(text), shipped_lexicon()).hits}


def test_common_terms_are_found_in_nearly_every_disguise() -> None:
    spellings, lost = found_under_the_same_id(TUNED)
    assert spellings > 140
    assert len(lost) <= 0.03 * spellings, lost


def test_disguises_are_seen_through_that_nobody_tuned_for() -> None:
    spellings, lost = found_under_the_same_id(UNTUNED)
    assert spellings > 70
    assert len(lost) <= 0.05 * spellings, lost
