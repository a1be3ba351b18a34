"""Memory while a browser renders page after page: it must stay flat.

    python -m benchmarks.browser_memory [--pages 500] [--renew-after 50]

Crawls listings' own pages on the demo's JavaScript platform through Chromium, as `jargonwatch crawl` would,
and prints the memory of Chromium and of the crawling process (proportional set size, Linux) every 50 pages.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import yaml

EVERY: Final = 50
DEMO: Final = """
import sys
from pathlib import Path
from crawler.demo import Demo
with Demo(size=int(sys.argv[1])) as demo:
    demo.sources(Path(sys.argv[2]))
    print(" ".join(offer.native_id for offer in demo.offers("fanpu")), flush=True)
    print(demo.platforms["fanpu"].url, flush=True)
    sys.stdin.read()
"""


def main() -> None:
    """Serve the demo in a process of its own and crawl it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--pages", type=int, default=500)
    arguments.add_argument("--renew-after", type=int, default=50)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        command = [sys.executable, "-W", "ignore", "-c", DEMO, str(chosen.pages * 3), scratch]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as demo:
            assert demo.stdout is not None
            assert demo.stdin is not None
            ids, url = demo.stdout.readline().split(), demo.stdout.readline().strip()
            base = yaml.safe_load((folder / "demo-fanpu.yaml").read_text(encoding="utf-8"))
            source = base | {
                "start": [{"listing": [f"{url}/item/{native_id}" for native_id in ids[: chosen.pages]]}],
                "browser": {"renew_after": chosen.renew_after, "wait_for": "h1"},
                "detail": {"fields": {"title": "h1", "native_id": {"address": "/item/([0-9a-f]+)"}}},
                "list": None,
                "assertions": {},
                "politeness": {"delay": 0, "concurrency": 2, "adaptive": False},
            }
            file = folder / "source.yaml"
            file.write_text(
                yaml.safe_dump({name: value for name, value in source.items() if value is not None})
            )
            crawl(file, folder / "desk")
            demo.stdin.close()


def crawl(file: Path, folder: Path) -> None:
    """Crawl in this process and print the memory on the way."""
    from scrapy import signals
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings

    from crawler import settings as scrapy_settings
    from crawler.config import init_workspace

    init_workspace(folder)
    settings = Settings()
    settings.setmodule(scrapy_settings, priority="project")
    overriding = {"WORKSPACE": str(folder), "PAGE_LIMIT_TODAY": 10**6, "LOG_LEVEL": "ERROR"}
    settings.update(overriding | {"ITEM_PIPELINES": {}}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler("listings")
    rendered = [0]

    def count() -> None:
        rendered[0] += 1
        if rendered[0] % EVERY == 1:
            chromium, own = memory()
            print(f"{rendered[0]:4} pages: Chromium {chromium:5.0f} MB, crawl {own:4.0f} MB", flush=True)

    crawler.signals.connect(count, signal=signals.response_received)
    process.crawl(crawler, source=str(file))
    process.start()
    stats = crawler.stats.get_stats()
    print(
        f"{stats.get('listing/count', 0)} listings, {stats.get('playwright/context_count', 0)} contexts,"
        f" {stats.get('playwright/page_count', 0)} pages opened"
    )


def memory() -> tuple[float, float]:
    """Megabytes of all processes below this one, and of this one."""
    below, waiting = 0.0, [os.getpid()]
    while waiting:
        pid = waiting.pop()
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            children = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
        except OSError:  # it has ended
            continue
        below += sum(proportional(child) for child in children)
        waiting += children
    return below, proportional(os.getpid())


def proportional(pid: int) -> float:
    """The proportional set size of a process in megabytes, 0 for one that has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    line = next((line for line in text.splitlines() if line.startswith("Pss:")), "Pss: 0")
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
