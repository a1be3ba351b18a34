"""The runs page."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from dashboards.web.pages import StoreDep, answer
from pipelines.wording import Wording

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {}


@router.get("/runs")
@router.get("/runs.json")
def show_runs(request: Request, store: StoreDep) -> Response:
    return answer(request, "runs.html", {}, {"listings": store.totals().listings})
