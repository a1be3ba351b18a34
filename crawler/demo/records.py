"""What the demo marketplace sells: offers and their sellers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipelines.records import Category

PlatformKey = Literal["jishi", "fanpu", "jiujie"]
PLATFORM_KEYS: Final[tuple[PlatformKey, ...]] = ("jishi", "fanpu", "jiujie")

SHELVES: Final[Mapping[str, str]] = {
    "shuma": "手机数码",
    "jiafang": "家纺居家",
    "jiadian": "家用电器",
    "fushi": "服饰鞋包",
    "shipin": "食品生鲜",
    "tushu": "图书资料",
    "yundong": "运动户外",
    "muying": "母婴玩具",
    "meizhuang": "美妆个护",
    "fuwu": "生活服务",
    "zonghe": "综合",
}
"""The shelves of all three platforms: slug in addresses, name on pages."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a seller writes, before it has a place and a time. `price` is text as sellers write it."""

    title: str
    description: str
    price: str | None
    shelf: str


@dataclass(frozen=True, slots=True)
class Seller:
    """A seller on one platform. `outlet` is the address of the same seller's shop elsewhere."""

    seller_id: str
    name: str
    rating: float
    deals: int
    area: str
    outlet: tuple[PlatformKey, str] | None = None
    """The platform and seller id of the shop that the seller's page points to."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One listing of one platform as it stands now; `revise` replaces it by a newer one.

    `category` is what a slang ad really offers and `disguise` how it hides (None: ordinary goods); both
    are the truth for tests and stand on no page.
    """

    platform: PlatformKey
    native_id: str
    title: str
    description: str
    price: str | None
    shelf: str
    seller: Seller
    published_at: datetime
    modified_at: datetime
    category: Category | None = None
    disguise: str | None = None
    origin: str | None = None
    """Where a listing of a file comes from, in the file's own words."""
