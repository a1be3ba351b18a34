"""Who asks, in which language and theme: what is known of a request before a page is made."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

if TYPE_CHECKING:
    from starlette.requests import Request

    from dashboards.web.settings import WebSettings
    from dashboards.web.texts import Language

Theme = Literal["auto", "light", "dark"]

VISIT_COOKIE: Final = "jw_visit"
SESSION_COOKIE: Final = "jw_session"
LANGUAGE_COOKIE: Final = "jw_lang"
THEME_COOKIE: Final = "jw_theme"
SESSION_SECONDS: Final = 12 * 3600
LONGEST_NAME: Final = 60

_PROCESS_SECRET: Final = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request's visitor. `csrf` must come back with every POST; `visit_id` is the cookie it is bound to."""

    analyst: str
    language: Language
    theme: Theme
    visit_id: str
    csrf: str


def visit_of(request: Request, analyst: str) -> Visit:
    """Read a visit from cookies, `?lang=`, `?theme=` and the languages that the browser prefers."""
    visit_id = request.cookies.get(VISIT_COOKIE, "")
    if len(visit_id) != 43:
        visit_id = secrets.token_urlsafe(32)
    return Visit(analyst, _language(request), _theme(request), visit_id, csrf_token(visit_id))


def csrf_token(visit_id: str) -> str:
    """The token of a visit's forms: only who reads our pages can know it."""
    return hmac.new(_PROCESS_SECRET, visit_id.encode(), hashlib.sha256).hexdigest()


def _language(request: Request) -> Language:
    for wanted in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in ("en", "zh"):
            return cast("Language", wanted)
    preferred = (tag.strip()[:2] for tag in request.headers.get("accept-language", "").lower().split(","))
    return cast("Language", next((tag for tag in preferred if tag in ("en", "zh")), "en"))


def _theme(request: Request) -> Theme:
    for wanted in (request.query_params.get("theme"), request.cookies.get(THEME_COOKIE)):
        if wanted in ("auto", "light", "dark"):
            return cast("Theme", wanted)
    return "auto"


def who_asks(request: Request, settings: WebSettings) -> str | None:
    """The name of who asks; None for somebody who still has to say it."""
    if not settings.asks_who:
        return settings.analyst
    if settings.user_header and (user := request.headers.get(settings.user_header, "").strip()):
        return user[:LONGEST_NAME]
    if settings.token is None:
        return None
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and is_token(given.strip(), settings.token):
        return "token"
    return read_session(request.cookies.get(SESSION_COOKIE, ""), settings.token)


def is_token(given: str, token: str) -> bool:
    """Compare without telling by the time it takes how much was right."""
    return hmac.compare_digest(given.encode(), token.encode())


def new_session(name: str, token: str) -> str:
    """The cookie of somebody who gave the token: name and hour of the log-in, signed with it."""
    body = base64.urlsafe_b64encode(f"{int(time.time())}|{name[:LONGEST_NAME]}".encode()).decode()
    return f"{body}.{_signature(body, token)}"


def read_session(cookie: str, token: str) -> str | None:
    """The name in a session cookie; None where it is forged or over."""
    body, _, signature = cookie.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(body, token).encode()):
        return None
    try:
        since, _, name = base64.urlsafe_b64decode(body).decode().partition("|")
        return name if 0 <= time.time() - int(since) < SESSION_SECONDS else None
    except (binascii.Error, ValueError):
        return None


def _signature(body: str, token: str) -> str:
    return hmac.new(token.encode(), f"session|{body}".encode(), hashlib.sha256).hexdigest()
