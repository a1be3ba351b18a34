"""A store as weeks of daily crawls of the demo marketplace would leave it, with hostile listings in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from crawler.demo.stock import generated
from pipelines.analysis import analyze_batch
from pipelines.lexicon.load import DEFAULT_LEXICON, load_lexicon
from pipelines.masking import mask_analyzed
from pipelines.records import Listing, Money, listing_id
from pipelines.store.answers import DAY_ZONE, RunEnd, RunStart, SellerLink, day_of
from pipelines.store.query import Has
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.demo.records import Offer
    from pipelines.store.protocol import Store

KEY = bytes(range(32))
WEEKS = 10
SEEDS = (1, 2, 3)
SEEDS_OF_ADS = range(4, 14)
HOSTILE = {
    "markup": "<img src=x onerror=\"document.title='run'\"> 四件套 银行卡 <script>document.title=1</script>",
    "bidi": "出\u202e套件四\u202c 银行卡 四件套 \u2066带U盾\u2069 懂的来\u200b",
    "long": "四件套银行卡U盾" * 40,
    "template": '{{ 7 * 7 }} ${7*7} 四件套 银行卡 \';--" onfocus=alert(1) autofocus x="',
}


def build(path: Path, today: date) -> None:
    """Write the store; the same for the same day."""
    found = defaultdict(list)
    for listing in _listings(today):
        found[listing.platform, day_of(listing.seen_at)].append(listing)
    lexicon = load_lexicon(DEFAULT_LEXICON)
    with open_store(path) as store:
        for n in range(7 * WEEKS, -1, -1):
            day = today - timedelta(days=n)
            for platform in ("jishi", "fanpu", "jiujie"):
                _run(store, platform, day, found.get((platform, day), []), lexicon, n)
        _link(store, today)


def _run(store, platform, day, listings, lexicon, days_ago) -> None:
    source = f"demo-{platform}"
    started = datetime.combine(day, time(22 if days_ago else 0, 10), DAY_ZONE).astimezone(UTC)
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{source}-0001"
    store.start_run(RunStart(run_id, source, platform, "schedule", started, f"logs/{run_id}.log"))
    failed = platform == "jiujie" and days_ago in (3, 4, 17)
    if listings and not failed:
        analyses = analyze_batch(listings, lexicon)
        store.write(
            [mask_analyzed(*each, KEY) for each in zip(listings, analyses, strict=True)], run_id=run_id
        )
    drifted = platform == "fanpu" and days_ago == 0
    rates = {"title": 1.0, "price": 0.31 if drifted else 0.96, "seller_id": 1.0, "description": 0.88}
    end = started + timedelta(minutes=3, seconds=len(listings))
    store.finish_run(
        run_id,
        RunEnd(end, "failed", "no answer from the site; try again later", errors={"timeout": 12})
        if failed
        else RunEnd(
            end, "done", pages=40 + len(listings), bytes=91_000 + 700 * len(listings), fill_rates=rates
        ),
    )


def _listings(today: date) -> list[Listing]:
    noon = datetime.combine(today, time(12), DAY_ZONE).astimezone(UTC)
    made = []
    for seed in SEEDS:
        for offers in generated(seed, noon, 360).values():
            made += [_listing(seed, offer) for offer in offers]
    for seed in SEEDS_OF_ADS:
        for offers in generated(seed, noon - timedelta(days=5 * seed % 13), 120).values():
            made += [_listing(seed, offer) for offer in offers if offer.category]
    earliest = today - timedelta(days=7 * WEEKS)
    kept = [listing for listing in made if earliest <= day_of(listing.seen_at) <= today]
    for number, (name, title) in enumerate(HOSTILE.items()):
        seen = noon - timedelta(days=1, hours=number)
        hostile = replace(kept[0], listing_id=listing_id("jishi", name), native_id=name, title=title)
        kept.append(replace(hostile, platform="jishi", source="demo-jishi", seen_at=seen, published_at=seen))
    for number in range(14):  # a burst on the last day that is over
        seen = noon - timedelta(days=1, minutes=number)
        burst = replace(
            kept[0], listing_id=listing_id("jishi", f"burst-{number}"), native_id=f"burst-{number}"
        )
        title = f"八件套 对公 U盾齐全 第{number}批 懂的来"
        kept.append(
            replace(
                burst, title=title, platform="jishi", source="demo-jishi", seen_at=seen, published_at=seen,
                price=Money(2800.0 + 150 * number), description="",
            )
        )  # fmt: skip
    return kept


def _listing(seed: int, offer: Offer) -> Listing:
    platform = offer.platform
    price = (offer.price or "").lstrip("¥").replace(",", "")
    return Listing(
        listing_id=listing_id(platform, f"{seed}-{offer.native_id}"),
        platform=platform,
        source=f"demo-{platform}",
        title=offer.title,
        description=offer.description,
        seen_at=offer.published_at,
        published_at=offer.published_at,
        native_id=f"{seed}-{offer.native_id}",
        url=f"http://127.0.0.1:8750/item/{offer.native_id}",
        price=Money(float(price)) if price.replace(".", "", 1).isdigit() else None,
        seller_id=f"{offer.seller.seller_id}-{seed}",
        seller_name=offer.seller.name,
        shelf=offer.shelf,
    )


def _link(store: Store, today: date) -> None:
    seen = datetime.combine(today, time(1), DAY_ZONE).astimezone(UTC)
    run_id = store.runs(limit=1)[0].start.run_id
    sellers = {
        (each.listing.platform, each.listing.seller_id)
        for each in store.search(Has("verdict", ("flagged",)), limit=400).listings
        if each.listing.seller_id
    }
    ordered = sorted(sellers)
    for number, (platform, seller) in enumerate(ordered):
        for step in (1, 5)[: 1 + number % 2]:
            other = ordered[(number * step + 3) % len(ordered)]
            if other[0] != platform:
                store.link(
                    SellerLink(platform, seller, *other, f"https://example.org/s/{number}", seen, run_id)
                )
