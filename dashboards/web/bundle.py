"""Vega-Embed, Vega-Lite and Vega as one script, made by vl-convert and kept between starts."""

from __future__ import annotations

import os
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path
from typing import Final

import vl_convert

SNIPPET: Final = "window.vegaEmbed = vegaEmbed;"
_TURN: Final = threading.Lock()


def bundle_name() -> str:
    """The script's name, which changes with the libraries in it."""
    return f"vega-{vl_convert.get_vega_version()}-{version('vl-convert-python')}.js"


def chart_bundle(folder: Path) -> Path:
    """The script, an ES module that sets `vegaEmbed`; made in `folder` (two seconds) if it isn't there."""
    file = folder / bundle_name()
    with _TURN:
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=folder, suffix=".part", delete=False
            ) as part:
                part.write(vl_convert.javascript_bundle(SNIPPET))
            Path(part.name).chmod(0o644)
            os.replace(part.name, file)  # noqa: PTH105 - whole or not at all
    return file
