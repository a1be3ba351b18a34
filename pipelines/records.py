"""What a page said (`Listing`) and what the analysis made of it (`Analysis`).

Every record is frozen. Times are timezone-aware UTC, offsets are indices into the text of the named
field (Python code points, end exclusive), points and scores run from 0 to 1.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Category = Literal[
    "identity",
    "account",
    "bankcard",
    "payment",
    "sim",
    "data",
    "tool",
    "carding",
    "gambling",
    "drug",
    "document",
    "weapon",
    "traffic",
]
Verdict = Literal["flagged", "watch", "clear"]
TextField = Literal["title", "description", "page"]
Disguise = Literal[
    "exact",
    "width",
    "traditional",
    "numeral",
    "separator",
    "repeat",
    "look-alike",
    "split",
    "homophone",
    "pinyin",
    "initials",
    "emoji",
]
Standing = Literal["confirmed", "alone", "excused"]
SignalKind = Literal[
    "contact",  # name: phone, wechat, qq, telegram, potato, bat, email, other
    "secrecy",  # name: the phrase's headword, as 懂的来
    "trust",  # name: the phrase's headword, as 走担保
    "cross-platform",  # name: the platform pointed to
    "domain",  # name: throwaway (xyz12.top), link
]

CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
DISGUISES: Final[tuple[Disguise, ...]] = get_args(Disguise)

PIPELINE_VERSION: Final = "1"
"""Raised whenever the same text and lexicon may give another analysis."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as a platform states it; `currency` is ISO 4217 (or USDT), `unit` what it buys (套)."""

    amount: float
    currency: str = "CNY"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What one page said of one offer, at one time."""

    listing_id: str
    platform: str
    source: str
    title: str
    seen_at: datetime
    description: str = ""
    native_id: str | None = None
    url: str | None = None
    price: Money | None = None
    seller_id: str | None = None
    seller_name: str | None = None
    shelf: str | None = None
    """The platform's own category of the goods."""
    published_at: datetime | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: TextField) -> str:
        """The text of a field; `page` is the description of a listing made from a saved page."""
        return self.title if name == "title" else self.description


def listing_id(platform: str, native_id: str) -> str:
    """The stable id of a listing: a hash of the platform and its own id (or the canonical URL)."""
    return hashlib.sha256(f"{platform}\x1f{native_id}".encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Hit:
    """One lexicon term in one listing: where it stands, how it was disguised, why it counts."""

    term_id: str
    term: str
    category: Category
    surface: str
    start: int
    end: int
    field: TextField
    disguise: Disguise
    standing: Standing
    because: tuple[str, ...] = ()
    """The contexts that confirmed or excused it, as the lexicon writes them."""
    points: float = 0.0


@dataclass(frozen=True, slots=True)
class Price:
    """A price or quantity as a seller wrote it. `minimum` is the smallest order, in units."""

    surface: str
    start: int
    end: int
    field: TextField
    amount: float | None = None
    currency: str | None = None
    unit: str | None = None
    quantity: float | None = None
    minimum: float | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A contact, a phrase of secrecy or trust, a pointer elsewhere. Never carries a handle itself."""

    kind: SignalKind
    name: str
    surface: str
    start: int
    end: int
    field: TextField


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of the score. The points of all reasons, cut to 0 … 1, are the score."""

    code: str
    points: float
    zh: str
    en: str
    category: Category | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What `analyze` made of one listing."""

    verdict: Verdict
    score: float
    category: Category | None
    tokens: tuple[str, ...]
    hits: tuple[Hit, ...]
    signals: tuple[Signal, ...]
    prices: tuple[Price, ...]
    reasons: tuple[Reason, ...]
    lexicon_version: str
    pipeline_version: str = PIPELINE_VERSION


@dataclass(frozen=True, slots=True)
class AnalyzedListing:
    """A listing with personal data already masked, and its analysis with offsets into the masked text."""

    listing: Listing
    analysis: Analysis
