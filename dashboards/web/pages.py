"""What every page module uses: the desk (store, texts, control) and answers as a page or as JSON."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, HTTPException
from fastapi.encoders import jsonable_encoder
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from dashboards.web.bundle import bundle_name
from dashboards.web.control import ServiceControl
from dashboards.web.crawled import plain, show
from dashboards.web.guard import SAFE_METHODS, is_for_programs
from dashboards.web.pool import StorePool
from dashboards.web.settings import WebSettings
from dashboards.web.texts import Texts
from dashboards.web.visit import Visit
from pipelines.records import Money
from pipelines.store.answers import Outcome, Run
from pipelines.store.protocol import Questions
from pipelines.wording import CATEGORY_WORDING, DISGUISE_WORDING, SIGNAL_WORDING

if TYPE_CHECKING:
    from pipelines.wording import Wording

CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"
NAVIGATION: Final = (
    ("/", "nav.overview"),
    ("/listings", "nav.listings"),
    ("/triage", "nav.triage"),
    ("/terms", "nav.terms"),
    ("/candidates", "nav.candidates"),
    ("/sources", "nav.sources"),
    ("/runs", "nav.runs"),
)

OUTCOME_TONES: Final[dict[Outcome, str]] = {
    "running": "info",
    "done": "good",
    "failed": "bad",
    "blocked": "bad",
    "stopped": "warn",
    "killed": "bad",
    "quarantined": "warn",
    "accepted": "good",
    "rejected": "",
}
"""The class of an outcome's badge."""
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages work with; `desk_of(request)` gives it. `control` is None where no service runs."""

    settings: WebSettings
    stores: StorePool
    control: ServiceControl | None
    texts: Texts
    templates: Environment
    timezone: ZoneInfo
    mask: Callable[[str], str]
    """Masks personal data in what an analyst writes (notes, audit lines)."""


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def store_of(request: Request) -> Iterator[Questions]:
    """A store for the time of one request."""
    with desk_of(request).stores.lent() as store:
        yield store


def visit_of(request: Request) -> Visit:
    visit: Visit = request.state.visit
    return visit


DeskDep = Annotated[Desk, Depends(desk_of)]
StoreDep = Annotated[Questions, Depends(store_of)]
VisitDep = Annotated[Visit, Depends(visit_of)]


async def require_csrf(request: Request) -> None:
    """A dependency of every route: what changes something carries the token of the visit's own pages.

    In the form field `csrf`, or in the header `X-CSRF-Token` from scripts.
    """
    if request.method in SAFE_METHODS:
        return
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        given = str((await request.form()).get(CSRF_FIELD, ""))
    if not hmac.compare_digest(given.encode(), visit_of(request).csrf.encode()):
        raise HTTPException(403, "the form is out of date; load its page again and repeat")


def answer(
    request: Request, template: str, context: Mapping[str, Any], record: object, *, status: int = 200
) -> Response:
    """The page of a template, or `record` as JSON where the path ends in `.json`."""
    if request.url.path.endswith(".json"):
        return JSONResponse(jsonable_encoder(record), status)
    return page(request, template, context, status=status)


def page(request: Request, template: str, context: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """A template with `t` (texts), `visit`, `path`, `day`, `moment` and the category's names at hand."""
    desk, visit = desk_of(request), visit_of(request)

    def t(key: str, **values: object) -> str:
        return desk.texts.say(visit.language, key, **values)

    def named(wording: Wording) -> str:
        return wording.zh if visit.language == "zh" else wording.en

    html = desk.templates.get_template(template).render(
        {
            "t": t,
            "visit": visit,
            "settings": desk.settings,
            "control": desk.control,
            "path": request.url.path,
            "twin": _twin(request),
            "with_query": lambda **values: _with_query(request, values),
            "navigation": NAVIGATION,
            "category_name": lambda category: named(CATEGORY_WORDING[category]),
            "disguise_name": lambda disguise: named(DISGUISE_WORDING[disguise]),
            "signal_name": lambda kind: named(SIGNAL_WORDING[kind]),
            "moment": lambda time: time.astimezone(desk.timezone).strftime("%Y-%m-%d %H:%M") if time else "",
            **context,
        }
    )
    return HTMLResponse(html, status)


def error_response(request: Request, status: int, code: str, message: str, **more: object) -> Response:
    """An error as JSON for programs, as a page for people."""
    if is_for_programs(request.url.path):
        return JSONResponse({"error": {"code": code, "message": message, **more}}, status)
    return page(request, "error.html", {"status": status, "message": message}, status=status)


def new_templates() -> Environment:
    """The templates; whatever they print is escaped, and a name they don't know is an error."""
    templates = Environment(
        loader=PackageLoader("dashboards.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"crawled": show, "plain": plain, "count": lambda n: f"{n:,}", "money": money}
    templates.filters["time"] = datetime.fromisoformat
    templates.globals |= {"static": static_address, "took": took, "outcome_tone": OUTCOME_TONES}
    templates.globals["bundle_address"] = f"/static/vega.js?v={bundle_name()}"
    return templates


def money(price: Money | None) -> str:
    """A price in a table's cell."""
    if price is None:
        return ""
    amount = f"{price.amount:,.2f}".removesuffix(".00")
    sign = "¥" if price.currency == "CNY" else f"{price.currency} "
    return f"{sign}{amount}" + (f"/{price.unit}" if price.unit else "")


def took(run: Run) -> str:
    """How long a run took, in a table's cell; empty while it runs."""
    if run.end is None:
        return ""
    seconds = int((run.end.finished_at - run.start.started_at).total_seconds())
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < 60 * _MINUTE:
        return f"{seconds // 60} min {seconds % 60:02} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02} min"


def static_folder() -> Path:
    return Path(str(resources.files("dashboards.web") / "static"))


_STAMPS: Final[dict[str, tuple[int, str]]] = {}


def static_address(name: str) -> str:
    """The address of a static file, which changes when the file does, so that it can be kept for good."""
    file = static_folder() / name
    changed = file.stat().st_mtime_ns
    if name not in _STAMPS or _STAMPS[name][0] != changed:
        _STAMPS[name] = (changed, hashlib.sha256(file.read_bytes()).hexdigest()[:12])
    return f"/static/{name}?v={_STAMPS[name][1]}"


def _twin(request: Request) -> str:
    path = "/overview" if request.url.path == "/" else request.url.path
    return f"{path}.json" + (f"?{request.url.query}" if request.url.query else "")


def _with_query(request: Request, values: Mapping[str, str]) -> str:
    url = request.url.include_query_params(**values)
    return f"{url.path}?{url.query}"
