"""One file of a feed that is to be read, as it was when it was found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from spiders.errors import FileError


@dataclass(frozen=True, slots=True)
class Export:
    """A file, its SHA-256 (hexadecimal), its size and the time at which it was last changed.

    `seen_at` is the time for which its listings hold: that of the file, so that an old export that comes
    late replaces nothing newer, and an export read once more after a kill changes nothing.
    """

    path: Path
    digest: str
    bytes: int
    modified_at: datetime
    seen_at: datetime

    @classmethod
    def at(cls, path: Path) -> Self:
        """The file at a path as it is now; all of it is read for the digest."""
        size, modified_at = state_of(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(path.resolve(), digest, size, modified_at, min(modified_at, datetime.now(UTC)))

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """What `plain` made."""
        times = {name: datetime.fromisoformat(plain[name]) for name in ("modified_at", "seen_at")}
        return cls(**{**plain, **times, "path": Path(plain["path"])})

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "path": str(self.path),
            "digest": self.digest,
            "bytes": self.bytes,
            "modified_at": self.modified_at.isoformat(),
            "seen_at": self.seen_at.isoformat(),
        }

    def require_unchanged(self) -> None:
        """Raises `FileError` where the file is no longer as it was found."""
        if not self.path.is_file():
            raise FileError(f"{self.path.name}: is not there any more")
        if state_of(self.path) != (self.bytes, self.modified_at):
            raise FileError(f"{self.path.name}: was changed meanwhile; it is read again by the next run")


def state_of(path: Path) -> tuple[int, datetime]:
    """The size of a file and when it was last changed."""
    stat = path.stat()
    return stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC)
