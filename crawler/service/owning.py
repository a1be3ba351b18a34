"""One service a workspace: a lock that says whose it is."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from crawler.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK: Final = "service.lock"


@contextmanager
def only_service(data_dir: Path) -> Iterator[None]:
    """Hold the lock of a data folder's service; a `JobError` names the process that holds it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / LOCK
    with path.open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = owner(data_dir)
            raise JobError(
                f"{path}: a service (pid {pid or 'unknown'}) serves this workspace; end that one first"
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def owner(data_dir: Path) -> int | None:
    """The pid of the service that serves a data folder now; None if none does."""
    try:
        with (data_dir / LOCK).open("r+", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                text = lock.read().strip()
                return int(text) if text.isdigit() else None
    except FileNotFoundError:
        pass
    return None
