"""Who saw, exported or changed what: one JSON line a request, kept in the data folder.

The line holds the analyst's name, the path and the query as asked, with personal data in it masked; never
what was answered, nor the visitor's address.
"""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote_plus

from dashboards.web.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Action = Literal["saw", "exported", "changed", "refused"]


class AuditLog:
    """Appends to one file a month, readable by this user only."""

    def __init__(self, directory: Path, mask: Callable[[str], str]) -> None:
        self._directory = directory
        self._mask = mask
        self._turn = threading.Lock()

    def note(self, analyst: str, action: Action, path: str, query: str = "", status: int = 200) -> None:
        """Append a line; an `AuditError` where that fails, so that nothing is shown unrecorded."""
        now = datetime.now(UTC)
        line = {
            "at": now.isoformat(timespec="seconds"),
            "analyst": analyst,
            "action": action,
            "path": path,
            "query": self._mask(unquote_plus(query)),
            "status": status,
        }
        file = self._directory / f"web-{now:%Y-%m}.jsonl"
        written = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        with self._turn:
            try:
                self._directory.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(descriptor, written)
                finally:
                    os.close(descriptor)
            except OSError as error:
                raise AuditError(f"{file}: the audit log cannot be written ({error.strerror})") from error
