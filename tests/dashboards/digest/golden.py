"""The digest's text of a made-up day. `python -m tests.dashboards.digest.golden` writes the files anew."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

from dashboards.digest.content import read_digest
from dashboards.digest.rendering import render
from pipelines.store.sqlite import open_store
from tests.dashboards.web.demo_store import build

DAY = date(2026, 3, 4)
URL = "https://desk.example.org"


def path(language: str) -> Path:
    return Path(__file__).parent / f"digest.{language}.txt"


def texts(folder: Path) -> dict[str, str]:
    store_path = folder / "golden.sqlite"
    build(store_path, DAY + timedelta(days=1))
    with open_store(store_path) as store:
        digest = read_digest(store, DAY)
        return {language: render(digest, language, URL).text for language in ("zh", "en")}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for language, text in texts(Path(folder)).items():
            path(language).write_text(text, encoding="utf-8")
