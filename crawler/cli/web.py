"""`jargonwatch web`: the local dashboard."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from crawler.asking import Place, open_asked
from crawler.cli.answers import PlaceOption
from crawler.cli.terminal import WorkspaceOption, out
from crawler.config import load_workspace


def web(
    host: Annotated[
        str | None,
        typer.Option(help="Where to serve; else web_host. Not on this machine only: needs a token."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Else web_port; 0: any that is free.")
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser.")
    ] = True,
    place: PlaceOption = Place.EMBEDDED,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the dashboard on the workspace's store until Ctrl-C."""
    from crawler.web import listen, web_app, web_server, web_settings

    loaded = load_workspace(workspace)
    settings = web_settings(loaded, host=host, port=port)
    open_asked(loaded, place).close()
    app = web_app(loaded, settings, place=place)
    with listen(settings) as listener:
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{shown}:{listener.getsockname()[1]}/"
        out.print(f"{url}  (Ctrl-C ends it)", soft_wrap=True)
        if open_browser:
            webbrowser.open(url)
        web_server(app).run(sockets=[listener])
