"""Made-up listings, runs and links of the last weeks, for dashboards to show."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.records import DISGUISES, Money, Signal
from pipelines.store.answers import RunEnd, SellerLink
from pipelines.store.elasticsearch.mappings import FILLED
from tests.pipelines.store_cases import hit, offer, start

if TYPE_CHECKING:
    from pipelines.records import AnalyzedListing
    from pipelines.store.protocol import Store

TERMS = {"四件套": "bankcard", "跑分": "payment", "实名号": "account", "白户": "identity", "车队": "payment"}
UNUSUAL = "新黑话"
PLATFORMS = ("market", "forum", "shop")


def fill(store: Store, *, listings: int = 400, days: int = 60, seed: int = 7) -> None:
    """Fill an empty store, one run a platform and week, up to now."""
    chance, now = random.Random(seed), datetime.now(UTC)
    offers = [made_offer(chance, number, now, days) for number in range(listings)]
    for platform in PLATFORMS:
        for week in range(days // 7, -1, -1):
            at = now - timedelta(days=7 * week, hours=2)
            run_id = start(store, f"{platform}-{week}", source=f"{platform}-search", at=at)
            ours = [
                each
                for each in offers
                if each.listing.platform == platform and (now - each.listing.seen_at).days // 7 == week
            ]
            store.write(ours, run_id=run_id)
            rates = {name: round(chance.uniform(0.7, 1), 3) for name in FILLED}
            outcome = "failed" if chance.random() < 0.2 else "done"
            end = at + timedelta(minutes=10)
            store.finish_run(run_id, RunEnd(end, outcome, "", 50, 10**6, rates, {"timeout": 2}))
    for number in range(12):
        link = SellerLink(
            "market", f"seller-{number}", "forum", f"m-{number}", "https://forum.example/u", now, "market-0"
        )
        store.link(link)


def made_offer(chance: random.Random, number: int, now: datetime, days: int) -> AnalyzedListing:
    """An offer of a random day; one term is new this week."""
    is_new = number % 20 == 0
    seen_at = now if is_new else now - timedelta(days=days) * chance.random() ** 1.5
    names = chance.sample(sorted(TERMS), chance.randrange(1, 4))
    if (now - seen_at).days < 7 and chance.random() < 0.4:
        names.append(UNUSUAL)
    hits = [
        hit(
            name,
            category=TERMS.get(name, "tool"),
            disguise=chance.choice(DISGUISES),
            standing="excused" if chance.random() < 0.1 else "confirmed",
        )
        for name in names
    ]
    made = offer(
        number,
        hits=hits,
        verdict=chance.choice(("flagged", "flagged", "watch", "clear")),
        score=round(chance.random(), 2),
        platform=chance.choice(PLATFORMS),
        seen_at=seen_at,
        published_at=None if is_new else seen_at - timedelta(hours=chance.randrange(48)),
        seller_id=f"seller-{chance.randrange(30)}",
        price=chance.choice((None, Money(float(chance.randrange(50, 2000))), Money(99.0, "USDT"))),
    )
    signals = (*made.analysis.signals, Signal("contact", "wechat", "加薇", 0, 2, "description"))
    return replace(made, analysis=replace(made.analysis, signals=signals))
