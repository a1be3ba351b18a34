"""The demo marketplace as a server on loopback: three platforms, one port each, in one thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import deque
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from typing import TYPE_CHECKING, Final, Self

import uvicorn

from crawler.demo.catalogue import Catalogue
from crawler.demo.dates import SHANGHAI
from crawler.demo.fanpu import Fanpu
from crawler.demo.jishi import Jishi
from crawler.demo.jiujie import Jiujie
from crawler.demo.listings import read_listings, write_price
from crawler.demo.records import PLATFORM_KEYS, Offer, PlatformKey
from crawler.demo.site import Block, Site, Visit
from crawler.demo.stock import from_rows, generated
from crawler.errors import ConfigError, JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

SEED: Final = 20240101
SIZE: Final = 360
_HOST: Final = "127.0.0.1"
_KEPT_VISITS: Final = 100_000
_PATIENCE: Final = 10.0


class Demo:
    """The marketplace, running between `with` and its end.

    Without `listings` it sells about `size` made-up goods, the same for the same `seed` and `today`; with a
    JSONL file it sells what the file says. Ages are told from noon of `today` (Shanghai), or, where no day
    is given, from now; nothing is ever published later. `ports` are those of jishi, fanpu and jiujie; by
    default free ones are found.

    Raises `ConfigError` for a file or a port that cannot be used.
    """

    def __init__(
        self,
        listings: Path | None = None,
        *,
        seed: int = SEED,
        today: date | None = None,
        ports: Sequence[int] | None = None,
        size: int = SIZE,
    ) -> None:
        self.dropped = 0
        """How many characters of the file were left out because no page can carry them."""
        now = datetime.now(UTC)
        noon = _noon(today or (now.astimezone(SHANGHAI) - timedelta(hours=12)).date())
        if listings is None:
            offers = generated(seed, noon, size)
        else:
            rows, self.dropped = read_listings(listings)
            offers = from_rows(rows, noon)
        clock = noon if today else now
        self._catalogues = {key: Catalogue(key, found, clock) for key, found in offers.items()}
        self._ports = tuple(ports) if ports is not None else (0,) * len(PLATFORM_KEYS)
        self._visits: deque[Visit] = deque(maxlen=_KEPT_VISITS)
        self.platforms: dict[PlatformKey, Site] = {}
        """The platforms by key, while the demo runs; each has a `url`, a `name` and a `charset`."""

    def __enter__(self) -> Self:
        sockets = _listen(self._ports)
        ports = [sock.getsockname()[1] for sock in sockets]
        addresses = {key: f"http://{_HOST}:{port}" for key, port in zip(PLATFORM_KEYS, ports, strict=True)}
        self._jishi = Jishi(self._catalogues["jishi"], addresses, self._visits)
        fanpu = Fanpu(self._catalogues["fanpu"], addresses, self._visits)
        jiujie = Jiujie(self._catalogues["jiujie"], addresses, self._visits)
        self.platforms = {"jishi": self._jishi, "fanpu": fanpu, "jiujie": jiujie}
        self._server = _Server(
            {port: self.platforms[key] for key, port in zip(PLATFORM_KEYS, ports, strict=True)}
        )
        self._thread = threading.Thread(
            target=self._server.run_on, args=(sockets,), name="jargonwatch-demo", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_PATIENCE):
            raise JobError("the demo marketplace did not start")
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(_PATIENCE)

    def wait(self) -> None:
        """Return when the server has ended; it ends by an interrupt or with its process."""
        self._thread.join()

    @property
    def requests(self) -> list[Visit]:
        """The requests of all platforms in order of arrival: the last 100,000."""
        return list(self._visits)

    def forget_requests(self) -> None:
        """Count visits from here on."""
        self._visits.clear()

    def offers(self, platform: PlatformKey | None = None) -> tuple[Offer, ...]:
        """What is on sale now, on one platform or on all."""
        keys = PLATFORM_KEYS if platform is None else (platform,)
        return tuple(offer for key in keys for offer in self._catalogues[key].offers)

    def revise(
        self,
        platform: PlatformKey,
        native_id: str,
        *,
        title: str | None = None,
        description: str | None = None,
        price: float | str | None = None,
    ) -> None:
        """Change a listing from the next visit on. Raises `JobError` for an unknown id."""
        catalogue = self._catalogues[platform]
        self._change(
            platform,
            lambda: catalogue.revise(
                native_id, title=title, description=description, price=write_price(price)
            ),
        )

    def remove(self, platform: PlatformKey, native_id: str) -> None:
        """Take a listing down: its page answers 404. Raises `JobError` for an unknown id."""
        self._change(platform, lambda: self._catalogues[platform].remove(native_id))

    def block(
        self, platform: PlatformKey, *, status: int = 403, after: int = 0, retry_after: int | None = None
    ) -> None:
        """Turn visitors away with `status` after `after` more pages; 200 gives the captcha page."""
        self.platforms[platform].block = Block(status, after, retry_after)

    def unblock(self, platform: PlatformKey) -> None:
        """Let visitors in again."""
        self.platforms[platform].block = None

    def release(self) -> None:
        """Let the slow pages answer, those that are waiting and those still asked for."""
        self._server.do(self._jishi.faults.released.set)

    def sources(self, directory: Path, *, browser: bool = True) -> list[Path]:
        """Write a source file for each platform, with the ports of this run, and return their paths.

        Without `browser`, fanpu is read from the JSON behind its pages.
        """
        directory.mkdir(parents=True, exist_ok=True)
        written = []
        for name in ("demo-jishi", "demo-fanpu" if browser else "demo-fanpu-json", "demo-jiujie"):
            template = resources.files("crawler.demo") / "sources" / f"{name}.yaml"
            text = template.read_text(encoding="utf-8")
            for key, site in self.platforms.items():
                text = text.replace(f"{{demo_{key}}}", site.url.removeprefix("http://"))
            path = directory / f"{name}.yaml"
            path.write_text(text, encoding="utf-8")
            written.append(path)
        return written

    def _change(self, platform: PlatformKey, action: Callable[[], None]) -> None:
        def change() -> None:
            action()
            self.platforms[platform].forget_pages()

        self._server.do(change)


def serve(listings: Path | None = None, port: int | None = None, *, ready: Callable[[Demo], object]) -> None:
    """Run the demo until an interrupt (Ctrl-C), on `port` and the two after it, or on free ports.

    `ready` is called once the platforms answer, to say where they are. Raises `ConfigError` as `Demo` does.
    """
    ports = None if port is None else range(port, port + len(PLATFORM_KEYS))
    with contextlib.suppress(KeyboardInterrupt), Demo(listings, ports=ports) as demo:
        ready(demo)
        demo.wait()


class _Server(uvicorn.Server):
    """One server on several sockets; the port a request came to says which platform answers."""

    def __init__(self, sites: dict[int, Site]) -> None:
        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await sites[scope["server"][1]](scope, receive, send)

        super().__init__(
            uvicorn.Config(
                application, lifespan="off", ws="none", log_config=None, log_level="warning", access_log=False
            )
        )
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run_on(self, sockets: list[socket.socket]) -> None:
        """Serve on the listening sockets until told to exit; for a thread of its own."""
        asyncio.run(self.serve(sockets=sockets))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.ready.set()

    def do(self, action: Callable[[], object]) -> None:
        """Run something between two requests, and raise what it raises."""

        async def run() -> None:
            action()

        if self._loop is not None and not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(run(), self._loop).result(_PATIENCE)


def _listen(ports: Sequence[int]) -> list[socket.socket]:
    if len(ports) != len(PLATFORM_KEYS):
        raise ConfigError(f"the demo needs {len(PLATFORM_KEYS)} ports, one a platform; {len(ports)} given")
    sockets: list[socket.socket] = []
    for port in ports:
        # asyncio turns Nagle's delay off only where the socket says that it is TCP
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sockets.append(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((_HOST, port))
        except (OSError, OverflowError) as error:
            for opened in sockets:
                opened.close()
            raise ConfigError(f"port {port} cannot be used ({error}); choose another with --port") from error
        sock.listen(1024)
    return sockets


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), SHANGHAI).astimezone(UTC)
