"""Dates as pages write them, counted from noon of 10 March 2026 in Shanghai."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from spiders.dates import parse_date

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


def read(text: str, date_format: str | None = None) -> str | None:
    zone = ZoneInfo("Asia/Shanghai")
    moment = parse_date(text, now=NOON, zone=zone, languages=("zh", "en"), date_format=date_format)
    return f"{moment:%Y-%m-%d %H:%M}" if moment else None


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("刚刚", "2026-03-10 04:00"),
        ("3小时前", "2026-03-10 01:00"),
        ("发布于3小时前", "2026-03-10 01:00"),
        ("1小时前发布", "2026-03-10 03:00"),
        ("两天前", "2026-03-08 04:00"),
        ("十二天前", "2026-02-26 04:00"),
        ("三个月前", "2025-12-10 04:00"),
        ("半小时前", "2026-03-10 03:30"),
        ("昨天 12:30", "2026-03-09 04:30"),
        ("今天 08:00", "2026-03-10 00:00"),
        ("前天", "2026-03-08 04:00"),
        ("3月9日", "2026-03-08 16:00"),
        ("03-12", "2025-03-11 16:00"),
        ("5月3日 12:30", "2025-05-03 04:30"),
        ("2024年05月03日 12时30分", "2024-05-03 04:30"),
        ("2024/5/3 12:30:11", "2024-05-03 04:30"),
        ("2024-05-03T12:30:00Z", "2024-05-03 12:30"),
        ("2024-05-03 12:30:00+02:00", "2024-05-03 10:30"),
        ("1714710600", "2024-05-03 04:30"),
        ("1714710600000", "2024-05-03 04:30"),
        ("May 3, 2024", "2024-05-02 16:00"),
        ("3 hours ago", "2026-03-10 01:00"),
        ("昨日 12:30", "2026-03-09 04:30"),
        ("今日 08:00", "2026-03-10 00:00"),
        ("半年前", "2025-09-10 04:00"),
        ("半个月前", "2026-02-23 04:00"),
        ("2小时前 浏览120", "2026-03-10 02:00"),
        ("编辑于3小时前", "2026-03-10 01:00"),
        ("26-11-20", None),
        ("去年", None),
        ("上月", None),
        ("hello", None),
        ("", None),
    ],
)
def test_a_date_is_read_from_the_day_the_page_was_seen(text: str, utc: str | None) -> None:
    assert read(text) == utc


def test_a_stated_format_settles_which_is_the_month() -> None:
    assert read("03/05/2024 18:30", "%d/%m/%Y %H:%M") == "2024-05-03 10:30"
    assert read("tomorrow", "%d/%m/%Y") is None
    assert read("02/03", "%d/%m") == "2026-03-01 16:00"
    assert read("02/04", "%d/%m") == "2025-04-01 16:00"
