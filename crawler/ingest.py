"""Files handed over by hand, read as a feed's files are read from their folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.crawl import Visit, check, crawl_all, source_paths
from crawler.errors import ConfigError
from crawler.nursery import Nursery
from pipelines.store.feeds import FeedLedger
from spiders.contract import load_source
from spiders.feeds.exports import Export

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawler.config import Workspace
    from crawler.crawl import Progress
    from crawler.runs import RunSummary
    from pipelines.store.feeds import FeedFile


def ingest(
    workspace: Workspace,
    source_name: str,
    files: Sequence[Path],
    *,
    again: bool = False,
    progress: Progress | None = None,
) -> tuple[RunSummary | None, dict[Path, FeedFile]]:
    """Read files as a feed describes them; the run, and the files that were left out as read before.

    Without `again` a file is read once, and where none is left there is no run. Raises `ConfigError`,
    `SourceError` or `LexiconError` before anything is read where the configuration is wrong.
    """
    path = source_paths(workspace, (source_name,))[source_name]
    if load_source(path).files is None:
        raise ConfigError(
            f"{source_name} has no files; a source with kind: feed and files: reads them", file=path
        )
    exports = {file: _export(file) for file in files}
    known = {} if again else _known(workspace, source_name, exports)
    new = {export.digest: export for file, export in exports.items() if file not in known}
    if again:  # what is read now replaces what was read then
        new = {digest: replace(export, seen_at=datetime.now(UTC)) for digest, export in new.items()}
    if not new:
        return None, known
    visit = Visit(path, "ingest", exports=tuple(new.values()))
    check(workspace, (visit,))
    with Nursery(workspace.lexicon_dir) as nursery:
        return crawl_all(workspace, nursery, (visit,), progress)[0], known


def _export(path: Path) -> Export:
    if not path.is_file():
        raise ConfigError("there is no such file", file=path)
    try:
        return Export.at(path)
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", file=path) from error


def _known(workspace: Workspace, source_name: str, exports: dict[Path, Export]) -> dict[Path, FeedFile]:
    """The files that the source has read before, under whatever name."""
    if not workspace.store_path.exists():
        return {}
    with FeedLedger(workspace.store_path) as ledger:
        taken = {file.digest: file for file in ledger.taken(source_name)}
    return {path: taken[export.digest] for path, export in exports.items() if export.digest in taken}
