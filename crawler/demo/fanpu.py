"""风帆小铺: an empty page whose script fetches JSON and builds the listings."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from crawler.demo.records import SHELVES
from crawler.demo.site import Site, asked, page_number, plain_amount

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from crawler.demo.records import Offer

_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="100">'
    '<rect width="160" height="100" fill="#dde7ee"/><circle cx="80" cy="50" r="22" fill="#9db7c6"/></svg>'
)


class Fanpu(Site):
    """Lists at /, /search, /shelf/…, /seller/… and, growing as one scrolls, /scroll; a listing at /item/…."""

    key = "fanpu"
    name = "风帆小铺"
    page_size = 24

    def routes(self) -> list[Route]:
        """The shell under every address, its script and style, and the JSON that they read."""
        shells = ("/", "/search", "/scroll", "/shelf/{slug}", "/seller/{seller_id}", "/item/{native_id:path}")
        return [
            *(self.page(path, self._shell) for path in shells),
            self.page("/app.js", self._script),
            self.page("/style.css", self._style),
            self.page("/picture/{name:path}", self._picture),
            self.page("/api/items", self._items),
            self.page("/api/item", self._item),
        ]

    def _shell(self, _request: Request) -> Response:
        return self.html("fanpu_shell.html")

    def _script(self, _request: Request) -> Response:
        return _asset("fanpu.js", "text/javascript")

    def _style(self, _request: Request) -> Response:
        return _asset("fanpu.css", "text/css")

    def _picture(self, _request: Request) -> Response:
        return Response(_PICTURE, media_type="image/svg+xml")

    def _items(self, request: Request) -> Response:
        query = asked(request)
        offers = self.catalogue.search(
            query.get("q", ""), shelf=query.get("shelf", ""), seller_id=query.get("seller", "")
        )
        page = self.cut(offers, page_number(query.get("page")))
        items = [self._as_json(offer) for offer in page.offers]
        return JSONResponse({"items": items, "page": page.number, "pages": page.pages, "total": page.total})

    def _item(self, request: Request) -> Response:
        offer = self.catalogue.find(asked(request).get("id", ""))
        if offer is None:
            return JSONResponse({"error": "gone"}, status_code=404)
        return JSONResponse(self._as_json(offer))

    def _as_json(self, offer: Offer) -> dict[str, Any]:
        amount = plain_amount(offer.price)
        return {
            "id": offer.native_id,
            "title": offer.title,
            "desc": offer.description,
            "price": offer.price,
            "amount": float(amount) if amount else None,
            "seller": {"id": offer.seller.seller_id, "name": offer.seller.name},
            "shelf": {"slug": offer.shelf, "name": SHELVES[offer.shelf]},
            "published": offer.published_at.isoformat(timespec="seconds"),
            "ago": self.ago(offer),
            "origin": offer.origin,
            "url": f"/item/{quote(offer.native_id, safe='')}",
        }


def _asset(name: str, media_type: str) -> Response:
    file = resources.files("crawler.demo") / "templates" / name
    return Response(file.read_bytes(), media_type=f"{media_type}; charset=utf-8")
