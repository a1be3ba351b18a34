"""A digest as a mail: HTML with a chart, and text; Chinese or English. Crawled text is data, never markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from dashboards.web.crawled import plain
from dashboards.web.figures import listings_address
from pipelines.wording import CATEGORY_WORDING, DISGUISE_WORDING, Wording

if TYPE_CHECKING:
    from dashboards.digest.content import Digest

Language = Literal["en", "zh"]

CHART_ID: Final = "trend"
LONGEST_TEXT: Final = 90
_ADDRESS: Final = re.compile(r"(?i)\bhttp(s?)://")
_DOT: Final = re.compile(r"(?<=[a-z0-9-])\.(?=[a-z]{2,})", re.IGNORECASE)

TEXTS: Final = {
    "subject": Wording(
        "jargonwatch {day}：{flagged} 个告警商品", "jargonwatch {day}: {flagged} flagged listings"
    ),
    "whole": Wording(
        "{day}：{count} 个告警商品，通常 {low}–{high} 个。",
        "{day}: {count} flagged offers, usually {low} to {high}.",
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
    "q": Wording("q 值", "q value"),
    "table.sights": Wording("首次出现", "First sights"),
    "written": Wording("写法", "Written"),
    "new": Wording("新词", "new term"),
    "category": Wording("类别", "Category"),
    "table.listings": Wording("分数最高的告警商品", "Flagged listings with the highest scores"),
    "table.sellers": Wording("近 7 天最活跃的卖家", "Most active sellers of the last 7 days"),
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
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest ready to be sent; `chart` is a PNG that the HTML names by `cid:trend`, None without data."""

    subject: str
    text: str
    html: str
    chart: bytes | None


def render(digest: Digest, language: Language, url: str) -> Rendered:
    """The digest in a language; links lead to the pages at `url`."""

    def t(key: str, **values: object) -> str:
        return getattr(TEXTS[key], language).format(**values)  # type: ignore[no-any-return]

    def named(wording: Wording) -> str:
        return wording.zh if language == "zh" else wording.en

    chart = draw(digest)
    context: dict[str, Any] = {
        "digest": digest,
        "lines": summary(digest, language),
        "t": t,
        "language": language,
        "link": lambda term_id=None: url.rstrip("/") + listings_address(digest.query(term_id)),
        "page": lambda listing_id: f"{url.rstrip('/')}/listings/{listing_id}",
        "category": lambda name: named(CATEGORY_WORDING[name]),
        "disguise": lambda name: named(DISGUISE_WORDING[name]),
        "chart": chart is not None,
    }
    templates = _templates()
    return Rendered(
        subject=t("subject", day=digest.day, flagged=digest.flagged),
        text=templates.get_template("digest.txt").render(context),
        html=templates.get_template("digest.html").render(context),
        chart=chart,
    )


def summary(digest: Digest, language: Language) -> list[str]:
    """Ten lines at most, what matters most first."""

    def t(key: str, **values: object) -> str:
        return getattr(TEXTS[key], language).format(**values)  # type: ignore[no-any-return]

    whole, compared = digest.whole, digest.compared
    lines = []
    if not compared.platforms:
        lines.append(t("gap", day=digest.day))
    elif whole is not None and whole.q is not None:
        bounds = {"low": f"{whole.low:.0f}", "high": f"{whole.high:.0f}"}
        lines.append(t("whole", day=digest.day, count=whole.count, **bounds))
    else:
        lines.append(t("whole.few", day=digest.day, count=digest.flagged))
    if digest.gaps:
        lines.append(t("sources.gaps", names=_joined(digest.gaps)))
    rising = [f"{digest.names[each.subject[1]]} ({each.count})" for each in digest.rising]
    lines.append(t("rising", names=_joined(rising)) if rising else t("rising.none"))
    if digest.falling:
        lines.append(t("falling", names=_joined([digest.names[each.subject[1]] for each in digest.falling])))
    if digest.sights:
        lines.append(t("sights", names=_joined([each.term for each in digest.sights])))
    lines.append(t("crawled", crawled=compared.crawled, usual=f"{compared.usually_crawled:.0f}"))
    lines.append(t("sources", sound=digest.sources - len(digest.gaps), all=digest.sources))
    if digest.last_offered:
        lines.append(t("fresh", when=digest.last_offered.strftime("%Y-%m-%d %H:%M")))
    return [defanged(line) for line in lines]


def defanged(text: str) -> str:
    """A text that no mail program makes a link of, its hidden characters shown: hxxps, [.]."""
    return _DOT.sub("[.]", _ADDRESS.sub(r"hxxp\1://", plain(text)))


def shortened(text: str) -> str:
    """A crawled text in a cell."""
    flat = " ".join(text.split())
    return defanged(flat if len(flat) <= LONGEST_TEXT else flat[: LONGEST_TEXT - 1] + "…")


def draw(digest: Digest) -> bytes | None:
    """The flagged offers of each day up to this one, as a PNG that reads on light and dark ground."""
    from datetime import timedelta

    import vl_convert

    series = digest.whole.series if digest.whole else ()
    days = [digest.day - timedelta(days=len(series) - 1 - n) for n in range(len(series))]
    values = [{"day": f"{day}", "n": n} for day, n in zip(days, series, strict=True) if n is not None]
    if not values:
        return None
    grey = {"labelColor": "#7a828c", "titleColor": "#7a828c", "gridColor": "#7a828c44", "domain": False}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 560,
        "height": 120,
        "background": None,
        "config": {"view": {"stroke": None}, "axis": grey},
        "data": {"values": values},
        "mark": {"type": "bar", "color": "#4c78a8", "binSpacing": 1},
        "encoding": {
            "x": {"field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": None},
            "y": {"field": "n", "type": "quantitative", "title": None, "axis": {"tickCount": 3}},
        },
    }
    png: bytes = vl_convert.vegalite_to_png(spec, scale=2)
    return png


def _joined(names: tuple[str, ...] | list[str], most: int = 6) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" +{more}" if more > 0 else "")


@lru_cache(maxsize=1)
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("dashboards.digest"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"shortened": shortened}
    return templates
