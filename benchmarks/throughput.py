"""Pages a second: bare Scrapy with the same parser and no pipeline, beside the whole crawl.

    python -m benchmarks.throughput [--listings 3000] [--rounds 3]

Both crawl the demo marketplace by the same source file, in turns, each in a process of its own; the
marketplace has one, too. On a busy machine the processor time tells more than the clock. Bare is Scrapy with
its own scheduler and middlewares; whole is what `jargonwatch crawl` does: frontier, safety, analysis,
masking, store (evidence off). Prints each round, the ratios of the medians, and how many responses waited to
be parsed at most, which shows whether the queue grows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

CONCURRENCY = 8
DEMO = """
import sys
from pathlib import Path
from crawler.demo import Demo
with Demo(size=int(sys.argv[1])) as demo:
    demo.sources(Path(sys.argv[2]), browser=False)
    print(len(demo.offers("jishi")), demo.platforms["jishi"].url, flush=True)
    sys.stdin.read()
"""


def main() -> None:
    """Serve the demo, crawl it both ways in turns, print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--listings", type=int, default=3000, help="on the platform that is crawled")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--crawl", nargs=3, metavar=("HOW", "FILE", "FOLDER"), help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.crawl:
        how, file, folder = chosen.crawl
        print(json.dumps(crawl(how, Path(file), Path(folder))))
        return
    with tempfile.TemporaryDirectory() as scratch:
        compare(chosen.listings, chosen.rounds, Path(scratch))


def compare(listings: int, rounds: int, scratch: Path) -> None:
    """Run both in turns and print what came of it."""
    command = [sys.executable, "-c", DEMO, str(listings * 3), str(scratch)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert demo.stdin is not None
        count, url = demo.stdout.readline().split()
        source = yaml.safe_load((scratch / "demo-jishi.yaml").read_text(encoding="utf-8"))
        source |= {"start": [{"category": f"{url}/all"}], "assertions": {}}
        source["politeness"] = {"delay": 0, "concurrency": CONCURRENCY, "adaptive": False}
        file = scratch / "source.yaml"
        file.write_text(yaml.safe_dump(source, allow_unicode=True), encoding="utf-8")
        found: dict[str, list[float]] = {"bare": [], "whole": []}
        work: dict[str, list[float]] = {"bare": [], "whole": []}
        for number in range(rounds):
            for how, rates in found.items():
                result = in_a_process(how, file, scratch / f"{how}-{number}")
                assert result["listings"] == int(count), result
                rates.append(result["pages"] / result["seconds"])
                work[how].append(result["pages"] / result["processor"])
                print(f"{how:5} {rates[-1]:6.0f} pages/s, at most {result['waiting']} responses waiting")
        demo.stdin.close()
    print(f"{count} listings, medians of {rounds} rounds; goal: a ratio of at least 0.85")
    for name, measured in (("second", found), ("second of processor time", work)):
        bare, whole = (statistics.median(rates) for rates in measured.values())
        print(f"pages a {name}: bare {bare:.0f}, whole {whole:.0f}, ratio {whole / bare:.2f}")


def in_a_process(how: str, file: Path, folder: Path) -> dict[str, Any]:
    """The result of one crawl."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.throughput", "--crawl"]
    ended = subprocess.run(
        [*command, how, str(file), str(folder)], check=True, stdout=subprocess.PIPE, text=True
    )
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


def crawl(how: str, file: Path, folder: Path) -> dict[str, Any]:
    """Crawl in this process: pages, listings, seconds between opening and closing the spider."""
    from scrapy import signals
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings

    from crawler import settings as scrapy_settings
    from crawler.config import init_workspace
    from crawler.nursery import warm_up
    from crawler.settings import ITEM_PIPELINES

    settings = Settings(
        {"LOG_LEVEL": "ERROR", "SPIDER_MODULES": ["spiders.listings"], "TELNETCONSOLE_ENABLED": False}
    )
    if how == "whole":
        workspace = init_workspace(folder)
        settings.setmodule(scrapy_settings, priority="project")
        whole = {"WORKSPACE": str(folder), "JOBDIR": str(folder / "job"), "PAGE_LIMIT_TODAY": 10**6}
        pipelines = {name: place for name, place in ITEM_PIPELINES.items() if "evidence" not in name}
        settings.update(whole | {"LOG_LEVEL": "ERROR", "ITEM_PIPELINES": pipelines}, priority="cmdline")
        warm_up(workspace.lexicon_dir)  # as in the process that crawls are forked from
    else:
        bare = {"SEARCH_WORDS": (), "NEIGHBOURS": (), "ROBOTSTXT_OBEY": True, "COOKIES_ENABLED": False}
        settings.update(bare, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler("listings")
    times: dict[str, float] = {}
    waiting = [0]

    def opened() -> None:
        times["began"], times["idle"] = time.perf_counter(), time.process_time()

    def closed() -> None:
        times["ended"], times["busy"] = time.perf_counter(), time.process_time()

    def watch() -> None:
        slot = crawler.engine.scraper.slot
        waiting[0] = max(waiting[0], len(slot.queue) + len(slot.active) if slot else 0)

    crawler.signals.connect(opened, signal=signals.spider_opened)
    crawler.signals.connect(closed, signal=signals.spider_closed)
    crawler.signals.connect(watch, signal=signals.response_received)
    process.crawl(crawler, source=str(file))
    process.start()
    stats = crawler.stats.get_stats()
    return {
        "pages": stats["page/list"] + stats["page/listing"],
        "listings": stats["listing/count"],
        "seconds": times["ended"] - times["began"],
        "processor": times["busy"] - times["idle"],
        "waiting": waiting[0],
    }


if __name__ == "__main__":
    main()
