"""The words of digests and alerts, in Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from pipelines.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboards.web.texts import Language


class Say(Protocol):
    """Says a text of `TEXTS`."""

    def __call__(self, key: str, /, **values: object) -> str: ...


TEXTS: Final[Mapping[str, Wording]] = {
    "subject": Wording(
        "jargonwatch {day}：{flagged} 个告警商品", "jargonwatch {day}: {flagged} flagged listings"
    ),
    "whole": Wording(
        "{day}：{count} 个告警商品，通常 {low}–{high} 个。",
        "{day}: {count} flagged offers, usually {low} to {high}.",
    ),
    "categories": Wording("{day}：{parts}。", "{day}: {parts}."),
    "categories.part": Wording(
        "{category} {count} 个（通常 {low}–{high}）", "{category} {count} (usually {low} to {high})"
    ),
    "whole.few": Wording(
        "{day}：{count} 个告警商品；可比的日子还太少。",
        "{day}: {count} flagged offers; too few days yet to compare with.",
    ),
    "gap": Wording(
        "{day} 没有完整的抓取，数字不代表实际情况。", "No crawl was sound on {day}: the figures say nothing."
    ),
    "rising": Wording("上升：{names}", "Rising: {names}"),
    "rising.none": Wording("没有异常上升的词。", "No term rises unusually."),
    "falling": Wording("下降：{names}", "Falling: {names}"),
    "sights": Wording("首次出现：{names}", "Seen for the first time: {names}"),
    "moves": Wording("价格变动：{names}", "Prices moved: {names}"),
    "links": Wording("{count} 条跨平台卖家关联。", "{count} links between sellers of different platforms."),
    "sources": Wording("抓取了 {sound}/{all} 个来源。", "{sound} of {all} sources were crawled."),
    "sources.gaps": Wording(
        "需要处理：{names} 未能完整抓取。", "Needs a person: {names} could not be crawled."
    ),
    "fresh": Wording("最新的商品上架于 {when}（UTC）。", "The newest listing was offered on {when} UTC."),
    "crawled": Wording(
        "共抓取 {crawled} 个商品，通常约 {usual} 个。",
        "{crawled} offers were crawled, usually about {usual}.",
    ),
    "table.rising": Wording("上升与下降的词", "Terms that rise and fall"),
    "term": Wording("词", "Term"),
    "count": Wording("当天", "That day"),
    "usual": Wording("通常", "Usually"),
    "weeks": Wording("近 2 周", "Last 2 weeks"),
    "q": Wording("q 值", "q value"),
    "table.sights": Wording("首次出现", "First sights"),
    "written": Wording("写法", "Written"),
    "new": Wording("新词", "new term"),
    "category": Wording("类别", "Category"),
    "table.moves": Wording(
        "价格变动（近 7 天与此前 8 周的中位数）", "Prices (medians of 7 days and of 8 weeks before)"
    ),
    "before": Wording("此前", "Before"),
    "now": Wording("现在", "Now"),
    "per": Wording("每{unit}", "a {unit}"),
    "prices": Wording("报价数", "Prices"),
    "table.listings": Wording("分数最高的告警商品", "Flagged listings with the highest scores"),
    "table.sellers": Wording("近 7 天最活跃的卖家", "Most active sellers of the last 7 days"),
    "table.links": Wording("当天见到的跨平台关联", "Links across platforms seen that day"),
    "from": Wording("从", "From"),
    "to": Wording("到", "To"),
    "table.gaps": Wording("未能完整抓取的来源", "Sources that could not be crawled"),
    "source": Wording("来源", "Source"),
    "outcome": Wording("结果", "Outcome"),
    "outcome.none": Wording("没有运行", "did not run"),
    "seller": Wording("卖家", "Seller"),
    "flagged": Wording("告警", "Flagged"),
    "score": Wording("分数", "Score"),
    "listing": Wording("商品", "Listing"),
    "platform": Wording("平台", "Platform"),
    "chart": Wording("近 8 周每天的告警商品", "Flagged offers a day, last 8 weeks"),
    "foot": Wording(
        "由 jargonwatch 生成；每个数字都链接到它背后的查询。",
        "Made by jargonwatch; every number leads to the query behind it.",
    ),
    "alert.subject": Wording("jargonwatch 警报 {rule}：{what}", "jargonwatch alert {rule}: {what}"),
    "alert.over": Wording(
        "近 {days} 天 {count} 个商品，超过 {over} 个", "{count} listings in {days} d, more than {over}"
    ),
    "alert.first_sight": Wording("首次出现 {names}", "seen for the first time: {names}"),
    "alert.price_below": Wording(
        "{count} 个商品低于 {amount:g} {currency}", "{count} listings below {amount:g} {currency}"
    ),
    "alert.seller_back": Wording(
        "{count} 个卖家沉寂 {days} 天后重新上架", "{count} sellers back after {days} d of silence"
    ),
    "alert.listings": Wording("相关商品", "The listings"),
    "alert.foot": Wording(
        "规则 alerts/{rule}.yaml；{hours} 小时内不再重复。",
        "Rule alerts/{rule}.yaml; it is silent for {hours} hours now.",
    ),
}


def speaker(language: Language) -> Say:
    """What says a text (by its key) in a language, its places filled."""

    def say(key: str, /, **values: object) -> str:
        text: str = getattr(TEXTS[key], language)
        return text.format(**values)

    return say
