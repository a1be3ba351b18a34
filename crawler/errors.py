"""The errors of this room: each is one line that names what is at fault and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class CrawlerError(Exception):
    """Base of every error that `crawler` raises on purpose."""


class ConfigError(CrawlerError):
    """Wrong use or configuration; the command ends with exit code 2."""

    def __init__(
        self, message: str, *, file: Path | None = None, key: str | None = None, line: int | None = None
    ) -> None:
        place = str(file) if file else ""
        if file and line is not None:
            place += f":{line}"
        if key:
            place += f": {key}" if place else key
        super().__init__(f"{place}: {message}" if place else message)
        self.file, self.key, self.line = file, key, line


class JobError(CrawlerError):
    """A job that was asked for rightly and failed; the command ends with exit code 1."""


class NurseryError(JobError):
    """The process that crawls are forked from is gone; a new one can be started."""
