"""The ledger of runs: what each did, how it ended, and what went wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query
from starlette.requests import Request
from starlette.responses import Response

from dashboards.web.pages import StoreDep, answer
from pipelines.errors import StoreError
from pipelines.store.answers import Outcome
from pipelines.wording import Wording

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {
    "runs.title": Wording("运行", "Runs"),
    "runs.of": Wording("{source} 的运行", "Runs of {source}"),
    "runs.all": Wording("所有来源", "All sources"),
    "runs.any": Wording("全部", "all"),
    "runs.none": Wording("没有运行。", "No run."),
    "runs.run": Wording("运行", "Run"),
    "runs.started": Wording("开始", "Started"),
    "runs.took": Wording("用时", "Took"),
    "runs.outcome": Wording("结果", "Outcome"),
    "runs.reason": Wording("起因", "Reason"),
    "runs.pages": Wording("页面", "Pages"),
    "runs.listings": Wording("商品", "Listings"),
    "runs.new": Wording("新", "New"),
    "runs.changed": Wording("有变化", "Changed"),
    "runs.flagged": Wording("告警", "Flagged"),
    "runs.errors": Wording("错误", "Errors"),
    "runs.message": Wording("说明", "Message"),
    "runs.older": Wording("更早的运行", "Older runs"),
    "runs.bytes": Wording("字节", "Bytes"),
    "runs.attempts": Wording("尝试次数", "Attempts"),
    "runs.hits": Wording("命中", "Hits"),
    "runs.staged": Wording("待定商品", "Waiting in quarantine"),
    "runs.log": Wording("日志", "Log"),
    "runs.fill": Wording("填充率", "Fill rates"),
    "runs.quarantine": Wording(
        "此次运行的数据不符合来源的断言，正在等待决定：jargonwatch quarantine accept {run} 或 reject {run}。",
        "This run's data are outside the source's assertions and wait for a decision: "
        "jargonwatch quarantine accept {run}, or reject {run}.",
    ),
    "outcome.running": Wording("运行中", "running"),
    "outcome.done": Wording("完成", "done"),
    "outcome.failed": Wording("失败", "failed"),
    "outcome.blocked": Wording("被拒绝", "blocked"),
    "outcome.stopped": Wording("已停止", "stopped"),
    "outcome.killed": Wording("被中断", "killed"),
    "outcome.quarantined": Wording("隔离待定", "quarantined"),
    "outcome.accepted": Wording("已接受", "accepted"),
    "outcome.rejected": Wording("已拒收", "rejected"),
}

SHOWN: Final = 50


@router.get("/runs")
@router.get("/runs.json")
def show_runs(
    request: Request,
    store: StoreDep,
    source: Annotated[str | None, Query(max_length=200)] = None,
    outcome: Outcome | Literal[""] | None = None,
    before: datetime | None = None,
) -> Response:
    if before is not None and before.tzinfo is None:
        raise HTTPException(422, "before: give the time with its zone, as 2026-01-05T08:00:00Z")
    runs = store.runs(
        source=source or None, outcomes=(outcome,) if outcome else (), before=before, limit=SHOWN
    )
    older = runs[-1].start.started_at.isoformat() if len(runs) == SHOWN else None

    def with_outcome(choice: str) -> str:
        chosen = {"source": source, "outcome": choice}
        return "/runs?" + urlencode({name: value for name, value in chosen.items() if value})

    context = {
        "runs": runs,
        "source": source,
        "outcome": outcome,
        "older": older,
        "with_outcome": with_outcome,
    }
    return answer(request, "runs.html", context, {"runs": runs, "before": older})


@router.get("/runs/{run_id}")
@router.get("/runs/{run_id}.json")  # the nearer to the function, the sooner it is matched
def show_run(request: Request, store: StoreDep, run_id: str) -> Response:
    try:
        run = store.run(run_id)
    except StoreError as error:
        raise HTTPException(404, f"no run is called {run_id}") from error
    return answer(request, "run.html", {"run": run}, run)
