"""The process that crawls are forked from: `python -m crawler.nursery`, one for each `run_crawl`.

Loading the libraries and the lexicon takes seconds, so it is done once and not once a source. The nursery
itself has no threads, opens no files and never crawls. It is sent, on the socket it inherits, a byte with the
file descriptors of each job: where to read it, where to report, where to log, the source's lock. It reports
the process that it forks as `started`, and how that ended as `exit`, the last line of a job. When the socket
is closed it ends what still crawls, in order.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from crawler.errors import NurseryError
from crawler.runs import Exit, SourceProgress
from crawler.watching import Watch
from pipelines.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from crawler.jobs import Job

JOB_DESCRIPTORS = 4
ORPHANS_END: Final = 30.0
"""Seconds that crawls may take to end in order when nobody is left to hear of them."""


class Nursery:
    """The parent's end. Jobs may be run from several threads."""

    def __init__(self, lexicon_dir: Path) -> None:
        self._lexicon_dir = lexicon_dir
        self._sending = threading.Lock()
        self._watches: set[Watch] = set()
        self._stopped_by: signal.Signals | None = None

    def __enter__(self) -> Self:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603, our own interpreter and module
                [sys.executable, "-m", "crawler.nursery", str(theirs.fileno()), str(self._lexicon_dir)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.wait()

    @property
    def alive(self) -> bool:
        """Whether it can still be sent jobs."""
        return self._process.poll() is None

    def run(self, job: Job, lock: int, tell: Callable[[SourceProgress], None]) -> dict[str, Any]:
        """Run a job to its end; its last report and its `Exit`, by kind, whichever of them there is.

        Raises `NurseryError` where there is no nursery any more to send it to.
        """
        ours_reading, reports = os.pipe()
        job_source, ours_writing = os.pipe()
        with (
            os.fdopen(ours_writing, "w", encoding="utf-8") as writing,
            os.fdopen(ours_reading, "rb") as reading,
        ):
            try:
                self._send(job, [job_source, reports], lock)
            finally:
                os.close(reports)
                os.close(job_source)
            with contextlib.suppress(BrokenPipeError):  # it died at once; its exit says how
                json.dump(asdict(job), writing)
                writing.close()
            return self._follow(job, reading, tell)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send every crawl a signal, also those that are just being begun: SIGTERM ends them in order."""
        self._stopped_by = number
        for watch in tuple(self._watches):
            watch.send(number)

    def _send(self, job: Job, pipes: list[int], lock: int) -> None:
        with Path(job.log_file).open("ab") as log, self._sending:
            try:
                socket.send_fds(self._socket, [b"j"], [*pipes, log.fileno(), lock])
            except OSError as error:
                raise NurseryError("the process that crawls are forked from has ended") from error

    def _follow(
        self, job: Job, reading: Iterable[bytes], tell: Callable[[SourceProgress], None]
    ) -> dict[str, Any]:
        last: dict[str, Any] = {}
        watch: Watch | None = None
        try:
            for report in _reports(reading):
                kind = report.pop("kind")
                if kind == "progress":
                    tell(SourceProgress(**report))
                elif kind == "started":
                    watch = Watch(report["pid"], job.memory_mb)
                    self._watches.add(watch)
                    watch.start()
                    if self._stopped_by is not None:
                        watch.send(self._stopped_by)
                else:
                    last[kind] = report
        finally:
            if watch is not None:
                watch.end()
                self._watches.discard(watch)
        if watch is not None and "exit" in last:
            last["exit"] = Exit(**{**last["exit"], "peak_mb": round(watch.peak_mb, 1)}, over=watch.over)
        return last


def _reports(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    """The reports of a process, without the line that it was killed in the middle of."""
    for line in lines:
        try:
            report: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        yield report


def main() -> None:
    """Fork a crawl for each job until the socket is closed, then end those that are left."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the crawls themselves
    failure: str | None = None
    try:
        warm_up(Path(sys.argv[2]))
    except PipelineError as error:
        failure = str(error)
    Forking(sock, failure).serve()


class Forking:
    """The nursery's own end: forks crawls, and says how each ended."""

    def __init__(self, sock: socket.socket, failure: str | None) -> None:
        self._sock = sock
        self._failure = failure
        self._reports: dict[int, int] = {}
        """Process → where it reports."""
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Until the socket is closed and no crawl is left."""
        while self._wait(None):
            said, descriptors, _, _ = socket.recv_fds(self._sock, 1, JOB_DESCRIPTORS)
            if not said:
                break
            self._fork(descriptors)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self._reports:
                os.kill(pid, number)
            deadline = time.monotonic() + ORPHANS_END
            while self._reports and (left := deadline - time.monotonic()) > 0:
                self._wait(left, listen=False)

    def _wait(self, seconds: float | None, *, listen: bool = True) -> bool:
        """Wait for a job or the end of a crawl; True for a job."""
        while True:
            asked = self._sock.fileno()
            ready, _, _ = select.select([self._woken, *([asked] if listen else [])], [], [], seconds)
            if self._woken in ready:
                os.read(self._woken, 1024)
                self._reap()
            if asked in ready:
                return True
            if not listen:
                return False

    def _fork(self, descriptors: list[int]) -> None:
        from crawler import child

        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # held open, a sibling's pipe would never end for whoever reads it
            for other in (self._woken, self._waker, *self._reports.values()):
                os.close(other)
            self._sock.close()
            os._exit(child.run_forked(descriptors, self._failure))
        job_source, reports, log, lock = descriptors
        self._reports[pid] = reports
        _say(reports, {"kind": "started", "pid": pid})
        for descriptor in (job_source, log, lock):
            os.close(descriptor)

    def _reap(self) -> None:
        while self._reports:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            reports = self._reports.pop(pid)
            code = os.waitstatus_to_exitcode(status)
            ended = {
                "status": code if code >= 0 else None,
                "signal": -code if code < 0 else None,
                "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
                "peak_mb": 0.0,
            }
            _say(reports, {"kind": "exit", **ended})
            os.close(reports)


def _say(reports: int, report: dict[str, Any]) -> None:
    """A line of its own, whatever a killed crawl left unfinished before it."""
    with contextlib.suppress(BrokenPipeError):  # nobody listens any more
        os.write(reports, b"\n" + json.dumps(report).encode() + b"\n")


def warm_up(lexicon_dir: Path) -> None:
    """Load what every crawl needs, out of the garbage collector's sight. Raises `LexiconError`."""
    import spiders.listings  # noqa: F401
    from crawler import child  # noqa: F401
    from pipelines.items import lexicon_in
    from pipelines.masking import mask_text

    lexicon_in(lexicon_dir)
    mask_text("1", b"any key")
    gc.freeze()


if __name__ == "__main__":
    main()
