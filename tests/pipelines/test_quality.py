"""The shipped lexicon against labelled listings, and in disguise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.analysis import analyze, analyze_batch
from pipelines.evaluation import Labelled, Quality, bootstrap, compare, evaluate
from tests.pipelines.lexicons import lexicon_of, listing, shipped_lexicon, term

if TYPE_CHECKING:
    from pipelines.records import Analysis

SHARED = Path(__file__).parents[3] / "shared" / "data"
DEV = SHARED / "listings-dev.jsonl"
ADS = SHARED / "ads-sample.jsonl"
present = pytest.mark.skipif(not DEV.exists(), reason="the labelled listings are not on this machine")


def analyses(file: Path) -> list[tuple[dict[str, str], Analysis]]:
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    listings = [
        listing(row["title"], row["description"] or "", row.get("platform", ""), row.get("source", ""))
        for row in rows
    ]
    return list(zip(rows, analyze_batch(listings, shipped_lexicon()), strict=True))


@present
def test_labelled_listings_are_told_apart() -> None:
    judged = analyses(DEV)
    quality = compare(
        [bool(row["illicit"]) for row, _ in judged], [a.verdict == "flagged" for _, a in judged]
    )
    assert quality.precision >= 0.95
    assert quality.recall >= 0.90
    for source in ("xianyu-2019", "xianyu-2025"):
        verdicts = [a.verdict for row, a in judged if row["source"] == source]
        assert verdicts.count("flagged") / len(verdicts) <= 0.003


@present
@pytest.mark.parametrize(("label", "category"), [("黑产广告", "traffic"), ("博彩", "gambling")])
def test_chat_ads_are_flagged_in_their_category(label: str, category: str) -> None:
    judged = [analysis for row, analysis in analyses(ADS) if row["label"] == label]
    found = [a for a in judged if a.verdict == "flagged" and a.category == category]
    assert len(found) / len(judged) >= 0.85


@pytest.mark.parametrize(
    ("plain", "disguised"),
    [
        ("四件套", "4件套 ④件套 肆件套 四🌟件🌟套 四.件.套 si件套 四件tao"),
        ("实名号", "實名號 实🌟名🌟号 实ming号 shiming号 实-名-号 实\u200b名\u200b号"),
        ("银行卡", "银航卡 yin行卡 银⭐行⭐卡 銀行卡 yinhangka 银行ka"),
        ("身份证", "申份证 身份zheng 身fen证 身✨份✨证 身份證 shenfenzheng"),
        ("跑分", "跑fen pao分 跑❤分 足包分 paofen"),
        ("手机卡", "shouji卡 手机ka 手☆机☆卡 手機卡"),
        ("刷单", "shua单 刷dan 刷🥚 刷★单"),
        ("六合彩", "6合彩 六he彩 六合菜 六☆合☆彩 liuhecai"),
        ("百家乐", "百家le 佰家乐 百☆家☆乐 baijiale 百家樂"),
        ("接码", "接ma 接☆码 扌妾码 接馬"),
        ("对公账户", "对☆公☆账☆户 对公zhang户 對公賬戶"),
        ("冰毒", "冰du 冰☆毒 bing毒"),
        ("人脸", "人lian 人☆脸 人臉 ren脸"),
    ],
)
def test_a_common_term_is_found_in_disguise_under_the_same_id(plain: str, disguised: str) -> None:
    frame = "出售{} 懂的来 加V"
    known = {hit.term_id for hit in analyze(listing(frame.format(plain)), shipped_lexicon()).hits}
    assert known
    lost = [
        spelling
        for spelling in disguised.split()
        if known.isdisjoint(
            hit.term_id for hit in analyze(listing(frame.format(spelling)), shipped_lexicon()).hits
        )
    ]
    assert lost == []


def test_ordinary_goods_with_slang_in_their_names_are_clear() -> None:
    goods = [
        "纯棉四件套 床单被套 全新",
        "人脸识别门锁 指纹锁 包安装",
        "菠菜种子 四季播 50克",
        "数据线 充电线 快充 一米",
        "茶叶子 老树 散装",
        "学习资料 考研数学 电子版",
        "王者荣耀账号 自己玩的 全皮肤",
        "显卡跑分 3060 成色好",
        "企鹅玩偶 毛绒 土豆抱枕",
    ]
    assert [analyze(listing(title), shipped_lexicon()).verdict for title in goods] == ["clear"] * len(goods)


def test_figures_are_counted_per_source_and_category_with_intervals() -> None:
    lexicon = lexicon_of(
        term("跑分", "payment", strength="strong"), term("料站", "carding", strength="strong")
    )
    rows = [
        Labelled(listing("跑分车队", source="a"), illicit=True, category="payment"),
        Labelled(listing("料站地址", source="a"), illicit=True, category="payment"),
        Labelled(listing("跑分显卡", source="b"), illicit=False),
        Labelled(listing("白菜", source="b"), illicit=True, category="drug"),
    ]
    result = evaluate(rows, lexicon)
    assert result.quality == Quality(2, 1, 1, 0)
    assert result.by_source["a"] == Quality(2, 0, 0, 0)
    assert result.by_category["payment"] == Quality(1, 1, 1, 1)
    assert {mistake.row.listing.title for mistake in result.mistakes} == {"跑分显卡", "白菜"}
    assert result.precision.low <= result.quality.precision <= result.precision.high
    assert set(result.baselines) == {"jieba tokens ∩ lexicon", "substring search"}
    assert evaluate(rows, lexicon, only="carding").quality == Quality(1, 0, 2, 1)


def test_intervals_are_the_same_every_time() -> None:
    quality = Quality(90, 5, 10, 900)
    assert bootstrap(quality) == bootstrap(quality)
