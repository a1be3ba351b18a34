"""`jargonwatch lexicon explain`: how the analysis comes to its verdict, step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from crawler.cli.analysis_text import VERDICT_STYLES
from crawler.cli.lexicon import lexicon_folder
from crawler.cli.terminal import LexiconOption, WorkspaceOption, out
from pipelines.records import Listing

if TYPE_CHECKING:
    from pipelines.lexicon.load import Lexicon
    from pipelines.records import Analysis

STANDING_STYLES = {"confirmed": "bold red", "alone": "yellow", "excused": "green"}


def explain(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A listing's text.")],
    lexicon: LexiconOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show folding, tokens, matches, contexts and the score of a text."""
    folder = lexicon_folder(lexicon, workspace)
    from pipelines.analysis import analyze
    from pipelines.lexicon.load import load_lexicon

    loaded = load_lexicon(folder)
    analysis = analyze(Listing("", "", "", text, datetime.now(UTC)), loaded)
    _print_folding(text, loaded, analysis)
    _print_matches(text, loaded, analysis)
    _print_score(loaded, analysis)


def _print_folding(text: str, lexicon: Lexicon, analysis: Analysis) -> None:
    from pipelines.folding import fold

    folded = fold(text)
    shown = Text()
    for at, char in enumerate(folded.text):
        start, end = folded.span(at, at + 1)
        shown.append(char, style="" if text[start:end] == char else "magenta")
    _step("1 folding", "what was changed is coloured")
    out.print(Text("  text      ").append_text(shown))
    out.print(Text("  squeezed  ").append(folded.squeezed))
    _step("2 tokens", f"jieba with the lexicon's {len(lexicon.terms)} terms")
    out.print(Text("  ").append(" / ".join(token for token in analysis.tokens if token.strip())))


def _print_matches(text: str, lexicon: Lexicon, analysis: Analysis) -> None:
    from pipelines.folding import fold
    from pipelines.labels import signal_mask

    folded = fold(text)
    words = lexicon.contexts.raw(folded)
    labels = lexicon.contexts.mask(words) | signal_mask(analysis.signals, analysis.prices)
    candidates = lexicon.matcher.find(folded, lexicon.matcher.raw(folded), analysis.tokens, labels)
    _step("3 matches", f"{len(candidates)} places, {len(words)} context words")
    counted = {(hit.term_id, hit.start, hit.end): hit for hit in analysis.hits}
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("  surface", "term", "category", "disguise", "standing", "because", "points"):
        table.add_column(column)
    for candidate in sorted(candidates, key=lambda c: (c.original_start, c.original_end)):
        term = lexicon.terms[candidate.term]
        surface = text[candidate.original_start : candidate.original_end]
        hit = counted.get((term.term_id, candidate.original_start, candidate.original_end))
        standing = hit.standing if hit else "not counted"
        table.add_row(
            Text(f"  {surface}"),
            Text(term.headword),
            term.category,
            candidate.disguise,
            Text(standing, style=STANDING_STYLES.get(standing, "dim")),
            Text("、".join(hit.because) if hit else "nothing confirms it, or a longer hit holds it"),
            f"{hit.points:.2f}" if hit else "",
        )
    if candidates:
        out.print(table)
    _step("4 signals", f"{len(analysis.signals)} signals, {len(analysis.prices)} prices or quantities")
    for signal in analysis.signals:
        out.print(Text(f"  {signal.kind}: {signal.name}"))
    for price in analysis.prices:
        out.print(
            Text(f"  {price.surface}: {price.amount} {price.currency} / {price.unit}, × {price.quantity}")
        )


def _print_score(lexicon: Lexicon, analysis: Analysis) -> None:
    thresholds = lexicon.scoring.thresholds
    _step("5 score", f"watch from {thresholds.watch:.2f}, flagged from {thresholds.flagged:.2f}")
    for reason in analysis.reasons:
        out.print(Text(f"  {reason.points:+.2f}  {reason.en}").append(f"  {reason.zh}", style="dim"))
    verdict = Text(f"  {analysis.score:.2f}  ")
    verdict.append(analysis.verdict, style=VERDICT_STYLES[analysis.verdict])
    out.print(verdict.append(f"  {analysis.category}" if analysis.category else ""))


def _step(name: str, note: str) -> None:
    out.print(Text(name, style="bold cyan").append(f"  {note}", style="dim"))
