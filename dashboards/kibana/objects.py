"""Data views, saved searches and the tag: what the dashboards stand on and the compiler doesn't make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    type SavedObject = dict[str, Any]
    """A saved object as Kibana imports it."""

CORE_VERSION: Final = "8.8.0"
_VERSIONS: Final = {"index-pattern": "7.11.0", "search": "7.9.3", "tag": "8.0.0"}

_TIMED: Final = ("listings", "versions", "hits", "runs", "links")

_NAMES: Final = {
    "listings": "Listings 帖子",
    "versions": "Versions 版本",
    "hits": "Hits 命中",
    "runs": "Runs 抓取",
    "terms": "Terms 黑话表",
    "links": "Links 关联",
}
_FORMATS: Final = {
    "url.full": {"id": "url", "params": {}},
    "score": {"id": "number", "params": {"pattern": "0.00"}},
    "lag": {"id": "duration", "params": {"inputFormat": "seconds", "outputFormat": "humanizePrecise"}},
}

_COLUMNS: Final = [
    "score",
    "platform",
    "category",
    "term",
    "title",
    "description",
    "price.amount",
    "url.full",
]
_STRONGEST: Final = (("score", "desc"), ("@timestamp", "desc"))
_NEWEST: Final = (("@timestamp", "desc"),)

_SEARCHES: Final[Mapping[str, tuple[str, str, str, Sequence[tuple[str, str]]]]] = {
    "triage": (
        "jargonwatch · Triage: flagged 待处理：命中",
        "Flagged offers that are still up, strongest first. 仍在线的命中帖子，分数高者在前。",
        "verdict: flagged and gone: false",
        _STRONGEST,
    ),
    "watch": (
        "jargonwatch · To watch 待观察",
        "Offers with slang that nothing confirms yet, newest first. 有黑话但未确认的帖子，新者在前。",
        "verdict: watch and gone: false",
        _NEWEST,
    ),
    "disguised": (
        "jargonwatch · Disguised 伪装写法",
        "Offers whose terms are split, sounded out or drawn. 以拆字、谐音、表情等伪装的帖子。",
        "verdict: flagged and not disguise: exact",
        _NEWEST,
    ),
    "secrecy": (
        "jargonwatch · Hints at secrecy 暗示用语",
        "Offers that talk of secrecy; the words are highlighted. 含暗示用语的帖子，用语高亮。",
        'description: ("懂的来" or "懂得来" or "懂的都懂" or "私聊") or title: ("懂的来" or "懂的")',
        _STRONGEST,
    ),
}


def tag(prefix: str) -> SavedObject:
    """The tag of all that comes from here."""
    attributes = {
        "name": "jargonwatch",
        "description": "Seller slang on public marketplaces 公开平台上的黑话监测",
        "color": "#bd271e",
    }
    return saved_object("tag", f"{prefix}-tag", attributes, [])


def data_views(prefix: str) -> list[SavedObject]:
    """One data view a kind of index, with the alias as its pattern and its id."""
    return [
        saved_object(
            "index-pattern",
            f"{prefix}-{kind}",
            {
                "title": f"{prefix}-{kind}",
                "name": f"jargonwatch · {name}",
                **({"timeFieldName": "@timestamp"} if kind in _TIMED else {}),
                "fields": "[]",
                "fieldFormatMap": json.dumps(_FORMATS),
                "runtimeFieldMap": "{}",
                "fieldAttrs": "{}",
                "typeMeta": "{}",
            },
            [],
        )
        for kind, name in _NAMES.items()
    ]


def searches(prefix: str) -> list[SavedObject]:
    """The saved searches for triage, which highlight what a query found in a text."""
    return [
        _search(prefix, name, title=title, description=description, query=query, sort=sort)
        for name, (title, description, query, sort) in _SEARCHES.items()
    ]


def tag_reference(prefix: str) -> dict[str, str]:
    """What an object refers to the tag with."""
    return {"type": "tag", "id": f"{prefix}-tag", "name": f"tag-ref-{prefix}-tag"}


def saved_object(
    kind: str, identity: str, attributes: Mapping[str, Any], references: Sequence[Mapping[str, str]]
) -> SavedObject:
    return {
        "id": identity,
        "type": kind,
        "attributes": dict(attributes),
        "references": [dict(reference) for reference in references],
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": _VERSIONS[kind],
        "managed": False,
    }


def _search(
    prefix: str, name: str, *, title: str, description: str, query: str, sort: Sequence[tuple[str, str]]
) -> SavedObject:
    index = "kibanaSavedObjectMeta.searchSourceJSON.index"
    source = {
        "highlightAll": True,
        "version": True,
        "query": {"query": query, "language": "kuery"},
        "filter": [],
        "indexRefName": index,
    }
    attributes = {
        "title": title,
        "description": description,
        "columns": list(_COLUMNS),
        "sort": [list(each) for each in sort],
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source, ensure_ascii=False)},
    }
    view = {"type": "index-pattern", "id": f"{prefix}-listings", "name": index}
    return saved_object("search", f"{prefix}-{name}", attributes, [view, tag_reference(prefix)])
