"""Look at a source without storing anything: what each rule gives on a page of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from scrapy.http import TextResponse

from crawler.errors import ConfigError
from crawler.fetch import FetchedPage, fetch
from spiders.assembly import build_listing, shown, values_of
from spiders.blocks import sign_of_block
from spiders.contract import load_source
from spiders.encodings import in_its_encoding
from spiders.entries import list_page
from spiders.errors import FileError, ListingError, PageError
from spiders.extraction import extract
from spiders.feeds.rows import read_rows
from spiders.pages import Page, read_page
from spiders.paging import Seen, first_turns, list_reading, next_turn, url_of, way_kind
from spiders.readings import ListPage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.config import Workspace
    from spiders.contract import Source
    from spiders.extraction import Attempt, Finding
    from spiders.feeds.declaration import Files
    from spiders.readings import DetailPage


ROWS: Final = 100
"""How many rows of a feed's file are looked at."""
TYPES: Final = {".json": "application/json", ".xml": "application/xml", ".txt": "text/plain"}
"""Of saved pages, by how their names end; all others are HTML."""


@dataclass(frozen=True, slots=True)
class FieldTrial:
    """A field of one listing: its value, the rule that gave it, and the rules before it that did not."""

    field: str
    value: str | None
    rule: str | None
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageTrial:
    """What the rules make of a page; `items` has an entry a listing, each with every field that has rules."""

    kind: Literal["list", "listing", "file"]
    url: str
    status: int | None
    """None for what was not fetched."""
    items: tuple[tuple[FieldTrial, ...], ...]
    next_url: str | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A list page of a source and the page of its first listing; `problems` name what could not be had."""

    source: str
    pages: tuple[PageTrial, ...]
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and not any(page.problems for page in self.pages)


def try_source(
    workspace: Workspace, path: Path, *, keyword: str | None = None, url: str | None = None
) -> Trial:
    """Fetch a list page (the first, or that of `keyword`, or `url`) and its first listing's own page.

    Writes nothing. Raises `SourceError` for a file with mistakes, `JobError` where nothing could be fetched.
    """
    source = load_source(path)
    require_pages(source, path)
    fetched = fetch(workspace, path, keyword=keyword, url=url)
    return Trial(source.name, tuple(examine(source, page) for page in fetched.pages), fetched.failures)


def require_pages(source: Source, path: Path) -> None:
    """Raises `ConfigError` for a feed of files, which has no pages to fetch."""
    if source.files is not None:
        raise ConfigError("has files and no pages; try it on one: --page export.csv", file=path)


def try_page(path: Path, saved: Path, *, url: str | None = None, listing: bool = False) -> Trial:
    """Try a source file on a saved page: a list page, or with `listing` a listing's own; or on a feed's file.

    `url` is where the page was saved from; relative links count from it. Nothing is fetched or written.
    Raises `SourceError`, or `ConfigError` for a page that cannot be read or that the file says nothing of.
    """
    source = load_source(path)
    if source.files is not None:
        return Trial(source.name, (_examine_export(source, source.files, saved),), ())
    turn = None if listing else next(first_turns(source, ("",)), None)
    reading = list_reading(turn, source) if turn else source.detail
    if reading is None:
        raise ConfigError("says nothing of such pages; add list or detail", file=path)
    try:
        body, seen_at = saved.read_bytes(), datetime.fromtimestamp(saved.stat().st_mtime, UTC)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=saved) from error
    usual = url_of(turn, source, list_reading(turn, source)) if turn else f"https://{source.hosts[0]}/"
    kind = TYPES.get(saved.suffix.lower(), "text/html")
    fetched = FetchedPage(url or usual, 200, kind, body, None, turn, seen_at)
    response = fetched.response()
    if isinstance(response, TextResponse):
        right, _ = in_its_encoding(response, source)
        fetched = replace(fetched, encoding=right.encoding)
    return Trial(source.name, (examine(source, fetched),), ())


def examine(source: Source, fetched: FetchedPage) -> PageTrial:
    """What the rules of a source make of a page. Pure."""
    kind: Literal["list", "listing"] = "listing" if fetched.turn is None else "list"
    try:
        page, items, next_url = _read(source, fetched)
    except PageError as error:
        return PageTrial(kind, fetched.url, fetched.status, (), None, (str(error),))
    findings = [extract(_reading(source, fetched).fields, item, page, source) for item in items]
    problems = tuple(_problems(source, fetched, findings))
    return PageTrial(
        kind=kind,
        url=fetched.url,
        status=fetched.status,
        items=tuple(tuple(_field(found) for found in item.values()) for item in findings),
        next_url=next_url,
        problems=problems,
    )


def _examine_export(source: Source, files: Files, path: Path) -> PageTrial:
    """What the rules of a feed make of the first rows of a file."""
    now = datetime.now(UTC)
    findings: list[dict[str, Finding]] = []
    problems: list[str] = []
    try:
        for row in islice(read_rows(path, files, source.encoding), ROWS):
            if row.data is None:
                problems.append(f"row {row.number} would not be kept: {row.problem}")
            else:
                page = Page(f"{path.name}:{row.number}", now, "", "json", row.data)
                findings.append(extract(files.fields, row.data, page, source))
    except FileError as error:
        problems.append(str(error))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=path) from error
    problems += [*_empty(findings), *_refused(source, now, findings)]
    items = tuple(tuple(_field(found) for found in item.values()) for item in findings)
    return PageTrial("file", path.name, None, items, None, tuple(problems))


def _read(source: Source, fetched: FetchedPage) -> tuple[Page, list[Any], str | None]:
    response = fetched.response()
    if fetched.turn is None:
        assert source.detail is not None  # noqa: S101, the page was asked for by it
        page = read_page(response, source.detail, fetched.seen_at)
        return page, [page.root], None
    reading = list_reading(fetched.turn, source)
    assert reading is not None  # noqa: S101
    page = list_page(response, reading, way_kind(fetched.turn, source), fetched.seen_at)
    items = page.items(reading.items)
    following = next_turn(fetched.turn, source, reading, page, Seen(len(items), len(items), None))
    return page, items, following[0] if following else None


def _reading(source: Source, fetched: FetchedPage) -> ListPage | DetailPage:
    reading = source.detail if fetched.turn is None else list_reading(fetched.turn, source)
    assert reading is not None  # noqa: S101, the page was asked for by it
    return reading


def _problems(source: Source, fetched: FetchedPage, findings: list[dict[str, Finding]]) -> Iterator[str]:
    sign = sign_of_block(fetched.response(), source.blocks)
    if sign is not None:
        yield f"this page is a block ({sign})"
    reading = _reading(source, fetched)
    if not findings and isinstance(reading, ListPage):
        yield f"list.items ({' or '.join(reading.items)}) matches nothing on this page"
        if fetched.turn is not None and fetched.turn.keyword is not None:
            yield f"or nothing is found for {fetched.turn.keyword}; try another --keyword"
    yield from _empty(findings)
    if fetched.turn is not None and source.detail is None:
        yield from _refused(source, fetched.seen_at, findings)


def _empty(findings: list[dict[str, Finding]]) -> Iterator[str]:
    for name in findings[0] if findings else {}:
        if all(found[name].value is None for found in findings):
            yield f"{name}: no rule gives anything on this page"


def _refused(source: Source, seen_at: datetime, findings: list[dict[str, Finding]]) -> Iterator[str]:
    for place, found in enumerate(findings, 1):
        try:
            build_listing(values_of(found), source, seen_at=seen_at)
        except ListingError as error:
            yield f"item {place} would not be kept: {error}"


def _field(found: Finding) -> FieldTrial:
    failed = tuple(_in_vain(attempt) for attempt in found.failed)
    value = None if found.value is None else shown(found.value)
    return FieldTrial(found.field, value, str(found.rule) if found.rule else None, failed)


def _in_vain(attempt: Attempt) -> str:
    what = "matches nothing" if attempt.text is None else f"gives {attempt.text!r}, which is no such value"
    return f"{attempt.rule} {what}"
