"""Workspaces for tests of whole crawls: a small lexicon, and source files made from those of the demo."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

from crawler.config import init_workspace, load_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.config import Workspace
    from crawler.demo import Demo

TERMS = "bankcard.yaml"
"""The one file of terms that is kept of the lexicon: it compiles in a moment."""


def small_workspace(folder: Path) -> Workspace:
    """A new workspace without sources and with a small lexicon."""
    workspace = init_workspace(folder)
    for path in (workspace.lexicon_dir / "terms").iterdir():
        if path.name != TERMS:
            path.unlink()
    return workspace


def write_config(workspace: Workspace, **values: Any) -> Workspace:
    """The workspace with some keys of its configuration written otherwise, read again."""
    text = workspace.config_path.read_text(encoding="utf-8")
    for key, value in values.items():
        text, written = re.subn(rf"(?m)^(# )?{key} = .*$", f"{key} = {json.dumps(value)}", text)
        assert written == 1, key
    workspace.config_path.write_text(text, encoding="utf-8")
    return load_workspace(workspace.root)


def with_mail_server(workspace: Workspace, port: int) -> Workspace:
    """The workspace with a mail server on a port of this machine, without TLS."""
    return write_config(workspace, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")


def demo_source(demo: Demo, folder: Path, name: str) -> dict[str, Any]:
    """A source file of the demo as data."""
    for path in demo.sources(folder, browser=name == "demo-fanpu"):
        if path.stem == name:
            data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            return data
    raise LookupError(name)


def add_source(workspace: Workspace, base: dict[str, Any], **changes: Any) -> str:
    """Write a source file: the base with some keys changed, or left out where None. Its name."""
    data = {key: value for key, value in (base | changes).items() if value is not None}
    path = workspace.sources_dir / f"{data['name']}.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return str(data["name"])
