"""`jargonwatch kibana …`: the dashboards, as a file or straight into Kibana."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.terminal import WorkspaceOption, example, out
from crawler.cluster import kibana_settings
from crawler.config import load_workspace

app = typer.Typer(
    help="Bring the dashboards to Kibana.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    epilog=example("jargonwatch kibana push", "jargonwatch kibana export desk.ndjson"),
)


@app.command(epilog=example("jargonwatch kibana export desk.ndjson"))
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The NDJSON file to write.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Write dashboards, data views, saved searches and the tag to a file for Kibana's import."""
    from dashboards.kibana.bundle import ndjson

    objects = ndjson(load_workspace(workspace).config.elasticsearch_prefix)
    file.write_text(objects, encoding="utf-8")
    out.print(f"{objects.count('\n')} objects are in {file}; import it in Kibana under Saved Objects")


@app.command(epilog=example("jargonwatch kibana push"))
def push(workspace: WorkspaceOption = None) -> None:
    """Import them into the configured Kibana, over what was imported before."""
    from dashboards.kibana.bundle import ndjson
    from dashboards.kibana.push import push as push_objects

    loaded = load_workspace(workspace)
    settings = kibana_settings(loaded)
    taken = push_objects(settings, ndjson(loaded.config.elasticsearch_prefix))
    out.print(f"{taken} objects are in {settings.url}, space {settings.space}")
