"""Connections to the store, lent to one request at a time and called back when time is up."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from dashboards.web.errors import BusyError, TooSlowError
from pipelines.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.store.protocol import Questions

_BETWEEN_INTERRUPTS: Final = 0.1


@runtime_checkable
class Interruptible(Protocol):
    """A store whose running question another thread can end; that question then raises `StoreError`."""

    def interrupt(self) -> None: ...


class StorePool:
    """Up to `size` stores, opened when they are first needed.

    Several, so that one slow question doesn't hold up every page; few, since each has a cache of its own.
    """

    def __init__(self, open_one: Callable[[], Questions], *, size: int, seconds: float) -> None:
        self._open_one = open_one
        self._seconds = seconds
        self._free: queue.LifoQueue[Questions | None] = queue.LifoQueue()
        for _ in range(size):
            self._free.put(None)
        self._size = size

    @contextmanager
    def lent(self) -> Iterator[Questions]:
        """A store for one request. Raises `BusyError` or, when a question takes too long, `TooSlowError`."""
        try:
            store = self._free.get(timeout=self._seconds)
        except queue.Empty as error:
            raise BusyError("the store is busy; try again in a moment") from error
        try:
            if store is None:
                store = self._open_one()
            with self._called_back(store):
                yield store
        finally:
            self._free.put(store)

    @contextmanager
    def _called_back(self, store: Questions) -> Iterator[None]:
        late, done, turn = threading.Event(), threading.Event(), threading.Lock()

        def call_back() -> None:
            if done.wait(self._seconds):
                return
            late.set()
            while not done.is_set():  # again and again: a request may ask one short question after another
                with turn:
                    if not done.is_set() and isinstance(store, Interruptible):
                        store.interrupt()
                done.wait(_BETWEEN_INTERRUPTS)

        watcher = threading.Thread(target=call_back, name="jargonwatch-deadline", daemon=True)
        watcher.start()
        try:
            yield
        except StoreError as error:
            if late.is_set():
                raise TooSlowError(
                    f"the question took longer than {self._seconds:g} s; narrow it, by a day or a platform"
                ) from error
            raise
        finally:
            with turn:
                done.set()

    def close(self) -> None:
        """Close the stores that nobody has."""
        for _ in range(self._size):
            try:
                store = self._free.get_nowait()
            except queue.Empty:
                return
            if store is not None:
                store.close()
