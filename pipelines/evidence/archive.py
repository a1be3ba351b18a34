"""The folder of evidence: a WARC file and a manifest a run, both readable by their owner only.

The pages are kept byte for byte, personal data included, as only the page itself proves what was there;
everything else the program writes is masked. They leave after the days of the configuration.
"""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipelines.evidence.manifest import FIRST_SEAL, Entry, Kind, read_manifest, seal_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

ARCHIVE, MANIFEST = ".warc.gz", ".manifest"
REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


@dataclass(frozen=True, slots=True)
class Capture:
    """What is to be kept of one page. `headers` are those of the HTTP answer; none for a screenshot."""

    url: str
    kind: Kind
    body: bytes
    content_type: str
    seen_at: datetime
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class EvidenceWriter:
    """Writes the archive of one run. A run that goes on after a kill goes on with the same files."""

    def __init__(self, directory: Path, run_id: str, source: str, key: bytes) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.run_id, self.source, self._key = run_id, source, key
        self.archive, self.manifest = directory / (run_id + ARCHIVE), directory / (run_id + MANIFEST)
        self._known = _known_payloads(directory, source)
        self._entries: set[tuple[str, str]] = set()
        self._seal = FIRST_SEAL
        self._records: BinaryIO = _open_private(self.archive)
        self._lines: BinaryIO = _open_private(self.manifest)
        self._go_on()

    def keep(self, listing_id: str, masked_url: str, capture: Capture) -> None:
        """Keep a page as evidence of a listing. The same page for another listing is a line, not a copy."""
        digest = hashlib.sha256(capture.body).hexdigest()
        if (listing_id, digest) in self._entries:
            return
        known = self._known.get(digest)
        if known is not None and known.archive == self.archive.name:
            entry = known.model_copy(update={"listing_id": listing_id, "url": masked_url})
        else:
            entry = self._record(listing_id, masked_url, capture, digest, known)
        self._write(entry)

    def close(self) -> None:
        """Let go of the files."""
        self._records.close()
        self._lines.close()

    def _record(
        self, listing_id: str, masked_url: str, capture: Capture, digest: str, known: Entry | None
    ) -> Entry:
        data = _warc_record(capture, digest, known)
        offset = self._records.seek(0, os.SEEK_END)
        self._records.write(data)
        _settle(self._records)
        return Entry(
            listing_id=listing_id,
            source=self.source,
            run_id=self.run_id,
            url=masked_url,
            seen_at=capture.seen_at.astimezone(UTC).isoformat(),
            kind="revisit" if known else capture.kind,
            archive=self.archive.name,
            offset=offset,
            length=len(data),
            payload_sha256=digest,
            record_sha256=hashlib.sha256(data).hexdigest(),
            of=known.archive if known else None,
            of_offset=known.offset if known else None,
        )

    def _write(self, entry: Entry) -> None:
        written = entry.model_dump_json()
        self._seal = seal_of(written, self._seal, self._key)
        self._lines.write(f"{written}\t{self._seal}\n".encode())
        _settle(self._lines)
        self._remember(entry)

    def _remember(self, entry: Entry) -> None:
        self._entries.add((entry.listing_id, entry.payload_sha256))
        if entry.kind != "revisit":
            self._known[entry.payload_sha256] = entry

    def _go_on(self) -> None:
        """Take up what a killed run left, and cut off what it did not finish."""
        end = kept = 0
        for sealed in read_manifest(self.manifest):
            self._seal = sealed.seal
            self._remember(sealed.entry)
            end = max(end, sealed.entry.offset + sealed.entry.length)
            kept += len(f"{sealed.entry.model_dump_json()}\t{sealed.seal}\n".encode())
        self._records.truncate(end)
        self._lines.truncate(kept)
        self._lines.seek(kept)


def _warc_record(capture: Capture, digest: str, known: Entry | None) -> bytes:
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True, warc_version="1.1")
    headers = {
        "WARC-Date": capture.seen_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "WARC-Payload-Digest": f"sha256:{digest}",
    }
    http = None
    if capture.kind == "response":
        http = StatusAndHeaders(f"{capture.status} ", list(capture.headers), protocol="HTTP/1.1")
    if known is not None:
        headers |= {"WARC-Profile": REVISIT_PROFILE, "WARC-Refers-To-Date": known.seen_at}
        record = writer.create_warc_record(
            capture.url, "revisit", http_headers=http, warc_headers_dict=headers
        )
    else:
        record = writer.create_warc_record(
            capture.url,
            "response" if http else "resource",
            payload=io.BytesIO(capture.body),
            http_headers=http,
            warc_headers_dict=headers,
            warc_content_type="" if http else capture.content_type,
        )
    writer.write_record(record)
    return buffer.getvalue()


def prune(directory: Path, days: int, *, now: datetime | None = None) -> list[str]:
    """Delete the archives of runs whose last page is older than `days`; their names.

    One that a younger archive refers to stays as long as that.
    """
    limit = (now or datetime.now(UTC)) - timedelta(days=days)
    manifests = manifests_in(directory)
    entries = {path: [sealed.entry for sealed in read_manifest(path)] for path in manifests}
    young = {
        path: found
        for path, found in entries.items()
        if not found or any(datetime.fromisoformat(entry.seen_at) >= limit for entry in found)
    }
    needed = {entry.of for found in young.values() for entry in found if entry.of}
    deleted = []
    for path in manifests:
        archive = path.with_name(path.name.removesuffix(MANIFEST) + ARCHIVE)
        if path not in young and archive.name not in needed:
            archive.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            deleted.append(archive.name)
    return deleted


def manifests_in(directory: Path) -> Sequence[Path]:
    """The manifests of all runs, oldest run first."""
    return sorted(directory.glob("*" + MANIFEST)) if directory.is_dir() else ()


def _known_payloads(directory: Path, source: str) -> dict[str, Entry]:
    known: dict[str, Entry] = {}
    for path in manifests_in(directory):
        for sealed in read_manifest(path):
            if sealed.entry.source == source and sealed.entry.kind != "revisit":
                known[sealed.entry.payload_sha256] = sealed.entry
    return known


def _open_private(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    return os.fdopen(descriptor, "r+b")


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
