"""A listing out of the values that its pages gave."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from w3lib.url import canonicalize_url

from pipelines.records import Listing, Money, listing_id
from spiders.errors import ListingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spiders.contract import Source
    from spiders.extraction import Finding, Value

type Values = Mapping[str, Value]
"""Field → value, for the fields that were found."""


def values_of(findings: Mapping[str, Finding]) -> dict[str, Value]:
    """The values of what was found."""
    return {name: found.value for name, found in findings.items() if found.value is not None}


def identity(values: Values) -> str:
    """What tells a listing from others on its platform: the platform's own id, else its address."""
    native_id, url = _text(values, "native_id"), _text(values, "url")
    return native_id or (canonicalize_url(url) if url else "")


def build_listing(values: Values, source: Source, *, seen_at: datetime) -> Listing:
    """The listing that the values of a list page and of a listing's own page make.

    Raises `ListingError` where there is no title, or nothing that tells it from other listings.
    """
    url, native_id = _text(values, "url"), _text(values, "native_id")
    if not (known_by := identity(values)):
        raise ListingError("no-id", "a listing without native_id and url; give a rule for one of them")
    title = _text(values, "title")
    if title is None:
        raise ListingError("no-title", f"no title for {url or native_id}; its rules match nothing there")
    published = values.get("published_at")
    return Listing(
        listing_id=listing_id(source.platform, known_by),
        platform=source.platform,
        source=source.name,
        title=title,
        seen_at=seen_at,
        description=_text(values, "description") or "",
        native_id=native_id,
        url=url,
        price=_price(values),
        seller_id=_text(values, "seller_id"),
        seller_name=_text(values, "seller_name"),
        shelf=_text(values, "shelf"),
        published_at=published if isinstance(published, datetime) else None,
        extra={
            name.removeprefix("extra."): shown(value)
            for name, value in values.items()
            if name.startswith("extra.")
        },
    )


def shown(value: Value) -> str:
    """A value as people read it: 12.5 CNY / 套."""
    if isinstance(value, Money):
        return f"{value.amount:.15g} {value.currency}" + (f" / {value.unit}" if value.unit else "")
    return value.isoformat() if isinstance(value, datetime) else value


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    return None if value is None else str(value)


def _price(values: Values) -> Money | None:
    price = values.get("price")
    if not isinstance(price, Money):
        return None
    currency, unit = _text(values, "currency"), _text(values, "unit")
    return replace(price, currency=currency or price.currency, unit=unit or price.unit)
