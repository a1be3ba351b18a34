"""What every request passes: its Host, who asks, the audit log, and the headers of every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from dashboards.web.errors import AuditError
from dashboards.web.visit import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    VISIT_COOKIE,
    visit_of,
    who_asks,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dashboards.web.audit import Action, AuditLog
    from dashboards.web.settings import WebSettings
    from dashboards.web.visit import Visit

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""Given where a page doesn't set them itself, as the frames of evidence do."""

OPEN_PATHS: Final = ("/static/", "/login")
SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
YEAR: Final = 365 * 86400


def is_for_programs(path: str) -> bool:
    """Whether a path answers JSON rather than a page."""
    return path.startswith("/api") or path.endswith(".json")


class Guard:
    """ASGI middleware in front of all routes."""

    def __init__(self, app: ASGIApp, *, settings: WebSettings, audit: AuditLog) -> None:
        self._app, self._settings, self._audit = app, settings, audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if refusal := self._refusal(request):
            await refusal(scope, receive, _with_headers(send))
            return
        analyst = who_asks(request, self._settings)
        if analyst is None and not request.url.path.startswith(OPEN_PATHS):
            await self._ask_who(request)(scope, receive, _with_headers(send))
            return
        visit = visit_of(request, analyst or "")
        request.state.visit = visit
        try:
            await self._app(scope, receive, self._recorded(request, visit, send))
        except AuditError as error:
            await PlainTextResponse(f"{error}; until it can be, nothing is shown.\n", 503)(
                scope, receive, _with_headers(send)
            )

    def _refusal(self, request: Request) -> Response | None:
        """The answer to a request by a name that isn't ours, or sent by another site's page."""
        host = request.headers.get("host", "")
        name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
        if name.strip("[]").lower() not in self._settings.hosts:
            return PlainTextResponse(
                "This name is not one of this dashboard; open it by the address in web_url.\n", 421
            )
        if request.method in SAFE_METHODS:
            return None
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
        if site not in (None, "same-origin", "none") or (
            origin != "null" and origin.partition("://")[2].lower() != host.lower()
        ):
            return PlainTextResponse("Another site's page sent this; nothing was changed.\n", 403)
        return None

    def _ask_who(self, request: Request) -> Response:
        path = request.url.path
        if self._settings.token is None:
            return PlainTextResponse("The proxy in front of this dashboard did not say who you are.\n", 401)
        if is_for_programs(path) or request.method not in SAFE_METHODS:
            return JSONResponse(
                {"error": {"code": "unauthorized", "message": "send the token: Authorization: Bearer TOKEN"}},
                401,
                headers={"WWW-Authenticate": "Bearer"},
            )
        wanted = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)

    def _recorded(self, request: Request, visit: Visit, send: Send) -> Send:
        """Write the audit line before the first byte goes out; without it nothing goes out."""
        path, secure = request.url.path, self._settings.secure

        async def recorded(message: Message) -> None:
            if message["type"] != "http.response.start" or path.startswith("/static/"):
                await _with_headers(send)(message)
                return
            headers = MutableHeaders(scope=message)
            for name, value in _cookies_to_set(request, visit):
                cookie = f"{name}={value}; Path=/; Max-Age={YEAR}; SameSite=Strict; HttpOnly"
                headers.append("Set-Cookie", cookie + ("; Secure" if secure else ""))
            await run_in_threadpool(
                self._audit.note,
                visit.analyst,
                _action(request, message["status"]),
                path,
                request.url.query,
                message["status"],
            )
            await _with_headers(send)(message)

        return recorded


def _action(request: Request, status: int) -> Action:
    if status >= 400:
        return "refused"
    if request.method not in SAFE_METHODS:
        return "changed"
    return "exported" if is_for_programs(request.url.path) or "/export" in request.url.path else "saw"


def _cookies_to_set(request: Request, visit: Visit) -> list[tuple[str, str]]:
    wanted = [(VISIT_COOKIE, visit.visit_id)]
    if "lang" in request.query_params:
        wanted.append((LANGUAGE_COOKIE, visit.language))
    if "theme" in request.query_params:
        wanted.append((THEME_COOKIE, visit.theme))
    return [(name, value) for name, value in wanted if request.cookies.get(name) != value]


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
