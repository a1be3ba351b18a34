"""The errors of this room. Each names the file, key and line at fault and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class PipelineError(Exception):
    """Base of every error that `pipelines` raises on purpose."""


class LexiconError(PipelineError):
    """A lexicon file that cannot be used as it is written."""

    def __init__(
        self, message: str, *, file: Path | None = None, key: str | None = None, line: int | None = None
    ) -> None:
        place = str(file) if file else "lexicon"
        if line is not None:
            place += f":{line}"
        if key:
            place += f": {key}"
        super().__init__(f"{place}: {message}")
        self.file, self.key, self.line = file, key, line


class StoreError(PipelineError):
    """A store that cannot be opened, read or written."""


class EvidenceError(PipelineError):
    """Evidence that is missing or not as it was kept."""

    def __init__(self, message: str, *, file: Path, line: int | None = None) -> None:
        super().__init__(f"{file}{'' if line is None else f':{line}'}: {message}")
        self.file, self.line = file, line
