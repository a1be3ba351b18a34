"""Source files for tests: a small one, and whatever a test changes in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from scrapy.http import HtmlResponse, Response, TextResponse

from spiders.contract import Source, load_source

PAGES = Path(__file__).parent / "pages"
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""


def source_data(**changes: Any) -> dict[str, Any]:
    """A whole source file as data; a key changed to None is left out."""
    data: dict[str, Any] = {
        "name": "corner-shop",
        "platform": "corner",
        "title": "Corner shop",
        "why": "A made-up shop for tests.",
        "hosts": ["shop.example"],
        "start": [{"category": "https://shop.example/all"}],
        "list": {"items": "li", "fields": {"url": "a::attr(href)", "title": "a"}},
    }
    return {key: value for key, value in (data | changes).items() if value is not None}


def write_source(folder: Path, **changes: Any) -> Path:
    """The file of such a source."""
    data = source_data(**changes)
    path = folder / f"{data['name']}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def make_source(folder: Path, **changes: Any) -> Source:
    """The source itself, read from a file as always."""
    return load_source(write_source(folder, **changes))


def saved(name: str, url: str) -> Response:
    """A saved page as if it had just been fetched from `url`."""
    return HtmlResponse(url, body=(PAGES / name).read_bytes(), encoding="utf-8")


def text_response(url: str, text: str) -> TextResponse:
    """Any text as a response."""
    return TextResponse(url, body=text.encode(), encoding="utf-8")
