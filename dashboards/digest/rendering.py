"""A digest as a mail: HTML with a chart, and text; Chinese or English. Crawled text is data, never markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from dashboards.digest.crawled import defanged, shortened
from dashboards.digest.wording import speaker
from dashboards.web.figures import listings_address
from pipelines.store.query import Offered
from pipelines.wording import CATEGORY_WORDING, DISGUISE_WORDING, Wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.digest.content import Digest
    from dashboards.digest.price_moves import PriceMove
    from dashboards.unusual import Comparison
    from dashboards.web.texts import Language

CHART_ID: Final = "trend"
SPARK_DAYS: Final = 14
_BARS: Final = "▁▂▃▄▅▆▇█"
_NO_BAR: Final = "·"
"""A day that was not watched."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest ready to be sent; `chart` is a PNG that the HTML names by `cid:trend`, None without data.

    `summary` is its ten lines alone, for channels that take no long text.
    """

    subject: str
    text: str
    html: str
    summary: str
    chart: bytes | None


class Line(NamedTuple):
    """A line of the summary and the address of what is behind it, on the pages."""

    text: str
    address: str


def render(digest: Digest, language: Language, url: str) -> Rendered:
    """The digest in a language; links lead to the pages at `url`."""
    base, t = url.rstrip("/"), speaker(language)

    def named(wording: Wording) -> str:
        return wording.zh if language == "zh" else wording.en

    chart = draw(digest)
    lines = summary(digest, language)
    context: dict[str, Any] = {
        "digest": digest,
        "lines": lines,
        "t": t,
        "language": language,
        "base": base,
        "link": lambda query: base + listings_address(query),
        "category": lambda name: named(CATEGORY_WORDING[name]),
        "disguise": lambda name: named(DISGUISE_WORDING[name]),
        "amount": partial(_amount, language),
        "spark": sparkline,
        "chart": chart is not None,
    }
    templates = mail_templates()
    return Rendered(
        subject=t("subject", day=digest.day, flagged=digest.flagged),
        text=templates.get_template("digest.txt").render(context),
        html=templates.get_template("digest.html").render(context),
        summary="\n".join(line.text for line in lines) + f"\n{base}{listings_address(digest.query())}\n",
        chart=chart,
    )


def summary(digest: Digest, language: Language) -> list[Line]:
    """Ten lines at most, what matters most first."""
    t = speaker(language)
    of_day = listings_address(digest.query())

    def of_terms(found: Sequence[Comparison]) -> str:
        return listings_address(digest.query(*[each.subject[1] for each in found]))

    lines = [Line(_headline(digest, language), of_day)]
    if digest.gaps:
        lines.append(Line(t("sources.gaps", names=joined([gap.source for gap in digest.gaps])), "/sources"))
    if digest.rising:
        names = [f"{digest.names[each.subject[1]]} ({each.count})" for each in digest.rising]
        lines.append(Line(t("rising", names=joined(names)), of_terms(digest.rising)))
    else:
        lines.append(Line(t("rising.none"), of_day))
    if digest.falling:
        names = [digest.names[each.subject[1]] for each in digest.falling]
        lines.append(Line(t("falling", names=joined(names)), of_terms(digest.falling)))
    if digest.sights:
        ids = [each.term_id for each in digest.sights]
        names = [each.term for each in digest.sights]
        lines.append(Line(t("sights", names=joined(names)), listings_address(digest.query(*ids))))
    if digest.moves:
        names = [_move(move, language) for move in digest.moves]
        lines.append(Line(t("moves", names=joined(names, 3)), listings_address(digest.moves[0].query)))
    if digest.links:
        lines.append(Line(t("links", count=len(digest.links)), "/#h-links"))
    compared = digest.compared
    crawled = t("crawled", crawled=compared.crawled, usual=f"{compared.usually_crawled:.0f}")
    lines.append(Line(crawled, listings_address(Offered(digest.day, digest.day))))
    sound = t("sources", sound=digest.sources - len(digest.gaps), all=digest.sources)
    lines.append(Line(sound, "/sources"))
    if digest.last_offered:
        when = digest.last_offered.strftime("%Y-%m-%d %H:%M")
        lines.append(Line(t("fresh", when=when), "/runs"))
    return [line._replace(text=defanged(line.text)) for line in lines]


def _headline(digest: Digest, language: Language) -> str:
    t = speaker(language)
    if not digest.compared.platforms:
        return t("gap", day=digest.day)
    if not digest.headline or digest.headline[0].q is None:
        return t("whole.few", day=digest.day, count=digest.flagged)
    parts = [_against_usual(each, digest, language) for each in digest.headline]
    if not digest.categories:
        return parts[0]
    return t("categories", day=digest.day, parts=("；" if language == "zh" else "; ").join(parts))


def _against_usual(found: Comparison, digest: Digest, language: Language) -> str:
    t = speaker(language)
    bounds = {"count": found.count, "low": f"{found.low:.0f}", "high": f"{found.high:.0f}"}
    if found.subject[0] == "all":
        return t("whole", day=digest.day, **bounds)
    category = getattr(CATEGORY_WORDING[found.subject[1]], language)  # type: ignore[index]
    return t("categories.part", category=category, **bounds)


def sparkline(series: Sequence[int | None], days: int = SPARK_DAYS) -> str:
    """The last days of a series as a line of bars that any font has; a dot where nothing was watched."""
    shown = series[-days:]
    most = max((count for count in shown if count is not None), default=0)
    steps = len(_BARS) - 1
    return "".join(
        _NO_BAR if count is None else _BARS[-(-count * steps // most) if most else 0] for count in shown
    )


def draw(digest: Digest) -> bytes | None:
    """The flagged offers of each day up to this one, as a PNG that reads on light and dark ground."""
    import vl_convert

    columns = list(zip(*(each.series for each in digest.headline), strict=True))
    counts = [None if None in column else sum(n or 0 for n in column) for column in columns]
    days = [digest.day - timedelta(days=len(counts) - 1 - n) for n in range(len(counts))]
    values = [{"day": f"{day}", "n": n} for day, n in zip(days, counts, strict=True) if n is not None]
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


def _move(move: PriceMove, language: Language) -> str:
    category = getattr(CATEGORY_WORDING[move.category], language)
    before = _amount(language, move.before.p50, move.currency, None)
    return f"{category} {before} → {_amount(language, move.now.p50, move.currency, move.unit)}"


def _amount(language: Language, amount: float, currency: str, unit: str | None) -> str:
    text = f"{amount:,.2f}".removesuffix(".00") + f" {currency}"
    return f"{text} {speaker(language)('per', unit=unit)}" if unit else text


def joined(names: Sequence[str], most: int = 6) -> str:
    """Names in a line, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" +{more}" if more > 0 else "")


@lru_cache(maxsize=1)
def mail_templates() -> Environment:
    """The templates of digests and alerts."""
    templates = Environment(
        loader=PackageLoader("dashboards.digest"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"shortened": shortened}
    return templates
