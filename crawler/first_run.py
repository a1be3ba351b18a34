"""The demo crawled from end to end: a workspace, the marketplace on loopback, a crawl of it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from crawler.config import CONFIG_NAME, copy_lexicon, init_workspace, load_workspace
from crawler.crawl import run_crawl
from crawler.demo import PLATFORM_KEYS, Demo
from crawler.errors import ConfigError
from spiders.contract import load_source

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.config import Workspace
    from crawler.crawl import Progress
    from crawler.runs import RunSummary

USUAL_PORT: Final = 8750
CONTACT: Final = "https://example.org/jargonwatch-demo"


def crawl_demo(
    directory: Path, *, listings: Path | None, port: int | None, progress: Progress
) -> tuple[Workspace, list[RunSummary]]:
    """Serve the demo marketplace, crawl all of it into the workspace at `directory`, and stop serving.

    The platform whose pages a script builds is read from its JSON, so that no browser is needed.
    Raises `ConfigError` for a folder, a file or a port that cannot be used.
    """
    with Demo(listings, ports=demo_ports(port)) as demo:
        workspace = demo_workspace(directory)
        names = [load_source(path).name for path in demo.sources(workspace.sources_dir, browser=False)]
        return workspace, run_crawl(workspace, names, progress=progress, reason="demo")


def demo_workspace(directory: Path) -> Workspace:
    """The demo's own workspace, made or brought up to date; never one that somebody works in."""
    if not (directory / CONFIG_NAME).exists():
        return init_workspace(directory, contact=CONTACT)
    workspace = load_workspace(directory)
    if workspace.config.contact != CONTACT:
        raise ConfigError(f"{directory} is a workspace of its own; choose another folder for the demo")
    copy_lexicon(workspace.lexicon_dir)
    return workspace


def demo_ports(port: int | None) -> range | None:
    """`port` and the next ones; without it the usual ones if they are free, so that addresses stay."""
    if port is not None:
        return range(port, port + len(PLATFORM_KEYS))
    usual = range(USUAL_PORT, USUAL_PORT + len(PLATFORM_KEYS))
    return usual if all(_is_free(number) for number in usual) else None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
