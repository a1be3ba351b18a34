"""What is wrong with a researcher's question or with where its answer should go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import PipelineError

if TYPE_CHECKING:
    from pathlib import Path


class ResearchError(PipelineError):
    """A question that cannot be answered as asked; the message says what to do."""


class ExportError(ResearchError):
    """An answer that cannot be written; the message names the file."""

    def __init__(self, message: str, *, file: Path) -> None:
        super().__init__(f"{file}: {message}")
        self.file = file
