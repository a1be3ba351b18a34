"""The errors of this room. Each names the file, key and line, or the URL at fault, and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from pathlib import Path

    from spiders.mistakes import Mistake


class SpiderError(Exception):
    """Base of every error that `spiders` raises on purpose."""


class SourceError(SpiderError):
    """A source file that cannot be used as it is written; `mistakes` has one entry each."""

    def __init__(self, file: Path, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(_line(file, mistake) for mistake in mistakes))
        self.file, self.mistakes = file, mistakes


class PageError(SpiderError):
    """A page that cannot be read as the source says: not JSON where JSON was promised, for example."""


class FileError(PageError):
    """A file of a feed that cannot be read as the source says."""


class BrowserMissingError(SpiderError):
    """No Chromium was found for a source with `render: browser`."""


class RefusedError(SpiderError, IgnoreRequest):
    """A request that safety forbids: another host, a private address. `kind` is what it is counted under."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class BlockedError(SpiderError, IgnoreRequest):
    """A page by which the site says that it does not want to be asked."""


class RobotsUnreadableError(SpiderError):
    """A robots.txt that its server does not give out."""


class ListingError(SpiderError):
    """A listing that cannot be kept; `kind` is what it is counted under."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _line(file: Path, mistake: Mistake) -> str:
    key = f"{mistake.key}: " if mistake.key else ""
    return f"{file}:{mistake.line}: {key}{mistake.message}"
