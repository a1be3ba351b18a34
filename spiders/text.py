"""The text of a part of a page, as a reader sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree, html

if TYPE_CHECKING:
    from collections.abc import Collection

    from lxml.html import HtmlElement

BREAKS: Final = frozenset(
    """
    address article aside blockquote body br dd div dl dt fieldset figcaption figure footer form h1 h2 h3
    h4 h5 h6 header hr legend li main nav ol option p pre section select table tbody tr ul
    """.split()  # noqa: SIM905, a column of forty names is no easier to read
)
"""Elements that begin and end a line."""
CELLS: Final = frozenset({"td", "th"})
UNSEEN: Final = frozenset({"script", "style", "template", "head", "noscript", "iframe"})


def text_of(element: HtmlElement, without: Collection[HtmlElement] = ()) -> str:
    """The text inside an element, a line per block; parts in `without`, scripts and styles are left out.

    Inline elements add no space: a search word set off by <em> stays one word.
    """
    left_out = set(without)
    chunks: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        tag = node.tag
        if event == "start":
            if node in left_out or (tag in UNSEEN and node is not element):
                walk.skip_subtree()
                continue
            _part(tag, chunks)
            if node.text:
                chunks.append(node.text.replace("\n", " ") if tag != "pre" else node.text)
            continue
        if event == "end":
            _part(tag, chunks)
        if node is not element and node.tail:
            chunks.append(node.tail.replace("\n", " "))
    return lines_of("".join(chunks))


def _part(tag: object, chunks: list[str]) -> None:
    if tag in BREAKS:
        chunks.append("\n")
    elif tag in CELLS:
        chunks.append(" ")


def text_of_markup(markup: str) -> str:
    """The text of a string that is HTML."""
    return text_of(html.fromstring(f"<div>{markup}</div>"))


def lines_of(text: str) -> str:
    """Text with tidy lines: no empty ones, no space around them, single spaces within."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def one_line(text: str) -> str:
    """Text on one line with single spaces."""
    return " ".join(text.split())
