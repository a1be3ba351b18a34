"""The process that crawls are forked from: `python -m crawler.nursery`, one for each `run_crawl`.

Loading the libraries and the lexicon takes seconds, so it is done once and not once a source. The nursery
itself has no threads, opens no files and never crawls. It is sent, on the socket it inherits, a byte with the
file descriptors of each job: where to read it, where to report, where to log, the source's lock.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from crawler.runs import SourceProgress
from pipelines.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from crawler.jobs import Job

JOB_DESCRIPTORS = 4


class Nursery:
    """The parent's end. Jobs may be run from several threads."""

    def __init__(self, lexicon_dir: Path) -> None:
        self._lexicon_dir = lexicon_dir
        self._sending = threading.Lock()

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

    def run(self, job: Job, lock: int, tell: Callable[[SourceProgress], None]) -> dict[str, Any]:
        """Run a job to its end and return its last report, by kind; an empty one if it left none."""
        ours_reading, reports = os.pipe()
        job_source, ours_writing = os.pipe()
        with Path(job.log_file).open("ab") as log, self._sending:
            descriptors = [job_source, reports, log.fileno(), lock]
            try:
                socket.send_fds(self._socket, [b"j"], descriptors)
            finally:
                os.close(reports)
                os.close(job_source)
        with os.fdopen(ours_writing, "w", encoding="utf-8") as writing:
            json.dump(asdict(job), writing)
        last: dict[str, Any] = {}
        with os.fdopen(ours_reading, encoding="utf-8") as reading:
            for line in reading:
                report = json.loads(line)
                kind = report.pop("kind")
                if kind == "progress":
                    tell(SourceProgress(**report))
                else:
                    last = {kind: report}
        return last


def main() -> None:
    """Fork a crawl for each job until the socket is closed."""
    from crawler import child

    sock = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the crawls themselves
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    failure: str | None = None
    try:
        warm_up(Path(sys.argv[2]))
    except PipelineError as error:
        failure = str(error)
    while True:
        said, descriptors, _, _ = socket.recv_fds(sock, 1, JOB_DESCRIPTORS)
        if not said:
            return
        if os.fork() == 0:
            sock.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(child.run_forked(descriptors, failure))
        for descriptor in descriptors:
            os.close(descriptor)


def warm_up(lexicon_dir: Path) -> None:
    """Load what every crawl needs, out of the garbage collector's sight. Raises `LexiconError`."""
    import spiders.listings  # noqa: F401
    from pipelines.items import lexicon_in
    from pipelines.masking import mask_text

    lexicon_in(lexicon_dir)
    mask_text("1", b"any key")
    gc.freeze()


if __name__ == "__main__":
    main()
