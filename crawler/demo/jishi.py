"""青禾集市: rendered on the server, with nested blocks, feeds, a sitemap and a JSON search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

from crawler.demo.faults import Faults
from crawler.demo.records import SHELVES
from crawler.demo.site import Site, address, asked, page_number, plain_amount, templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.routing import Route

    from crawler.demo.records import Offer, Seller

_FEED_ENTRIES: Final = 50
_MOST_PER_CALL: Final = 100


class Jishi(Site):
    """Lists at /all, /search, /shelf and /shop, one listing at /item, feeds, /sitemap.xml, /api/search."""

    key = "jishi"
    name = "青禾集市"

    def routes(self) -> list[Route]:
        """Every page, the broken ones too."""
        self.faults = Faults(self)
        return [
            *self.faults.routes(),
            self.page("/", self._home),
            self.page("/all", self._all),
            self.page("/search", self._search),
            self.page("/shelf", self._shelf),
            self.page("/shop", self._shop),
            self.page("/item", self._item),
            self.page("/rss.xml", self._rss),
            self.page("/atom.xml", self._atom),
            self.page("/sitemap.xml", self._sitemap),
            self.page("/api/search", self._api),
        ]

    def outlet(self, seller: Seller) -> str | None:
        """The address of the seller's shop on the other platform."""
        if seller.outlet is None:
            return None
        platform, seller_id = seller.outlet
        return address(f"{self.addresses[platform]}/user", uid=seller_id)

    def list_page(self, request: Request, path: str, offers: Sequence[Offer], **query: str) -> Response:
        """One page of a list, the promoted offer on top of each."""
        page = self.cut(offers, page_number(asked(request).get("page")))
        more = address(path, **query, page=page.number + 1) if page.number < page.pages else None
        return self.html("jishi_list.html", page=page, more=more, query=query.get("q", ""), seller=None)

    def linked_data(self, offer: Offer) -> dict[str, Any]:
        """The offer as schema.org's Product, for the JSON-LD of its page."""
        data: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": offer.title,
            "description": offer.description,
            "sku": offer.native_id,
            "category": SHELVES[offer.shelf],
            "releaseDate": offer.published_at.isoformat(timespec="seconds"),
        }
        if amount := plain_amount(offer.price):
            seller = {"@type": "Person", "name": offer.seller.name, "identifier": offer.seller.seller_id}
            data["offers"] = {"@type": "Offer", "price": amount, "priceCurrency": "CNY", "seller": seller}
        return data

    def _home(self, _request: Request) -> Response:
        return self.html("jishi_home.html")

    def _all(self, request: Request) -> Response:
        return self.list_page(request, "all", self.catalogue.offers)

    def _search(self, request: Request) -> Response:
        keyword = asked(request).get("q", "")
        return self.list_page(request, "search", self.catalogue.search(keyword), q=keyword)

    def _shelf(self, request: Request) -> Response:
        slug = asked(request).get("s", "")
        if slug not in self.catalogue.shelves:
            return self.missing()
        return self.list_page(request, "shelf", self.catalogue.search(shelf=slug), s=slug)

    def _shop(self, request: Request) -> Response:
        seller = self.catalogue.sellers.get(asked(request).get("sid", ""))
        if seller is None:
            return self.missing()
        offers = self.catalogue.search(seller_id=seller.seller_id)
        page = self.cut(offers, page_number(asked(request).get("page")))
        more = (
            address("shop", sid=seller.seller_id, page=page.number + 1) if page.number < page.pages else None
        )
        return self.html("jishi_list.html", page=page, more=more, query="", seller=seller)

    def _item(self, request: Request) -> Response:
        offer = self.catalogue.find(asked(request).get("id", ""))
        return self.html("jishi_item.html", offer=offer) if offer else self.missing()

    def _rss(self, _request: Request) -> Response:
        return self._xml("jishi_rss.xml", "application/rss+xml")

    def _atom(self, _request: Request) -> Response:
        return self._xml("jishi_atom.xml", "application/atom+xml")

    def _sitemap(self, _request: Request) -> Response:
        return self._xml("jishi_sitemap.xml", "application/xml")

    def _xml(self, template: str, media_type: str) -> Response:
        text = (
            templates().get_template(template).render(site=self, newest=self.catalogue.offers[:_FEED_ENTRIES])
        )
        return Response(text, media_type=media_type)

    def _api(self, request: Request) -> Response:
        query = asked(request)
        size = min(page_number(query.get("size") or str(self.page_size)), _MOST_PER_CALL)
        page = self.cut(self.catalogue.search(query.get("q", "")), page_number(query.get("page")), size)
        data = {
            "total": page.total,
            "page": page.number,
            "pages": page.pages,
            "next": page.number + 1 if page.number < page.pages else None,
            "items": [self._as_json(offer) for offer in page.offers],
        }
        return JSONResponse({"code": 0, "data": data})

    def _as_json(self, offer: Offer) -> dict[str, Any]:
        amount = plain_amount(offer.price)
        return {
            "id": offer.native_id,
            "title": offer.title,
            "desc": offer.description,
            "price": {"text": offer.price, "amount": float(amount) if amount else None},
            "seller": {"id": offer.seller.seller_id, "nick": offer.seller.name, "area": offer.seller.area},
            "shelf": offer.shelf,
            "created": offer.published_at.isoformat(timespec="seconds"),
            "url": address(f"{self.url}/item", id=offer.native_id),
        }
