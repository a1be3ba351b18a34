"""The spider of feeds: rows of files, or pages of a JSON API, on the same way as the listings of pages."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.http import Response

from spiders.assembly import values_of
from spiders.errors import FileError
from spiders.extraction import extract
from spiders.feeds.exports import Export
from spiders.feeds.refusals import Refusals
from spiders.feeds.rows import Row, read_rows
from spiders.listings import ListingsSpider
from spiders.pages import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from pipelines.items import Sighting
    from spiders.contract import Source
    from spiders.extraction import Value


@dataclass(slots=True)
class Reading:
    """A file under way: how many of its rows are listings, and how many are not."""

    export: Export
    listings: int = 0
    refused: int = 0


class FeedSpider(ListingsSpider):
    """Reads a source with `kind: feed`. Argument `files`: a JSON list of `Export.plain()`, for files.

    Settings: MASKING_KEY; LOG_FILE, beside which the rows that are refused are kept.
    """

    name = "feed"

    def __init__(self, source: Source, shops: tuple[str, ...] = (), files: str = "[]", **kwargs: Any) -> None:
        super().__init__(source, shops, **kwargs)
        self.exports = [Export.from_plain(plain) for plain in json.loads(files)]
        self.read: list[Reading] = []
        """The files that were read to their end, and gave a listing if they had any row."""
        self._notes: list[str] = []
        self._size = sum(export.bytes for export in self.exports) or 1
        self._size_read = 0

    @cached_property
    def refusals(self) -> Refusals:
        """The rows that are no listings."""
        log_file: str | None = self.settings.get("LOG_FILE")
        path = Path(log_file).with_suffix(".refused.jsonl") if log_file else None
        return Refusals(path, self.source.platform, self.settings["MASKING_KEY"])

    async def start(self) -> AsyncIterator[Any]:
        """The listings of all files, or the first page of the API."""
        if self.source.files is None:
            async for request in super().start():
                yield request
            return
        for export in self.exports:
            try:
                for sighting in self._file(Reading(export)):
                    if sighting is not None:
                        yield sighting
                    await asyncio.sleep(0)  # the pipelines' turn; SIGTERM ends the run here
            except FileError as error:
                self._unreadable(str(error))
            except OSError as error:
                self._unreadable(f"{export.path.name}: cannot be read ({error.strerror})")
            self._size_read += export.bytes

    def told(self) -> list[str]:
        """What people should know of the run besides its counts."""
        return [*super().told(), *self._notes, *self.refusals.told()]

    def _file(self, reading: Reading) -> Iterator[Sighting | None]:
        """A sighting a row, None for a row that is refused. Raises `FileError`."""
        assert self.source.files is not None  # noqa: S101, called for files only
        export = reading.export
        export.require_unchanged()
        name = export.path.name
        page = Response(name, request=Request(f"feed://{export.digest}"))
        for row in read_rows(export.path, self.source.files, self.source.encoding):
            self._progress(export, row.share)
            found = list(self._row(row, page, export))
            reading.listings += len(found)
            reading.refused += not found
            yield found[0] if found else None
        export.require_unchanged()
        self.crawler.stats.inc_value("downloader/response_bytes", export.bytes)
        self.logger.info("%s: %d listings, %d rows refused", name, reading.listings, reading.refused)
        if reading.listings or not reading.refused:
            self.read.append(reading)

    def _row(self, row: Row, page: Response, export: Export) -> Iterator[Sighting]:
        assert self.source.files is not None  # noqa: S101
        place = f"{page.url}:{row.number}"
        if row.data is None:
            self._count("error/bad-row")
            self._refuse(place, row.problem, {})
            return
        seen_at = export.seen_at + timedelta(microseconds=row.number)  # of two rows the later holds
        read_from = Page(place, seen_at, "", "json", row.data)
        values = values_of(extract(self.source.files.fields, row.data, read_from, self.source))
        yield from self._listing(values, page.replace(url=place), seen_at)

    def _unreadable(self, message: str) -> None:
        self._count("error/unreadable")
        self.logger.warning("%s", message)
        self._notes.append(message)

    def _refuse(self, place: str, reason: str, values: dict[str, Value]) -> None:
        self.refusals.add(place, reason, values)

    def _progress(self, export: Export, share: float) -> None:
        done = (self._size_read + share * export.bytes) / self._size
        self.crawler.stats.set_value("feed/share", done)
