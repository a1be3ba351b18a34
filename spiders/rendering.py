"""Which pages a browser renders, and what it does on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from scrapy.exceptions import NotConfigured
from scrapy_playwright.page import PageMethod

from pipelines.evidence.keeping import SCREENSHOT
from spiders.chromium import launch_options

if TYPE_CHECKING:
    from playwright.async_api import Page
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from spiders.conduct import Browser
    from spiders.contract import Source

PATIENCE_MS: Final = 3000
"""How long a scroll may take to bring something new."""

_TALLER: Final = "height => document.body.scrollHeight > height"
_OTHER: Final = "text => document.body.innerText !== text"


def browser_settings(source: Source) -> dict[str, Any]:
    """Scrapy's settings for a source with `render: browser`. Raises as `launch_options` does."""
    handler = "spiders.browser.BrowserHandler"
    return {
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
        "PLAYWRIGHT_LAUNCH_OPTIONS": launch_options(source),
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": source.politeness.concurrency,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": source.limits.page_seconds * 1000,
        "PLAYWRIGHT_DOWNLOAD_TIMEOUT": 1000,  # downloads are refused anyway
    }


class RenderMiddleware:
    """Downloader middleware: sends HTML pages of a source with `render: browser` to the browser."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._source: Source = crawler.spider.source  # type: ignore[union-attr]
        if self._source.render != "browser":
            raise NotConfigured

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Marks a request for the browser. robots.txt, feeds, sitemaps and JSON stay with HTTP."""
        reading = self.crawler.spider.reading_of(request)  # type: ignore[union-attr]
        if request.meta.get("dont_obey_robotstxt") or not is_rendered(reading):
            return
        click, presses = None, 0
        if (following := getattr(reading, "next", None)) is not None and following.click:
            click, presses = following.click, reading.stop.pages - 1
        seconds = self._source.limits.page_seconds
        prepare = PageMethod(show, self._source.browser, click, presses, seconds * 1000)
        methods = [prepare]
        if self.crawler.settings.getint("EVIDENCE_DAYS"):
            request.meta[SCREENSHOT] = PageMethod("screenshot", type="png", full_page=True)
            methods.append(request.meta[SCREENSHOT])
        request.meta.update(playwright=True, playwright_page_methods=methods)


def is_rendered(reading: Any) -> bool:
    """Whether pages that read so are worth a browser: HTML, or JSON inside HTML."""
    return reading is not None and (reading.format == "html" or reading.within is not None)


async def show(
    page: Page, browser: Browser, click: str | None, presses: int, timeout_ms: float
) -> tuple[str, ...]:
    """Wait, scroll and press the next button as the source says; the page's HTML before each press.

    Raises Playwright's TimeoutError where what is to be waited for does not come.
    """
    await _wait(page, browser, timeout_ms)
    for _ in range(browser.scroll):
        height = await page.evaluate("document.body.scrollHeight")
        await page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        if not await _comes_true(page, _TALLER, height, PATIENCE_MS):
            break
    earlier: list[str] = []
    for _ in range(presses):
        button = page.locator(click or "").first
        if not await button.is_visible() or not await button.is_enabled():
            break
        earlier.append(await page.content())
        text = await page.evaluate("document.body.innerText")
        await button.click(timeout=timeout_ms)
        if not await _comes_true(page, _OTHER, text, timeout_ms):
            break
        await _wait(page, browser, timeout_ms)
    return tuple(earlier)


async def _wait(page: Page, browser: Browser, timeout_ms: float) -> None:
    if browser.wait_for is not None:
        await page.locator(browser.wait_for).first.wait_for(state="attached", timeout=timeout_ms)


async def _comes_true(page: Page, expression: str, argument: Any, timeout_ms: float) -> bool:
    from playwright.async_api import TimeoutError as PlaywrightTimeoutError

    try:
        await page.wait_for_function(expression, arg=argument, timeout=timeout_ms)
    except PlaywrightTimeoutError:
        return False
    return True


def snapshots_of(response: Response) -> list[Response]:
    """A list page as it was before each press of the next button, and at last."""
    methods = response.meta.get("playwright_page_methods", ())
    earlier = methods[0].result or () if methods else ()
    return [*(response.replace(body=text.encode(), encoding="utf-8") for text in earlier), response]
