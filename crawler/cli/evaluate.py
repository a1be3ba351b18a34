"""`jargonwatch evaluate`: the judge against listings that a person has labelled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from crawler.cli.analyze import masking_key, opened
from crawler.cli.lexicon import lexicon_folder
from crawler.cli.terminal import LexiconOption, WorkspaceOption, err, out
from crawler.errors import ConfigError
from crawler.listing_lines import LineError, read_lines, read_listing
from pipelines.records import CATEGORIES

if TYPE_CHECKING:
    from pipelines.evaluation import Evaluation, Interval, Labelled, Quality


def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Labelled listings as JSON Lines.")],
    truth: Annotated[
        str,
        typer.Option(
            metavar="KEY[=VALUE]",
            help="What says that a row is illicit: a key that is true, or a key that has this value.",
        ),
    ] = "illicit",
    only: Annotated[
        str | None,
        typer.Option(
            metavar="CATEGORY",
            help="One class against the rest: a row is found if it is flagged in this category.",
            show_default=False,
        ),
    ] = None,
    mistakes: Annotated[int, typer.Option(min=0, help="How many mistakes to list.")] = 20,
    lexicon: LexiconOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Measure precision, recall and F1 on labelled listings, beside two list-matchers on the same rows."""
    if only is not None and only not in CATEGORIES:
        raise ConfigError(f"no category {only}; there are {', '.join(CATEGORIES)}", key="--only")
    folder = lexicon_folder(lexicon, workspace)
    rows = read_labelled(file, truth)
    from pipelines.evaluation import evaluate as measure
    from pipelines.lexicon.load import load_lexicon

    loaded = load_lexicon(folder)
    result = measure(rows, loaded, only=only)
    out.print(quality_table(result))
    out.print(parts_table("By source", result.by_source))
    out.print(parts_table("By category", result.by_category))
    _print_mistakes(result, mistakes, masking_key(workspace))


def read_labelled(file: Path, truth: str) -> list[Labelled]:
    """Labelled rows; a row that is no listing or has no label is a `ConfigError` with its line.

    Rows of a labels file of the dashboard are decisions of analysts: those who are sure must agree.
    """
    from pipelines.evaluation import Labelled, Opinion, settle

    key, _, value = truth.partition("=")
    rows: list[Labelled] = []
    opinions: list[Opinion] = []
    with opened(file) as stream:
        for number, line in read_lines(stream):
            try:
                read = read_listing(line)
            except LineError as error:
                raise ConfigError(str(error), file=file, line=number) from error
            if key not in read.carried:
                raise ConfigError("the row is not labelled", file=file, key=key, line=number)
            label = read.carried[key]
            category = str(read.carried.get("category") or "")
            if "decision" in read.carried:
                said = None if label is None else _as_truth(label, file, key, number)
                opinions.append(Opinion(read.listing, str(read.carried.get("analyst")), said, category))
                continue
            illicit = label == value if value else _as_truth(label, file, key, number)
            rows.append(Labelled(read.listing, illicit, category))
    settled = settle(opinions)
    if opinions:
        err.print(
            f"{len(settled.rows)} listings are settled; {settled.undecided} undecided and"
            f" {settled.disputed} disputed ones are left out"
        )
    return [*rows, *settled.rows]


def _as_truth(label: Any, file: Path, key: str, line: int) -> bool:
    if not isinstance(label, bool):
        raise ConfigError(
            f"is neither true nor false; say --truth {key}=VALUE", file=file, key=key, line=line
        )
    return label


def quality_table(result: Evaluation) -> Table:
    """The judge with intervals, and the baselines."""
    title = f"{result.rows} rows, {result.quality.true_positive + result.quality.false_negative} illicit"
    table = Table(title=title, title_justify="left", box=None, header_style="dim")
    table.add_column("")
    for column in ("precision", "recall", "F1", "found", "wrong", "missed"):
        table.add_column(column, justify="right")
    q = result.quality
    table.add_row(
        "jargonwatch",
        _with_interval(q.precision, result.precision),
        _with_interval(q.recall, result.recall),
        _with_interval(q.f1, result.f1),
        *_counts(q),
        style="bold",
    )
    for name, quality in result.baselines.items():
        table.add_row(name, *_figures(quality), *_counts(quality))
    return table


def parts_table(title: str, parts: dict[str, Quality]) -> Table:
    """The judge on each part of the rows."""
    table = Table(title=title, title_justify="left", box=None, header_style="dim")
    table.add_column("")
    for column in ("rows", "illicit", "precision", "recall", "F1", "wrong", "missed"):
        table.add_column(column, justify="right")
    for name, q in parts.items():
        illicit = q.true_positive + q.false_negative
        table.add_row(
            name or "(none)",
            str(sum(q)),
            str(illicit),
            *(_figures(q) if illicit else ("", "", "")),
            str(q.false_positive),
            str(q.false_negative),
        )
    return table


def _print_mistakes(result: Evaluation, most: int, key: bytes) -> None:
    from pipelines.masking import mask_text

    for mistake in result.mistakes[:most]:
        listing, analysis = mistake.row.listing, mistake.analysis
        kind = "missed" if mistake.row.illicit else "wrong "
        masked = mask_text(f"{listing.title} {listing.description}".strip(), key).text
        line = Text(f"{kind} {analysis.verdict} {analysis.score:.2f} ", style="yellow")
        line.append(f"{listing.source} {listing.listing_id}: {masked[:120]}", style="default")
        out.print(line, soft_wrap=True)
        for reason in analysis.reasons:
            out.print(Text(f"       {reason.points:+.2f} {reason.en}", style="dim"), soft_wrap=True)
    if len(result.mistakes) > most:
        out.print(f"… and {len(result.mistakes) - most} more mistakes (--mistakes N shows N)", style="dim")


def _with_interval(value: float, interval: Interval) -> str:
    return f"{value:.3f} ({interval.low:.2f}–{interval.high:.2f})"


def _figures(q: Quality) -> tuple[str, str, str]:
    return f"{q.precision:.3f}", f"{q.recall:.3f}", f"{q.f1:.3f}"


def _counts(q: Quality) -> tuple[str, str, str]:
    return str(q.true_positive), str(q.false_positive), str(q.false_negative)
