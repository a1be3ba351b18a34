"""A batch of documents sent to a cluster so that sending it again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from elasticsearch import helpers

from pipelines.store.elasticsearch.connection import address, explained, is_refused_document, refusal
from pipelines.store.elasticsearch.mappings import APPENDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from elasticsearch import Elasticsearch

    from pipelines.store.elasticsearch.documents import Body, Document
    from pipelines.store.elasticsearch.indices import Indices, Target
    from pipelines.store.elasticsearch.mappings import Kind

CHUNK_DOCUMENTS: Final = 1000
CHUNK_BYTES: Final = 5 * 1024 * 1024
SCAN_DOCUMENTS: Final = 5000
ANSWERED: Final = ("errors", "items.*.status", "items.*.error")
"""What is read of the answer to a bulk request; the rest need not be made."""

_THERE_ALREADY: Final = 409


@dataclass(slots=True)
class Sent:
    """What became of a batch: documents written, there already, refused with the reason, dropped."""

    written: int = 0
    known: int = 0
    dropped: int = 0
    refused: list[tuple[Document, str]] = field(default_factory=list)


def send(
    client: Elasticsearch,
    indices: Indices,
    documents: Sequence[Document],
    *,
    targets: Mapping[Kind, Target] | None = None,
) -> Sent:
    """Send documents to where they live, by default what the aliases show.

    A document replaces one of the same id if its revision is greater; one of a kind that is appended is
    made unless it is there. Raises `UnavailableError` when the cluster takes nothing now: some of
    the batch may have been taken by then, send it again.
    """
    targets = targets or indices.targets()
    with explained(client):
        homes = _homes(client, targets, documents)
        sent = Sent()
        wanted = []
        for document in documents:
            home = homes.get((document.kind, document.id))
            if home and document.kind in APPENDED:
                sent.known += 1
            else:
                wanted.append((document, home or targets[document.kind].name))
        results = helpers.streaming_bulk(
            client,
            cast("Any", wanted),
            expand_action_callback=cast("Any", _action),
            chunk_size=CHUNK_DOCUMENTS,
            max_chunk_bytes=CHUNK_BYTES,
            raise_on_error=False,
            filter_path=ANSWERED,
        )
        for (document, _), (taken, item) in zip(wanted, results, strict=True):
            result: Mapping[str, Any] = next(iter(item.values()))
            if taken:
                sent.written += 1
            elif result["status"] == _THERE_ALREADY:
                sent.known += 1
            else:
                sent.refused.append((document, _reason(client, result)))
    return sent


def sweep(
    client: Elasticsearch, indices: Indices, revisions: Mapping[str, int], *, target: str | None
) -> int:
    """Drop the hits of listings (by listing_id) that are of an earlier revision; how many.

    `target` is where they are looked for, by default behind the alias.
    """
    if not revisions:
        return 0
    index = target or indices.alias("hits")
    with explained(client):
        client.indices.refresh(index=index)
        found = helpers.scan(
            client,
            index=index,
            query={
                "query": {"terms": {"listing_id": list(revisions)}},
                "_source": False,
                "docvalue_fields": ["listing_id", "revision"],
            },
            size=SCAN_DOCUMENTS,
        )
        stale = [
            {"_op_type": "delete", "_index": hit["_index"], "_id": hit["_id"]}
            for hit in found
            if hit["fields"]["revision"][0] < revisions[hit["fields"]["listing_id"][0]]
        ]
        dropped = 0
        for taken, item in helpers.streaming_bulk(client, stale, raise_on_error=False):
            result = item["delete"]
            dropped += taken
            if not taken and result["status"] != 404:
                raise refusal(address(client), result["status"], *_error(result))
    return dropped


def _homes(
    client: Elasticsearch, targets: Mapping[Kind, Target], documents: Iterable[Document]
) -> dict[tuple[Kind, str], str]:
    """Which documents live in an older index than the one that is written."""
    ids: defaultdict[Kind, list[str]] = defaultdict(list)
    for document in documents:
        if targets[document.kind].older:
            ids[document.kind].append(document.id)
    homes: dict[tuple[Kind, str], str] = {}
    for kind, wanted in ids.items():
        older = list(targets[kind].older)
        client.indices.refresh(index=older)
        for part in _parts(wanted, CHUNK_DOCUMENTS):
            found = client.search(index=older, query={"ids": {"values": part}}, size=len(part), source=False)
            homes |= {(kind, hit["_id"]): hit["_index"] for hit in found["hits"]["hits"]}
    return homes


def _parts(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _action(wanted: tuple[Document, str]) -> tuple[dict[str, Any], Body | bytes]:
    """The two lines of a bulk request for a document that goes to an index."""
    document, index = wanted
    if document.kind in APPENDED:
        return {"create": {"_index": index, "_id": document.id}}, document.body
    version = {"version": document.revision, "version_type": "external"}
    return {"index": {"_index": index, "_id": document.id, **version}}, document.body


def _reason(client: Elasticsearch, result: Mapping[str, Any]) -> str:
    """Why a document is refused for its own sake; any other refusal is raised."""
    kind, reason = _error(result)
    if not is_refused_document(result["status"], kind):
        raise refusal(address(client), result["status"], kind, reason)
    return f"{kind}: {reason}"


def _error(result: Mapping[str, Any]) -> tuple[str, str]:
    error: Mapping[str, Any] = result.get("error", {})
    cause = error.get("caused_by", {}).get("reason")
    reason = str(error.get("reason", ""))
    return str(error.get("type", "")), f"{reason} ({cause})" if cause else reason
