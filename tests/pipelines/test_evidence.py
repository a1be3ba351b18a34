"""Evidence: kept once, byte for byte, sealed, and gone when its days are over."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipelines.errors import EvidenceError
from pipelines.evidence.archive import Capture, EvidenceWriter, prune
from pipelines.evidence.reading import entries_of, read, verify

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"k" * 32
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
NOISE = random.Random(7).randbytes(2000).hex().encode()
PAGE = "<title>四件套</title><p>加V 13800138000".encode("gbk") + NOISE


def capture(body: bytes = PAGE, at: datetime = NOW) -> Capture:
    return Capture(
        "http://127.0.0.1/item?id=1",
        "response",
        body,
        "text/html; charset=gbk",
        at,
        200,
        (("Content-Type", "text/html; charset=gbk"),),
    )


def keep(folder: Path, run: str, *captures: tuple[str, Capture]) -> None:
    writer = EvidenceWriter(folder, run, "market", KEY)
    for listing_id, page in captures:
        writer.keep(listing_id, "http://127.0.0.1/item", page)
    writer.close()


def test_a_page_comes_back_byte_for_byte_with_its_kind(tmp_path: Path) -> None:
    keep(tmp_path, "run-1", ("a1", capture()))
    (entry,) = entries_of(tmp_path, "a1")
    shown = read(tmp_path, entry)
    assert (shown.body, shown.content_type) == (PAGE, "text/html; charset=gbk")
    assert list(verify(tmp_path, KEY)) == []


def test_other_programs_can_read_the_archive(tmp_path: Path) -> None:
    keep(tmp_path, "run-1", ("a1", capture()), ("a2", capture(b"<p>other")))
    with (tmp_path / "run-1.warc.gz").open("rb") as file:
        records = [(record.rec_type, record.content_stream().read()) for record in ArchiveIterator(file)]
    assert records == [("response", PAGE), ("response", b"<p>other")]


def test_a_repeated_page_is_a_line_or_a_revisit_and_never_a_copy(tmp_path: Path) -> None:
    keep(tmp_path, "run-1", ("a1", capture()), ("a2", capture()), ("a1", capture()))
    size = (tmp_path / "run-1.warc.gz").stat().st_size
    keep(tmp_path, "run-2", ("a1", capture(at=NOW + timedelta(days=1))))
    first, again = entries_of(tmp_path, "a1")
    assert (first.kind, again.kind) == ("response", "revisit")
    assert (tmp_path / "run-2.warc.gz").stat().st_size < size
    assert read(tmp_path, again).body == PAGE
    assert len(entries_of(tmp_path, "a2")) == 1
    assert list(verify(tmp_path, KEY)) == []


def test_a_run_that_was_killed_goes_on_behind_what_it_had_finished(tmp_path: Path) -> None:
    keep(tmp_path, "run-1", ("a1", capture()))
    with (tmp_path / "run-1.warc.gz").open("ab") as archive:
        archive.write(b"\x1f\x8b half a record")
    with (tmp_path / "run-1.manifest").open("a") as manifest:
        manifest.write('{"listing_id": "a2"')
    keep(tmp_path, "run-1", ("a1", capture()), ("a2", capture(b"<p>second")))
    assert [read(tmp_path, entry).body for entry in entries_of(tmp_path, "a")] == [PAGE, b"<p>second"]
    assert list(verify(tmp_path, KEY)) == []


@pytest.mark.parametrize("damage", ["page", "line", "line left out", "other key", "archive gone", "foreign"])
def test_whatever_was_changed_is_named(tmp_path: Path, damage: str) -> None:
    keep(tmp_path, "run-1", ("a1", capture()), ("a2", capture(b"<p>second")))
    archive, manifest = tmp_path / "run-1.warc.gz", tmp_path / "run-1.manifest"
    key = KEY
    if damage == "page":
        data = bytearray(archive.read_bytes())
        data[len(data) // 3] ^= 1
        archive.write_bytes(data)
    elif damage == "line":
        manifest.write_text(manifest.read_text().replace("a2", "b2"))
    elif damage == "line left out":
        manifest.write_text(manifest.read_text().splitlines(keepends=True)[1])
    elif damage == "other key":
        key = b"x" * 32
    elif damage == "archive gone":
        archive.unlink()
    else:
        (tmp_path / "run-2.warc.gz").write_bytes(b"no manifest names this")
    assert list(verify(tmp_path, key)) != []


def test_a_page_that_is_gone_is_named_by_its_file(tmp_path: Path) -> None:
    keep(tmp_path, "run-1", ("a1", capture()))
    (entry,) = entries_of(tmp_path, "a1")
    (tmp_path / "run-1.warc.gz").unlink()
    with pytest.raises(EvidenceError, match=r"run-1\.warc\.gz"):
        read(tmp_path, entry)


def test_old_archives_leave_unless_a_younger_one_needs_them(tmp_path: Path) -> None:
    old, middle = NOW - timedelta(days=100), NOW - timedelta(days=95)
    keep(tmp_path, "run-1", ("a1", capture(at=old)))
    keep(tmp_path, "run-2", ("a2", capture(b"<p>forgotten", at=middle)))
    keep(tmp_path, "run-3", ("a1", capture(at=NOW)))
    assert prune(tmp_path, 90, now=NOW) == ["run-2.warc.gz"]
    assert read(tmp_path, entries_of(tmp_path, "a1")[1]).body == PAGE
    assert prune(tmp_path, 90, now=NOW + timedelta(days=91)) == ["run-1.warc.gz", "run-3.warc.gz"]
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    keep(tmp_path / "evidence", "run-1", ("a1", capture()))
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "evidence").iterdir()}
    assert modes == {0o600}
    assert (tmp_path / "evidence").stat().st_mode & 0o777 == 0o700
