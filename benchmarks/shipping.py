"""How fast shipping is beside `parallel_bulk` of ready documents, and how fast the dashboards' panels answer.

    python -m benchmarks.shipping [--listings 40000] [--rounds 5] [--hits 1000000]

Starts the tests' own node (it needs Java and Maven) with a heap of 1 GB. First a store of made-up listings
is shipped to new indices, and the same documents, ready in memory, go to others by elasticsearch-py's
`parallel_bulk` at its defaults, in turns; what is printed is the ratio of their rates, median of the rounds.
Two rounds before warm the node up and aren't counted.
Then a store with so many hits is shipped, and every panel's request is sent twenty times without the cache.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from elasticsearch import Elasticsearch, helpers

from crawler.shipping import BATCH_CHANGES, Progress, Shipper
from dashboards.kibana.bundle import saved_objects
from pipelines.store.elasticsearch.connection import ClusterSettings, address, connect
from pipelines.store.elasticsearch.indices import Indices
from pipelines.store.elasticsearch.mappings import APPENDED
from pipelines.store.elasticsearch.outbox import Outbox
from pipelines.store.sqlite import SqliteStore
from tests.elasticsearch.cluster import remove
from tests.elasticsearch.demo_data import PLATFORMS, fill, made_offer
from tests.elasticsearch.node import Node, start
from tests.elasticsearch.panels import panels
from tests.pipelines.store_cases import start as start_run

HEAP = "1g"
BATCH = 500
DAYS = 90
REQUESTS = 20
WARMING_ROUNDS = 2
HITS_A_LISTING = 2.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--listings", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hits", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        node = start(Path(folder) / "node", heap=HEAP)
        try:
            client = connect(ClusterSettings(node.url))
            compare_rates(client, Path(folder), arguments.listings, arguments.rounds)
            if arguments.hits:
                time_panels(client, Path(folder), arguments.hits)
        finally:
            _end(node)


def compare_rates(client: Elasticsearch, folder: Path, listings: int, rounds: int) -> None:
    path = folder / "rates.sqlite"
    with SqliteStore(path) as store:
        _fill(store, listings)
    rates: dict[str, list[float]] = {"shipping": [], "parallel_bulk": []}
    for number in range(-WARMING_ROUNDS, rounds):
        for way, once in (("shipping", _ship), ("parallel_bulk", _bulk)):
            indices = Indices(client, f"{way[:4]}{number + WARMING_ROUNDS}")
            documents, seconds = once(client, path, indices)
            if number >= 0:
                rates[way].append(documents / seconds)
            remove(client, indices)
    medians = {way: statistics.median(each) for way, each in rates.items()}
    for way, rate in medians.items():
        print(f"{way:<14} {rate:>9,.0f} documents/s   rounds: {', '.join(f'{r:,.0f}' for r in rates[way])}")
    print(f"ratio {medians['shipping'] / medians['parallel_bulk']:.2f}\n", flush=True)


def time_panels(client: Elasticsearch, folder: Path, hits: int) -> None:
    path = folder / "panels.sqlite"
    indices = Indices(client, "jw")
    with SqliteStore(path) as store:
        fill(store)  # runs, links and some of today
        _fill(store, int(hits / HITS_A_LISTING))
    started = time.perf_counter()
    with Outbox(path, "jw") as outbox:
        result = Shipper(outbox, client, indices).ship()
    seconds = time.perf_counter() - started
    indices.refresh()
    counted = {kind: f"{indices.documents(kind):,}" for kind in ("listings", "versions", "hits")}
    print(f"shipped {result.written:,} documents in {seconds:.0f} s: {counted}")
    print(f"{'panel':<86} {'p50 ms':>8} {'p95 ms':>8}")
    for panel in panels(saved_objects("jw")):
        taken = []
        for _ in range(REQUESTS):
            began = time.perf_counter()
            client.search(index=panel.data_view, body=panel.body, request_cache=False)
            taken.append((time.perf_counter() - began) * 1000)
        name = f"{panel.dashboard.removeprefix('jw-')}: {panel.title}"
        p95 = statistics.quantiles(taken, n=20)[-1]
        print(f"{name[:86]:<86} {statistics.median(taken):>8.1f} {p95:>8.1f}", flush=True)


def _fill(store: SqliteStore, listings: int) -> None:
    chance, now = random.Random(3), datetime.now(UTC)
    for platform in PLATFORMS:
        start_run(store, f"{platform}-bulk", source=f"{platform}-search", at=now)
    for begin in range(0, listings, BATCH):
        numbers = range(begin, min(begin + BATCH, listings))
        batch = [made_offer(chance, 10**7 + 20 * number + 1, now, DAYS) for number in numbers]
        store.write(batch, run_id="market-bulk")


def _ship(client: Elasticsearch, path: Path, indices: Indices) -> tuple[int, float]:
    with Outbox(path, indices.prefix) as outbox:
        indices.prepare(outbox.state().store_id)
        began = time.perf_counter()
        result = Shipper(outbox, client, indices, told=_complain).ship()
        return result.written, time.perf_counter() - began


def _complain(progress: Progress) -> None:
    if progress.waiting_for:
        print(f"waited for: {progress.waiting_for}")


def _bulk(client: Elasticsearch, path: Path, indices: Indices) -> tuple[int, float]:
    with Outbox(path, indices.prefix) as outbox:
        indices.prepare(outbox.state().store_id)
        peer = Elasticsearch(address(client))
        actions = [
            {
                "_op_type": "create" if document.kind in APPENDED else "index",
                "_index": indices.alias(document.kind),
                "_id": document.id,
                "_source": document.body,
            }
            for documents in outbox.everything(limit=BATCH_CHANGES)
            for document in documents
        ]
    began = time.perf_counter()
    taken = Counter(ok for ok, _ in helpers.parallel_bulk(peer, actions))
    seconds = time.perf_counter() - began
    assert taken[False] == 0
    return taken[True], seconds


def _end(node: Node) -> None:
    node.release()
    deadline = time.monotonic() + 30
    while node.home.exists() and time.monotonic() < deadline:
        time.sleep(0.2)


if __name__ == "__main__":
    main()
