"""From the embedded store to Elasticsearch: batch by batch, again until it is taken, and then verified."""

from __future__ import annotations

import fcntl
import os
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from elasticsearch import helpers

from crawler.errors import JobError
from pipelines.store.answers import day_of
from pipelines.store.elasticsearch.ahead import batches, read_ahead
from pipelines.store.elasticsearch.connection import UnavailableError, explained
from pipelines.store.elasticsearch.documents import checksum
from pipelines.store.elasticsearch.mappings import AGEING, KINDS
from pipelines.store.elasticsearch.outbox import Batch
from pipelines.store.elasticsearch.sending import SCAN_DOCUMENTS, Sent, send, sweep
from pipelines.store.rows import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from pipelines.store.elasticsearch.documents import Body, Document
    from pipelines.store.elasticsearch.indices import Indices, Target
    from pipelines.store.elasticsearch.mappings import Kind
    from pipelines.store.elasticsearch.outbox import Outbox

    type Targets = Mapping[Kind, Target] | None

BATCH_CHANGES: Final = 1000
WORKERS: Final = 3
TEND_EVERY: Final = 50
"""Batches between two looks at whether an index is full."""

LONG_BACKLOG: Final = 20_000
"""Changes from which on reading them in another process is worth its start."""

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a shipping is. `waiting_for` says what the cluster complained of while it is waited for."""

    changes: int
    documents: int
    waiting_for: str | None = None


@dataclass(frozen=True, slots=True)
class ShippingResult:
    """What a shipping did, in documents; `known` ones were there already."""

    changes: int = 0
    written: int = 0
    known: int = 0
    dropped: int = 0
    refused: int = 0

    def plus(self, changes: int, sent: Sent) -> ShippingResult:
        return ShippingResult(
            self.changes + changes,
            self.written + sent.written,
            self.known + sent.known,
            self.dropped + sent.dropped,
            self.refused + len(sent.refused),
        )


@dataclass(frozen=True, slots=True)
class DayDifference:
    """A day of a kind on which the store and the cluster differ: documents on either side."""

    kind: Kind
    day: str
    stored: int
    shipped: int


class Shipper:
    """Ships what one outbox holds to the indices of one prefix.

    A batch counts as shipped when all of its documents were taken or put aside as dead letters; a kill at
    any point costs a batch sent twice. While the cluster takes nothing, `pause` is called with growing
    numbers of seconds, and after `patience` seconds of them `UnavailableError` is raised. Nothing is
    lost then: another shipping goes on where this one was.
    """

    def __init__(
        self,
        outbox: Outbox,
        client: Elasticsearch,
        indices: Indices,
        *,
        pause: Callable[[float], None] = time.sleep,
        patience: float = PATIENCE_SECONDS,
        told: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._outbox = outbox
        self._client = client
        self._indices = indices
        self._pause = pause
        self._patience = patience
        self._told = told
        self._progress = Progress(0, 0)

    def ship(self) -> ShippingResult:
        """Bring the indices up to date with the store."""
        if self._persist(lambda: self._indices.prepare(self._outbox.state().store_id)):
            self._outbox.begin_anew()
        self._persist(self._indices.tend)
        state = self._outbox.state()
        load = self._load(state.shipped, state.sent_version, None)
        self._load_small(load)
        return load.result

    def retry(self) -> ShippingResult:
        """Send what the dead letters were made from again, as it is now."""
        batch = self._outbox.batch_of(self._outbox.dead_letters())
        load = _Load(targets=None)
        self._settle(load, batch, self._send(batch, load))
        return load.result

    def rebuild(self) -> ShippingResult:
        """Fill new indices from the beginning and have the aliases show them when they are complete.

        Until then the cursor stays with the indices that are shown: a kill costs the new ones only.
        """
        targets = self._persist(lambda: self._indices.begin_generation(self._outbox.state().store_id))
        load = self._load(0, 0, targets)
        self._load_small(load)
        self._persist(lambda: self._indices.switch(targets))
        self._outbox.begin_anew()
        self._outbox.note_sending(load.last_version)
        self._outbox.bury(load.refused, ())
        self._outbox.advance(load.upto)
        return load.result

    def differences(self) -> tuple[DayDifference, ...]:
        """The days on which documents in the cluster are not those that the store would ship.

        Everything is read on both sides. Raises JobError if something isn't shipped yet.
        """
        if pending := self._outbox.state().pending:
            raise JobError(f"{pending} changes are not shipped yet; run: jargonwatch ship")
        stored, shipped = _Tally(self._kept_since), _Tally(self._kept_since)
        for documents in self._outbox.everything(limit=BATCH_CHANGES):
            for document in documents:
                stored.add(document.kind, cast("Body", document.body))
        self._indices.refresh()
        with explained(self._client):
            for kind in KINDS:
                index = self._indices.alias(kind)
                for hit in helpers.scan(self._client, index=index, size=SCAN_DOCUMENTS):
                    shipped.add(kind, hit["_source"])
        return stored.differences(shipped)

    @property
    def _kept_since(self) -> str:
        """The day from which on the ageing kinds are kept."""
        days = self._indices.keep_days
        return "" if days is None else (day_of(datetime.now(UTC)) - timedelta(days=days)).isoformat()

    def _load(self, after: int, sent: int, targets: Targets) -> _Load:
        """Ship all batches after a change, some under way while the next is read, settled in order."""
        load, number = _Load(targets, upto=after, last_version=sent), 0
        waiting: deque[tuple[Batch, Future[Sent]]] = deque()

        def settle(most: int) -> None:
            while len(waiting) > most:
                batch, sending = waiting.popleft()
                self._settle(load, batch, sending.result())

        with ThreadPoolExecutor(WORKERS) as workers, self._batches(after, sent) as batches:
            try:
                for batch in batches:
                    load.last_version = max(load.last_version, batch.last_version)
                    if targets is None:
                        self._outbox.note_sending(load.last_version)
                    waiting.append((batch, workers.submit(self._send, batch, load)))
                    settle(WORKERS)
                    number += 1
                    if targets is None and number % TEND_EVERY == 0:
                        settle(0)
                        self._persist(self._indices.tend)
                settle(0)
            except BaseException:
                workers.shutdown(wait=False, cancel_futures=True)
                raise
        return load

    @contextmanager
    def _batches(self, after: int, sent: int) -> Iterator[Iterator[Batch]]:
        if self._outbox.waiting(after) < LONG_BACKLOG:
            yield batches(self._outbox, after, limit=BATCH_CHANGES, sent=sent)
        else:
            path, target = self._outbox.path, self._outbox.target
            with read_ahead(path, target, after, limit=BATCH_CHANGES, sent=sent) as ahead:
                yield ahead

    def _load_small(self, load: _Load) -> None:
        documents = self._outbox.small_documents()
        batch = Batch(load.upto, documents, {}, load.last_version, 0)
        self._settle(load, batch, self._send(batch, load))

    def _send(self, batch: Batch, load: _Load) -> Sent:
        since = self._kept_since
        documents = [d for d in batch.documents if d.day is None or d.day >= since]
        targets = load.targets
        sent = self._persist(lambda: send(self._client, self._indices, documents, targets=targets))
        index = targets["hits"].name if targets else None
        sent.dropped = self._persist(lambda: sweep(self._client, self._indices, batch.swept, target=index))
        return sent

    def _settle(self, load: _Load, batch: Batch, sent: Sent) -> None:
        """Count a batch as shipped; that of a generation under way only when all of it is."""
        load.upto = max(load.upto, batch.upto)
        load.result = load.result.plus(batch.changes, sent)
        if load.targets is None:
            self._outbox.bury(sent.refused, batch.documents)
            self._outbox.advance(batch.upto)
        else:
            load.refused += sent.refused
        self._progress = Progress(load.result.changes, load.result.written + load.result.known)
        self._told(self._progress)

    def _persist[Answer](self, attempt: Callable[[], Answer]) -> Answer:
        """Try again, after longer and longer pauses, while the cluster takes nothing."""
        seconds, waited = FIRST_PAUSE_SECONDS, 0.0
        while True:
            try:
                return attempt()
            except UnavailableError as unavailable:
                if waited >= self._patience:
                    raise
                self._told(Progress(self._progress.changes, self._progress.documents, str(unavailable)))
                self._pause(seconds)
                waited += seconds
                seconds = min(2 * seconds, LONGEST_PAUSE_SECONDS)


@dataclass(slots=True)
class _Load:
    """What is being shipped to where, and how far that is; without targets, to what the aliases show."""

    targets: Targets
    upto: int = 0
    last_version: int = 0
    result: ShippingResult = field(default_factory=ShippingResult)
    refused: list[tuple[Document, str]] = field(default_factory=list)


class _Tally:
    """Documents and their checksums a kind and day, of the ageing kinds from a day on."""

    def __init__(self, since: str) -> None:
        self._since = since
        self._documents: Counter[tuple[Kind, str]] = Counter()
        self._checksums: Counter[tuple[Kind, str]] = Counter()

    def add(self, kind: Kind, body: Mapping[str, object]) -> None:
        at = body.get("@timestamp")
        day = str(day_of(moment(at))) if isinstance(at, str) else "always"
        if kind in AGEING and day <= self._since:
            return
        self._documents[kind, day] += 1
        self._checksums[kind, day] += checksum(kind, body)

    def differences(self, other: _Tally) -> tuple[DayDifference, ...]:
        places = sorted(self._documents.keys() | other._documents.keys())
        return tuple(
            DayDifference(kind, day, self._documents[kind, day], other._documents[kind, day])
            for kind, day in places
            if (self._documents[kind, day], self._checksums[kind, day])
            != (other._documents[kind, day], other._checksums[kind, day])
        )


@contextmanager
def only_shipper(folder: Path) -> Iterator[None]:
    """Hold the lock of shipping from a data folder; a JobError if another process ships from it."""
    descriptor = os.open(folder / "shipping.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise JobError("another process is shipping from this store; let it end first") from error
    try:
        yield
    finally:
        os.close(descriptor)
