"""Times as the platforms write them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


def ago(moment: datetime, clock: datetime) -> str:
    """刚刚, 5分钟前, 3小时前, 昨天 14:20, 4天前, 06-12 or 2023-06-12."""
    passed = clock - moment
    here, now = moment.astimezone(SHANGHAI), clock.astimezone(SHANGHAI)
    if passed < timedelta(minutes=1):
        return "刚刚"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)}分钟前"
    if passed < timedelta(hours=12):
        return f"{passed // timedelta(hours=1)}小时前"
    days = (now.date() - here.date()).days
    if days <= 1:
        return f"{'昨天' if days else '今天'} {here:%H:%M}"
    if days < 7:
        return f"{days}天前"
    return f"{here:%m-%d}" if here.year == now.year else f"{here:%Y-%m-%d}"


def written(moment: datetime) -> str:
    """2024-01-01 09:30, Shanghai time."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
