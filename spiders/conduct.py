"""How a source is asked: how gently, within which limits, what a block and what a sound run look like."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from pipelines.lexicon.schema import Strict
from spiders.scalars import Cron, Css, CssList, Duration, Hours, Share, Texts, TimeZone

SHORTEST_INTERVAL = 1.0
"""Seconds. What is polite is for politeness to say; less than this is a mistake."""

Resource = Literal["image", "media", "font", "stylesheet", "script", "xhr", "fetch", "websocket", "other"]


class Browser(Strict):
    """What the browser does on a page, with `render: browser`."""

    wait_for: Css | None = Field(default=None, description="wait until this element is there")
    scroll: int = Field(default=0, ge=0, le=100, description="scroll to the end so many times")
    block: tuple[
        Literal["image", "media", "font", "stylesheet", "script", "xhr", "fetch", "websocket", "other"], ...
    ] = Field(default=("image", "media", "font"), description="kinds of files not to load")
    renew_after: int = Field(default=50, ge=1, description="fresh browser context after so many pages")


class Politeness(Strict):
    """How gently the source is asked. robots.txt is always obeyed."""

    delay: Duration = Field(default=2.0, description="between two requests; longer if the site is slow")
    concurrency: int = Field(default=1, ge=1, le=32, description="requests at the same time")
    adaptive: bool = Field(default=True, description="slow down further as the site answers slower")
    hours: Hours | None = Field(default=None, description='only at these hours, as "08:00-22:30"')
    timezone: TimeZone = Field(default="Asia/Shanghai", description="of these hours and days")
    pages_per_day: int | None = Field(default=None, ge=1, description="over all runs of one day")
    retries: int = Field(default=2, ge=0, le=10, description="of a page that failed")


class Limits(Strict):
    """Where a run ends whatever happens."""

    pages: int = Field(default=1000, ge=1, description="of one run")
    depth: int | None = Field(default=None, ge=1, description="links in a row; otherwise as stop.pages needs")
    minutes: float = Field(default=60, gt=0, description="of one run")
    page_seconds: Duration = Field(default=30, gt=0, description="for one page")
    page_mb: float = Field(default=5, gt=0, le=200, description="size of one page, unpacked")
    memory_mb: int | None = Field(
        default=None, ge=64, description="of a crawl with its browser; otherwise the workspace's memory_mb"
    )


class Blocks(Strict):
    """How a block shows. A source that blocks is stopped and reported, never fought."""

    status: tuple[int, ...] = Field(default=(403, 429), description="HTTP status codes that mean a block")
    text: Texts = Field(default=(), description="words that only a block or captcha page has")
    css: CssList = Field(default=(), description="elements that only a block or captcha page has")
    stop_after: int = Field(default=3, ge=1, description="blocked pages in a row that end the run")
    back_off: Duration = Field(
        default=3600.0, description="before the next run; doubles each time, up to a week"
    )


class Range(Strict):
    """A least and a most, both allowed."""

    min: float | None = Field(default=None, ge=0, description="at least")
    max: float | None = Field(default=None, ge=0, description="at most")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min:g}) is above max ({self.max:g})")
        return self


class Assertions(Strict):
    """What a sound run gives; a run outside is failed and its data kept apart."""

    listings: Range = Field(default=Range(), description="how many listings a run finds")
    fields: dict[str, Share] = Field(default_factory=dict, description="least share of listings with a field")
    flagged: Range = Field(default=Range(), description="share of listings flagged, 0 to 1")

    def any(self) -> bool:
        """Whether anything is asserted, so that a run must be judged before its data count."""
        return self != Assertions()


class Schedule(Strict):
    """When the service crawls it: a cron line or an interval."""

    cron: Cron | None = Field(default=None, description='five fields, as "0 */6 * * *"')
    every: Duration | None = Field(default=None, description="as 6h")
    timezone: TimeZone = Field(default="Asia/Shanghai", description="of the cron line")
    jitter: Duration = Field(default=0.0, description="each time is put off by up to so much, at random")
    late: Duration = Field(
        default=3600.0, description="so much later it may still begin; after that it is missed"
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.cron is None) == (self.every is None):
            raise ValueError("give either cron or every")
        if self.every is not None and self.every < SHORTEST_INTERVAL:
            raise ValueError(
                f"every is {self.every:g}s; at least {SHORTEST_INTERVAL:g}s lie between two crawls"
            )
        if self.every is not None and self.jitter >= self.every:
            raise ValueError("jitter must be shorter than every")
        return self
