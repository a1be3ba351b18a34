"""The `jargonwatch` command: one module a group of commands, every error one line on standard error."""

from __future__ import annotations

import os
import sys
import traceback
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Final

import typer
from typer.exceptions import TyperException

from crawler.cli import (
    analyze,
    crawl,
    demo,
    digest,
    evaluate,
    evidence,
    explain,
    ingest,
    kibana,
    lexicon,
    quarantine,
    queries,
    reanalyze,
    report,
    research,
    serve,
    service,
    ship,
    sources,
    web,
    workspace,
)
from crawler.cli.terminal import err, example, out
from crawler.errors import ConfigError, CrawlerError

if TYPE_CHECKING:
    from collections.abc import Sequence

DEBUG_VARIABLE: Final = "JARGONWATCH_DEBUG"

WRONG_USE: Final = 2
FAILED: Final = 1
INTERRUPTED: Final = 130

app = typer.Typer(
    name="jargonwatch",
    help="Monitor seller slang on public marketplace pages.",
    epilog=example(
        "jargonwatch init desk", "jargonwatch crawl --workspace desk", "jargonwatch report --workspace desk"
    ),
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=example("jargonwatch init desk"))(workspace.init)
app.command(epilog=example("jargonwatch crawl", "jargonwatch crawl market-a market-b"))(crawl.crawl)
app.command(
    epilog=example(
        "jargonwatch ingest export.csv --source partner",
        "jargonwatch ingest export.csv --source partner --again",
    )
)(ingest.ingest)
app.command(
    epilog=example(
        "jargonwatch analyze listings.jsonl",
        "jargonwatch analyze --format jsonl < listings.jsonl > analyses.jsonl",
        "jargonwatch analyze --page saved.html",
    )
)(analyze.analyze)
app.command(epilog=example("jargonwatch report", "jargonwatch report --platform market-a --language zh"))(
    report.report
)
app.command(
    epilog=example(
        "jargonwatch evaluate labelled.jsonl",
        "jargonwatch evaluate ads.jsonl --truth label=gambling --only gambling",
    )
)(evaluate.evaluate)
app.command(epilog=example("jargonwatch reanalyze"))(reanalyze.reanalyze)
lexicon.app.command(epilog=example("jargonwatch lexicon explain '四.件.套 银行卡带U盾 懂的来'"))(
    explain.explain
)
app.command(
    epilog=example(
        "jargonwatch search 'term:四件套 verdict:flagged since:30d'",
        "jargonwatch search '四件套 NOT 纯棉' --concordance",
        "jargonwatch search category:bankcard --output cards.parquet",
    )
)(research.search)
app.command(
    epilog=example("jargonwatch trend 四件套 --by month", "jargonwatch trend bankcard sim --since 3m")
)(research.trend)
app.command(epilog=example("jargonwatch prices term:四件套", "jargonwatch prices category:data --by week"))(
    research.prices
)
app.command(epilog=example("jargonwatch cooccur 四件套"))(research.cooccur)
app.command(epilog=example("jargonwatch compare 2025-01..2025-03 2025-04..2025-06 --verdict flagged"))(
    research.compare
)
app.command(epilog=example("jargonwatch sellers 'category:identity since:90d'"))(research.sellers)
app.command(epilog=example("jargonwatch history 四件套"))(research.history)
app.add_typer(queries.app, name="queries")
app.add_typer(sources.app, name="sources")
app.add_typer(lexicon.app, name="lexicon")
app.add_typer(evidence.app, name="evidence")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(digest.app, name="digest")
app.command(epilog=example("jargonwatch serve", "jargonwatch serve --no-web"))(serve.serve)
app.command(epilog=example("jargonwatch status", "jargonwatch status --json"))(service.status)
app.command(epilog=example("jargonwatch pause market-a"))(service.pause)
app.command(epilog=example("jargonwatch resume market-a"))(service.resume)
app.command("run-now", epilog=example("jargonwatch run-now market-a"))(service.run_now)
app.add_typer(service.runs_app, name="runs")
app.command(epilog=example("jargonwatch ship", "jargonwatch ship --verify"))(ship.ship)
app.add_typer(kibana.app, name="kibana")
app.command(epilog=example("jargonwatch demo --crawl", "jargonwatch demo --listings listings.jsonl"))(
    demo.demo
)
app.command(
    epilog=example("jargonwatch web", "JARGONWATCH_WEB_TOKEN=… jargonwatch web --host 0.0.0.0 --no-open")
)(web.web)


@app.command(epilog=example("jargonwatch version"))
def version() -> None:
    """Print the version."""
    out.print(installed_version("jargonwatch"))


def main() -> None:
    """The entry point: run the command line and end with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command line; its exit code: 0, 1 for a job that failed, 2 for wrong use or configuration."""
    try:
        code = app(args=arguments, prog_name="jargonwatch", standalone_mode=False)
    except TyperException as error:
        if message := error.format_message():
            _complain(f"{message.rstrip('.')}; see {_command(error)} --help")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort: nobody is served by a traceback
        return _report_error(error)
    return code if isinstance(code, int) else 0


def _report_error(error: Exception) -> int:
    """Say in a line what went wrong; the exit code."""
    from pipelines.errors import LexiconError, PipelineError
    from pipelines.yamlfile import YamlError
    from spiders.errors import SourceError, SpiderError

    if isinstance(error, ConfigError | LexiconError | SourceError | YamlError):
        _complain(str(error))
        return WRONG_USE
    if isinstance(error, CrawlerError | PipelineError | SpiderError):
        _complain(str(error))
    elif isinstance(error, OSError):
        _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    else:
        if os.environ.get(DEBUG_VARIABLE):
            traceback.print_exception(error)
        what = f"{type(error).__name__}: {error}"
        _complain(f"internal error, please report it: {what} ({DEBUG_VARIABLE}=1 shows where)")
    return FAILED


def _complain(message: str) -> None:
    for line in message.splitlines():
        err.print(f"jargonwatch: {line}", markup=False, soft_wrap=True, style="red")


def _command(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context else "jargonwatch"
