"""How the pages are served, and who may see them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from dashboards.web.errors import WebError

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_PORT: Final = 8470
DEFAULT_URL: Final = f"http://127.0.0.1:{DEFAULT_PORT}"
TOKEN_VARIABLE: Final = "JARGONWATCH_WEB_TOKEN"  # noqa: S105 - the name of the variable
SHORTEST_TOKEN: Final = 24
"""Long enough that guessing it is hopeless without counting attempts."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the pages are bound, whom they ask who they are, and the folders they read and write.

    `url` is the address that people open, as links in mails name it. `user_header` is the header in which
    an authenticating proxy names the user; only that proxy may be able to reach the port. `analyst` is the
    name under which decisions are kept where nobody logs in.
    """

    data_dir: Path
    lexicon_dir: Path | None = None
    evidence_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    url: str = DEFAULT_URL
    token: str | None = None
    user_header: str | None = None
    analyst: str = "analyst"
    bundle_folder: Path | None = None
    """Where the chart libraries are kept; else in the data folder."""
    seconds_per_question: float = 20.0
    connections: int = 3

    @property
    def bundle_dir(self) -> Path:
        return self.bundle_folder or self.data_dir / "web"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the pages by https only."""
        return self.url.startswith("https://")

    @property
    def asks_who(self) -> bool:
        """Whether visitors have to say who they are."""
        return self.token is not None or self.user_header is not None

    @property
    def hosts(self) -> frozenset[str]:
        """The names by which the pages may be asked for; any other is a rebound name."""
        named = {"127.0.0.1", "localhost", "::1", host_of(self.url)}
        return frozenset(named if self.host in ("0.0.0.0", "::") else named | {self.host.lower()})  # noqa: S104

    def require_safe(self) -> None:
        """A `WebError` unless only this machine can ask, or visitors must say who they are."""
        if self.token is not None and len(self.token) < SHORTEST_TOKEN:
            raise WebError(
                f"{TOKEN_VARIABLE} has {len(self.token)} characters; it needs at least {SHORTEST_TOKEN}, "
                "such as `openssl rand -hex 24` prints"
            )
        if self.asks_who or (is_loopback(self.host) and is_loopback(host_of(self.url))):
            return
        outside = self.url if is_loopback(self.host) else self.host
        raise WebError(
            f"{outside} can be reached from other machines; set {TOKEN_VARIABLE}, or name the header of an "
            "authenticating proxy as web_user_header, or stay on 127.0.0.1"
        )


def host_of(url: str) -> str:
    """The host of an address, in lower case, without brackets."""
    return (urlsplit(url).hostname or "").lower()


def is_loopback(host: str) -> bool:
    """Whether a host can only be this machine; a name counts only if it is localhost."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
