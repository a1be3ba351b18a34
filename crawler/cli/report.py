"""`jargonwatch report`: what the store holds, on one screen."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from crawler.cli.terminal import WorkspaceOption, out
from crawler.config import Workspace, load_workspace
from dashboards.report import read_report, render_report, report_record
from pipelines.store.query import EVERYTHING, All, Has, Offered
from pipelines.store.sqlite import open_store

if TYPE_CHECKING:
    from pipelines.store.query import Query

TERMS: Final = 15
LISTINGS: Final = 10


class ReportFormat(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"


class Language(StrEnum):
    """The language of headings and reasons."""

    EN = "en"
    ZH = "zh"


def report(
    platform: Annotated[
        list[str] | None,
        typer.Option(
            "--platform",
            "-p",
            metavar="NAME",
            help="Only this platform; may be repeated.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only what was offered on or after this day."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only what was offered on or before this day."),
    ] = None,
    terms: Annotated[int, typer.Option(min=1, max=1000, help="How many terms.")] = TERMS,
    listings: Annotated[int, typer.Option(min=1, max=1000, help="How many flagged listings.")] = LISTINGS,
    language: Annotated[Language, typer.Option(help="Of headings and reasons.")] = Language.EN,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="text to read, json for programs.")
    ] = ReportFormat.TEXT,
    workspace: WorkspaceOption = None,
) -> None:
    """Print listings, hits, the most frequent terms, and the flagged listings with their reasons."""
    loaded = load_workspace(workspace)
    on_platforms = Has("platform", tuple(platform)) if platform else EVERYTHING
    query = All((on_platforms, Offered(since=_day(since), until=_day(until))))
    print_report(loaded, query, terms=terms, listings=listings, language=language, form=form)


def print_report(
    workspace: Workspace,
    query: Query = EVERYTHING,
    *,
    terms: int = TERMS,
    listings: int = LISTINGS,
    language: Language = Language.EN,
    form: ReportFormat = ReportFormat.TEXT,
) -> None:
    """Print the report on a workspace's store."""
    with open_store(workspace.store_path, must_exist=True) as store:
        found = read_report(store, query, terms=terms, listings=listings)
    if form is ReportFormat.JSON:
        json.dump(report_record(found), sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        out.print(render_report(found, language.value))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
