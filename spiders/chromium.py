"""The Chromium that renders pages: where it is, and how it is launched so that it reaches nothing else."""

from __future__ import annotations

import os
import shutil
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from spiders.addresses import is_public
from spiders.errors import BrowserMissingError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spiders.contract import Source

VARIABLE: Final = "JARGONWATCH_CHROMIUM"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)


def find_chromium() -> Path:
    """The executable in JARGONWATCH_CHROMIUM, else the first known name on PATH.

    Raises `BrowserMissingError`.
    """
    named = os.environ.get(VARIABLE)
    if named is not None:
        if not os.access(named, os.X_OK):
            raise BrowserMissingError(f"{VARIABLE} names {named}, which is no program that can be run")
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise BrowserMissingError(
        "render: browser needs Chromium or Chrome, and none is on PATH;"
        f" install one (Debian: apt install chromium) or name it in {VARIABLE}"
    )


def launch_options(source: Source) -> dict[str, Any]:
    """What Playwright launches.

    Chromium resolves no name but those of the source, and these to the addresses that were checked here.
    Raises `BrowserMissingError`, and `RefusedError` for a host at a private address.
    """
    rules = ",".join((*_mappings(source), "MAP * ~NOTFOUND", *_exclusions(source)))
    return {
        "executable_path": str(find_chromium()),
        "headless": True,
        # Chromium refuses to start as root with its sandbox
        "chromium_sandbox": os.geteuid() != 0,
        "args": [*ARGUMENTS, f"--host-resolver-rules={rules}"],
    }


def _mappings(source: Source) -> Iterator[str]:
    if source.allow_private:
        return
    for host in source.hosts:
        name = host.partition(":")[0]
        if not name.startswith("*."):
            yield f"MAP {name} {_public_address(name)}"


def _exclusions(source: Source) -> Iterator[str]:
    """Names that Chromium may resolve itself; their addresses are checked after the fact."""
    for host in source.hosts:
        name = host.partition(":")[0]
        if source.allow_private or name.startswith("*."):
            yield f"EXCLUDE {name}"


def _public_address(name: str) -> str:
    try:
        address = str(ip_address(socket.gethostbyname(name)))
    except OSError as error:
        raise RefusedError("dns", f"{name}: this host has no address; look at hosts") from error
    if not is_public(address):
        raise RefusedError(
            "private-address", f"{name}: {address} is a private address; allow_private: true would allow it"
        )
    return address
