"""A long backlog read by a process of its own, so that reading and sending don't share one processor."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import orjson

from pipelines.errors import StoreError
from pipelines.store.elasticsearch.outbox import Batch, Outbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def read_ahead(path: Path, target: str, after: int, *, limit: int, sent: int) -> Iterator[Iterator[Batch]]:
    """What `batches` gives, read by another process while earlier batches are sent from here.

    The bodies of the documents are JSON already.
    """
    # Not by multiprocessing: its child would first import all that the command has imported.
    asked = [str(path.absolute()), target, str(after), str(limit), str(sent)]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", __name__, *asked], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    if process.stdout is None:
        raise AssertionError
    with process, process.stdout as receiving:
        try:
            yield _received(path, receiving)
        finally:
            process.terminate()


def batches(outbox: Outbox, after: int, *, limit: int, sent: int) -> Iterator[Batch]:
    """All batches after a change, one after the other, as `Outbox.batch` gives them."""
    while (batch := outbox.batch(after, limit=limit, sent=sent)) is not None:
        yield batch
        after, sent = batch.upto, max(sent, batch.last_version)


def _read(giving: IO[bytes], path: Path, target: str, after: int, limit: int, sent: int) -> None:
    gc.disable()  # rows and documents form no cycles, and this process lives for them only
    try:
        with Outbox(path, target) as outbox:
            for batch in batches(outbox, after, limit=limit, sent=sent):
                written = tuple(each._replace(body=orjson.dumps(each.body)) for each in batch.documents)
                pickle.dump(replace(batch, documents=written), giving, pickle.HIGHEST_PROTOCOL)
                giving.flush()
        pickle.dump(None, giving)
    except StoreError as error:
        pickle.dump(str(error), giving)


def _received(path: Path, receiving: IO[bytes]) -> Iterator[Batch]:
    while True:
        try:
            got = pickle.load(receiving)  # noqa: S301 - our own process wrote it
        except (EOFError, pickle.UnpicklingError) as error:
            raise StoreError(f"{path}: the process that reads the store ended early; ship again") from error
        if got is None:
            return
        if isinstance(got, str):
            raise StoreError(got)
        yield got


if __name__ == "__main__":
    _read(sys.stdout.buffer, Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
