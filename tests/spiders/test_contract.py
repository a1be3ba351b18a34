"""Source files: what they may say, and how their mistakes are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spiders.contract import allows, load_source, load_sources
from spiders.errors import SourceError
from tests.spiders.source_files import make_source, write_source

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
name: corner-shop
platform: corner
title: Corner shop
why: A made-up shop for tests.
hosts: shop.example
start:
  - category: https://shop.example/all
list:
  items: li
  fields:
    url: a::attr(href)
    title: [h2, {css: a, attr: title}]
"""


def mistakes(folder: Path, text: str) -> list[str]:
    path = folder / "source.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        load_source(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_a_small_source_is_read_with_its_short_forms_spelt_out(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    source = load_source(path)
    assert source.hosts == ("shop.example",)
    assert source.list is not None
    assert [str(rule) for rule in source.list.fields.title or ()] == ["css: h2", "css: a"]


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD.replace("    title:", "    titel:")) == [
        "12: list.fields.titel: unknown key; did you mean title?"
    ]


def test_an_unknown_key_like_no_other_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, GOOD + "limits:\n  xyz: 3\n")
    assert line.startswith("14: limits.xyz: unknown key; known here are depth, memory_mb, minutes,")


def test_every_mistake_of_a_file_is_named_at_once_in_its_order(tmp_path: Path) -> None:
    text = GOOD.replace("why: A made-up shop for tests.\n", "").replace("items: li", "items: 'li['")
    lines = mistakes(tmp_path, text + "limits: {minutes: -1}\ncurrency: yuan\n")
    assert [line.split(": ")[1] for line in lines] == ["why", "list", "limits.minutes", "currency"]
    assert "your note of why these pages may be crawled" in lines[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    title: [h2,", "    title: ['h2[',", "'h2[' is not a CSS selector"),
        ("    title: [h2,", "    title: [{xpath: '//b['},", "is not an XPath"),
        ("    title: [h2,", "    title: [{css: b, regex: '('},", "'(' is not a regular expression"),
        ("    title: [h2,", "    title: [{css: b, query: id},", "give exactly one of css, xpath, json"),
        ("    title: [h2,", "    title: [{xpath: //b},", "begin with .// to look inside the item"),
        ("    title: [h2,", "    title: [{},", "give exactly one of css, xpath, json"),
        (
            "    title: [h2,",
            "    title: [{json: b},",
            "12: list.fields.title.0.json: json does not work on a page with format: html",
        ),
        ("    title: [h2,", "    title: [{query: id, attr: x},", "attr and without go with css or xpath"),
        (
            "shop.example/all",
            "other.example/all",
            "7: start.0.category: the host of https://other.example/all is not among hosts",
        ),
        ("hosts: shop.example", "hosts: https://shop.example/", "is not a host"),
        ("https://shop.example/all", "shop.example/all", "is not a full address"),
        ("category: https://shop.example/all", "search: https://shop.example/all", "needs {keyword}"),
        ("category:", "listing:", "listing needs detail"),
        ("  items: li", "  next: {numbers: {}}\n  items: li", "next.numbers needs {page}"),
        ("  items: li", "  next: {click: button}\n  items: li", "next.click needs render: browser"),
        ("  items: li", "  next: {}\n  items: li", "give exactly one of link, numbers, cursor, click"),
        ("name: corner", "schedule: {cron: '* *'}\nname: corner", "five fields of a cron line"),
        ("name: corner", "schedule: {cron: 'a b c d e'}\nname: corner", "'a' is no minute of a cron line"),
        ("name: corner", "schedule: {cron: '0 25 * * *'}\nname: corner", "'25' is no hour of a cron line"),
        ("name: corner", "schedule: {cron: '0 5 * * fri-x'}\nname: corner", "'fri-x' is no weekday"),
        ("    title: [h2,", "    title: [{css: b, divide: 100},", "goes with transform: price or number"),
        ("name: corner", "currency: RMB\nname: corner", "is not a currency of ISO 4217; write CNY"),
        (
            "https://shop.example/all",
            "https://shop.example/all?page={page}",
            "7: start.0.category: {page} is counted only where the list has next: { numbers: {} }",
        ),
        (
            "https://shop.example/all",
            "https://shop.example/all?page={pg}",
            "7: start.0.category: {pg} is no placeholder; known are {keyword} and {page}",
        ),
        ("shop.example/all", "shop.example/all?q={keyword}", "{keyword} goes with search, not with category"),
        ("name: corner", "schedule: {every: soon}\nname: corner", "is not a duration; write 30s"),
        ("name: corner", "timezone: Shanghai\nname: corner", "is not a time zone"),
        ("name: corner", "encoding: gb-k\nname: corner", "is not a character encoding"),
        ("name: corner", "assertions: {fields: {price: 0.5}}\nname: corner", "no rule reads price"),
        (
            "name: corner",
            "assertions: {listings: {min: 9, max: 3}}\nname: corner",
            "min (9) is above max (3)",
        ),
        ("name: corner", "shop_address: /shop\nname: corner", "needs a group"),
        ("name: corner", "politeness: {hours: 8-22}\nname: corner", "politeness.hours"),
        ("  items: li", "  items:", "list.items"),
        ("name: corner-shop", "name: Corner Shop", "name: "),
    ],
)
def test_a_mistake_says_what_to_do(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in "\n".join(mistakes(tmp_path, GOOD.replace(old, new)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nname: b\n", "2: name: stands twice"),
        ("name: [a\n", "2: "),
        ("", "1: is not a source file"),
        ("- a\n- b\n", "1: is not a source file"),
    ],
)
def test_a_file_that_is_no_source_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert mistakes(tmp_path, text)[0].startswith(said)


def test_a_yaml_error_sends_the_reader_to_the_line_above_too(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, GOOD.replace("  items: li", "  items:.li"))
    assert "check the line above too: indentation, an unclosed quote" in line


@pytest.mark.parametrize(
    "cron", ["0 */6 * * *", "*/15 8-22 1,15 jan-mar mon-fri", "5 4 * * sun", "0 0 * * 7"]
)
def test_cron_lines_have_ranges_steps_lists_and_names(tmp_path: Path, cron: str) -> None:
    schedule = make_source(tmp_path, schedule={"cron": cron}).schedule
    assert schedule is not None
    assert schedule.cron == cron


@pytest.mark.parametrize("code", ["CNY", "USDT", "ISK"])
def test_a_source_may_state_any_iso_currency_and_those_of_chains(tmp_path: Path, code: str) -> None:
    assert make_source(tmp_path, currency=code).currency == code


def test_a_name_in_two_files_is_a_mistake(tmp_path: Path) -> None:
    write_source(tmp_path)
    write_source(tmp_path).rename(tmp_path / "b.yaml")
    write_source(tmp_path)
    with pytest.raises(SourceError, match=r"corner-shop is the name of another file"):
        load_sources(tmp_path)


def test_durations_are_written_as_people_say_them(tmp_path: Path) -> None:
    source = make_source(
        tmp_path, politeness={"delay": "1.5s"}, schedule={"every": "6h"}, limits={"page_seconds": 20}
    )
    assert (source.politeness.delay, source.limits.page_seconds) == (1.5, 20)
    assert source.schedule is not None
    assert source.schedule.every == 6 * 3600


@pytest.mark.parametrize(
    ("hosts", "url", "allowed"),
    [
        (["shop.example"], "https://shop.example/a", True),
        (["shop.example"], "https://SHOP.example:8443/a", True),
        (["shop.example"], "https://www.shop.example/a", False),
        (["*.shop.example"], "https://www.shop.example/a", True),
        (["*.shop.example"], "https://evilshop.example/a", False),
        (["*.shop.example"], "https://shop.example/a", False),
        (["shop.example:8080"], "http://shop.example:8080/a", True),
        (["shop.example:8080"], "http://shop.example/a", False),
        (["shop.example:443"], "https://shop.example/a", True),
        (["shop.example"], "https://shop.example@evil.example/a", False),
        (["shop.example"], "https://evil.example/?shop.example", False),
    ],
)
def test_a_host_is_allowed_exactly_as_the_file_says(hosts: list[str], url: str, allowed: bool) -> None:
    assert allows(hosts, url) is allowed
