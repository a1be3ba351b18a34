"""Reading evidence back: what shows a listing, and whether anything was changed since."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipelines.errors import EvidenceError
from pipelines.evidence.archive import ARCHIVE, MANIFEST, manifests_in
from pipelines.evidence.manifest import Entry, broken_seals, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it was kept: its bytes and what they are."""

    entry: Entry
    body: bytes
    content_type: str


def entries_of(directory: Path, listing_id: str) -> list[Entry]:
    """The records that show a listing, oldest first; a listing may be named by the start of its id."""
    found = [
        sealed.entry
        for path in manifests_in(directory)
        for sealed in read_manifest(path)
        if sealed.entry.listing_id.startswith(listing_id)
    ]
    return sorted(found, key=lambda entry: entry.seen_at)


def read(directory: Path, entry: Entry) -> Shown:
    """The page behind an entry, through a revisit too. Raises `EvidenceError` where it cannot be read."""
    if entry.of is not None:
        for sealed in read_manifest(directory / (entry.of.removesuffix(ARCHIVE) + MANIFEST)):
            if sealed.entry.offset == entry.of_offset:
                return Shown(entry, *_payload(directory, sealed.entry))
        raise EvidenceError("the record it repeats is gone", file=directory / entry.of)
    return Shown(entry, *_payload(directory, entry))


def verify(directory: Path, key: bytes) -> Iterator[str]:
    """What is not as it was kept, a line each; nothing where all is well.

    Checks the seals of the manifests, the digest of every record, and of the page in it.
    """
    named: set[str] = set()
    for path in manifests_in(directory):
        try:
            for line in broken_seals(path, key):
                yield f"{path.name}:{line}: the seal does not hold; the line, or one before it, was changed"
            for sealed in read_manifest(path):
                named.add(sealed.entry.archive)
                yield from _changes(directory, sealed.entry, f"{path.name}:{sealed.line}")
        except EvidenceError as error:
            yield str(error)
    for archive in sorted(directory.glob("*" + ARCHIVE)):
        if archive.stat().st_size and archive.name not in named:
            yield f"{archive.name}: no manifest names it"


def _changes(directory: Path, entry: Entry, place: str) -> Iterator[str]:
    try:
        if hashlib.sha256(_record_bytes(directory, entry)).hexdigest() != entry.record_sha256:
            yield f"{place}: the record at {entry.offset} of {entry.archive} was changed"
        elif hashlib.sha256(read(directory, entry).body).hexdigest() != entry.payload_sha256:
            yield f"{place}: the page in {entry.archive} at {entry.offset} was changed"
    except EvidenceError as error:
        yield f"{place}: {error}"


def _record_bytes(directory: Path, entry: Entry) -> bytes:
    path = directory / entry.archive
    try:
        with path.open("rb") as file:
            file.seek(entry.offset)
            return file.read(entry.length)
    except OSError as error:
        raise EvidenceError(f"cannot be read ({error.strerror})", file=path) from error


def _payload(directory: Path, entry: Entry) -> tuple[bytes, str]:
    path = directory / entry.archive
    try:
        for record in ArchiveIterator(io.BytesIO(_record_bytes(directory, entry))):
            headers = record.http_headers or record.rec_headers
            return record.content_stream().read(), headers.get_header("Content-Type") or ""
    except (ArchiveLoadFailed, OSError, ValueError) as error:
        raise EvidenceError(f"holds no readable record at {entry.offset}", file=path) from error
    raise EvidenceError(f"holds no record at {entry.offset}", file=path)
