"""Fields out of a page by the rules of a source file. Pure: a page in, findings out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

import jmespath
from lxml import html

from pipelines.records import Money
from spiders.dates import parse_date
from spiders.prices import parse_number, parse_price
from spiders.text import lines_of, one_line, text_of, text_of_markup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from parsel import Selector

    from spiders.contract import Source
    from spiders.pages import Page
    from spiders.rules import Chain, Fields, Rule, Transform

type Value = str | Money | datetime

USUAL: Final[dict[str, Transform]] = {
    "url": "url",
    "description": "lines",
    "price": "price",
    "published_at": "date",
}
"""The transforms of fields whose rules name none; all others are `text`."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A rule that was tried in vain. `text` is what it found, if what it found was of no use."""

    rule: Rule
    text: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A field: its value and the rule that gave it, or None and the rules that did not."""

    field: str
    value: Value | None
    text: str | None
    rule: Rule | None
    failed: tuple[Attempt, ...] = ()


def extract(fields: Fields, item: Any, page: Page, source: Source) -> dict[str, Finding]:
    """Every field that has rules, from an item of a page (`page.root` for a page that is one listing)."""
    chains = fields.named()
    findings: dict[str, Finding] = {}
    link = page.url
    if "url" in chains:  # first: other fields may be cut out of the listing's address
        findings["url"] = _first("url", chains.pop("url"), item, page, source, link)
        link = str(findings["url"].value or link)
    for name, chain in chains.items():
        findings[name] = _first(name, chain, item, page, source, link)
    return findings


def links(chain: Chain, item: Any, page: Page, source: Source) -> list[str]:
    """Every address that the first successful rule of a chain finds, made absolute."""
    for rule in chain:
        found = [
            address
            for text in _texts(rule, item, page, page.url)
            if isinstance(address := _transform("url", text, rule, page, source), str)
        ]
        if found:
            return list(dict.fromkeys(found))
    return []


def _first(name: str, chain: Chain, item: Any, page: Page, source: Source, link: str) -> Finding:
    failed: list[Attempt] = []
    for rule in chain:
        text: str | None = None
        transform = rule.transform or USUAL.get(name, "text")
        for text in _joined(rule, _texts(rule, item, page, link)):
            value = _transform(transform, text, rule, page, source)
            if value is not None:
                return Finding(name, value, text, rule, tuple(failed))
        failed.append(Attempt(rule, text))
    return Finding(name, None, None, None, tuple(failed))


def _joined(rule: Rule, texts: Iterator[str]) -> Iterator[str]:
    if not rule.all:
        yield from texts
    elif parts := [one_line(text) for text in texts if text.strip()]:
        yield rule.join.join(parts)


def _texts(rule: Rule, item: Any, page: Page, link: str) -> Iterator[str]:
    """What a rule finds, in the page's order, cut by its regex."""
    for text in _raw(rule, page.root if rule.scope == "page" else item, page, link):
        if rule.regex is None:
            yield text
        elif found := re.search(rule.regex, text, re.DOTALL):
            yield (found[1] if found.re.groups else found[0]) or ""


def _raw(rule: Rule, item: Any, page: Page, link: str) -> Iterator[str]:
    match rule.place:
        case "css" | "xpath":
            found = item.css(rule.css) if rule.css is not None else item.xpath(rule.xpath)
            for part in found:
                yield from _of_element(part, rule)
        case "json":
            yield from _of_json(jmespath.search(str(rule.json_), item))
        case "column":
            yield from _of_json(item.get(rule.column) if isinstance(item, dict) else None)
        case "data":
            yield from _of_json(jmespath.search(str(rule.data), page.embedded))
        case "query":
            yield from parse_qs(urlsplit(link).query).get(str(rule.query), [])
        case "address":
            if found_in_link := re.search(str(rule.address), link):
                yield (found_in_link[1] if found_in_link.re.groups else found_in_link[0]) or ""
        case _:
            yield str(rule.value)


def _of_element(part: Selector, rule: Rule) -> Iterator[str]:
    root = part.root
    if not isinstance(root, html.HtmlElement):
        yield str(root)
    elif rule.attr is not None:
        if (value := root.get(rule.attr)) is not None:
            yield value
    else:
        yield text_of(root, [inner.root for css in rule.without for inner in part.css(css)])


def _of_json(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for part in value:
            yield from _of_json(part)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif value is not None and not isinstance(value, dict):
        yield repr(value) if isinstance(value, float) else str(value)


def _transform(name: Transform, text: str, rule: Rule, page: Page, source: Source) -> Value | None:
    """What a transform makes of a text; None where it makes nothing of it."""
    match name:
        case "price":
            divide = rule.divide or 1
            return parse_price(text, currency=source.currency, decimal=source.decimal, divide=divide)
        case "date":
            return parse_date(
                text,
                now=page.seen_at,
                zone=source.zone,
                languages=source.language,
                date_format=rule.date_format,
            )
        case "number":
            number = parse_number(text, decimal=source.decimal)
            return None if number is None else f"{number / (rule.divide or 1):.15g}"
        case "url":
            return _address(text, page)
        case "lines":
            return lines_of(text) or None
        case "html":
            return text_of_markup(text) or None
        case _:
            return one_line(text) or None


def _address(text: str, page: Page) -> str | None:
    """An absolute http(s) address; links that are something else, as javascript:, are none."""
    try:
        address = urljoin(page.base, text.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None
