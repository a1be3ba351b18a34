"""The indices of one prefix: templates, write aliases, rollover, retention, the switch to a new generation.

Where the cluster has index lifecycle management, it rolls over and deletes; where not, `tend` does.
Where it has data streams, the kinds that are only ever appended to are data streams behind their alias.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from elasticsearch import ApiError

from pipelines.errors import StoreError
from pipelines.store.elasticsearch.connection import address, explained
from pipelines.store.elasticsearch.mappings import (
    AGEING,
    APPENDED,
    COMPONENTS,
    KINDS,
    OWN,
    PARTS,
    fingerprint,
    properties,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from elasticsearch import Elasticsearch

    from pipelines.store.elasticsearch.mappings import Kind

ABSENT: Final = frozenset({400, 404, 405, 410})
"""How clusters without a feature answer its endpoint: unknown, no such method, not offered (serverless)."""

_SHARD: Final = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
_PRIORITY: Final = 200


@dataclass(frozen=True, slots=True)
class Keeping:
    """When an index is rolled over, and for how many days the ageing kinds are kept (None: for ever)."""

    largest: str = "30gb"
    longest_days: int = 30
    most_documents: int = 200_000_000
    keep_days: int | None = None

    @property
    def conditions(self) -> dict[str, Any]:
        return {
            "max_primary_shard_size": self.largest,
            "max_age": f"{self.longest_days}d",
            "max_docs": self.most_documents,
        }


@dataclass(frozen=True, slots=True)
class Features:
    """What a cluster offers beyond the core."""

    lifecycle: bool
    data_streams: bool


@dataclass(frozen=True, slots=True)
class Target:
    """Where a kind is written, and the older indices in which some of its documents may live."""

    name: str
    older: tuple[str, ...] = ()


class Indices:
    """The indices `PREFIX-KIND-NNNNNN` behind the aliases `PREFIX-KIND`."""

    def __init__(self, client: Elasticsearch, prefix: str, keeping: Keeping | None = None) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", prefix):
            raise StoreError(
                f"{prefix!r} cannot begin the names of indices; use up to 40 of a-z, 0-9 and _,"
                " a letter first"
            )
        self._client = client
        self.prefix = prefix
        self._keeping = keeping or Keeping()
        self._features: Features | None = None

    @property
    def keep_days(self) -> int | None:
        """For how many days the ageing kinds are kept."""
        return self._keeping.keep_days

    def alias(self, kind: Kind) -> str:
        return f"{self.prefix}-{kind}"

    @property
    def features(self) -> Features:
        """What the cluster offers, asked once."""
        if self._features is None:
            self._features = Features(
                lifecycle=self._offers(self._client.ilm.get_status),
                data_streams=self._offers(
                    lambda: self._client.indices.get_data_stream(name=f"{self.prefix}-hits-*")
                ),
            )
        return self._features

    def prepare(self, store_id: str) -> bool:
        """Have templates and indices as this program wants them; whether indices had to be made.

        Raises StoreError if the indices belong to another store, or if their mapping cannot be brought
        forward in place.
        """
        with explained(self._client):
            meta = self._meta()
            for kind, said in meta.items():
                if said.get("store") != store_id:
                    raise StoreError(
                        f"{address(self._client)}: {self.alias(kind)} was filled from another store; choose"
                        " another prefix, or replace what is there with: jargonwatch ship --rebuild"
                    )
            if [said.get("mapping") for said in meta.values()] == [fingerprint()] * len(KINDS):
                return False
            self._install(store_id)
            for kind in meta:
                self._widen(kind, store_id)
            missing = [kind for kind in KINDS if kind not in meta]
            for kind in missing:
                self._create(kind, self._next_name(kind), aliased=True)
            return bool(missing)

    def begin_generation(self, store_id: str) -> dict[Kind, Target]:
        """New, empty indices that no alias shows yet."""
        with explained(self._client):
            self._install(store_id)
            targets = {kind: Target(self._next_name(kind)) for kind in KINDS}
            for kind, target in targets.items():
                self._create(kind, target.name, aliased=False)
            return targets

    def switch(self, targets: Mapping[Kind, Target]) -> None:
        """Have the aliases show a new generation, all at once, and delete what they showed before."""
        with explained(self._client):
            former = self._aliased()
            actions: list[dict[str, Any]] = []
            for kind, target in targets.items():
                alias = self.alias(kind)
                actions += [{"remove": {"index": name, "alias": alias}} for name in former.get(kind, ())]
                actions.append({"add": {"index": target.name, "alias": alias, "is_write_index": True}})
            self._client.indices.update_aliases(actions=actions)
            if self.features.lifecycle:
                for kind, target in targets.items():
                    if not self._streams(kind):
                        self._client.indices.put_settings(index=target.name, settings=self._lifecycle(kind))
            for kind, names in former.items():
                for name in names:
                    self._drop(kind, name)

    def targets(self) -> dict[Kind, Target]:
        """Where each kind is written now."""
        with explained(self._client):
            found = {kind: self._target(kind, aliased) for kind, aliased in self._aliased().items()}
        if missing := [self.alias(kind) for kind in KINDS if kind not in found]:
            raise StoreError(f"{address(self._client)}: there is no {missing[0]}; ship again to make it anew")
        return found

    def tend(self, now: datetime | None = None) -> None:
        """Roll over and delete what is too old, where the cluster doesn't do so itself."""
        if self.features.lifecycle:
            return
        with explained(self._client):
            for kind in KINDS:
                self._client.indices.rollover(alias=self.alias(kind), conditions=self._keeping.conditions)
            if self._keeping.keep_days is not None:
                end = (now or datetime.now(UTC)) - timedelta(days=self._keeping.keep_days)
                for kind in AGEING:
                    self._delete_before(kind, end)

    def refresh(self, kinds: Sequence[Kind] = KINDS) -> None:
        """Have everything that was written be found."""
        with explained(self._client):
            self._client.indices.refresh(index=",".join(self.alias(kind) for kind in kinds))

    def documents(self, kind: Kind) -> int:
        """How many documents of a kind can be found."""
        with explained(self._client):
            return int(self._client.count(index=self.alias(kind))["count"])

    def _offers(self, ask: Callable[[], object]) -> bool:
        try:
            ask()
        except ApiError as error:
            if error.meta.status in ABSENT:
                return False
            raise
        return True

    def _streams(self, kind: Kind) -> bool:
        return kind in APPENDED and self.features.data_streams

    def _aliased(self) -> dict[Kind, dict[str, bool]]:
        """What the alias of each kind shows, if anything: index or data stream → whether it is written."""
        shown: dict[Kind, dict[str, bool]] = {}
        kinds = {self.alias(kind): kind for kind in KINDS}
        for name, at in self._client.indices.get_alias(name=f"{self.prefix}-*").body.items():
            for alias, options in at["aliases"].items():
                if alias in kinds:
                    shown.setdefault(kinds[alias], {})[name] = bool(options.get("is_write_index"))
        return shown

    def _target(self, kind: Kind, aliased: Mapping[str, bool]) -> Target:
        if self._streams(kind):
            name = next(iter(aliased))
            streams = self._client.indices.get_data_stream(name=name)["data_streams"]
            backing = [index["index_name"] for index in streams[0]["indices"]]
            return Target(name, tuple(backing[:-1]))
        written = next(name for name, is_written in aliased.items() if is_written)
        return Target(written, tuple(sorted(name for name in aliased if name != written)))

    def _meta(self) -> dict[Kind, dict[str, str]]:
        """What the written index of each kind says of itself, for the kinds that have one."""
        written = {
            kind: name
            for kind, names in self._aliased().items()
            for name, is_written in names.items()
            if is_written or len(names) == 1
        }
        if not written:
            return {}
        found = self._client.indices.get_mapping(index=list(written.values())).body
        metas = [at["mappings"].get("_meta", {}) for _, at in sorted(found.items())]
        said = {meta.get("kind"): meta for meta in metas}
        return {kind: said.get(kind, {}) for kind in written}

    def _install(self, store_id: str) -> None:
        """Put the components, the templates and, where there is lifecycle management, the policies."""
        cluster = self._client.cluster
        for name, part in COMPONENTS.items():
            template = {"mappings": {"properties": dict(part)}}
            cluster.put_component_template(name=f"{self.prefix}-{name}", template=template)
        for kind in KINDS:
            if self.features.lifecycle:
                self._client.ilm.put_lifecycle(name=self.alias(kind), policy=self._policy(kind))
            self._client.indices.put_index_template(
                name=self.alias(kind),
                index_patterns=[f"{self.alias(kind)}-*"],
                composed_of=[f"{self.prefix}-{part}" for part in PARTS[kind]],
                priority=_PRIORITY,
                template={"settings": self._settings(kind), "mappings": self._mapping(kind, store_id)},
                data_stream={} if self._streams(kind) else None,
            )

    def _mapping(self, kind: Kind, store_id: str) -> dict[str, Any]:
        return {
            "dynamic": "strict",
            "_meta": {"kind": kind, "store": store_id, "mapping": fingerprint()},
            "properties": dict(OWN[kind]),
        }

    def _settings(self, kind: Kind) -> dict[str, Any]:
        return {**_SHARD, **(self._lifecycle(kind) if self.features.lifecycle else {})}

    def _lifecycle(self, kind: Kind) -> dict[str, Any]:
        named = {"index.lifecycle.name": self.alias(kind)}
        return named if self._streams(kind) else {**named, "index.lifecycle.rollover_alias": self.alias(kind)}

    def _policy(self, kind: Kind) -> dict[str, Any]:
        phases: dict[str, Any] = {"hot": {"actions": {"rollover": self._keeping.conditions}}}
        if kind in AGEING and self._keeping.keep_days is not None:
            phases["delete"] = {"min_age": f"{self._keeping.keep_days}d", "actions": {"delete": {}}}
        return {"phases": phases}

    def _widen(self, kind: Kind, store_id: str) -> None:
        """Add to existing indices the fields that this program knows and they don't."""
        try:
            self._client.indices.put_mapping(
                index=self.alias(kind),
                properties=properties(kind),
                meta=self._mapping(kind, store_id)["_meta"],
            )
        except ApiError as error:
            if error.meta.status != 400:
                raise
            raise StoreError(
                f"{address(self._client)}: {self.alias(kind)} has fields of another type than this program"
                f" writes; replace it with: jargonwatch ship --rebuild ({error})"
            ) from error

    def _create(self, kind: Kind, name: str, *, aliased: bool) -> None:
        if self._streams(kind):
            self._client.indices.create_data_stream(name=name)
            if aliased:
                self._client.indices.put_alias(index=name, name=self.alias(kind), is_write_index=True)
        elif aliased:
            self._client.indices.create(index=name, aliases={self.alias(kind): {"is_write_index": True}})
        else:  # without its alias an index cannot be rolled over: lifecycle management waits for the switch
            settings = {"index.lifecycle.name": None} if self.features.lifecycle else None
            self._client.indices.create(index=name, settings=settings)

    def _drop(self, kind: Kind, name: str) -> None:
        if self._streams(kind):
            self._client.indices.delete_data_stream(name=name)
        else:
            self._client.indices.delete(index=name)

    def _next_name(self, kind: Kind) -> str:
        pattern = f"{self.alias(kind)}-*"
        if self._streams(kind):
            streams = self._client.indices.get_data_stream(name=pattern)["data_streams"]
            names = [stream["name"] for stream in streams]
        else:
            names = list(self._client.indices.get(index=pattern, allow_no_indices=True).body)
        return f"{self.alias(kind)}-{max((int(name[-6:]) for name in names), default=0) + 1:06d}"

    def _delete_before(self, kind: Kind, end: datetime) -> None:
        """Delete the indices that were rolled over before a time; the next one's making was the roll-over."""
        found = self._client.indices.get(index=self.alias(kind)).body
        ordered = sorted(found)
        for name, following in pairwise(ordered):
            made = int(found[following]["settings"]["index"]["creation_date"])
            if made < end.timestamp() * 1000:
                self._client.indices.delete(index=name)
