"""`jargonwatch digest`: the mail that tells what is new, what rises and what needs a person."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.terminal import WorkspaceOption, err, out
from crawler.config import load_workspace


class DigestLanguage(StrEnum):
    """The language of a digest."""

    EN = "en"
    ZH = "zh"


def digest(
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; else the last that is over.")
    ] = None,
    preview: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a web page instead of sending it.")
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="Send it there only; may be repeated.")
    ] = None,
    language: Annotated[
        DigestLanguage | None, typer.Option(help="Of a preview; else digest_language.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Send the digest of a day to `digest_to`, once each; or look at it first."""
    from crawler.digesting import day_before, digest_of, put_digest
    from crawler.mailing import send_due

    loaded = load_workspace(workspace)
    now = datetime.now(UTC)
    wanted = day.date() if day else day_before(now)
    if preview is not None:
        found = digest_of(loaded, wanted, (language or DigestLanguage(loaded.config.digest_language)).value)
        chart = base64.b64encode(found.chart or b"").decode()
        preview.write_text(
            found.html.replace("cid:trend", f"data:image/png;base64,{chart}"), encoding="utf-8"
        )
        out.print(f"{found.subject}: {preview}", markup=False, soft_wrap=True)
        return
    put = put_digest(loaded, wanted, to or loaded.config.digest_to, now)
    sending = send_due(loaded, now)
    out.print(f"{put} put into the outbox, {sending.sent} sent, {sending.waiting} wait")
    for reason in sending.reasons:
        err.print(reason, markup=False, soft_wrap=True)
