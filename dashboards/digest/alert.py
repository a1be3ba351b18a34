"""An alert as text: what was waited for, the listings behind it, and the way to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards.digest.crawled import shortened
from dashboards.digest.rendering import joined, mail_templates
from dashboards.digest.wording import speaker
from dashboards.web.figures import listings_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboards.watches import Finding, Match
    from dashboards.web.texts import Language


@dataclass(frozen=True, slots=True)
class Occasion:
    """Which rule an alert is of: its name, what it is about, its kind and the values of that kind's text."""

    rule: str
    about: str
    kind: str
    values: Mapping[str, object]
    cooldown_hours: float


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert ready to be sent."""

    subject: str
    text: str


def render_alert(
    occasion: Occasion, new: Sequence[Match], finding: Finding, language: Language, url: str
) -> Alert:
    """An alert in a language; links lead to the pages at `url`."""
    t = speaker(language)
    names = joined([shortened(match.label) for match in new])
    what = t(f"alert.{occasion.kind}", names=names, **occasion.values)
    text = mail_templates().get_template("alert.txt")
    return Alert(
        subject=t("alert.subject", rule=occasion.rule, what=what),
        text=text.render(
            t=t,
            about=occasion.about,
            what=what,
            new=new if occasion.kind == "seller_back" else (),
            listings=finding.listings,
            base=url.rstrip("/"),
            address=listings_address(finding.query),
            foot=t("alert.foot", rule=occasion.rule, hours=f"{occasion.cooldown_hours:g}"),
        ),
    )
