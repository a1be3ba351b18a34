"""The Scrapy add-on that brings the workspace into a crawl: lexicon, store, masking key, user agent."""

from __future__ import annotations

import logging
import os
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from crawler.config import Config, Workspace, load_workspace
from crawler.errors import ConfigError
from crawler.runs import new_run_id
from pipelines.items import lexicon_in
from pipelines.lexicon.files import read_lexicon
from spiders.contract import load_source
from spiders.errors import SourceError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from spiders.contract import Source

logger = logging.getLogger(__name__)

UNNAMED_USER_AGENT: Final = "jargonwatch (demo on this machine)"


class WorkspaceSettings:
    """Fills in what a crawl needs of the workspace that the setting WORKSPACE names.

    WORKSPACE_CONFIG is its configuration where somebody has read it already. Without WORKSPACE the
    workspace is found as the command finds it, and the run gets an id of its own.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def update_settings(self, settings: BaseSettings) -> None:
        """Raises `ConfigError` or `LexiconError` where the workspace lacks what a crawl needs."""
        source: Source = self.crawler.spider.source  # type: ignore[union-attr]
        workspace = _workspace_of(settings)
        values = {
            "USER_AGENT": user_agent(workspace, source),
            "MASKING_KEY": workspace.masking_key(),
            "LEXICON_DIR": workspace.lexicon_dir,
            "SEARCH_WORDS": search_words(workspace, analysed=bool(settings["ITEM_PIPELINES"])),
            "STORE_PATH": workspace.store_path,
            "VALIDATORS_PATH": workspace.data_dir / "validators.sqlite",
            "EVIDENCE_DIR": workspace.evidence_dir,
            "EVIDENCE_DAYS": workspace.config.evidence_days,
            "NEIGHBOURS": neighbours(workspace, source),
            "FEED_TOKEN": feed_token(source),
            "STAGE": source.assertions.any(),
            "RUN_ID": settings.get("RUN_ID") or new_run_id(source.name),
        }
        for name, value in values.items():
            settings.set(name, value, "spider")


def _workspace_of(settings: BaseSettings) -> Workspace:
    given: str | None = settings.get("WORKSPACE")
    read = settings.getdict("WORKSPACE_CONFIG")
    if given and read:
        return Workspace(Path(given), Config.model_validate(read))
    return load_workspace(Path(given) if given else None)


def search_words(workspace: Workspace, *, analysed: bool) -> tuple[str, ...]:
    """What `{keyword}` stands for. Where listings are analysed, the lexicon is compiled in any case."""
    if analysed:
        return lexicon_in(workspace.lexicon_dir).search_words
    return tuple(spec.term for _, spec in read_lexicon(workspace.lexicon_dir).terms if spec.search)


def user_agent(workspace: Workspace, source: Source) -> str:
    """Who is asking. Raises `ConfigError` without a contact, unless the source is on this machine."""
    if workspace.config.contact is None and on_this_machine(source):
        return UNNAMED_USER_AGENT
    return f"jargonwatch (+{workspace.require_contact()})"


def feed_token(source: Source) -> str | None:
    """The token of a feed's API; None where it needs none. Raises `ConfigError` where it is not set."""
    if source.token is None:
        return None
    token = os.environ.get(source.token.variable, "").strip()
    if not token:
        raise ConfigError(
            f"{source.name}: token.variable: {source.token.variable} is not set; export it first"
        )
    return token


def on_this_machine(source: Source) -> bool:
    """Whether all hosts of a source are loopback addresses, as those of the demo are."""
    names = {host.partition(":")[0] for host in source.hosts}
    return all(name == "localhost" or _is_loopback(name) for name in names)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def neighbours(workspace: Workspace, source: Source) -> tuple[Source, ...]:
    """The other sources of the workspace, where jumps may lead; a file with mistakes is named, no more."""
    found = []
    for path in sorted(workspace.sources_dir.glob("*.yaml")):
        try:
            other = load_source(path)
        except SourceError as error:
            logger.warning("jumps cannot lead there: %s", error)
            continue
        if other.name != source.name:
            found.append(other)
    return tuple(found)
