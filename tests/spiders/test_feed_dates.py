"""Dates in tables are many and mostly whole: they are read at once, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from spiders.dates import parse_date
from tests.spiders.source_files import NOW


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026年11月3日", datetime(2026, 11, 2, 16, tzinfo=UTC)),
        ("2026年11月3日08:30", datetime(2026, 11, 3, 0, 30, tzinfo=UTC)),
        ("2026/1/2 8:05:09", datetime(2026, 1, 2, 0, 5, 9, tzinfo=UTC)),
        ("２０２６．１．２", datetime(2026, 1, 1, 16, tzinfo=UTC)),
        ("2026年13月3日", None),
        ("2026/2/30", None),
    ],
)
def test_a_whole_date_is_that_date_or_none(text: str, moment: datetime | None) -> None:
    assert parse_date(text, now=NOW, zone=ZoneInfo("Asia/Shanghai"), languages=["zh"]) == moment
