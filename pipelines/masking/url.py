"""The query and path of a URL without what tells of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pipelines.folding import fold
from pipelines.masking.text import find_personal_data, mask, mask_text
from pipelines.personal import MASK
from pipelines.signals.contacts import canonical_handle

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTACT_PARAMETERS: Final = {
    "phone": "phone", "mobile": "phone", "tel": "phone", "phonenumber": "phone", "wx": "wechat",
    "wechat": "wechat", "weixin": "wechat", "wxid": "wechat", "qq": "qq", "uin": "qq", "tg": "telegram",
    "telegram": "telegram", "email": "email", "mail": "email",
}  # fmt: skip
"""Query parameters whose whole value is a handle."""


def mask_url(url: str, key: bytes, sellers: Mapping[str, str] | None = None) -> str:
    """A URL whose query and path tell of no person; one that tells of none already stays as it is.

    `sellers`: the ids and names of the seller, with the pseudonyms to write for them.
    """
    sellers = sellers or {}
    try:
        parts = urlsplit(url)
    except ValueError:
        return mask_text(url, key).text
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    masked_pairs = [(name, _mask_parameter(name, value, key, sellers)) for name, value in pairs]
    segments = parts.path.split("/")
    masked_segments = [quote(sellers[segment]) if segment in sellers else segment for segment in segments]
    if pairs == masked_pairs and segments == masked_segments:
        return url
    query = urlencode(masked_pairs, quote_via=quote) if pairs != masked_pairs else parts.query
    return urlunsplit(parts._replace(path="/".join(masked_segments), query=query))


def _mask_parameter(name: str, value: str, key: bytes, sellers: Mapping[str, str]) -> str:
    if not value or MASK.fullmatch(value):
        return value
    if value in sellers:
        return sellers[value]
    kind = _CONTACT_PARAMETERS.get(name.lower().replace("_", ""))
    if kind is not None and not find_personal_data(value):
        return mask(kind, canonical_handle(fold(value).text), key)
    # The id of an item may well have eleven digits.
    if name.lower().endswith("id") and value.isdecimal():
        return value
    return mask_text(value, key).text
