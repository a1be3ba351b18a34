"""scrapy-playwright's download handler, bounded: in hosts, in time, in size, in memory."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from spiders.addresses import is_public
from spiders.contract import allows
from spiders.errors import RefusedError
from spiders.pace import ROBOTS_USER_AGENT
from spiders.robots import StrictRobots

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page
    from playwright.async_api import Request as BrowserRequest
    from playwright.async_api import Response as BrowserResponse
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from spiders.contract import Source

logger = logging.getLogger(__name__)

GRACE: Final = 5.0
"""Seconds that closing a page or a context may take."""
LOADS: Final = 4
"""How many times limits.page_seconds a page may take with all its waiting, scrolling and pressing."""


@dataclass(slots=True)
class Visit:
    """One rendering: the pages it opened, and whether one of them was given up for its size."""

    pages: list[Page] = field(default_factory=list)
    too_large: bool = False


class BrowserHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
    """Closes every page on every path, before its context, and takes a fresh context after some pages.

    A browser that keeps one context grows without end (scrapy-playwright #240), and a page that is left
    open keeps its context (#126, #171).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)  # it warns of what is raised anyway
        self._source: Source = crawler.spider.source  # type: ignore[union-attr]
        self._max_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._user_agent: str = crawler.settings["USER_AGENT"]
        self._contexts = 0
        self._begun: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()
        self.abort_request = self._refuses

    async def download_request(self, request: Request) -> Response:
        """A response; rendered ones within the limits of the source."""
        if not request.meta.get("playwright"):
            plain: Response = await super().download_request(request)
            return plain
        context = self._take_context()
        visit = Visit()
        request.meta.update(
            browser_visit=visit,
            playwright_context=context,
            playwright_context_kwargs={
                "service_workers": "block",
                "accept_downloads": False,
                "user_agent": self._user_agent,
            },
        )
        try:
            async with asyncio.timeout(self._source.limits.page_seconds * LOADS):
                response: Response = await super().download_request(request)
        except (PlaywrightError, TimeoutError) as error:
            raise _explained(request.url, error, visit) from error
        finally:
            del request.meta["browser_visit"]
            await self._give_back(context, visit)
        return self._checked(request, response)

    async def _create_page(self, request: Request, spider: Spider) -> Page:
        page: Page = await super()._create_page(request, spider)
        visit: Visit = request.meta["browser_visit"]
        visit.pages.append(page)
        page.on("popup", _close)
        page.on("response", lambda response: self._watch_size(response, page, visit))
        return page

    async def _watch_size(self, response: BrowserResponse, page: Page, visit: Visit) -> None:
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length) > self._max_bytes:
            visit.too_large = True
            with suppress(PlaywrightError):  # the page may be closed by now
                devtools = await page.context.new_cdp_session(page)
                await devtools.send("Page.stopLoading")  # closing the page would wait for the rest

    async def _refuses(self, request: BrowserRequest) -> bool:
        """Whether the browser may not load something: a blocked kind, another host, against robots.txt."""
        if request.resource_type in self._source.browser.block:
            return True
        if not allows(self._source.hosts, request.url):
            self.stats.inc_value("browser/other-host")
            return True
        robots = self._crawler.get_downloader_middleware(StrictRobots)
        rules = await robots.robot_parser(Request(request.url)) if robots is not None else None
        if rules is not None and not rules.allowed(request.url, ROBOTS_USER_AGENT):
            self.stats.inc_value("browser/robots")
            return True
        return False

    def _checked(self, request: Request, response: Response) -> Response:
        """Raises where redirects or scripts led the browser astray, or the page grew too large."""
        if not allows(self._source.hosts, response.url):
            raise RefusedError("other-host", f"{request.url} leads to {response.url}, not among the hosts")
        address = response.ip_address
        if address is not None and not self._source.allow_private and not is_public(str(address)):
            raise RefusedError("private-address", f"{response.url}: {address} is a private address")
        if len(response.body) > self._max_bytes:
            raise DownloadCancelledError(f"{response.url}: is larger than limits.page_mb")
        return response

    def _take_context(self) -> str:
        name = f"context-{self._contexts}"
        if self._begun[name] >= self._source.browser.renew_after:
            self._contexts += 1
            name = f"context-{self._contexts}"
        self._begun[name] += 1
        self._under_way[name] += 1
        return name

    async def _give_back(self, name: str, visit: Visit) -> None:
        for page in visit.pages:
            await _close(page)
        self._under_way[name] -= 1
        full = self._begun[name] >= self._source.browser.renew_after
        wrapper = self.context_wrappers.get(name)
        if full and not self._under_way[name] and wrapper is not None:
            for page in wrapper.context.pages:
                await _close(page)
            await _close(wrapper.context)
            del self._begun[name], self._under_way[name]


def _explained(url: str, error: PlaywrightError | TimeoutError, visit: Visit) -> Exception:
    """The browser's error as one that Scrapy and the run's counts know."""
    if visit.too_large:
        return DownloadCancelledError(f"{url}: is larger than limits.page_mb")
    if isinstance(error, PlaywrightTimeoutError | TimeoutError):
        return DownloadTimeoutError(f"{url}: the browser took longer than allowed")
    reason = error.message.splitlines()[0]
    if "ERR_NAME_NOT_RESOLVED" in reason:
        return RefusedError("other-host", f"{url}: leads to a host that is not among the source's hosts")
    return DownloadFailedError(f"{url}: {reason}")


async def _close(thing: Page | BrowserContext) -> None:
    """Close a page or a context. What cannot be closed in time is left to the end of the browser."""
    try:
        async with asyncio.timeout(GRACE):
            await thing.close()
    except (PlaywrightError, TimeoutError) as error:
        logger.warning("the browser does not close a page: %s", error)
