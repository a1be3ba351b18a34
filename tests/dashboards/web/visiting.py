"""The pages served on loopback and looked at in a real Chromium, with what every page must hold."""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
LOOKS = (("zh", "light", 1440), ("en", "dark", 1440), ("en", "light", 390), ("zh", "dark", 390))
"""Language, theme and width: each language in each theme and at each width."""

WATCH = """
window.seen = {shift: 0, violations: []};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
document.addEventListener("securitypolicyviolation", (event) =>
  window.seen.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a free port of this machine; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it began"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


class Visit:
    """A tab that remembers what the browser complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.add_init_script(WATCH)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message) -> None:
        # Whenever it loads, a kept page in its frame is told what its sandbox forbids.
        if message.type in ("error", "warning") and "/evidence/" not in message.location["url"]:
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def open(self, address: str) -> Page:
        """Open a page and wait until its charts are drawn."""
        self.page.goto(address)
        charts = self.page.locator("[data-chart]")
        for number in range(charts.count()):
            self.page.wait_for_selector(f":nth-match([data-chart], {number + 1})[data-drawn]")
        return self.page

    def require_sound(self) -> None:
        """No error, no report of the policy, no jump, no sideways scrolling, no violation that axe finds."""
        assert self.complaints == []
        seen = self.page.evaluate("window.seen")
        assert seen["violations"] == []
        assert seen["shift"] < 0.01
        assert self.page.locator("[data-drawn=failed]").count() == 0
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()


@contextmanager
def visiting(browser: Browser, language: str, theme: str, width: int) -> Iterator[Visit]:
    """A tab of a browser set to a language, a theme and a width."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        locale={"zh": "zh-CN", "en": "en-GB"}[language],
        timezone_id="Asia/Shanghai",
    )
    try:
        yield Visit(context.new_page())
    finally:
        context.close()
