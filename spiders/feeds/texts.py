"""Text files of a feed: their encoding, and their lines, however long the file is."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from spiders.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

DETECTED: Final = ("utf-8-sig", "gb18030")
"""What a file may be in whose source states no encoding, in this order; the first includes plain UTF-8."""
WIDER: Final = {"utf-8": "utf-8-sig", "gb2312": "gb18030", "gbk": "gb18030"}
"""Encodings by those that contain them: what says it is GB2312 often has characters of GB18030."""
LONGEST_LINE: Final = 16 * 1024 * 1024
"""Characters."""
_CHUNK: Final = 1024 * 1024


def encoding_of(path: Path, stated: str | None) -> str:
    """The encoding in which all of a file can be read: the stated one, else the first detected.

    Raises `FileError` where there is none, before any of the file is used.
    """
    candidates = (WIDER.get(stated, stated),) if stated else DETECTED
    wrong = [_first_wrong_byte(path, encoding) for encoding in candidates]
    for encoding, byte in zip(candidates, wrong, strict=True):
        if byte is None:
            return encoding
    if stated:
        raise FileError(f"{path.name}: is not in {stated} as the source states (see byte {wrong[0]})")
    places = f"UTF-8 (see byte {wrong[0]}) nor GB18030 (see byte {wrong[1]})"
    raise FileError(f"{path.name}: is neither {places}; state its encoding")


def _first_wrong_byte(path: Path, encoding: str) -> int | None:
    """About where a file stops being in an encoding; None if it does not."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return max(read + error.start, 0)
            if not chunk:
                return None
            read += len(chunk)


def lines_of(stream: TextIO) -> Iterator[str | None]:
    """The lines of a stream with their ends; None for one that is too long to be a listing."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            yield line
            continue
        while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        yield None
