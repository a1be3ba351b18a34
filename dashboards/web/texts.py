"""The words of the pages in Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pipelines.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Language = Literal["en", "zh"]

SHARED: Final[dict[str, Wording]] = {
    "jargonwatch": Wording("jargonwatch", "jargonwatch"),
    "skip": Wording("跳到正文", "Skip to content"),
    "pages": Wording("页面", "Pages"),
    "display": Wording("显示", "Display"),
    "nav.overview": Wording("概览", "Overview"),
    "nav.listings": Wording("商品", "Listings"),
    "nav.triage": Wording("研判", "Triage"),
    "nav.terms": Wording("词库", "Terms"),
    "nav.candidates": Wording("新词", "New slang"),
    "nav.sources": Wording("来源", "Sources"),
    "nav.runs": Wording("运行", "Runs"),
    "theme.auto": Wording("跟随系统", "System"),
    "theme.light": Wording("浅色", "Light"),
    "theme.dark": Wording("深色", "Dark"),
    "theme": Wording("外观", "Theme"),
    "as json": Wording("本页 JSON", "This page as JSON"),
    "log out": Wording("退出", "Log out"),
    "not recorded": Wording(
        "谁看过、导出过什么均有记录。", "What is seen and exported here is recorded by name."
    ),
    "flagged": Wording("告警", "flagged"),
    "watch": Wording("观察", "watch"),
    "clear": Wording("正常", "clear"),
    "no service": Wording(
        "没有运行中的服务，因此没有任何定时任务；用 jargonwatch serve 启动。",
        "No service is running, so nothing is scheduled; jargonwatch serve starts it.",
    ),
    "failed": Wording("无法显示此页", "This page cannot be shown"),
    "not found": Wording("没有此页", "No such page"),
    "back": Wording("返回概览", "Back to the overview"),
    "login": Wording("登录", "Log in"),
    "login.name": Wording("您的名字（用于审计记录和研判）", "Your name (for the audit log and decisions)"),
    "login.token": Wording("访问令牌", "Access token"),
    "login.wrong": Wording("令牌不正确。", "That is not the token."),
    "show table": Wording("数据表", "As a table"),
    "no data": Wording("没有数据", "Nothing to show"),
    "loading": Wording("正在绘图…", "Drawing…"),
    "chart failed": Wording("无法绘图，请看数据表。", "The chart cannot be drawn; see the table."),
}


class Texts:
    """All words of the pages by key; a key that is missing or given twice is a mistake of ours."""

    def __init__(self, parts: Iterable[Mapping[str, Wording]]) -> None:
        self._all: dict[str, Wording] = {}
        for part in (SHARED, *parts):
            if twice := self._all.keys() & part.keys():
                raise ValueError(f"texts given twice: {', '.join(sorted(twice))}")
            self._all |= part

    def say(self, language: Language, key: str, **values: object) -> str:
        """The words of a key, with `{name}` filled in."""
        words = getattr(self._all[key], language)
        return words.format(**values) if values else str(words)
