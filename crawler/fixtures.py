"""Pages of a source kept with what its rules gave on them, so that a change is seen without a network.

A fixture is a folder `sources/fixtures/SOURCE/NAME`: the pages, personal data masked, and `expected.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from crawler.errors import JobError
from crawler.fetch import FetchedPage, fetch
from crawler.trial import examine, require_pages
from pipelines.masking import mask_text
from spiders.contract import load_source
from spiders.paging import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from crawler.config import Workspace
    from crawler.trial import PageTrial
    from spiders.contract import Source

EXPECTED: Final = "expected.json"


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
    pages = [_masked(page, workspace.masking_key()) for page in fetched.pages]
    began = pages[0].seen_at
    folder = workspace.sources_dir / "fixtures" / source.name / f"{began:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    expected = []
    for number, page in enumerate(pages, 1):
        name = f"page-{number}.{'json' if 'json' in page.content_type else 'html'}"
        (folder / name).write_bytes(page.body)
        expected.append(_expectation(name, page, examine(source, page)))
    text = json.dumps(expected, ensure_ascii=False, indent=1)
    (folder / EXPECTED).write_text(text + "\n", encoding="utf-8")
    return folder


def test_sources(workspace: Workspace, paths: Sequence[Path]) -> list[FixtureResult]:
    """Replay all fixtures of the source files, offline. Raises `SourceError` for a file with mistakes."""
    results = []
    for path in paths:
        source = load_source(path)
        folders = sorted((workspace.sources_dir / "fixtures" / source.name).glob(f"*/{EXPECTED}"))
        results += [
            FixtureResult(source.name, file.parent, tuple(_replay(source, file.parent))) for file in folders
        ]
    return results


def _masked(page: FetchedPage, key: bytes) -> FetchedPage:
    text = page.body.decode(page.encoding or "utf-8", "replace")
    return replace(page, body=mask_text(text, key).text.encode(), encoding="utf-8")


def _expectation(name: str, page: FetchedPage, trial: PageTrial) -> dict[str, Any]:
    return {
        "page": name,
        "url": page.url,
        "status": page.status,
        "content_type": page.content_type,
        "turn": page.turn.plain() if page.turn else None,
        "seen_at": page.seen_at.isoformat(),
        "items": _values(trial),
    }


def _values(trial: PageTrial) -> list[dict[str, str | None]]:
    return [{field.field: field.value for field in item} for item in trial.items]


def _replay(source: Source, folder: Path) -> Iterator[str]:
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
        yield from _differences(expected["page"], expected["items"], _values(examine(source, page)))


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
