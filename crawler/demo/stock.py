"""What is on sale: made-up goods and slang ads of the last 90 days, or the listings of a file."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from crawler.demo import goods, slang
from crawler.demo.records import PLATFORM_KEYS, Draft, Offer, PlatformKey, Seller
from crawler.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crawler.demo.listings import Row

DAYS: Final = 90
_RISING_AGES: Final = (1, 3, 5, 8, 12, 18, 27, 45, 76)
_AREAS: Final = (
    "北京 朝阳",
    "上海 浦东",
    "广东 深圳",
    "浙江 杭州",
    "四川 成都",
    "湖北 武汉",
    "福建 泉州",
    "山东 青岛",
)
_SELLER_PREFIX: Final[dict[PlatformKey, str]] = {"jishi": "js", "fanpu": "fp", "jiujie": "jj"}
_NAMES: Final = (
    "小鱼",
    "豆包",
    "阿宁",
    "木木",
    "晴天",
    "老周",
    "糖糖",
    "北北",
    "石头",
    "橙子",
    "静静",
    "大山",
)
_TRADES: Final = ("的闲置", "杂货铺", "二手屋", "书房", "数码店", "生活馆", "")


def generated(seed: int, noon: datetime, size: int) -> dict[PlatformKey, list[Offer]]:
    """Made-up offers, the same for the same arguments; `size` counts all platforms together.

    Raises `ConfigError` for a size below that of the fixed ones.
    """
    rng = random.Random(f"{seed}")  # noqa: S311 - made-up goods, no secret
    least = len(goods.TRAPS) + len(slang.ADS)
    if size < least:
        raise ConfigError(f"the demo has {least} fixed listings; ask for a size of at least {least}")
    ordinary = [goods.compose(rng) for _ in range(size - least)]
    sellers = {key: _sellers(rng, key) for key in PLATFORM_KEYS}
    fresh_ids = {key: _ids(rng, key, size) for key in PLATFORM_KEYS}
    offers: dict[PlatformKey, list[Offer]] = {key: [] for key in PLATFORM_KEYS}

    for place, draft in enumerate([*goods.TRAPS, *ordinary]):
        key = PLATFORM_KEYS[place % len(PLATFORM_KEYS)]
        published = _moment(rng, noon, rng.randrange(DAYS))
        offers[key].append(
            _offer(
                key, fresh_ids[key].pop(), draft, rng.choice(sellers[key][len(slang.HANDLES) :]), published
            )
        )
    rising = {term: list(_RISING_AGES) for term in slang.RISING}
    for place, ad in enumerate(slang.ADS):
        key = PLATFORM_KEYS[place % len(PLATFORM_KEYS)]
        age = rising[ad.term].pop() if ad.term in rising else rng.randrange(DAYS)
        handle = slang.HANDLES[ad.handle]
        draft = Draft(
            slang.fill(ad.title, handle),
            slang.fill(ad.description, handle),
            ad.price,
            rng.choice(("zonghe", "shuma", "fuwu")),
        )
        offer = _offer(key, fresh_ids[key].pop(), draft, sellers[key][ad.handle], _moment(rng, noon, age))
        offers[key].append(replace(offer, category=ad.category, disguise=ad.disguise))
    return offers


def from_rows(rows: Sequence[Row], noon: datetime) -> dict[PlatformKey, list[Offer]]:
    """Offers of a file's listings: spread by a hash of their ids, or where a row names one of us."""
    offers: dict[PlatformKey, list[Offer]] = {key: [] for key in PLATFORM_KEYS}
    for row in rows:
        digest = int.from_bytes(hashlib.sha256(row.id.encode()).digest()[:8])
        key = next((key for key in PLATFORM_KEYS if key == row.platform), PLATFORM_KEYS[digest % 3])
        number = digest // 3 % max(len(rows) // 12, 1)
        area = _AREAS[number % len(_AREAS)]
        seller = Seller(
            _seller_id(key, number), f"用户{number:05d}", 4 + number % 10 / 10, number * 7 % 900, area
        )
        published = noon - timedelta(seconds=60 + digest // 7 % (DAYS * 86_400 - 120))
        draft = Draft(row.title, row.description, row.written_price, "zonghe")
        offer = _offer(key, row.id, draft, seller, published)
        origin = " ".join(part for part in (row.platform, row.source) if part)
        offers[key].append(replace(offer, origin=origin or None))
    return offers


def _offer(key: PlatformKey, native_id: str, draft: Draft, seller: Seller, published: datetime) -> Offer:
    return Offer(
        platform=key,
        native_id=native_id,
        title=draft.title,
        description=draft.description,
        price=draft.price,
        shelf=draft.shelf,
        seller=seller,
        published_at=published,
        modified_at=published,
        origin=MADE_UP,
    )


MADE_UP: Final = "演示"
"""What the marketplaces name as the source of generated goods."""


def _moment(rng: random.Random, noon: datetime, age_days: int) -> datetime:
    return noon - timedelta(days=age_days, seconds=rng.randrange(60, 86_400))


def _sellers(rng: random.Random, key: PlatformKey) -> list[Seller]:
    """The people behind the slang ads, then forty ordinary sellers. Some jishi shops point to jiujie."""
    found = []
    for place in range(len(slang.HANDLES) + 40):
        name = (
            slang.HANDLES[place].name
            if place < len(slang.HANDLES)
            else rng.choice(_NAMES) + rng.choice(_TRADES)
        )
        found.append(
            Seller(
                seller_id=_seller_id(key, place),
                name=name,
                rating=round(rng.uniform(3.9, 5.0), 1),
                deals=rng.randrange(1, 900),
                area=rng.choice(_AREAS),
                outlet=("jiujie", _seller_id("jiujie", place)) if key == "jishi" and place < 9 else None,
            )
        )
    return found


def _seller_id(key: PlatformKey, place: int) -> str:
    return f"{_SELLER_PREFIX[key]}{1000 + place}"


def _ids(rng: random.Random, key: PlatformKey, count: int) -> list[str]:
    numbers = rng.sample(range(10_000_000, 99_999_999), count)
    return [f"f{number:x}" if key == "fanpu" else str(number) for number in numbers]
