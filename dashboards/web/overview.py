"""The overview page."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from dashboards.web.pages import StoreDep, answer
from pipelines.wording import Wording

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {}


@router.get("/")
@router.get("/overview.json")
def show_overview(request: Request, store: StoreDep) -> Response:
    return answer(request, "overview.html", {}, {"listings": store.totals().listings})
