"""The saved objects brought to a Kibana through its import; doing it again changes nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import urllib3

from pipelines.errors import PipelineError

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS: Final = 60.0


class KibanaError(PipelineError):
    """A Kibana that cannot be reached or doesn't take the objects."""


@dataclass(frozen=True, slots=True)
class KibanaSettings:
    """Where a Kibana is, which of its spaces is meant, and who asks."""

    url: str
    space: str = "default"
    api_key: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None


def push(settings: KibanaSettings, objects: str) -> int:
    """Import NDJSON into a space, over what is there by the same ids; how many objects were taken.

    Raises KibanaError where Kibana cannot be reached, refuses, or refuses some of the objects.
    """
    place = "" if settings.space == "default" else f"/s/{settings.space}"
    url = f"{settings.url.rstrip('/')}{place}/api/saved_objects/_import?overwrite=true"
    options: dict[str, Any] = {"ca_certs": str(settings.ca_file)} if settings.ca_file else {}
    try:
        with urllib3.PoolManager(timeout=_SECONDS, retries=False, **options) as pool:
            answer = pool.request(
                "POST",
                url,
                headers=_headers(settings),
                fields={"file": ("jargonwatch.ndjson", objects, "application/ndjson")},
            )
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise KibanaError(f"{settings.url}: Kibana cannot be reached ({error})") from error
    if answer.status != 200:
        raise KibanaError(f"{url}: Kibana answers {answer.status}: {_words(answer.data)}")
    return _taken(url, json.loads(answer.data))


def _headers(settings: KibanaSettings) -> dict[str, str]:
    headers = {"kbn-xsrf": "true"}
    if settings.api_key:
        headers["Authorization"] = f"ApiKey {settings.api_key}"
    elif settings.user and settings.password:
        headers |= urllib3.make_headers(basic_auth=f"{settings.user}:{settings.password}")
    return headers


def _taken(url: str, answer: dict[str, Any]) -> int:
    """Kibana answers 200 even when it refuses objects: what it says of each counts."""
    if errors := answer.get("errors"):
        told = "; ".join(f"{each['type']} {each['id']}: {each['error']['type']}" for each in errors[:5])
        raise KibanaError(f"{url}: Kibana refuses {len(errors)} of the objects ({told})")
    if not answer.get("success"):
        raise KibanaError(f"{url}: Kibana took nothing: {answer}")
    return int(answer["successCount"])


def _words(body: bytes) -> str:
    return body.decode("utf-8", errors="replace")[:300]
