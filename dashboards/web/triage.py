"""The triage page."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from dashboards.web.pages import StoreDep, answer
from pipelines.wording import Wording

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {}


@router.get("/triage")
@router.get("/triage.json")
def show_triage(request: Request, store: StoreDep) -> Response:
    return answer(request, "triage.html", {}, {"listings": store.totals().listings})
