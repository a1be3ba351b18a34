"""Reading the indices of one prefix: documents, counts, aggregations, all buckets of a composite one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from pipelines.store.elasticsearch.connection import explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from elasticsearch import Elasticsearch

    from pipelines.store.elasticsearch.mappings import Kind
    from pipelines.store.elasticsearch.querying import Clause

MOST: Final = 10_000
"""What a search or a facet gives at most; terms, platforms and versions of a listing stay far below."""

_PAGE: Final = 1000


class Reader:
    """The indices of one prefix. Raises StoreError as every store does."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def composite(
        self,
        kind: Kind,
        filters: Sequence[Clause],
        by: Sequence[str],
        inner: Mapping[str, Any] | None = None,
    ) -> Iterator[Mapping[str, Any]]:
        """All buckets by the values of fields, however many there are, with aggregations inside each."""
        sources = [{field: {"terms": {"field": field}}} for field in by]
        after: dict[str, Any] = {}
        while True:
            asked: dict[str, Any] = {"composite": {"sources": sources, "size": MOST, **after}}
            if inner:
                asked["aggs"] = inner
            found = self.aggregate(kind, filters, {"by": asked})["by"]
            yield from found["buckets"]
            if len(found["buckets"]) < MOST:
                return
            after = {"after": found["after_key"]}

    def aggregate(self, kind: Kind, filters: Sequence[Clause], asked: Mapping[str, Any]) -> Any:
        """The aggregations of what the filters leave."""
        with explained(self._client):
            return self._client.search(
                index=self._index(kind),
                size=0,
                query={"bool": {"filter": list(filters)}},
                aggregations=dict(asked),
            )["aggregations"]

    def sources(
        self, kind: Kind, query: Clause | None, sort: Sequence[Clause], size: int
    ) -> list[Mapping[str, Any]]:
        """The contents of documents."""
        asked = {"query": query or {"match_all": {}}, "sort": list(sort) or None, "size": size}
        return [hit["_source"] for hit in self.hits(kind, asked)]

    def every(
        self, kind: Kind, query: Clause, sort: Sequence[Clause], fields: Sequence[str]
    ) -> Iterator[Mapping[str, Any]]:
        """Some fields of all documents that match; the sort must tell any two of them apart."""
        after: dict[str, Any] = {}
        while True:
            asked = {"query": query, "sort": list(sort), "size": _PAGE, "source": list(fields), **after}
            found = self.hits(kind, asked)
            yield from (hit["_source"] for hit in found)
            if len(found) < _PAGE:
                return
            after = {"search_after": found[-1]["sort"]}

    def hits(self, kind: Kind, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Documents as the cluster gives them."""
        with explained(self._client):
            found = self._client.search(index=self._index(kind), **asked)
        hits: list[dict[str, Any]] = found["hits"]["hits"]
        return hits

    def count(self, kind: Kind, query: Clause | None = None) -> int:
        """How many documents match."""
        with explained(self._client):
            return int(self._client.count(index=self._index(kind), query=query)["count"])

    def _index(self, kind: Kind) -> str:
        return f"{self._prefix}-{kind}"


def values(field: str, size: int, **further: Any) -> Clause:
    """The values of a field, most frequent first; exact over several indices, since nothing is cut off."""
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"terms": {"field": field, "size": size, "shard_size": MOST, "order": order, **further}}


def day_from(milliseconds: float) -> date:
    """A day as aggregations give it, in milliseconds since 1970."""
    return date(1970, 1, 1) + timedelta(milliseconds=milliseconds)
