"""The web application: routes of all pages and of the API behind one guard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from dashboards.query.errors import QueryError
from dashboards.web import api, candidates, evidence, listings, login, overview, runs, sources, terms, triage
from dashboards.web.audit import AuditLog
from dashboards.web.bundle import chart_bundle
from dashboards.web.errors import BusyError, TooSlowError
from dashboards.web.guard import YEAR, Guard
from dashboards.web.pages import Desk, error_response, new_templates, require_csrf, static_folder
from dashboards.web.pool import StorePool
from dashboards.web.texts import Texts
from pipelines.errors import StoreError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

    from dashboards.web.control import ServiceControl
    from dashboards.web.settings import WebSettings
    from pipelines.store.protocol import Questions

PAGES: Final = (overview, listings, evidence, triage, terms, candidates, sources, runs, login)


def create_app(
    settings: WebSettings,
    open_store: Callable[[], Questions],
    *,
    control: ServiceControl | None = None,
    timezone: str = "Asia/Shanghai",
    mask: Callable[[str], str] = str,
) -> FastAPI:
    """The application; `open_store` is called for each of its few connections.

    A `WebError` where it would be open to other machines without asking who they are.
    """
    settings.require_safe()
    stores = StorePool(open_store, size=settings.connections, seconds=settings.seconds_per_question)

    templates = new_templates()
    # Now rather than when somebody waits for the first page.
    chart_bundle(settings.bundle_dir)
    for name in templates.list_templates():
        templates.get_template(name)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        stores.close()

    app = FastAPI(
        title="jargonwatch",
        description="Questions to the store of crawled listings. Read-only; see docs/web.md.",
        version=version("jargonwatch"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(require_csrf)],
    )
    app.state.desk = Desk(
        settings=settings,
        stores=stores,
        control=control,
        texts=Texts(module.TEXTS for module in PAGES),
        templates=templates,
        timezone=ZoneInfo(timezone),
        mask=mask,
    )
    for module in PAGES:
        app.include_router(module.router, include_in_schema=False)
    app.include_router(api.router)
    app.mount("/static", _KeptFiles(directory=static_folder()), name="static")
    _explain_errors(app)
    app.add_middleware(Guard, settings=settings, audit=AuditLog(settings.data_dir / "audit", mask))
    return app


class _KeptFiles(StaticFiles):
    """Static files whose address changes with them may be kept by the browser."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if b"v=" in scope["query_string"]:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        return response


def _explain_errors(app: FastAPI) -> None:
    @app.exception_handler(QueryError)
    def _query(request: Request, error: QueryError) -> Response:
        return error_response(
            request, 400, "query", str(error), position=error.position, suggestion=error.suggestion
        )

    @app.exception_handler(TooSlowError)
    def _slow(request: Request, error: TooSlowError) -> Response:
        return error_response(request, 504, "too-slow", str(error))

    @app.exception_handler(BusyError)
    def _busy(request: Request, error: BusyError) -> Response:
        return error_response(request, 503, "busy", str(error))

    @app.exception_handler(StoreError)
    def _store(request: Request, error: StoreError) -> Response:
        # Where nothing failed, the store cannot answer what was asked, as with a stale cursor.
        if error.__cause__ is None or isinstance(error.__cause__, ValueError):
            return error_response(request, 400, "store", str(error))
        return error_response(request, 503, "store", str(error))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        return error_response(request, error.status_code, "http", str(error.detail))

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        return error_response(request, 422, "invalid", f"{where}: {first['msg']}", parameter=where)
