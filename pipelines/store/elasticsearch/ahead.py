"""A long backlog read by a process of its own, so that reading and sending don't share one processor."""

from __future__ import annotations

import gc
import multiprocessing
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from pipelines.errors import StoreError
from pipelines.store.elasticsearch.outbox import Batch, Outbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from pathlib import Path

_CONTEXT = multiprocessing.get_context("spawn")


@contextmanager
def read_ahead(path: Path, target: str, after: int, *, limit: int, sent: int) -> Iterator[Iterator[Batch]]:
    """What `batches` gives, read by another process while earlier batches are sent from here.

    The bodies of the documents are JSON already.
    """
    receiving, giving = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_read, args=(path, target, after, limit, sent, giving), daemon=True)
    process.start()
    giving.close()
    try:
        yield _received(path, receiving)
    finally:
        receiving.close()
        process.terminate()
        process.join()


def batches(outbox: Outbox, after: int, *, limit: int, sent: int) -> Iterator[Batch]:
    """All batches after a change, one after the other, as `Outbox.batch` gives them."""
    while (batch := outbox.batch(after, limit=limit, sent=sent)) is not None:
        yield batch
        after, sent = batch.upto, max(sent, batch.last_version)


def _read(path: Path, target: str, after: int, limit: int, sent: int, giving: Connection) -> None:
    gc.disable()  # rows and documents form no cycles, and this process lives for them only
    try:
        with Outbox(path, target) as outbox:
            for batch in batches(outbox, after, limit=limit, sent=sent):
                written = tuple(replace(each, body=orjson.dumps(each.body)) for each in batch.documents)
                giving.send(replace(batch, documents=written))
        giving.send(None)
    except StoreError as error:
        giving.send(str(error))


def _received(path: Path, receiving: Connection) -> Iterator[Batch]:
    while True:
        try:
            got = receiving.recv()
        except EOFError as error:
            raise StoreError(f"{path}: the process that reads the store ended early; ship again") from error
        if got is None:
            return
        if isinstance(got, str):
            raise StoreError(got)
        yield got
