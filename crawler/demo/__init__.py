"""A small marketplace on loopback for the first run and the tests: three look-alike platforms, made-up goods.

It is also what a JSONL file of listings is served by, so that a whole crawl can run over any text.
"""

from __future__ import annotations

from crawler.demo.records import PLATFORM_KEYS, SHELVES, Offer, PlatformKey, Seller
from crawler.demo.server import Demo, serve
from crawler.demo.site import Site, Visit

__all__ = ["PLATFORM_KEYS", "SHELVES", "Demo", "Offer", "PlatformKey", "Seller", "Site", "Visit", "serve"]
