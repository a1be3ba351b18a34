"""What is wrong with a query, where, and what was meant instead."""

from __future__ import annotations

from pipelines.errors import PipelineError


class QueryError(PipelineError):
    """A query that cannot be read. `position` counts characters from 1; `suggestion` is what may be meant."""

    def __init__(
        self, what: str, *, position: int, suggestion: str | None = None, advice: str | None = None
    ) -> None:
        message = f"{what} at {position}"
        if suggestion is not None:
            message += f", did you mean '{suggestion}'?"
        elif advice is not None:
            message += f"; {advice}"
        super().__init__(message)
        self.position, self.suggestion = position, suggestion
