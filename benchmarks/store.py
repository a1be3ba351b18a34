"""How fast the embedded store writes and answers, over generated listings.

    python benchmarks/store.py [--listings 100000] [--seed 7] [--slang 1.0] [--shuffled] [--keep FILE]

Prints rates of writing (new, unchanged) in batches of 500, by the clock and by processor time, and the
median and 95th percentile of each question. The same seed gives the same store.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.folding import fold_form
from pipelines.records import (
    CATEGORIES,
    Analysis,
    AnalyzedListing,
    Hit,
    Listing,
    Money,
    Price,
    Reason,
    Signal,
    listing_id,
)
from pipelines.store.answers import RunStart, TrendQuery
from pipelines.store.query import EVERYTHING, All, Has, Matches, Offered, Priced
from pipelines.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH = 500
TERMS = 1000
DAYS = 730
FIRST_DAY = datetime(2023, 1, 1, 4, tzinfo=UTC)
PLATFORMS = ("market-a", "market-b", "market-c", "market-d")
WORDS = [
    a + b
    for a in "全新正品包邮现货批发特价优惠实体店铺诚信经营支持验货"
    for b in "棉锁灯包鞋衣机器卡套盒笔纸杯"
]


def generated(
    count: int, seed: int, *, slang: float = 1.0, shuffled: bool = False, again: bool = False
) -> Iterator[list[AnalyzedListing]]:
    """Batches of 48-character listings; a share of them has one to three hits each, terms by Zipf's law.

    They are seen over two years and published some days before; or, shuffled, on any day of the two years,
    as in a first import. `again` has the same listings seen a day later.
    """
    source = random.Random(seed)
    weights = [1 / rank for rank in range(1, TERMS + 1)]
    for start in range(0, count, BATCH):
        ranks = source.choices(range(TERMS), weights, k=3 * BATCH)
        batch = []
        for n in range(min(BATCH, count - start)):
            age = timedelta(days=DAYS) * ((start + n) / count)
            seen_at = FIRST_DAY + age + timedelta(days=again)
            published = FIRST_DAY + (
                timedelta(seconds=source.randrange(DAYS * 86400))
                if shuffled
                else age - timedelta(days=source.expovariate(1 / 3))
            )
            found = ranks[3 * n : 3 * n + 3] if source.random() < slang else []
            batch.append(one_listing(source, start + n, found, seen_at, published))
        yield batch


def one_listing(
    source: random.Random, number: int, ranks: list[int], seen_at: datetime, published: datetime
) -> AnalyzedListing:
    platform = source.choice(PLATFORMS)
    title = "".join(source.choices(WORDS, k=9))
    description = "".join(source.choices(WORDS, k=15))
    ranks = ranks[: source.choice((1, 2, 2, 3))]
    hits = []
    for rank in ranks:
        surface = f"黑话{rank}"
        hits.append(
            Hit(
                f"term-{rank}", surface, CATEGORIES[rank % 13], surface, len(description),
                len(description) + len(surface), "description", source.choice(("exact", "exact", "pinyin")),
                source.choice(("confirmed", "alone", "excused")), ("银行卡",), 0.3,
            )
        )  # fmt: skip
        description += surface
    standing = [hit for hit in hits if hit.standing != "excused"]
    verdict = "clear" if not standing else "watch" if len(standing) == 1 else "flagged"
    listing = Listing(
        listing_id(platform, str(number)), platform, f"{platform}-search", title,
        seen_at, description, str(number),
        f"https://{platform}.example/item/{number}", Money(round(source.uniform(1, 500), 2)),
        f"seller-{source.randrange(20000)}", None, None, published, {},
    )  # fmt: skip
    tokens = tuple(title[i : i + 2] for i in range(0, len(title), 2))
    analysis = Analysis(
        verdict, round(0.4 * len(standing), 2) if standing else 0.0,
        standing[0].category if standing else None, tokens, tuple(hits),
        (Signal("contact", "wechat", "微信", 0, 2, "title"),) if standing else (),
        (Price("35元", 0, 3, "title", 35.0, "CNY"),) if standing else (),
        tuple(Reason("hit", hit.points, f"黑话：{hit.term}", hit.term, hit.category) for hit in standing),
        "lexicon-1",
    )  # fmt: skip
    return AnalyzedListing(listing, analysis)


def write_rates(store: SqliteStore, batches: Iterator[list[AnalyzedListing]], run_id: str) -> list[float]:
    """Listings a second: over all, over the last tenth of the batches, over all by processor time."""
    spent: list[tuple[int, float, float]] = []
    for batch in batches:
        begun, busy = time.perf_counter(), time.process_time()
        store.write(batch, run_id=run_id)
        spent.append((len(batch), time.perf_counter() - begun, time.process_time() - busy))
    last = spent[-max(1, len(spent) // 10) :]
    return [
        sum(row[0] for row in part) / sum(row[column] for row in part)
        for part, column in ((spent, 1), (last, 1), (spent, 2))
    ]


def timed(ask: Callable[[], object], times: int = 20) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), sorted(taken)[int(0.95 * (times - 1))]


def questions(store: SqliteStore) -> dict[str, Callable[[], object]]:
    years = (date(2023, 1, 1), date(2024, 12, 31))
    frequent = Has("term", ("term-0",))
    return {
        "trend of a frequent term, 2 years by day": lambda: store.trend(
            TrendQuery(*years, terms=("term-0",))
        ),
        "trend of all categories, 2 years by week": lambda: store.trend(
            TrendQuery(*years, by="week", categories=CATEGORIES)
        ),
        "newest 50": lambda: store.search(EVERYTHING),
        "newest 50 flagged on one platform": lambda: store.search(
            All((Has("verdict", ("flagged",)), Has("platform", PLATFORMS[:1])))
        ),
        "newest 50 of a frequent term below a price": lambda: store.search(
            All((Has("term", ("term-0",)), Priced("<=", 100)))
        ),
        "newest 50 of two verdicts and platforms": lambda: store.search(
            All((Has("verdict", ("flagged", "watch")), Has("platform", PLATFORMS[:2])))
        ),
        "strongest 50 flagged": lambda: store.search(Has("verdict", ("flagged",)), order="strongest"),
        "strongest 50 of a category": lambda: store.search(Has("category", ("bankcard",)), order="strongest"),
        "substring, rare (黑话777)": lambda: store.search(Matches("黑话777")),
        "substring, frequent (全棉)": lambda: store.search(Matches("全棉")),
        "one character (锁)": lambda: store.search(Matches("锁")),
        "facets of everything": lambda: store.facets(EVERYTHING),
        "facets of a frequent term": lambda: store.facets(frequent),
        "facets of a rare term": lambda: store.facets(Has("term", ("term-500",))),
        "facets of flagged, last 30 days": lambda: store.facets(
            All((Has("verdict", ("flagged",)), Offered(since=date(2024, 12, 1))))
        ),
        "totals": store.totals,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--shuffled", action="store_true", help="published in any order, as in a first import"
    )
    parser.add_argument("--slang", type=float, default=1.0, help="share of listings with hits")
    parser.add_argument("--keep", type=Path, help="keep the store in this file, or ask the one already there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "store.sqlite"
        is_new = not path.exists()
        with SqliteStore(path) as store:
            if is_new:
                write(store, options)
            print(f"{store.totals()}\n{path.stat().st_size / 1e6:,.0f} MB")
            for name, ask in questions(store).items():
                median, high = timed(ask)
                print(f"{name:45} p50 {median:9.2f} ms   p95 {high:9.2f} ms")


def write(store: SqliteStore, options: argparse.Namespace) -> None:
    fold_form("四件套")  # builds its tables once a process
    for run_id, kind, again in (("first", "new", False), ("second", "unchanged", True)):
        store.start_run(RunStart(run_id, "market-search", "market", "benchmark", FIRST_DAY))
        batches = generated(
            options.listings, options.seed, slang=options.slang, shuffled=options.shuffled, again=again
        )
        overall, last, busy = write_rates(store, batches, run_id)
        print(
            f"{kind:10} {overall:9,.0f} listings/s   last tenth {last:9,.0f}   by processor time {busy:9,.0f}"
        )


if __name__ == "__main__":
    main()
