"""The documentation that is made from the code: `make docs` writes it, a test compares it."""

from __future__ import annotations

import html
import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from rich.cells import cell_len
from rich.console import Console
from typer.cli import get_docs_for_click

from crawler.cli import DEBUG_VARIABLE, app
from crawler.cluster import API_KEY_VARIABLE, KIBANA_KEY_VARIABLE, PASSWORD_VARIABLE
from crawler.config import (
    CONFIG_NAME,
    KEY_NAME,
    KEY_VARIABLE,
    WORKSPACE_VARIABLE,
    Config,
    commented_config,
    load_workspace,
)
from crawler.mailing import PASSWORD_VARIABLE as SMTP_PASSWORD_VARIABLE
from dashboards.report import read_report, render_report
from dashboards.web.settings import TOKEN_VARIABLE
from pipelines.store.query import EVERYTHING
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from rich.console import RenderableType

_FONT_FACES: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_TEXT: Final = re.compile(
    r'(<text [^>]*?)x="([\d.]+)"([^>]*?) textLength="([\d.]+)"([^>]*>)([^<]*)(?=</text>)'
)

ENVIRONMENT: Final = {
    WORKSPACE_VARIABLE: "the workspace, where no `--workspace` is given",
    KEY_VARIABLE: f"the masking key, instead of `{KEY_NAME}`: 32 bytes or more, hexadecimal or base64",
    "JARGONWATCH_CHROMIUM": "the Chromium that renders pages; else the first one on the path",
    API_KEY_VARIABLE: "the API key of the Elasticsearch cluster",
    PASSWORD_VARIABLE: "the password of `elasticsearch_user`, where there is no API key",
    SMTP_PASSWORD_VARIABLE: "the password of `smtp_user`",
    KIBANA_KEY_VARIABLE: "the API key of Kibana; else what Elasticsearch is asked with",
    TOKEN_VARIABLE: "what visitors of the dashboard have to give, 24 characters or more; needed where other"
    " machines can reach it",
    DEBUG_VARIABLE: "anything: an internal error shows where it happened",
}


def main() -> None:
    """`python -m crawler.reference DOCS WORKSPACE`: write the pages, and a picture of that workspace."""
    docs, crawled = Path(sys.argv[1]), Path(sys.argv[2])
    for name, text in pages().items():
        (docs / name).write_text(text, encoding="utf-8")
    (docs / "images").mkdir(exist_ok=True)
    with open_store(load_workspace(crawled).store_path, must_exist=True) as store:
        report = read_report(store, EVERYTHING, terms=10, listings=6)
    picture = terminal_picture(render_report(report), "jargonwatch report")
    (docs / "images" / "report.svg").write_text(picture, encoding="utf-8")


def pages() -> dict[str, str]:
    """The generated pages by file name."""
    return {"commands.md": commands_page(), "configuration.md": configuration_page()}


def commands_page() -> str:
    """Every command with its options, as `--help` shows them."""
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="jargonwatch", title="Commands")
    return text.strip() + "\n"


def configuration_page() -> str:
    """Every key of the configuration and every environment variable."""
    keys = "".join(
        f"| `{name}` | {_default(field.default)} | {' '.join((field.description or '').splitlines())} |\n"
        for name, field in Config.model_fields.items()
    )
    variables = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in ENVIRONMENT.items())
    return (
        "# Configuration\n\n"
        f"A workspace is a folder with a `{CONFIG_NAME}`. `jargonwatch init DIR` makes one. A command\n"
        "works with the workspace that `--workspace` names, else the environment, else the nearest from the\n"
        "current folder upward.\n\n"
        "| in a workspace | |\n| --- | --- |\n"
        f"| `{CONFIG_NAME}` | the keys below |\n"
        "| `sources/*.yaml` | one marketplace a file: [sources](sources.md) |\n"
        "| `lexicon/` | the slang: [lexicon](lexicon.md) |\n"
        f"| `{KEY_NAME}` | the masking key, readable for its owner only; never to be lost or shared |\n"
        "| `data/` | the store, the logs, unfinished jobs, kept evidence |\n\n"
        f"## Keys of `{CONFIG_NAME}`\n\n| key | default | |\n| --- | --- | --- |\n{keys}\n"
        "An unknown key is an error. A new workspace has this file:\n\n"
        f"```toml\n{commented_config()}```\n\n"
        f"## Environment\n\n| variable | |\n| --- | --- |\n{variables}"
    )


def _default(value: object) -> str:
    return "none" if value is None else f"`{value}`"


def terminal_picture(content: RenderableType, title: str, width: int = 96) -> str:
    """What a terminal would show, as an SVG that loads nothing and gives Chinese characters two columns."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(content)
    return _TEXT.sub(_by_columns, _FONT_FACES.sub("", console.export_svg(title=title)))


def _by_columns(found: re.Match[str]) -> str:
    """Rich spreads a text over as many columns as it has characters; a terminal gives wide ones two."""
    text = html.unescape(found[6])
    if cell_len(text) == len(text):
        return found[0]
    column = float(found[4]) / len(text)
    starts = (float(found[2]) + column * cell_len(text[:place]) for place in range(len(text)))
    places = " ".join(f"{start:g}" for start in starts)
    return f'{found[1]}x="{places}"{found[3]}{found[5]}{found[6]}'


if __name__ == "__main__":
    main()
