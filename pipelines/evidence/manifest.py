"""The manifest beside each archive: a sealed line for every listing and the record that shows it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Kind = Literal["response", "rendered", "screenshot", "revisit"]
FIRST_SEAL = "0" * 64


class Entry(BaseModel):
    """A listing, and where the record that shows it lies: bytes `offset` … `offset + length` of the archive.

    A revisit holds no page of its own: the same bytes lie in the record that `of` and `of_offset` name.
    Digests are SHA-256 in hex. The URL is masked as everywhere else; the archive has it as it was.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    listing_id: str
    source: str
    run_id: str
    url: str
    seen_at: str
    kind: Kind
    archive: str
    offset: int
    length: int
    payload_sha256: str
    record_sha256: str
    of: str | None = None
    of_offset: int | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as it stands in a manifest, with the line it stands on (from 1)."""

    entry: Entry
    seal: str
    line: int


def seal_of(entry_json: str, before: str, key: bytes) -> str:
    """The seal of a line: keyed, and over the seal before it, so that no line can be changed or left out."""
    return hmac.new(key, f"{before}\n{entry_json}".encode(), hashlib.sha256).hexdigest()


def read_manifest(path: Path) -> Iterator[Sealed]:
    """The lines of a manifest, unchecked. A last line that a kill cut short is passed over.

    Raises `EvidenceError` with file and line for anything else that is no entry.
    """
    lines = path.read_text("utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        if number == len(lines) and not line.endswith("\n"):
            return
        written, _, seal = line.rstrip("\n").rpartition("\t")
        try:
            entry = Entry.model_validate_json(written)
        except ValidationError as error:
            raise EvidenceError(
                "is no entry of a manifest; it was changed", file=path, line=number
            ) from error
        yield Sealed(entry, seal, number)


def broken_seals(path: Path, key: bytes) -> Iterator[int]:
    """The lines whose seal does not hold."""
    before = FIRST_SEAL
    for sealed in read_manifest(path):
        if not hmac.compare_digest(seal_of(sealed.entry.model_dump_json(), before, key), sealed.seal):
            yield sealed.line
        before = sealed.seal
