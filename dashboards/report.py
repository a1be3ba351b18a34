"""The report: what a store holds, on one screen of a terminal, or as JSON.

Everything shown was masked before it was stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from rich.console import Group
from rich.table import Table
from rich.text import Text

from pipelines.records import Verdict
from pipelines.store.answers import DAY_ZONE
from pipelines.store.query import All, Has
from pipelines.wording import CATEGORY_WORDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

    from pipelines.records import Category, Money
    from pipelines.store.answers import Facets, StoredListing, Totals
    from pipelines.store.protocol import Questions
    from pipelines.store.query import Query

Language = Literal["en", "zh"]

_STYLES: Final[dict[str, str]] = {"flagged": "bold red", "watch": "yellow", "clear": "green"}
_BAR_WIDTH: Final = 16
_REASONS_SHOWN: Final = 3

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "empty": ("Nothing has been crawled into this store yet.", "这个库里还没有抓取到任何内容。"),
    "listings": ("listings", "商品"),
    "hits": ("hits", "命中"),
    "gone": ("gone", "已下架"),
    "offered": ("offered", "发布于"),
    "to": ("to", "至"),
    "flagged": ("flagged", "告警"),
    "watch": ("watch", "观察"),
    "clear": ("clear", "正常"),
    "top terms": ("Top terms", "高频黑话"),
    "flagged listings": ("Flagged listings, strongest first", "告警商品(由强到弱)"),
    "score": ("score", "得分"),
    "listing": ("listing", "商品"),
    "why": ("why", "理由"),
    "more": ("more", "条未列出"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What the report says: the store as a whole, counts, and the strongest flagged listings."""

    totals: Totals
    facets: Facets
    flagged: tuple[StoredListing, ...]


def read_report(store: Questions, query: Query, *, terms: int, listings: int) -> Report:
    """Ask a store for a report on the listings that `query` matches."""
    flagged = store.search(All((query, Has("verdict", ("flagged",)))), order="strongest", limit=listings)
    return Report(store.totals(), store.facets(query, top=terms), flagged.listings)


def report_record(report: Report) -> dict[str, Any]:
    """The report as JSON values; times are UTC."""
    totals, facets = report.totals, report.facets
    return {
        "totals": {
            "listings": totals.listings,
            "versions": totals.versions,
            "gone": totals.gone,
            "runs": totals.runs,
            "first_offered": totals.first_offered.isoformat() if totals.first_offered else None,
            "last_offered": totals.last_offered.isoformat() if totals.last_offered else None,
        },
        "listings": facets.listings,
        "hits": facets.hits,
        "verdicts": dict(facets.verdicts),
        "categories": dict(facets.categories),
        "platforms": dict(facets.platforms),
        "terms": [
            {"term_id": term.term_id, "term": term.term, "category": term.category, "listings": term.listings}
            for term in facets.terms
        ],
        "flagged": [_listing_record(stored) for stored in report.flagged],
    }


def _listing_record(stored: StoredListing) -> dict[str, Any]:
    listing, analysis = stored.listing, stored.analysis
    return {
        "listing_id": listing.listing_id,
        "platform": listing.platform,
        "title": listing.title,
        "url": listing.url,
        "seller_id": listing.seller_id,
        "score": round(analysis.score, 4),
        "category": analysis.category,
        "terms": list(dict.fromkeys(hit.term for hit in analysis.hits if hit.standing != "excused")),
        "reasons": [
            {"code": reason.code, "points": round(reason.points, 4), "zh": reason.zh, "en": reason.en}
            for reason in analysis.reasons
        ],
        "first_seen": stored.first_seen.isoformat(),
        "last_seen": stored.last_seen.isoformat(),
    }


def render_report(report: Report, language: Language = "en") -> RenderableType:
    """The report for a terminal of 80 columns or more."""
    words = {name: pair[language == "zh"] for name, pair in _WORDS.items()}
    if not report.totals.listings:
        return Text(words["empty"])
    parts: list[RenderableType] = [_headline(report, words), Text(), _terms(report, words, language)]
    if report.flagged:
        parts += [Text(), _flagged(report, words, language)]
    return Group(*parts)


def _headline(report: Report, words: Mapping[str, str]) -> RenderableType:
    totals, facets = report.totals, report.facets
    counts = Text.assemble(
        (f"{facets.listings:,}", "bold"),
        f" {words['listings']}, ",
        (f"{facets.hits:,}", "bold"),
        f" {words['hits']}",
    )
    if totals.gone:
        counts.append(f", {totals.gone:,} {words['gone']}")
    if totals.first_offered and totals.last_offered:
        first, last = (
            str(time.astimezone(DAY_ZONE).date()) for time in (totals.first_offered, totals.last_offered)
        )
        counts.append(f", {words['offered']} {first} {words['to']} {last}")
    by_platform = sorted(facets.platforms.items(), key=lambda item: -item[1])
    counts.append("\n" + ", ".join(f"{name} {count:,}" for name, count in by_platform), style="dim")
    verdicts = Table.grid(padding=(0, 1))
    for verdict in get_args(Verdict):
        count = facets.verdicts.get(verdict, 0)
        style = _STYLES[verdict]
        verdicts.add_row(
            Text(words[verdict], style),
            Text(f"{count:,}", style, justify="right"),
            Text(_bar(count, facets.listings, 2 * _BAR_WIDTH), style),
        )
    return Group(counts, verdicts)


def _terms(report: Report, words: Mapping[str, str], language: Language) -> Table:
    table = _table(words["top terms"])
    most = max((term.listings for term in report.facets.terms), default=0)
    for term in report.facets.terms:
        table.add_row(
            Text(term.term, "bold"),
            Text(_category(term.category, language), "dim"),
            Text(f"{term.listings:,}", justify="right"),
            Text(_bar(term.listings, most), "cyan"),
        )
    return table


def _flagged(report: Report, words: Mapping[str, str], language: Language) -> Table:
    table = Table(
        title=f"{words['flagged listings']} ({len(report.flagged)}/{report.facets.verdicts['flagged']})",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        header_style="dim",
        expand=True,
        padding=(0, 2, 1, 0),
    )
    table.add_column(words["score"], justify="right", style=_STYLES["flagged"])
    table.add_column(words["listing"], ratio=4, overflow="fold")
    table.add_column(words["why"], ratio=5, overflow="fold")
    for stored in report.flagged:
        table.add_row(f"{stored.analysis.score:.2f}", _offer(stored), _why(stored, words, language))
    return table


def _offer(stored: StoredListing) -> Text:
    """The title with its slang marked; below it platform, price and day."""
    listing = stored.listing
    text = Text(listing.title or listing.description.split("\n", 1)[0])
    shown = "title" if listing.title else "description"
    for hit in stored.analysis.hits:
        if hit.field == shown and hit.standing != "excused":
            text.stylize("bold red", hit.start, hit.end)
    day = stored.current.offered_at.astimezone(DAY_ZONE).date()
    facts = [listing.platform, _money(listing.price), str(day)]
    return text.append("\n" + " · ".join(fact for fact in facts if fact), style="dim")


def _why(stored: StoredListing, words: Mapping[str, str], language: Language) -> Text:
    reasons = sorted(stored.analysis.reasons, key=lambda reason: -abs(reason.points))
    lines = [
        f"{reason.points:+.2f} {reason.zh if language == 'zh' else reason.en}"
        for reason in reasons[:_REASONS_SHOWN]
    ]
    if len(reasons) > _REASONS_SHOWN:
        lines.append(f"+{len(reasons) - _REASONS_SHOWN} {words['more']}")
    return Text("\n".join(lines))


def _table(title: str) -> Table:
    return Table(
        title=title, title_justify="left", title_style="bold", show_header=False, box=None, pad_edge=False
    )


def _category(category: Category, language: Language) -> str:
    wording = CATEGORY_WORDING[category]
    return wording.zh if language == "zh" else wording.en


def _money(price: Money | None) -> str:
    if price is None:
        return ""
    amount = f"{price.amount:,.2f}".removesuffix(".00")
    return f"{price.currency} {amount}" + (f"/{price.unit}" if price.unit else "")


def _bar(count: int, most: int, width: int = _BAR_WIDTH) -> str:
    """A bar in proportion; something is seen of every count above zero."""
    return "█" * max(round(width * count / most), 1) if count else ""
