"""Pages of 青禾集市 that are broken on purpose, all under /fault/, to try a crawler's manners."""

from __future__ import annotations

import asyncio
import gzip
import itertools
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from crawler.demo.site import asked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from crawler.demo.jishi import Jishi
    from crawler.demo.records import Offer

HUGE_BYTES: Final = 500 * 1024 * 1024
"""The size of /fault/huge and of /fault/bomb unpacked, and where even /fault/endless ends."""
ELSEWHERE: Final = "http://elsewhere.invalid/item?id=1"
"""A host that no source names and no resolver knows (RFC 2606)."""
PRIVATE: Final = "http://10.255.255.1/item?id=1"
"""An address inside somebody's network (RFC 1918)."""
LINKS: Final = (
    "javascript:alert(document.title)",
    "JaVaScRiPt:void(0)",
    "data:text/html,<h1 class=goods-title>data</h1>",
    "vbscript:MsgBox(1)",
    "mailto:demo@demo.invalid",
    "file:///etc/hostname",
    "//elsewhere.invalid/item?id=2",
    "http://[broken/item?id=3",
    "",
    "#top",
)
_CHUNK: Final = b"<p>" + "没完没了".encode() * 5_000 + b"</p>\n"


class Faults:
    """The fault pages of one `Jishi`. `released` opens the slow ones."""

    def __init__(self, site: Jishi) -> None:
        self._site = site
        self.released = asyncio.Event()
        self._count = itertools.count(1)

    def routes(self) -> list[Route]:
        """The pages, by what is wrong with them."""
        return [
            Route("/fault/wrong-encoding", self._wrong_encoding),
            Route("/fault/huge", self._huge),
            Route("/fault/endless", self._endless),
            Route("/fault/bomb", self._bomb),
            Route("/fault/slow", self._slow),
            Route("/fault/status/{code:int}", self._status),
            Route("/fault/captcha", self._captcha),
            Route("/fault/redirect", self._redirect),
            Route("/fault/redirect/elsewhere", self._redirect_elsewhere),
            Route("/fault/redirect/private", self._redirect_private),
            Route("/fault/redirect/loop", self._redirect_loop),
            Route("/fault/links", self._links),
            Route("/fault/untitled", self._untitled),
            Route("/fault/drift", self._drift),
            Route("/fault/item", self._item),
            Route("/fault/empty", self._empty),
            Route("/fault/binary", self._binary),
            Route("/fault/etag/unasked", self._etag_unasked),
            Route("/fault/etag/stale", self._etag_stale),
            Route("/fault/etag/changing", self._etag_changing),
            Route("/fault/etag/malformed", self._etag_malformed),
        ]

    async def _wrong_encoding(self, _request: Request) -> Response:
        """GBK bytes that both header and meta element call UTF-8."""
        offer = self._site.catalogue.offers[0]
        text = bytes(self._site.html("jishi_item.html", offer=offer).body).decode()
        return Response(text.encode("gbk", "xmlcharrefreplace"), media_type="text/html; charset=utf-8")

    async def _huge(self, _request: Request) -> Response:
        """500 MB that a Content-Length announces."""
        headers = {"Content-Length": str(HUGE_BYTES)}
        return StreamingResponse(_stream(HUGE_BYTES), headers=headers, media_type="text/html; charset=utf-8")

    async def _endless(self, _request: Request) -> Response:
        """500 MB in chunks that nothing announces."""
        return StreamingResponse(_stream(HUGE_BYTES), media_type="text/html; charset=utf-8")

    async def _bomb(self, _request: Request) -> Response:
        """Two megabytes of gzip that unpack to 500."""
        packed = await asyncio.to_thread(_bomb)
        return Response(packed, headers={"Content-Encoding": "gzip"}, media_type="text/html; charset=utf-8")

    async def _slow(self, request: Request) -> Response:
        """Nothing until `Demo.release`, or until the visitor hangs up."""
        waits = [
            asyncio.ensure_future(self.released.wait()),
            asyncio.ensure_future(_hung_up(request)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return self._site.html("notice.html", heading="来了", text="让您久等。")

    async def _status(self, request: Request) -> Response:
        """Any status; `?retry_after=` is handed on."""
        wait = asked(request).get("retry_after", "")
        code = request.path_params["code"]
        if not 400 <= code < 600:
            return self._site.missing()
        return self._site.turned_away(code, int(wait) if wait.isdecimal() else None)

    async def _captcha(self, _request: Request) -> Response:
        return self._site.turned_away(200)

    async def _redirect(self, request: Request) -> Response:
        """To the address in `?to=`."""
        return RedirectResponse(asked(request).get("to", "/"), 302)

    async def _redirect_elsewhere(self, _request: Request) -> Response:
        return RedirectResponse(ELSEWHERE, 302)

    async def _redirect_private(self, _request: Request) -> Response:
        return RedirectResponse(PRIVATE, 302)

    async def _redirect_loop(self, _request: Request) -> Response:
        """To itself, under ever another address."""
        return RedirectResponse(f"/fault/redirect/loop?turn={next(self._count)}", 302)

    async def _links(self, _request: Request) -> Response:
        """A list of links that are none, and one that is."""
        return self._site.html("fault_links.html", links=LINKS, offer=self._site.catalogue.offers[0])

    async def _untitled(self, request: Request) -> Response:
        """The list of all offers, the second without a title."""
        return self._site.list_page(request, "untitled", self._with_untitled())

    async def _drift(self, request: Request) -> Response:
        """The list of all offers after the platform has renamed its classes."""
        page = self._site.list_page(request, "drift", self._site.catalogue.offers)
        text = bytes(page.body).decode()
        for name in ("title", "price", "when", "seller"):
            text = text.replace(f'class="{name}"', f'class="x-{name}-7f"')
        return Response(text, media_type=page.media_type)

    async def _item(self, request: Request) -> Response:
        """The listings that the lists above link to."""
        wanted = asked(request).get("id", "")
        offer = next((offer for offer in self._with_untitled() if offer.native_id == wanted), None)
        return self._site.html("jishi_item.html", offer=offer) if offer else self._site.missing()

    async def _empty(self, _request: Request) -> Response:
        return Response(b"", media_type="text/html; charset=utf-8")

    async def _binary(self, _request: Request) -> Response:
        """Bytes that are no text, called HTML."""
        return Response(bytes(range(256)) * 64, media_type="text/html")

    async def _etag_unasked(self, _request: Request) -> Response:
        """A 304 though the visitor has said nothing of what it has."""
        return Response(status_code=304, headers={"ETag": '"unasked"'})

    async def _etag_stale(self, request: Request) -> Response:
        """One ETag for ever, whatever the page says by now."""
        known = request.headers.get("if-none-match") == '"stale"'
        if known:
            return Response(status_code=304, headers={"ETag": '"stale"'})
        return PlainTextResponse(f"visit {next(self._count)}", headers={"ETag": '"stale"'})

    async def _etag_changing(self, _request: Request) -> Response:
        """Another ETag each time, for the same page."""
        return PlainTextResponse("the same", headers={"ETag": f'"{next(self._count)}"'})

    async def _etag_malformed(self, _request: Request) -> Response:
        return PlainTextResponse("the same", headers={"ETag": "not quoted, and with a comma"})

    def _with_untitled(self) -> tuple[Offer, ...]:
        offers = self._site.catalogue.offers
        return (*offers[:1], *(replace(offer, title="") for offer in offers[1:2]), *offers[2:])


async def _stream(size: int) -> AsyncIterator[bytes]:
    head = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>很长</title></head><body>\n'.encode()
    yield head
    left = size - len(head)
    while left > 0:
        yield _CHUNK[:left]
        left -= len(_CHUNK)
        await asyncio.sleep(0)  # let the server notice a visitor who hung up


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * HUGE_BYTES, compresslevel=1, mtime=0)
