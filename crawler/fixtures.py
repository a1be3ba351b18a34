"""Pages of a source kept with what its rules gave on them, so that a change is seen without a network.

A fixture is a folder `sources/fixtures/SOURCE/NAME`: the pages and `expected.json`, personal data masked and
sellers' ids and names replaced.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from crawler.errors import JobError
from crawler.fetch import FetchedPage, fetch
from crawler.trial import examine, require_pages
from pipelines.masking import mask_text, mask_url, pseudonym
from spiders.contract import load_source
from spiders.paging import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from crawler.config import Workspace
    from crawler.trial import PageTrial
    from spiders.contract import Source

EXPECTED: Final = "expected.json"
SELLERS: Final = {"seller_id": "seller", "seller_name": "name"}
"""The fields that name a seller, and what their pseudonyms begin with."""


@dataclass(frozen=True, slots=True)
class FixtureResult:
    """A replayed fixture; without differences the rules still give what they gave when it was recorded."""

    source: str
    fixture: Path
    differences: tuple[str, ...]


def record_source(
    workspace: Workspace, path: Path, *, keyword: str | None = None, url: str | None = None
) -> Path:
    """Keep a list page of a source and the page of its first listing as a fixture; returns its folder.

    Raises `SourceError`, or `JobError` where no page could be fetched.
    """
    source = load_source(path)
    require_pages(source, path)
    fetched = fetch(workspace, path, keyword=keyword, url=url)
    if not fetched.pages:
        raise JobError(f"{path}: no page could be fetched: {'; '.join(fetched.failures)}")
    key = workspace.masking_key()
    sellers = _sellers(source, fetched.pages, key)
    pages = [_masked(page, sellers, key) for page in fetched.pages]
    began = pages[0].seen_at
    folder = workspace.sources_dir / "fixtures" / source.name / f"{began:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    expected = []
    for number, page in enumerate(pages, 1):
        name = f"page-{number}.{'json' if 'json' in page.content_type else 'html'}"
        (folder / name).write_bytes(page.body)
        expected.append(_expectation(name, page, examine(source, page), key))
    text = json.dumps(expected, ensure_ascii=False, indent=1)
    (folder / EXPECTED).write_text(text + "\n", encoding="utf-8")
    return folder


def replay_fixtures(workspace: Workspace, paths: Sequence[Path]) -> list[FixtureResult]:
    """Replay all fixtures of the source files, offline. Raises `SourceError` for a file with mistakes."""
    results, key = [], workspace.masking_key()
    for path in paths:
        source = load_source(path)
        folders = sorted((workspace.sources_dir / "fixtures" / source.name).glob(f"*/{EXPECTED}"))
        results += [
            FixtureResult(source.name, file.parent, tuple(_replay(source, file.parent, key)))
            for file in folders
        ]
    return results


def _sellers(source: Source, pages: Sequence[FetchedPage], key: bytes) -> dict[str, str]:
    """The ids and names of sellers that the rules find on pages → what is kept of them."""
    return {
        field.value: _stand_in(SELLERS[field.field], field.value, key)
        for page in pages
        for item in examine(source, page).items
        for field in item
        if field.field in SELLERS and field.value is not None
    }


def _stand_in(kind: str, value: str, key: bytes) -> str:
    """A pseudonym; for a number another number as long, so that a rule that asks for digits finds some."""
    if not (value.isascii() and value.isdigit()):
        return pseudonym(kind, value, key)
    digest = hmac.digest(key, value.encode(), hashlib.sha256)
    return str(int.from_bytes(digest) % (9 * 10 ** (len(value) - 1)) + 10 ** (len(value) - 1))


def _masked(page: FetchedPage, sellers: Mapping[str, str], key: bytes) -> FetchedPage:
    text = page.body.decode(page.encoding or "utf-8", "replace")
    for seller in sorted(sellers, key=len, reverse=True):
        for written in (str, html.escape, _in_json, quote):
            text = _word(written(seller)).sub(written(sellers[seller]), text)
    body = mask_text(text, key).text.encode()
    return replace(page, url=mask_url(page.url, key, sellers), body=body, encoding="utf-8")


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _word(text: str) -> re.Pattern[str]:
    """A word of a page that is no part of a longer one, no tag and no attribute."""
    words = r"\s+".join(re.escape(part) for part in text.split())
    return re.compile(rf"(?<!<)(?<!</)(?<![0-9A-Za-z_#]){words}(?![0-9A-Za-z_=])")


def _expectation(name: str, page: FetchedPage, trial: PageTrial, key: bytes) -> dict[str, Any]:
    return {
        "page": name,
        "url": page.url,
        "status": page.status,
        "content_type": page.content_type,
        "turn": page.turn.plain() if page.turn else None,
        "seen_at": page.seen_at.isoformat(),
        "items": _values(trial, key),
    }


def _values(trial: PageTrial, key: bytes) -> list[dict[str, str | None]]:
    return [{field.field: _kept(field.field, field.value, key) for field in item} for item in trial.items]


def _kept(field: str, value: str | None, key: bytes) -> str | None:
    return pseudonym(SELLERS[field], value, key) if value and field in SELLERS else value


def _replay(source: Source, folder: Path, key: bytes) -> Iterator[str]:
    for expected in json.loads((folder / EXPECTED).read_text(encoding="utf-8")):
        page = FetchedPage(
            url=expected["url"],
            status=expected["status"],
            content_type=expected["content_type"],
            body=(folder / expected["page"]).read_bytes(),
            encoding="utf-8",
            turn=Turn(**expected["turn"]) if expected["turn"] else None,
            seen_at=datetime.fromisoformat(expected["seen_at"]),
        )
        yield from _differences(expected["page"], expected["items"], _values(examine(source, page), key))


def _differences(
    page: str, before: Sequence[Mapping[str, str | None]], now: Sequence[Mapping[str, str | None]]
) -> Iterator[str]:
    if len(before) != len(now):
        yield f"{page}: {len(before)} listings then, {len(now)} now"
    for place, (old, new) in enumerate(zip(before, now, strict=False), 1):
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                then, today = old.get(name) or "nothing", new.get(name) or "nothing"
                yield f"{page}, listing {place}, {name}: {then!r} then, {today!r} now"
