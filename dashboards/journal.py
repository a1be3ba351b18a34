"""A file of JSON lines that people's decisions are added to, by several processes, without ever losing one.

An addition is on the disk before it is confirmed. What a crash cut short was never confirmed, and is cut
off by the next addition. Nothing is ever changed in place: who wants to take a line back adds another.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from pipelines.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_TAIL = 64 * 1024


class JournalError(PipelineError):
    """A journal that cannot be read or written; the message names the file, and the line where it is one."""

    def __init__(self, message: str, *, file: Path, line: int | None = None) -> None:
        super().__init__(f"{file}{'' if line is None else f':{line}'}: {message}")
        self.file, self.line = file, line


class Journal[Line: BaseModel]:
    """The lines of one file, read as a model. Safe between threads, and between processes by a file lock.

    Reading again costs only what was added since.
    """

    def __init__(self, path: Path, model: type[Line]) -> None:
        self.path, self._model = path, model
        self._lock = RLock()
        self._lines: list[Line] = []
        self._read_to = 0
        self._file_id: int | None = None

    def add(self, lines: Sequence[Line]) -> None:
        """Write lines at the end; on return they are on the disk. Raises `JournalError` if they cannot be."""
        if not lines:
            return
        written = b"".join(_encoded(line) for line in lines)
        try:
            with self._lock, self._opened() as descriptor:
                end = _whole_until(descriptor)
                os.ftruncate(descriptor, end)
                try:
                    _write_all(descriptor, written, end)
                    os.fsync(descriptor)
                except OSError:
                    os.ftruncate(descriptor, end)
                    raise
        except OSError as error:
            raise JournalError(f"cannot be written ({error.strerror})", file=self.path) from error

    def lines(self) -> Sequence[Line]:
        """All lines, oldest first; none where there is no file. Raises `JournalError` for a broken one."""
        with self._lock:
            try:
                with self.path.open("rb") as file:
                    self._follow(os.fstat(file.fileno()))
                    file.seek(self._read_to)
                    self._take(file.read())
            except FileNotFoundError:
                self._forget()
            except OSError as error:
                raise JournalError(f"cannot be read ({error.strerror})", file=self.path) from error
            return tuple(self._lines)

    def _follow(self, state: os.stat_result) -> None:
        if self._file_id != state.st_ino or state.st_size < self._read_to:
            self._forget()
        self._file_id = state.st_ino

    def _forget(self) -> None:
        self._lines, self._read_to, self._file_id = [], 0, None

    def _take(self, data: bytes) -> None:
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole.splitlines(keepends=True):
            try:
                self._lines.append(self._model.model_validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(map(str, first["loc"]))
                message = f"{place + ': ' if place else ''}{first['msg']}; correct or remove the line"
                raise JournalError(message, file=self.path, line=len(self._lines) + 1) from error
            self._read_to += len(line)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The file, made if it is new, with nobody else writing."""
        new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if new:
                _settle_folder(self.path.parent)
            yield descriptor
        finally:
            os.close(descriptor)


def _encoded(line: BaseModel) -> bytes:
    values = line.model_dump(mode="json", exclude_none=False)
    # Half characters cannot be UTF-8; Python's escape for them is JSON's.
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _whole_until(descriptor: int) -> int:
    """Where the last whole line ends."""
    end = os.lseek(descriptor, 0, os.SEEK_END)
    position = end
    while position > 0:
        start = max(position - _TAIL, 0)
        found = os.pread(descriptor, position - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        position = start
    return 0


def _write_all(descriptor: int, data: bytes, position: int) -> None:
    while data:
        count = os.pwrite(descriptor, data, position)
        data, position = data[count:], position + count


def _settle_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
