"""Watches the process of a crawl: the memory it takes with all that it started, and what it leaves."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    import signal

SECONDS_BETWEEN_LOOKS: Final = 0.5
MEGABYTE: Final = 1024 * 1024


class Watch(threading.Thread):
    """Kills a process and its descendants when they take more than `memory_mb` together.

    The resident memory of all of them is summed, so what they share counts more than once. `peak_mb` and
    `over` (why it was killed) say afterwards what was seen. Descendants are remembered: `end` kills those
    that outlived the process, as a browser does whose crawl was killed.
    """

    def __init__(self, pid: int, memory_mb: int) -> None:
        super().__init__(name=f"watch-{pid}", daemon=True)
        self.pid = pid
        self.memory_mb = memory_mb
        self.peak_mb = 0.0
        self.over: str | None = None
        self._ended = threading.Event()
        self._tree: set[psutil.Process] = set()
        self._process: psutil.Process | None = None
        with contextlib.suppress(psutil.NoSuchProcess):  # it is quick, and over
            self._process = psutil.Process(pid)

    def run(self) -> None:
        """Look until `end`."""
        while not self._ended.wait(SECONDS_BETWEEN_LOOKS):
            self.look()

    def look(self) -> None:
        """Measure once, and kill what is too large."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            self._tree.update(process.children(recursive=True))
        taken = sum(_resident_mb(one) for one in (process, *self._tree))
        self.peak_mb = max(self.peak_mb, taken)
        if taken > self.memory_mb and self.over is None:
            self.over = f"it took {taken:.0f} MB of memory, {self.memory_mb} are allowed (memory_mb)"
            _kill((process, *self._tree))

    def send(self, number: signal.Signals) -> None:
        """Send the process itself a signal, if it is still there and still the same."""
        if self._process is not None and self._process.is_running():
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                os.kill(self.pid, number)

    def end(self) -> None:
        """Stop watching a process that is over, and kill what it left behind."""
        self._ended.set()
        self.join()
        _kill(tuple(self._tree))


def _resident_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / MEGABYTE
    except psutil.Error:
        return 0.0


def _kill(processes: tuple[psutil.Process, ...]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
