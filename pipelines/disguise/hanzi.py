"""Which hanzi simplified text is written with, by GB 2312, which orders its rows by how common they are."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1)
def common_hanzi() -> frozenset[str]:
    """The 3,755 hanzi of the first level."""
    return _rows(0xB0, 0xD8)


@lru_cache(maxsize=1)
def standard_hanzi() -> frozenset[str]:
    """The 6,763 hanzi of both levels."""
    return _rows(0xB0, 0xF8)


def _rows(first: int, stop: int) -> frozenset[str]:
    codes = bytes(byte for row in range(first, stop) for cell in range(0xA1, 0xFF) for byte in (row, cell))
    return frozenset(codes.decode("gb2312", "ignore"))
