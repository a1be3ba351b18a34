"""The days that a page looks at, as its address names them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, HTTPException, Query

from pipelines.store.answers import Step, day_of

SINCE_EVER: Final = date(2000, 1, 1)
DAYS: Final = (14, 30, 90, 365)
DEFAULT_DAYS: Final = 90
_DAILY_UP_TO: Final = 120
_WEEKLY_UP_TO: Final = 800


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both inclusive. `days` is set where the address counted back from today."""

    since: date
    until: date
    days: int | None

    @property
    def length(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def step(self) -> Step:
        """The step at which a chart of the period has enough bars and not too many."""
        return "day" if self.length <= _DAILY_UP_TO else "week" if self.length <= _WEEKLY_UP_TO else "month"

    @property
    def query(self) -> str:
        """The period as the query of an address, with `?`."""
        asked: dict[str, object] = (
            {"days": self.days} if self.days else {"since": self.since, "until": self.until}
        )
        return f"?{urlencode(asked)}"


def today() -> date:
    """The analyst's day."""
    return day_of(datetime.now(UTC))


def period_of(
    days: Annotated[int | None, Query(ge=1, le=3660, description="So many days up to today.")] = None,
    since: Annotated[date | None, Query(description="The first day.")] = None,
    until: Annotated[date | None, Query(description="The last day.")] = None,
) -> Period:
    """The period asked for: `since` and `until`, or `days` up to today."""
    end = until or today()
    if since is None:
        length = days or DEFAULT_DAYS
        return Period(end - timedelta(days=length - 1), end, length if until is None else None)
    if since > end:
        raise HTTPException(422, f"since ({since}) lies after until ({end})")
    return Period(since, end, None)


PeriodDep = Annotated[Period, Depends(period_of)]
