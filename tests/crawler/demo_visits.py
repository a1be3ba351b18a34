"""Visits to the demo marketplace, as its tests pay them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import requests
from parsel import Selector

if TYPE_CHECKING:
    from crawler.demo import Demo

LISTS = {"jishi": "/all", "jiujie": "/list"}
LINKS = {"jishi": ".results .item a.title", "jiujie": "table#goods tr td:first-child > a"}
NEXT = {"jishi": "a.next", "jiujie": "a:contains('下一页')"}


def get(url: str, **headers: str) -> requests.Response:
    """One request, redirects not followed."""
    return requests.get(url, headers=headers, timeout=10, allow_redirects=False)


def page(url: str) -> Selector:
    """A page that must be there."""
    answer = get(url)
    assert answer.status_code == 200
    return Selector(text=answer.text)


def walk(demo: Demo, platform: str, path: str) -> list[tuple[str, str]]:
    """Every link to a listing and its text, page after page."""
    found, url = [], demo.platforms[platform].url + path
    while url:
        here = page(url)
        found += [
            (urljoin(url, link.attrib["href"]), link.css("::text").get(""))
            for link in here.css(LINKS[platform])
        ]
        more = here.css(NEXT[platform])
        url = urljoin(url, more.attrib["href"]) if more else ""
    return found
