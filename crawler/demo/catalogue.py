"""The offers of one platform: found by id, shelf, seller or keyword, and changed by whoever tests a crawl."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.demo.records import Offer, PlatformKey


class Catalogue:
    """All offers of one platform, newest first. `clock` is the moment from which ages are told."""

    def __init__(self, platform: PlatformKey, offers: Iterable[Offer], clock: datetime) -> None:
        self.platform = platform
        self.clock = clock
        newest_first = sorted(offers, key=lambda offer: (-offer.published_at.timestamp(), offer.native_id))
        self._offers = {offer.native_id: offer for offer in newest_first}
        self.sellers = {offer.seller.seller_id: offer.seller for offer in newest_first}
        self.changed_at = clock

    @property
    def offers(self) -> tuple[Offer, ...]:
        """All offers, newest first."""
        return tuple(self._offers.values())

    @property
    def promoted(self) -> Offer | None:
        """The offer that sticks to the top of every list page: the oldest."""
        return next(reversed(self._offers.values()), None)

    @property
    def shelves(self) -> tuple[str, ...]:
        """The shelves that have offers, in alphabetical order."""
        return tuple(sorted({offer.shelf for offer in self._offers.values()}))

    def find(self, native_id: str) -> Offer | None:
        """The offer with this id."""
        return self._offers.get(native_id)

    def search(self, keyword: str = "", *, shelf: str = "", seller_id: str = "") -> tuple[Offer, ...]:
        """The offers whose title or description holds the keyword; an empty argument asks nothing."""
        wanted = keyword.strip().casefold()
        return tuple(
            offer
            for offer in self._offers.values()
            if (not shelf or offer.shelf == shelf)
            and (not seller_id or offer.seller.seller_id == seller_id)
            and (not wanted or wanted in f"{offer.title}\n{offer.description}".casefold())
        )

    def revise(
        self, native_id: str, *, title: str | None, description: str | None, price: str | None
    ) -> None:
        """Change what is not None. Raises `JobError` for an unknown id."""
        offer = self._require(native_id)
        self.changed_at = datetime.now(UTC)
        self._offers[native_id] = replace(
            offer,
            title=offer.title if title is None else title,
            description=offer.description if description is None else description,
            price=offer.price if price is None else price,
            modified_at=self.changed_at,
        )

    def remove(self, native_id: str) -> None:
        """Take an offer down. Raises `JobError` for an unknown id."""
        self._require(native_id)
        self.changed_at = datetime.now(UTC)
        del self._offers[native_id]

    def _require(self, native_id: str) -> Offer:
        offer = self._offers.get(native_id)
        if offer is None:
            raise JobError(f"the demo's {self.platform} has no listing {native_id}; see demo.offers()")
        return offer
