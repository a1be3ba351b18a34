"""Hours, waits, addresses, texts: what the middlewares ask of pure functions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from lxml import html
from scrapy.http import HtmlResponse, Response

from spiders.addresses import is_public
from spiders.blocks import retry_after, sign_of_block
from spiders.conduct import Blocks, Politeness
from spiders.encodings import in_its_encoding
from spiders.hours import seconds_open
from spiders.text import text_of, text_of_markup
from tests.spiders.source_files import make_source

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""


@pytest.mark.parametrize(
    ("hours", "left"),
    [
        (None, 24 * 3600),
        ("08:00-22:30", 10.5 * 3600),
        ("12:00-12:01", 60),
        ("13:00-22:00", None),
        ("08:00-12:00", None),
        ("22:00-06:00", None),
        ("22:00-12:30", 1800),
        ("11:00-06:00", 18 * 3600),
    ],
)
def test_a_source_is_open_at_its_hours_also_over_midnight(hours: str | None, left: float | None) -> None:
    assert seconds_open(Politeness(hours=hours), NOW) == left


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Tue, 24 Nov 2026 04:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    response = Response("https://shop.example/", headers={"Retry-After": header} if header else {})
    assert retry_after(response, NOW) == seconds


def test_a_block_shows_by_status_words_or_elements_as_the_file_declares() -> None:
    blocks = Blocks(status=(403,), text="访问过于频繁", css="#captcha")
    page = HtmlResponse("https://shop.example/", body="<p>访问过于频繁</p>".encode(), encoding="utf-8")
    assert sign_of_block(page, blocks) == "blocks.text '访问过于频繁'"
    assert sign_of_block(page.replace(body=b"<i id=captcha>"), blocks) == "blocks.css '#captcha'"
    assert sign_of_block(page.replace(body=b"<p>fine", status=403), blocks) == "status 403"
    assert sign_of_block(page.replace(body=b"<p>fine"), blocks) is None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.251", False),
        ("::1", False),
        ("fe80::1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_an_address_is_public_only_if_the_open_internet_reaches_it(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_text_has_a_line_for_each_block_and_no_space_inside_words() -> None:
    element = html.fromstring(
        "<div>纯棉<em>四</em><em>件</em>套<!-- x --> 1.8米<br>second <script>no()</script>line"
        "<p>a&nbsp;&amp; b</p>tail<table><tr><td>1</td><td>2</td></tr></table></div>"
    )
    assert text_of(element) == "纯棉四件套 1.8米\nsecond line\na & b\ntail\n1 2"
    assert text_of(element, element.cssselect("em, table")) == "纯棉套 1.8米\nsecond line\na & b\ntail"
    assert text_of_markup("a &amp; b<br>c<p>d") == "a & b\nc\nd"


@pytest.mark.parametrize(
    ("body", "charset", "stated", "text", "mended"),
    [
        ("四件套".encode("gbk"), "; charset=utf-8", None, "四件套", True),
        ("四件套".encode("gbk"), "; charset=utf-8", "gbk", "四件套", False),
        ("四件套".encode(), "; charset=gbk", "gbk", "四件套", True),
        ("四件套".encode("gbk"), "", None, "四件套", False),
        ("四件套".encode(), "", None, "四件套", False),
        ("四件套 懂的来".encode("gbk"), "; charset=iso-8859-1", None, "四件套 懂的来", True),
        ("四件套 懂的来".encode(), "; charset=iso-8859-1", None, "四件套 懂的来", True),
        ("四件套八成新需要的联系我".encode("gbk"), "; charset=big5", None, "四件套八成新需要的联系我", True),
        (
            "舊書一箱需要的請聯絡我謝謝".encode("big5"),
            "; charset=big5",
            None,
            "舊書一箱需要的請聯絡我謝謝",
            False,
        ),
        ("déjà vu à Nîmes".encode("latin-1"), "; charset=iso-8859-1", None, "déjà vu à Nîmes", False),
        (b"\xff\xff\xff", "; charset=utf-8", None, "\ufffd\ufffd\ufffd", False),
    ],
)
def test_a_page_that_lies_about_its_encoding_or_states_none_is_read_in_the_right_one(
    tmp_path: Path, body: bytes, charset: str, stated: str | None, text: str, mended: bool
) -> None:
    headers = {"Content-Type": f"text/html{charset}"}
    response = HtmlResponse("https://shop.example/", body=body, headers=headers)
    right, was_mended = in_its_encoding(response, make_source(tmp_path, encoding=stated))
    assert (right.text, was_mended) == (text, mended)
