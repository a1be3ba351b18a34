"""What the indices hold: one strict mapping a kind, made of shared components.

Times are kept to the microsecond as the embedded store has them, hence `date_nanos` where order counts.
Elastic Common Schema names stand where one means the same: `@timestamp`, `event.*`, `url.*`.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    type Properties = Mapping[str, Any]

Kind = Literal["listings", "versions", "hits", "runs", "terms", "links"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

AGEING: Final[tuple[Kind, ...]] = ("versions", "hits", "runs")
"""Kinds whose old indices may be deleted: what they hold is over. The others hold the present."""

APPENDED: Final[tuple[Kind, ...]] = ("hits",)
"""Kinds whose documents are made and dropped, never changed: a data stream takes them."""

FILLED: Final = ("title", "description", "price", "seller_id", "published_at", "url", "shelf")
"""Fields of a listing whose fill rates are numbers of a run's document, to be drawn over time."""

# A keyword of 8191 characters stays under Lucene's 32766 bytes whatever they are.
_KEYWORD: Final = {"type": "keyword", "ignore_above": 8191}
_NUMBER: Final = {"type": "double"}
_COUNT: Final = {"type": "integer"}
_LONG: Final = {"type": "long"}
_FLAG: Final = {"type": "boolean"}
_DATE: Final = {"type": "date"}
_EXACT_TIME: Final = {"type": "date_nanos"}
_TEXT: Final = {"type": "text", "analyzer": "standard"}
_WORDS: Final = {"type": "text", "analyzer": "whitespace", "position_increment_gap": 0}
_SOURCE_ONLY: Final = {"type": "object", "enabled": False}


def _all(names: str, mapping: Properties) -> Properties:
    return dict.fromkeys(names.split(), mapping)


def _object(properties: Properties) -> Properties:
    return {"properties": properties}


_HIT: Final = {
    **_all("term_id term category surface field disguise standing because", _KEYWORD),
    **_all("start end", _COUNT),
    "points": _NUMBER,
}
_SPAN: Final = {**_all("surface field", _KEYWORD), **_all("start end", _COUNT)}
_MONEY: Final = _object({"amount": _NUMBER, **_all("currency unit", _KEYWORD)})

_STAMP: Final = {"@timestamp": _EXACT_TIME, **_all("lexicon_version pipeline_version", _KEYWORD)}

_JUDGED: Final = {
    **_all("listing_id platform verdict category", _KEYWORD),
    **_all("title description", _TEXT),
    "tokens": _WORDS,
    **_all("version_id", _LONG),
    **_all("score", _NUMBER),
    **_all("seen_at published_at", _EXACT_TIME),
    "price": _MONEY,
    "signals": _object({**_SPAN, **_all("kind name", _KEYWORD)}),
    "prices": _object(
        {**_SPAN, **_all("currency unit", _KEYWORD), **_all("amount quantity minimum", _NUMBER)}
    ),
    "reasons": _object({**_all("code zh en category", _KEYWORD), "points": _NUMBER}),
    # of the hits that aren't excused, named as in the index of hits, so that one filter holds for both
    **_all("term_id term disguise", _KEYWORD),
    "hit_count": _COUNT,
}

COMPONENTS: Final[Mapping[str, Properties]] = {"stamp": _STAMP, "judged": _JUDGED}
"""The shared parts, by name."""

PARTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "listings": ("stamp", "judged"),
    "versions": ("stamp", "judged"),
    "hits": ("stamp",),
    "runs": ("stamp",),
    "terms": ("stamp",),
    "links": ("stamp",),
}

OWN: Final[Mapping[Kind, Properties]] = {
    "listings": {
        **_all("source native_id shelf", _KEYWORD),
        "url": _object(_all("full domain", _KEYWORD)),
        "seller": _object(_all("id name", _KEYWORD)),
        "extra": {"type": "flattened", "ignore_above": 1024},
        "event": _object(_all("start end", _EXACT_TIME)),
        "bigrams": {**_WORDS, "norms": False},
        "hits": {"type": "nested", "properties": _HIT},
        "versions": _COUNT,
        "gone": _FLAG,
        "absences": _object(_all("gone_at returned_at", _EXACT_TIME)),
        "gone_at": _EXACT_TIME,
    },
    "versions": {
        "day": _DATE,
        "ordinal": _COUNT,
        "event": _object(_all("start end", _EXACT_TIME)),
        "hits": _SOURCE_ONLY,
        "lag": _LONG,
        **_all("counted counted_category", _FLAG),
    },
    "hits": {
        "day": _DATE,
        **_all("listing_id platform verdict", _KEYWORD),
        **_all("version_id revision", _LONG),
        "ordinal": _COUNT,
        "score": _NUMBER,
        "price": _MONEY,
        **_HIT,
        **_all("counted counted_disguise", _FLAG),
    },
    "runs": {
        "day": _DATE,
        **_all("run_id source platform", _KEYWORD),
        "event": _object(
            {
                **_all("start end", _EXACT_TIME),
                "duration": _LONG,
                **_all("outcome reason", _KEYWORD),
            }
        ),
        "outcome": _KEYWORD,
        "message": _TEXT,
        "log": _object({"file": _object({"path": _KEYWORD})}),
        **_all("attempts pages listings new changed hits flagged staged", _COUNT),
        "bytes": _LONG,
        "fill_rates": {"type": "nested", "properties": {"field": _KEYWORD, "rate": _NUMBER}},
        "fill": _object(_all(" ".join(FILLED), _NUMBER)),
        "errors": {"type": "nested", "properties": {"kind": _KEYWORD, "count": _COUNT}},
        "error_count": _COUNT,
    },
    "terms": {**_all("term_id term category", _KEYWORD)},
    "links": {
        **_all("from to", _object(_all("platform seller", _KEYWORD))),
        "url": _object(_all("full domain", _KEYWORD)),
        "run_id": _KEYWORD,
    },
}


def properties(kind: Kind) -> dict[str, Any]:
    """The whole mapping of a kind's fields."""
    return {name: field for part in PARTS[kind] for name, field in COMPONENTS[part].items()} | dict(OWN[kind])


def fields(kind: Kind) -> dict[str, str]:
    """Every field of a kind by its full name, with its type; objects are left out, what is in them isn't."""
    found: dict[str, str] = {}

    def walk(inner: Properties, before: str) -> None:
        for name, mapping in inner.items():
            if mapping.get("type", "object") != "object" or "properties" not in mapping:
                found[before + name] = mapping["type"]
            walk(mapping.get("properties", {}), f"{before}{name}.")

    walk(properties(kind), "")
    return found


def fingerprint() -> str:
    """Changes whenever a mapping does."""
    return hashlib.blake2b(
        json.dumps([COMPONENTS, PARTS, OWN], sort_keys=True).encode(), digest_size=8
    ).hexdigest()
