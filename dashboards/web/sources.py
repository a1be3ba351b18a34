"""The sources: how each stands, what its runs filled in, and whether that drifts; start, pause, resume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import mean
from typing import Final, Literal

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboards.web.control import ServiceControl, SourceState
from dashboards.web.pages import DeskDep, StoreDep, VisitDep, answer
from dashboards.web.period import SINCE_EVER, today
from pipelines.store.answers import Run
from pipelines.store.protocol import Questions
from pipelines.wording import Wording

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {
    "sources.title": Wording("来源", "Sources"),
    "sources.none": Wording(
        "还没有来源。把来源文件放进工作区的 sources/ 文件夹。",
        "There is no source yet. Put source files into the workspace's sources/ folder.",
    ),
    "sources.source": Wording("来源", "Source"),
    "sources.state": Wording("状态", "State"),
    "sources.last": Wording("最近一次运行", "Last run"),
    "sources.next": Wording("下次运行", "Next run"),
    "sources.days": Wording("近 30 天", "Last 30 days"),
    "sources.days.label": Wording(
        "近 30 天中 {sound} 天有完整抓取，{gaps} 天没有", "{sound} of the last 30 days watched, {gaps} not"
    ),
    "sources.fill": Wording("填充率", "Fill rates"),
    "sources.control": Wording("操作", "Control"),
    "sources.run": Wording("立即运行", "Start now"),
    "sources.pause": Wording("暂停", "Pause"),
    "sources.resume": Wording("恢复", "Resume"),
    "sources.runs": Wording("所有运行", "all runs"),
    "sources.drift": Wording("漂移", "drift"),
    "sources.no fill": Wording("还没有完整的运行", "no sound run yet"),
    "sources.never": Wording("从未运行", "never"),
    "state.scheduled": Wording("已排定", "scheduled"),
    "state.running": Wording("运行中", "running"),
    "state.paused": Wording("已暂停", "paused"),
    "state.unscheduled": Wording("未排定", "no schedule"),
    "state.broken": Wording("文件有误", "broken file"),
    "state.unknown": Wording("服务未运行", "no service"),
    "did.run": Wording("已请求运行 {source}。", "Asked for a run of {source}."),
    "did.pause": Wording("{source} 已暂停。", "{source} is paused."),
    "did.resume": Wording("{source} 已恢复。", "{source} runs by its schedule again."),
}

DRIFT: Final = 0.5
"""A fill rate below this share of the usual drifts, as the judgement at a run's end has it."""
RARE: Final = 0.1
"""Fields that were filled less often than this have no rate to fall from."""
RUNS_COMPARED: Final = 6
DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Fill:
    """A field's share of filled listings in the last sound run, and its mean in those before."""

    name: str
    last: float
    usual: float | None

    @property
    def drifts(self) -> bool:
        return self.usual is not None and self.usual >= RARE and self.last < DRIFT * self.usual


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as the page shows it; `state` is None where no service knows."""

    source: str
    platform: str
    state: SourceState | None
    schedule: str | None
    next_run: datetime | None
    note: str
    last_run: Run | None
    fills: tuple[Fill, ...]
    watched: tuple[bool | None, ...] = field(default=())
    """The last days, oldest first: a sound run or not; None before the source's first run."""


@router.get("/sources")
@router.get("/sources.json")
def show_sources(
    request: Request,
    desk: DeskDep,
    store: StoreDep,
    did: Literal["run", "pause", "resume"] | None = None,
    source: str = "",
) -> Response:
    views = read_sources(store, desk.control)
    context = {"sources": views, "did": did, "asked": source}
    return answer(request, "sources.html", context, {"sources": views, "service": desk.control is not None})


@router.post("/sources/{name}/{action}")
def act(
    desk: DeskDep,
    visit: VisitDep,
    name: str,
    action: Literal["run", "pause", "resume"],
) -> Response:
    """Start, pause or resume a source through the service."""
    if desk.control is None:
        raise HTTPException(409, "no service is running; jargonwatch serve starts it")
    known = {status.source for status in desk.control.sources()}
    if name not in known:
        raise HTTPException(404, f"no source is called {name}")
    ask = {"run": desk.control.run_now, "pause": desk.control.pause, "resume": desk.control.resume}[action]
    try:
        ask(name, by=visit.analyst)
    except ValueError as error:
        raise HTTPException(409, str(error)) from error
    return RedirectResponse(f"/sources?did={action}&source={name}", 303)


def read_sources(store: Questions, control: ServiceControl | None) -> tuple[SourceView, ...]:
    """All sources that the service knows or that ever ran, by name."""
    end = today()
    statuses = {status.source: status for status in control.sources()} if control else {}
    covered = {each.source: each for each in store.coverage(SINCE_EVER, end).sources}
    views = []
    for name in sorted(statuses.keys() | covered.keys()):
        status, coverage = statuses.get(name), covered.get(name)
        last = next(iter(store.runs(source=name, limit=1)), None)
        days: tuple[bool | None, ...] = ()
        if coverage:
            sound = set(coverage.days)
            shown = [end - timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
            days = tuple(None if day < coverage.first_day else day in sound for day in shown)
        views.append(
            SourceView(
                source=name,
                platform=status.platform if status else coverage.platform if coverage else "",
                state=status.state if status else None,
                schedule=status.schedule if status else None,
                next_run=status.next_run if status else None,
                note=status.note if status else "",
                last_run=last,
                fills=fills_of(store.fill_rates(name, last=RUNS_COMPARED)),
                watched=days,
            )
        )
    return tuple(views)


def fills_of(rates: Sequence[Mapping[str, float]]) -> tuple[Fill, ...]:
    """Each field's fill rate in the latest run against those before, of rates with the latest first."""
    if not rates:
        return ()
    latest, before = rates[0], rates[1:]
    names = dict.fromkeys([*latest, *(name for each in before for name in each)])
    return tuple(
        Fill(
            name,
            latest.get(name, 0.0),
            mean(each.get(name, 0.0) for each in before) if before else None,
        )
        for name in names
    )
