"""Saved queries: a name, an owner, a text; kept in a journal, so that who changed what stays known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from dashboards.journal import Journal
from dashboards.query.catalogue import closest
from dashboards.research.errors import ResearchError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

NAME: Final = re.compile(r"[\w][\w.-]{0,63}")
SIGN: Final = "@"


class _Line(BaseModel):
    """A query as somebody saved it; an empty one takes the name away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    owner: str
    query: str | None
    saved_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A saved query as it stands."""

    name: str
    owner: str
    query: str
    saved_at: datetime


class SavedQueries:
    """The saved queries of one file."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path, _Line)

    def all(self) -> tuple[SavedQuery, ...]:
        """Those that stand, by name."""
        standing: dict[str, SavedQuery] = {}
        for line in self._journal.lines():
            if line.query is None:
                standing.pop(line.name, None)
            else:
                standing[line.name] = SavedQuery(line.name, line.owner, line.query, line.saved_at)
        return tuple(standing[name] for name in sorted(standing))

    def get(self, name: str) -> SavedQuery:
        """The query of a name; an unknown one is a `ResearchError`."""
        known = {saved.name: saved for saved in self.all()}
        if name not in known:
            near = closest(name, known)
            hint = f", did you mean '{near}'?" if near else "; jargonwatch queries list shows what there is"
            raise ResearchError(f"no query is saved as '{name}'{hint}")
        return known[name]

    def save(self, name: str, query: str, *, owner: str, saved_at: datetime) -> SavedQuery:
        """Save a query; one of the same name must be its owner's."""
        if not NAME.fullmatch(name):
            raise ResearchError(
                f"'{name}' can be no name; write letters, digits, '-', '_' and '.', 64 at most"
            )
        self._require_owner(name, owner)
        self._journal.add([_Line(name=name, owner=owner, query=query, saved_at=saved_at)])
        return SavedQuery(name, owner, query, saved_at)

    def remove(self, name: str, *, owner: str, removed_at: datetime) -> None:
        """Take a name away."""
        self.get(name)
        self._require_owner(name, owner)
        self._journal.add([_Line(name=name, owner=owner, query=None, saved_at=removed_at)])

    def expand(self, text: str) -> str:
        """A query's text with a saved one in the place of the `@name` that it begins with."""
        if not text.startswith(SIGN):
            return text
        name, _, rest = text[1:].partition(" ")
        saved = self.get(name).query
        if not rest.strip():
            return saved
        return f"({saved}) {rest}" if saved.strip() else rest

    def _require_owner(self, name: str, owner: str) -> None:
        standing = next((saved for saved in self.all() if saved.name == name), None)
        if standing is not None and standing.owner != owner:
            raise ResearchError(
                f"'{name}' was saved by {standing.owner}; save yours under another name, or pass --owner"
            )
