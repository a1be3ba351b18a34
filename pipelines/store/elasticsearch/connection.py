"""How a cluster is reached, and its errors put into words."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from elastic_transport import ConnectionError as TransportConnectionError
from elastic_transport import TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, OrjsonSerializer

from pipelines.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUEST_SECONDS: Final = 60

_COMES_BACK: Final = frozenset({408, 429, 500, 502, 503, 504})
_BLOCKED: Final = "cluster_block_exception"


class UnavailableError(StoreError):
    """A cluster that takes nothing now and will again: down, overloaded, read-only, full."""


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """Where a cluster is and who asks it: nobody, a user with a password, or an API key."""

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    ca_file: Path | None = None


def connect(settings: ClusterSettings) -> Elasticsearch:
    """A client of a cluster; nothing is sent yet. Raises StoreError for settings that don't fit together."""
    if settings.api_key and settings.user:
        raise StoreError(f"{settings.url}: there is an API key and a user; keep one of them")
    if (settings.user is None) != (settings.password is None):
        raise StoreError(f"{settings.url}: a user and a password belong together; set both or neither")
    options: dict[str, Any] = {
        "request_timeout": REQUEST_SECONDS,
        "max_retries": 0,
        "serializer": OrjsonSerializer(),
    }
    if settings.api_key:
        options["api_key"] = settings.api_key
    elif settings.user and settings.password:
        options["basic_auth"] = (settings.user, settings.password)
    if settings.ca_file:
        if not settings.ca_file.is_file():
            raise StoreError(f"{settings.ca_file}: there is no such file; name the cluster's CA certificate")
        options["ca_certs"] = str(settings.ca_file)
    try:
        return Elasticsearch(settings.url, **options)
    except (ValueError, TypeError) as error:
        raise StoreError(f"{settings.url}: not the address of a cluster ({error})") from error


@contextmanager
def explained(client: Elasticsearch) -> Iterator[None]:
    """Turn what a cluster or the way to it answers into `UnavailableError` or another `StoreError`."""
    url = address(client)
    try:
        yield
    except ApiError as error:
        raise refusal(url, error.meta.status, _kind(error), str(error)) from error
    except TlsError as error:
        raise StoreError(f"{url}: its certificate is not trusted; name its CA file ({error})") from error
    except TransportConnectionError as error:
        raise UnavailableError(f"{url}: the cluster cannot be reached ({error})") from error
    except TransportError as error:
        raise UnavailableError(f"{url}: the cluster does not answer ({error})") from error


def refusal(url: str, status: int, kind: str, reason: str) -> StoreError:
    """The error for a refused request, or for a refused document of a request."""
    if kind == _BLOCKED:
        return UnavailableError(
            f"{url}: the indices are read-only, most often because a disk is full; free some space ({reason})"
        )
    if status in (401, 403):
        return StoreError(f"{url}: not allowed; check the credentials and the role ({reason})")
    if status in _COMES_BACK:
        return UnavailableError(f"{url}: the cluster takes nothing now ({status}: {reason})")
    return StoreError(f"{url}: the cluster refuses ({status}: {reason})")


def is_refused_document(status: int, kind: str) -> bool:
    """Whether a failed item of a bulk request is the document's own fault."""
    return status == 400 and kind not in (_BLOCKED, "index_not_found_exception")


def address(client: Elasticsearch) -> str:
    """The address of a client's cluster, without credentials."""
    node = next(iter(client.transport.node_pool.all()))
    return node.base_url


def _kind(error: ApiError) -> str:
    body: Any = error.body
    found = body.get("error") if isinstance(body, dict) else None
    return str(found.get("type", "")) if isinstance(found, dict) else ""
