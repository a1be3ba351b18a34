"""What the three platforms share: cached pages with ETags, paging, robots.txt, the record of visits."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import parse_qsl, quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from crawler.demo.dates import ago, written
from crawler.demo.records import SHELVES, Offer, PlatformKey

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from crawler.demo.catalogue import Catalogue

_KEPT_PAGES: Final = 5_000
_PLAIN_AMOUNT: Final = re.compile(r"(?:[¥￥]|RMB )?([\d,]+(?:\.\d+)?)元?")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that a platform got. `path` is decoded, `query` is as it was sent."""

    platform: PlatformKey
    method: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Block:
    """A platform that turns visitors away: after `after` more pages, all but robots.txt answer `status`.

    With status 200 the page is the captcha page.
    """

    status: int
    after: int = 0
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list of offers; `number` counts from 1."""

    offers: Sequence[Offer]
    number: int
    pages: int
    total: int


class Site(ABC):
    """One platform: an ASGI application over a catalogue."""

    key: ClassVar[PlatformKey]
    name: ClassVar[str]
    charset: ClassVar[str] = "utf-8"
    page_size: ClassVar[int] = 20

    def __init__(
        self, catalogue: Catalogue, addresses: Mapping[PlatformKey, str], visits: deque[Visit]
    ) -> None:
        self.catalogue = catalogue
        self.addresses = addresses
        self.block: Block | None = None
        self._visits = visits
        self._kept: dict[tuple[str, bytes], Response] = {}
        self._app = Starlette(routes=[*self.routes(), *self._shared_routes()])

    @property
    def url(self) -> str:
        """Where the platform stands, without a slash at the end."""
        return self.addresses[self.key]

    @abstractmethod
    def routes(self) -> list[Route]:
        """The platform's own pages."""

    def forget_pages(self) -> None:
        """Render every page anew, after the catalogue has changed."""
        self._kept.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record the visit, then answer: as a block if one is on, else with the page."""
        self._visits.append(
            Visit(
                platform=self.key,
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("latin-1"),
                headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            )
        )
        if self.block is not None and scope["path"] != "/robots.txt":
            if self.block.after <= 0:
                await self.turned_away(self.block.status, self.block.retry_after)(scope, receive, send)
                return
            self.block.after -= 1
        await self._app(scope, receive, send)

    def page(self, path: str, render: Callable[[Request], Response]) -> Route:
        """A route whose answers are kept until the catalogue changes, with ETag and Last-Modified."""

        async def endpoint(request: Request) -> Response:
            place = (request.scope["path"], request.scope["query_string"])
            response = self._kept.get(place)
            if response is None:
                response = render(request)
                if response.status_code != 200:
                    return response
                self._stamp(response)
                if len(self._kept) >= _KEPT_PAGES:
                    self._kept.clear()
                self._kept[place] = response
            return not_modified(response) if _is_known(request, response) else response

        return Route(path, endpoint)

    def html(self, template: str, status: int = 200, **values: Any) -> Response:
        """A template as an HTML page in the platform's charset; what it lacks becomes references."""
        text = templates().get_template(template).render(site=self, **values)
        return Response(
            text.encode(self.charset, "xmlcharrefreplace"),
            status,
            media_type=f"text/html; charset={self.charset}",
        )

    def missing(self) -> Response:
        """The page of a listing or seller that isn't there."""
        return self.html("notice.html", 404, heading="宝贝不见了", text="它可能已经下架。")

    def turned_away(self, status: int, retry_after: int | None = None) -> Response:
        """The answer of a platform that blocks: a captcha page for 200, else a plain refusal."""
        if status == 200:
            return self.html("captcha.html")
        response = self.html("notice.html", status, heading="访问受限", text="您的访问过于频繁，请稍后再试。")
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    def cut(self, offers: Sequence[Offer], number: int, size: int | None = None) -> Page:
        """One page of the offers; beyond the last page it is empty."""
        size = size or self.page_size
        start = (number - 1) * size
        return Page(offers[start : start + size], number, max(1, -(-len(offers) // size)), len(offers))

    def ago(self, offer: Offer) -> str:
        """How long ago the offer was published, in the platform's words."""
        return ago(offer.published_at, self.catalogue.clock)

    def _stamp(self, response: Response) -> None:
        response.headers["ETag"] = f'"{hashlib.sha256(response.body).hexdigest()[:20]}"'
        response.headers["Last-Modified"] = http_date(self.catalogue.changed_at)

    def _shared_routes(self) -> list[Route]:
        return [
            self.page("/robots.txt", self._robots),
            self.page("/private/{rest:path}", self._private),
            self.page("/checkout", self._private),
            Route("/{rest:path}", self._nothing),
        ]

    def _robots(self, _request: Request) -> Response:
        return PlainTextResponse(
            f"User-agent: *\nDisallow: /private/\nDisallow: /checkout\n\nSitemap: {self.url}/sitemap.xml\n"
        )

    def _private(self, _request: Request) -> Response:
        return self.html("notice.html", heading="我的订单", text="robots.txt 不许来这里。")

    async def _nothing(self, _request: Request) -> Response:
        return self.missing()


@cache
def templates() -> Environment:
    """The templates of all platforms, with their filters."""
    environment = Environment(
        loader=PackageLoader("crawler.demo"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["exact"] = _exact
    environment.filters["quoted"] = lambda text: quote(text, safe="")
    environment.filters["date"] = written
    environment.filters["shelf"] = lambda slug: SHELVES[slug]
    environment.filters["http_date"] = http_date
    environment.globals["address"] = address
    return environment


def address(path: str, **query: str | int) -> str:
    """A path with those query parameters that say anything."""
    said = {name: value for name, value in query.items() if value not in ("", None)}
    return f"{path}?{urlencode(said)}" if said else path


def asked(request: Request) -> dict[str, str]:
    """The query parameters, percent-encoded as UTF-8 or else, as old Chinese sites expect, as GBK."""
    raw = request.scope["query_string"].decode("latin-1")
    try:
        return dict(parse_qsl(raw, errors="strict"))
    except UnicodeDecodeError:
        return dict(parse_qsl(raw, encoding="gb18030", errors="replace"))


def page_number(text: str | None) -> int:
    """The number of a page as asked for; what is no number from 1 up is page 1."""
    return max(1, int(text)) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 1


def plain_amount(price: str | None) -> str | None:
    """1280.00 for ¥1,280.00 or 1,280.00元; None where a price says more than one plain amount."""
    found = _PLAIN_AMOUNT.fullmatch(price) if price else None
    return found[1].replace(",", "") if found else None


def http_date(moment: datetime) -> str:
    """A UTC time as HTTP headers write it."""
    return format_datetime(moment, usegmt=True)


def not_modified(response: Response) -> Response:
    """The 304 that stands for a page the visitor has."""
    kept = {name: value for name, value in response.headers.items() if name in ("etag", "last-modified")}
    return Response(status_code=304, headers=kept)


def _is_known(request: Request, response: Response) -> bool:
    if (tags := request.headers.get("if-none-match")) is not None:
        return response.headers["etag"] in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    if (since := request.headers.get("if-modified-since")) is not None:
        try:
            return parsedate_to_datetime(response.headers["last-modified"]) <= parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return False
    return False


def _exact(text: str) -> Markup:
    """Escaped, with carriage returns as references: parsers turn bare ones into line feeds."""
    return Markup(str(escape(text)).replace("\r", "&#13;"))  # noqa: S704 - escaped in the same line
