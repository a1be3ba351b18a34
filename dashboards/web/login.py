"""The log-in with the token, where the pages can be reached from other machines."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboards.web.pages import DeskDep, page
from dashboards.web.visit import LONGEST_NAME, SESSION_COOKIE, SESSION_SECONDS, is_token, new_session
from pipelines.wording import Wording

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {}


@router.get("/login")
def ask(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    return page(request, "login.html", {"next": _ours(next), "wrong": False})


@router.post("/login")
def log_in(
    request: Request,
    desk: DeskDep,
    token: Annotated[str, Form(max_length=1000)],
    name: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    settings = desk.settings
    if settings.token is None or not is_token(token, settings.token):
        return page(request, "login.html", {"next": _ours(next), "wrong": True}, status=403)
    response = RedirectResponse(_ours(next), 303)
    response.set_cookie(
        SESSION_COOKIE,
        new_session(name.strip() or settings.analyst, settings.token),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=settings.secure,
    )
    return response


@router.post("/logout")
def log_out() -> Response:
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response


def _ours(address: str) -> str:
    """The address if it is a path of this dashboard, else the overview."""
    inside = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if inside and address.isprintable() else "/"
