"""The folder of a feed's files: which are new, which are still being written, which were read already."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from crawler.errors import ConfigError
from pipelines.store.feeds import FeedLedger
from spiders.feeds.exports import Export, state_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from crawler.config import Workspace
    from spiders.contract import Source

UNFINISHED: Final = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart", "~")
"""How programs name what they are still writing."""


def require_inbox(workspace: Workspace, source: Source) -> None:
    """Raises `ConfigError` where the folder of a feed's files is missing."""
    if source.files is not None and not (folder := inbox(workspace, source)).is_dir():
        raise ConfigError(f"{source.name}: files.folder: there is no folder {folder}; make it")


def inbox(workspace: Workspace, source: Source) -> Path:
    """The folder of a feed's files."""
    assert source.files is not None  # noqa: S101, asked for feeds of files only
    return workspace.root / source.files.folder


def new_exports(workspace: Workspace, source: Source, now: datetime) -> tuple[tuple[Export, ...], str | None]:
    """The files that are to be read, the oldest first; where there are none, why.

    A file counts as known by name, size and time, or else by its digest.
    """
    assert source.files is not None  # noqa: S101, asked for feeds of files only
    with FeedLedger(workspace.store_path) as ledger:
        taken = ledger.taken(source.name)
    states = {(file.name, file.bytes, file.modified_at) for file in taken}
    digests = {file.digest for file in taken}
    settled_before = now - timedelta(seconds=source.files.settled_after)
    found: dict[str, Export] = {}
    known = waiting = 0
    for path in sorted(inbox(workspace, source).glob(source.files.match)):
        if not path.is_file() or path.name.startswith((".", "~$")):
            continue
        size, modified_at = state_of(path)
        if path.name.lower().endswith(UNFINISHED) or modified_at > settled_before:
            waiting += 1
            continue
        if (path.name, size, modified_at) in states:
            known += 1
            continue
        export = Export.at(path)
        if export.digest in digests:
            known += 1
        else:
            found.setdefault(export.digest, export)
    oldest_first = tuple(sorted(found.values(), key=lambda export: (export.modified_at, export.path)))
    return oldest_first, None if found else _why_none(source, known, waiting)


def _why_none(source: Source, known: int, waiting: int) -> str:
    assert source.files is not None  # noqa: S101
    rest = [f"{known} read before"] if known else []
    rest += [f"{waiting} still being written"] if waiting else []
    return f"no new file in {source.files.folder}" + (f" ({', '.join(rest)})" if rest else "")
