"""RSS, Atom and sitemaps as lists of entries."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from spiders.entries import feed_entries, sitemap_entries
from spiders.errors import PageError
from spiders.extraction import extract
from spiders.pages import entry_page
from spiders.readings import FEED_LIST
from tests.spiders.source_files import NOW, make_source

if TYPE_CHECKING:
    from pathlib import Path

SHOP = "https://shop.example"
RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Corner</title>
<item><title>旧书 &amp; 杂志</title><link>https://shop.example/i/1</link><guid>i-1</guid>
<description>&lt;p&gt;九成新&lt;br&gt;自提&lt;/p&gt;</description><category>图书</category>
<pubDate>Tue, 24 Nov 2026 03:00:00 +0800</pubDate></item>
</channel></rss>""".encode()
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Corner</title>
<entry><id>tag:2</id><title>Lamp</title><link href="https://shop.example/i/2"/>
<updated>2026-11-23T10:00:00Z</updated><author><name>ann</name></author>
<content type="html">&lt;b&gt;as new&lt;/b&gt;</content></entry></feed>"""
URLS = (
    b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    b"<url><loc>https://shop.example/i/1</loc><lastmod>2026-11-01</lastmod></url>"
    b"<url><lastmod>2026-11-01</lastmod></url></urlset>"
)


@pytest.mark.parametrize(
    ("body", "values"),
    [
        (
            RSS,
            [
                "i-1",
                "https://shop.example/i/1",
                "旧书 & 杂志",
                "九成新\n自提",
                None,
                "图书",
                "2026-11-23T19:00",
            ],
        ),
        (ATOM, ["tag:2", "https://shop.example/i/2", "Lamp", "as new", "ann", None, "2026-11-23T10:00"]),
    ],
)
def test_a_feed_reads_without_any_rules(tmp_path: Path, body: bytes, values: list[str | None]) -> None:
    source = make_source(tmp_path)
    page = entry_page("https://shop.example/feed", feed_entries("https://shop.example/feed", body), NOW)
    (item,) = page.items(FEED_LIST.items)
    found = extract(FEED_LIST.fields, item, page, source)
    names = ("native_id", "url", "title", "description", "seller_name", "shelf")
    assert [found[name].value for name in names] == values[:-1]
    assert f"{found['published_at'].value:%Y-%m-%dT%H:%M}" == values[-1]


def test_what_is_no_feed_is_refused_by_name() -> None:
    with pytest.raises(PageError, match=r"https://shop.example/feed: is neither RSS nor Atom"):
        feed_entries("https://shop.example/feed", b"<html><p>404")


def test_a_sitemap_names_addresses_gzipped_or_not() -> None:
    for body in (URLS, gzip.compress(URLS)):
        is_index, entries = sitemap_entries("https://shop.example/sitemap.xml", body)
        assert not is_index
        assert entries == [{"loc": "https://shop.example/i/1", "lastmod": "2026-11-01"}]


def test_an_index_of_sitemaps_is_told_from_a_sitemap() -> None:
    body = b"<sitemapindex><sitemap><loc>https://shop.example/s1.xml</loc></sitemap></sitemapindex>"
    assert sitemap_entries("https://shop.example/sitemap.xml", body)[0]


@pytest.mark.parametrize("body", [b"", b"<html><p>404", b"\x1f\x8bnot gzip", b"nonsense"])
def test_what_is_no_sitemap_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(PageError, match=r"https://shop.example/s.xml: is not a sitemap"):
        sitemap_entries("https://shop.example/s.xml", body)


def test_a_gzip_bomb_is_given_up_before_it_unfolds() -> None:
    bomb = gzip.compress(b" " * (60 * 1024 * 1024), compresslevel=1)
    with pytest.raises(PageError, match="too large for a sitemap"):
        sitemap_entries("https://shop.example/s.xml", bomb)
