"""旧街闲置: second-hand goods in bare tables, in GBK, onto which shops of 青禾集市 link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.demo.site import Site, address, asked, page_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from crawler.demo.records import Offer, Seller


class Jiujie(Site):
    """Lists at /list, /find, /class and /user, one listing at /view."""

    key = "jiujie"
    name = "旧街闲置"
    charset = "gbk"
    page_size = 25

    def routes(self) -> list[Route]:
        """Every page."""
        return [
            self.page("/", self._list),
            self.page("/list", self._list),
            self.page("/find", self._find),
            self.page("/class", self._class),
            self.page("/user", self._user),
            self.page("/view", self._view),
        ]

    def _list(self, request: Request) -> Response:
        return self._table(request, "list", self.catalogue.offers)

    def _find(self, request: Request) -> Response:
        keyword = asked(request).get("kw", "")
        return self._table(request, "find", self.catalogue.search(keyword), kw=keyword)

    def _class(self, request: Request) -> Response:
        slug = asked(request).get("c", "")
        if slug not in self.catalogue.shelves:
            return self.missing()
        return self._table(request, "class", self.catalogue.search(shelf=slug), c=slug)

    def _user(self, request: Request) -> Response:
        seller = self.catalogue.sellers.get(asked(request).get("uid", ""))
        if seller is None:
            return self.missing()
        offers = self.catalogue.search(seller_id=seller.seller_id)
        return self._table(request, "user", offers, seller, uid=seller.seller_id)

    def _view(self, request: Request) -> Response:
        offer = self.catalogue.find(asked(request).get("gid", ""))
        return self.html("jiujie_view.html", offer=offer) if offer else self.missing()

    def _table(
        self, request: Request, path: str, offers: Sequence[Offer], seller: Seller | None = None, **query: str
    ) -> Response:
        page = self.cut(offers, page_number(asked(request).get("p")))
        more = address(path, **query, p=page.number + 1) if page.number < page.pages else None
        return self.html("jiujie_list.html", page=page, more=more, query=query.get("kw", ""), seller=seller)
