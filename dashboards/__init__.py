"""Questions to a store, and what shows the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboards.research.archive import Archive

__all__ = ["Archive"]


def __getattr__(name: str) -> object:
    """`Archive` when somebody asks for it: it brings libraries that most commands don't need."""
    if name == "Archive":
        from dashboards.research.archive import Archive

        return Archive
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
