"""The workspace: a folder with `jargonwatch.toml`, the sources, the lexicon, the masking key and the data."""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import shutil
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from crawler.errors import ConfigError
from spiders.scalars import Cron, Hours

CONFIG_NAME: Final = "jargonwatch.toml"
KEY_NAME: Final = "masking.key"
EXAMPLE_NAME: Final = "example.yaml.txt"
EXAMPLES: Final = {
    "source.yaml.txt": f"sources/{EXAMPLE_NAME}",
    "alert.yaml.txt": f"alerts/{EXAMPLE_NAME}",
    "teams.yaml.txt": "teams.yaml.txt",
}
"""What comes with the program and where `init` puts it."""
KEY_VARIABLE: Final = "JARGONWATCH_KEY"
WORKSPACE_VARIABLE: Final = "JARGONWATCH_WORKSPACE"
KEY_BYTES: Final = 32


WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
MailAddress = Annotated[str, StringConstraints(pattern=r"^[^\s@<>]+@[^\s@<>]+$")]


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no time zone is called {name!r}; write one such as Asia/Shanghai") from error
    return name


class Config(BaseModel):
    """`jargonwatch.toml`. Each key's description is what `jargonwatch init` writes above it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact: Annotated[str, StringConstraints(pattern=r"^(https?://|mailto:)\S+$")] | None = Field(
        default=None,
        description=(
            "Who is crawling: a page or mail address at which the operator of a crawled site can reach you.\n"
            "It is part of the user agent. Crawling refuses to start without it."
        ),
        examples=["https://example.org/jargonwatch"],
    )
    timezone: Annotated[str, AfterValidator(_known_time_zone)] = Field(
        default="Asia/Shanghai",
        description="The time zone of the screens and of the sources' hours. Storage is always UTC.",
    )
    data: Annotated[str, StringConstraints(min_length=1)] = Field(
        default="data",
        description=(
            "The folder of the store, the logs, unfinished jobs and kept evidence; relative to this file."
        ),
    )
    evidence_days: Annotated[int, Field(ge=0)] = Field(
        default=90,
        description=(
            "For how many days the pages of flagged listings are kept as evidence: byte for byte, so with\n"
            "any personal data on them, and readable by this user only. 0 keeps none."
        ),
    )
    log_days: Annotated[int, Field(ge=1)] = Field(
        default=90,
        description="For how many days the service keeps the logs of crawls and the account of its schedule.",
    )
    crawls_at_once: Annotated[int, Field(ge=1, le=64)] = Field(
        default=4, description="How many sources the service crawls at the same time."
    )
    memory_mb: Annotated[int, Field(ge=64)] = Field(
        default=2048,
        description=(
            "What a crawl may take in memory (resident, with its browser) before it is ended; the next one\n"
            "goes on from there. A source may say otherwise: limits.memory_mb."
        ),
    )
    quiet_hours: Hours | None = Field(
        default=None,
        description=(
            "Hours of `timezone` in which the service begins no crawl. What is due then begins afterwards,\n"
            "as one crawl."
        ),
        examples=["01:00-06:30"],
    )
    stop_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        default=60,
        description=(
            "How long crawls may take to end in order when the service is stopped; then they are killed.\n"
            "Either way the next start goes on from there."
        ),
    )
    service_port: Annotated[int, Field(ge=1024, le=65535)] = Field(
        default=8471,
        description="Where on 127.0.0.1 the service answers /metrics, /healthz and /readyz.",
    )
    ship_minutes: Annotated[int, Field(ge=1)] = Field(
        default=5, description="How often the service ships to Elasticsearch, where one is configured."
    )
    alarm_after: Annotated[int, Field(ge=1)] = Field(
        default=3,
        description=(
            "A source that failed so often in a row raises an alarm, as one does that has not run for twice\n"
            "its interval."
        ),
    )
    elasticsearch: WebAddress | None = Field(
        default=None,
        description=(
            "The Elasticsearch cluster that `jargonwatch ship` fills. Its API key or password is never\n"
            "written here: set JARGONWATCH_ELASTICSEARCH_API_KEY or JARGONWATCH_ELASTICSEARCH_PASSWORD."
        ),
        examples=["https://elasticsearch.example.org:9200"],
    )
    elasticsearch_user: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        default=None,
        description="Whose password that is; not needed with an API key or without security.",
        examples=["jargonwatch"],
    )
    elasticsearch_ca_file: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        default=None,
        description="The certificate (PEM) that the cluster's own is signed by; relative to this file.",
        examples=["elasticsearch-ca.crt"],
    )
    elasticsearch_prefix: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        default="jw",
        description=(
            "What the names of the indices and the ids of the dashboards begin with. Choose another only to\n"
            "have several workspaces on one cluster."
        ),
    )
    elasticsearch_keep_days: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description=(
            "After how many days old versions, hits and runs leave the cluster, a whole index at a time;\n"
            "0 keeps them. The embedded store keeps everything in any case."
        ),
    )
    kibana: WebAddress | None = Field(
        default=None,
        description="The Kibana that `jargonwatch kibana push` brings the dashboards to.",
        examples=["https://kibana.example.org"],
    )
    kibana_space: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")] = Field(
        default="default", description="The space of that Kibana."
    )
    smtp_host: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        default=None,
        description=(
            "The mail server that takes alarms. Its password is never written here: set\n"
            "JARGONWATCH_SMTP_PASSWORD."
        ),
        examples=["mail.example.org"],
    )
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=587, description="Its port: 587 for starttls, 465 for tls."
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is secured: starttls, tls or none."
    )
    smtp_user: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        default=None, description="Whose password that is; not needed without a log-in.", examples=["alarm"]
    )
    mail_from: MailAddress | None = Field(
        default=None, description="The sender of mails.", examples=["jargonwatch@example.org"]
    )
    alarm_to: tuple[MailAddress, ...] = Field(
        default=(), description="Who gets a mail when something needs a person; nobody if empty."
    )
    digest_cron: Cron = Field(
        default="0 7 * * *",
        description=(
            "When the service sends the daily digest to the teams of teams.yaml, as cron reads it, in\n"
            "`timezone`."
        ),
    )
    digest_false_alarms: Annotated[float, Field(gt=0, le=0.5)] = Field(
        default=0.01,
        description=(
            "Which share of the terms that a digest calls rising or falling may be so by chance.\n"
            "`jargonwatch digest backtest` shows what other shares would have said."
        ),
    )
    alert_minutes: Annotated[int, Field(ge=1)] = Field(
        default=5, description="How often the service looks at the rules of alerts/*.yaml."
    )
    web_url: WebAddress = Field(
        default="http://127.0.0.1:8470",
        description=(
            "The address at which people open the dashboard, as links in digests name it. Behind a proxy,\n"
            "the proxy's."
        ),
    )
    web_host: Annotated[str, StringConstraints(min_length=1)] = Field(
        default="127.0.0.1",
        description=(
            "Where the dashboard listens. Elsewhere than on this machine it refuses to start without\n"
            "JARGONWATCH_WEB_TOKEN or web_user_header."
        ),
    )
    web_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=8470, description="The port of the dashboard."
    )
    web_user_header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")] | None = Field(
        default=None,
        description=(
            "The header in which an authenticating proxy says who the user is. It is believed, so nobody\n"
            "but that proxy may be able to reach the port."
        ),
        examples=["X-Forwarded-User"],
    )


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where everything of one operator lives. No path is promised to exist but `root`."""

    root: Path
    config: Config

    @property
    def config_path(self) -> Path:
        return self.root / CONFIG_NAME

    @property
    def sources_dir(self) -> Path:
        return self.root / "sources"

    @property
    def alerts_dir(self) -> Path:
        return self.root / "alerts"

    @property
    def lexicon_dir(self) -> Path:
        return self.root / "lexicon"

    @property
    def data_dir(self) -> Path:
        return self.root / self.config.data

    @property
    def store_path(self) -> Path:
        return self.data_dir / "listings.sqlite"

    @property
    def logs_dir(self) -> Path:
        return self.data_dir / "logs"

    @property
    def jobs_dir(self) -> Path:
        return self.data_dir / "jobs"

    @property
    def evidence_dir(self) -> Path:
        return self.data_dir / "evidence"

    @property
    def key_path(self) -> Path:
        return self.root / KEY_NAME

    def require_contact(self) -> str:
        """The contact URL for the user agent; a `ConfigError` where none is configured."""
        if self.config.contact is None:
            raise ConfigError(
                "crawling needs the URL of who is crawling; write contact = "
                '"https://…" (a page or mailto: at which site operators can reach you)',
                file=self.config_path,
                key="contact",
            )
        return self.config.contact

    def masking_key(self) -> bytes:
        """The key of the pseudonyms, from `JARGONWATCH_KEY` or the key file; at least 32 bytes."""
        if (key := key_from_environment()) is not None:
            return key
        if not self.key_path.is_file():
            raise ConfigError(
                f"there is no masking key; restore the file, or set {KEY_VARIABLE}", file=self.key_path
            )
        if stat.S_IMODE(self.key_path.stat().st_mode) & 0o077:
            raise ConfigError(f"others can read the masking key; run: chmod 600 {self.key_path}")
        return _decode_key(self.key_path.read_text(encoding="ascii", errors="replace"), str(self.key_path))


def key_from_environment() -> bytes | None:
    """The masking key of `JARGONWATCH_KEY`; None where it isn't set."""
    written = os.environ.get(KEY_VARIABLE)
    return None if written is None else _decode_key(written, KEY_VARIABLE)


def _decode_key(written: str, place: str) -> bytes:
    written = written.strip()
    try:
        key = bytes.fromhex(written)
    except ValueError:
        try:
            key = base64.b64decode(written, validate=True)
        except binascii.Error as error:
            raise ConfigError(f"{place}: the masking key is neither hexadecimal nor base64") from error
    if len(key) < KEY_BYTES:
        raise ConfigError(f"{place}: the masking key has {len(key)} bytes; it needs at least {KEY_BYTES}")
    return key


def load_workspace(path: Path | None = None) -> Workspace:
    """The workspace at `path`, else at `JARGONWATCH_WORKSPACE`, else the nearest from here upward."""
    workspace = find_workspace(path)
    if workspace is None:
        raise ConfigError(
            f"no workspace here or above (no {CONFIG_NAME}); "
            "run: jargonwatch init DIR, then cd DIR, or pass --workspace DIR"
        )
    return workspace


def find_workspace(path: Path | None = None) -> Workspace | None:
    """Like `load_workspace`, but None where no workspace is named and none is here or above."""
    named = os.environ.get(WORKSPACE_VARIABLE)
    given = path or (Path(named) if named else None)
    if given is not None and not (given / CONFIG_NAME).is_file():
        raise ConfigError(f"{given} is not a workspace (no {CONFIG_NAME}); run: jargonwatch init {given}")
    here = Path.cwd()
    candidates = (given.resolve(),) if given else (here, *here.parents)
    root = next((folder for folder in candidates if (folder / CONFIG_NAME).is_file()), None)
    return Workspace(root=root, config=read_config(root / CONFIG_NAME)) if root else None


def read_config(path: Path) -> Config:
    """A configuration file as it is written; a `ConfigError` names the file, the key and the line."""
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError("the file is not UTF-8; save it as UTF-8", file=path) from error
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", file=path) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", file=path) from error
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = tuple(str(part) for part in first["loc"])
        raise ConfigError(
            _in_words(first["type"], first["msg"], ".".join(key)),
            file=path,
            key=".".join(key),
            line=line_of_key(text, key),
        ) from error


_SHAPES: Final = {
    "contact": "must be an address that begins with https://, http:// or mailto:",
    "elasticsearch": "must be an address that begins with https:// or http://",
    "elasticsearch_prefix": "must be made of a-z, 0-9 and _, up to 40 of them, and begin with a letter",
    "kibana": "must be an address that begins with https:// or http://",
    "kibana_space": "must be made of a-z, 0-9, - and _",
    "web_url": "must be an address that begins with https:// or http://",
    "web_user_header": "must be the name of a header: letters, digits and -",
}


def _in_words(kind: str, message: str, key: str) -> str:
    if kind == "extra_forbidden":
        return f"unknown key; the keys are {', '.join(Config.model_fields)}"
    if kind == "string_pattern_mismatch":
        return _SHAPES.get(key, "must be a mail address, as name@example.org")
    return message.removeprefix("Value error, ")


def line_of_key(text: str, key: tuple[str, ...]) -> int | None:
    """The line (from 1) on which a key of a TOML text begins; None where it isn't in the text.

    The parser gives no positions, so this asks it for longer and longer beginnings of the text: the key
    begins after the last beginning that parses without it.
    """
    lines = text.splitlines(keepends=True)
    before = 0
    for end in range(1, len(lines) + 1):
        try:
            values: Any = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        for part in key:
            values = values.get(part) if isinstance(values, Mapping) else None
        if values is not None:
            blank = (not line.strip() or line.lstrip().startswith("#") for line in lines[before:end])
            return before + 1 + next((i for i, empty in enumerate(blank) if not empty), 0)
        before = end
    return None


def init_workspace(directory: Path, *, contact: str | None = None) -> Workspace:
    """Make a workspace: commented configuration, examples, a copy of the lexicon, a masking key."""
    path = directory / CONFIG_NAME
    if path.exists():
        raise ConfigError("there is a workspace already; choose another folder", file=path)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        root = directory.resolve()
        for asset, place in EXAMPLES.items():
            text = (resources.files("crawler") / "assets" / asset).read_text(encoding="utf-8")
            (root / place).parent.mkdir(exist_ok=True)
            (root / place).write_text(text, encoding="utf-8")
        copy_lexicon(root / "lexicon")
        if not (root / KEY_NAME).exists():
            _write_key(root / KEY_NAME)
        (root / ".gitignore").write_text(f"/{KEY_NAME}\n/data/\n", encoding="utf-8")
        (root / CONFIG_NAME).write_text(commented_config(contact), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot make the workspace ({error.strerror}: {error.filename})") from error
    return load_workspace(root)


def copy_lexicon(directory: Path) -> None:
    """Copy the lexicon that comes with the program into a folder, over what is there by the same name."""
    from pipelines.lexicon.load import DEFAULT_LEXICON

    shutil.copytree(DEFAULT_LEXICON, directory, dirs_exist_ok=True)


def commented_config(contact: str | None = None) -> str:
    """The `jargonwatch.toml` of a new workspace: every key with its description, at its default."""
    blocks = []
    for name, field in Config.model_fields.items():
        comment = "".join(f"# {line}\n" for line in (field.description or "").splitlines())
        value = contact if name == "contact" else field.default
        if value is None:
            blocks.append(f'{comment}# {name} = "{(field.examples or [""])[0]}"\n')
        else:
            blocks.append(f"{comment}{name} = {json.dumps(value)}\n")
    return "\n".join(blocks)


def _write_key(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
