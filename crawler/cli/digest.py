"""`jargonwatch digest …`: the mail that tells what is new, what rises and what needs a person."""

from __future__ import annotations

import base64
import webbrowser
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.terminal import WorkspaceOption, err, example, out
from crawler.config import load_workspace
from crawler.errors import ConfigError

if TYPE_CHECKING:
    from datetime import date

    from crawler.config import Workspace

app = typer.Typer(
    help="Send the digest of a day to the teams of teams.yaml, once each; or look at it first.",
    invoke_without_command=True,
    epilog=example("jargonwatch digest --preview digest.html", "jargonwatch digest --to me@example.org"),
)


class DigestLanguage(StrEnum):
    """The language of a digest."""

    EN = "en"
    ZH = "zh"


DayOption = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; else the last that is over.")
]
TeamOption = Annotated[str | None, typer.Option(help="As this team gets it; else of all categories.")]


@app.callback()
def digest(
    context: typer.Context,
    day: DayOption = None,
    preview: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a web page instead of sending it.")
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the preview.")] = True,
    to: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="Send it there only; may be repeated.")
    ] = None,
    team: TeamOption = None,
    language: Annotated[DigestLanguage | None, typer.Option(help="Else the team's, else zh.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Send the digest of a day to the teams of teams.yaml, once each; or look at it first."""
    from crawler.digesting import day_before, digest_of, put_digest
    from crawler.mailing import send_due
    from crawler.teams import read_teams, team_of

    if context.invoked_subcommand is not None:
        return
    loaded = load_workspace(workspace)
    now = datetime.now(UTC)
    wanted = day.date() if day else day_before(now)
    single = team_of(loaded, team, to=tuple(to or ()), language=language.value if language else None)
    if preview is not None:
        found = digest_of(loaded, wanted, single.language, single.categories)
        chart = base64.b64encode(found.chart or b"").decode()
        page = found.html.replace("cid:trend", f"data:image/png;base64,{chart}")
        preview.write_text(page, encoding="utf-8")
        out.print(f"{found.subject}: {preview}", markup=False, soft_wrap=True)
        if open_browser:
            webbrowser.open(preview.resolve().as_uri())
        return
    teams = {"single": single} if to or team else read_teams(loaded)
    put = put_digest(loaded, wanted, teams, now)
    sending = send_due(loaded, now)
    out.print(f"{put} put into the outbox, {sending.sent} sent, {sending.waiting} wait")
    for reason in sending.reasons:
        err.print(reason, markup=False, soft_wrap=True)


@app.command("test", epilog=example("jargonwatch digest test"))
def check_settings(workspace: WorkspaceOption = None) -> None:
    """Check mail server, teams and channels; say what each rule of alerts/ would send now, or why not."""
    from crawler.alerts.checking import check

    lines = check(load_workspace(workspace), datetime.now(UTC))
    for line in lines:
        out.print(("ok   " if line.good else "FAIL ") + line.text, markup=False, soft_wrap=True)
    if not all(line.good for line in lines):
        raise typer.Exit(1)


@app.command(epilog=example("jargonwatch digest backtest --from 2026-01-01 --to 2026-03-31"))
def backtest(
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")],
    until: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Replay history: what the digest would have called rising, and how often each rule over a count fired.

    For several shares of false alarms, of which `digest_false_alarms` is one to choose.
    """
    if until < since:
        raise ConfigError(f"--to {until:%Y-%m-%d} lies before --from {since:%Y-%m-%d}; swap the two")
    _backtest(load_workspace(workspace), since.date(), until.date())


def _backtest(workspace: Workspace, since: date, until: date) -> None:
    from rich.table import Table
    from rich.text import Text

    from crawler.alerts.checking import replay_rules
    from crawler.asking import Place, open_asked
    from dashboards.digest.backtest import RATES, replay
    from dashboards.unusual import WEEKS

    chosen = workspace.config.digest_false_alarms
    rates = sorted({*RATES, chosen})
    with open_asked(workspace, Place.EMBEDDED) as store:
        names = {term.term_id: term.term for term in store.terms()}
        days = list(replay(store, since, until, rates))
        counted = list(replay_rules(workspace, store, since, until))
    compared = [day for day in days if day.compared]
    out.print(f"{len(compared)} of {len(days)} days were crawled, each against up to {WEEKS} weeks before it")
    for day in compared:
        for each in day.at(chosen):
            usual = f"{each.count} offers, usually {each.usual:.1f} (q {each.q:.2g})"
            out.print(f"{day.day}  {names[each.subject[1]]}: {usual}", markup=False, soft_wrap=True)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("false alarms", "rising terms", "days with any", "different terms"):
        table.add_column(name, justify="right")
    for rate in rates:
        found = [each.subject[1] for day in compared for each in day.at(rate)]
        with_any = sum(bool(day.at(rate)) for day in compared)
        style = "bold" if rate == chosen else None
        table.add_row(f"{rate:.1%}", f"{len(found)}", f"{with_any}", f"{len(set(found))}", style=style)
    out.print(table)
    for rule in counted:
        said = f"{rule.fired} alerts at {rule.limit}; a day's count: median {rule.median:g}, most {rule.most}"
        out.print(Text(f"{rule.name}: {said}"))
