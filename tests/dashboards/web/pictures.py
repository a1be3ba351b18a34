"""`python -m tests.dashboards.web.pictures docs/images`: pictures of the dashboard for the documentation."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from dashboards.web.app import create_app
from dashboards.web.period import today
from dashboards.web.settings import WebSettings
from pipelines.lexicon.load import DEFAULT_LEXICON
from pipelines.store.sqlite import open_store
from tests.dashboards.web.conftest import Service
from tests.dashboards.web.demo_store import build
from tests.dashboards.web.visiting import ARGUMENTS, CHROMIUM, serving, visiting

PICTURES = {
    "web-overview": ("/", "en", "light", (1280, 1010)),
    "web-overview-zh": ("/", "zh", "dark", (1280, 1010)),
    "web-listings": ("/listings?q=verdict:flagged", "en", "light", (1280, 760)),
    "web-candidates": ("/candidates", "en", "light", (1280, 760)),
    "web-triage": ("/triage", "zh", "light", (1280, 760)),
    "web-sources": ("/sources", "en", "dark", (1280, 420)),
}


def main(folder: Path) -> None:
    """Take all pictures of a fresh demo store."""
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        path = Path(made) / "listings.sqlite"
        build(path, today())
        settings = WebSettings(data_dir=Path(made), lexicon_dir=DEFAULT_LEXICON)
        app = create_app(settings, lambda: open_store(path), control=Service())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        with serving(app) as address:
            for name, (page, language, theme, (width, height)) in PICTURES.items():
                with visiting(browser, language, theme, width) as visit:
                    shown = visit.open(address + page)
                    shown.set_viewport_size({"width": width, "height": height})
                    shown.mouse.move(0, 0)
                    shown.screenshot(path=folder / f"{name}.png", animations="disabled")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
