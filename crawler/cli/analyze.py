"""`jargonwatch analyze`: listings from a file or a pipe, or a saved page."""

from __future__ import annotations

import secrets
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.analysis_text import page_tables, print_listing, verdict_line
from crawler.cli.lexicon import lexicon_folder
from crawler.cli.terminal import LexiconOption, WorkspaceOption, err, out
from crawler.config import KEY_BYTES, find_workspace, key_from_environment
from crawler.errors import ConfigError, JobError
from crawler.listing_lines import (
    LineError,
    analysis_record,
    analyze_lines,
    json_line,
    read_lines,
    read_listing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from pipelines.lexicon.load import Lexicon


class Format(StrEnum):
    """How answers are written."""

    TEXT = "text"
    JSONL = "jsonl"


def analyze(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE|-]",
            help="Listings as JSON Lines; - or nothing: standard input.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="text to read, jsonl for programs: one answer a line.")
    ] = Format.TEXT,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A saved page instead: HTML, MHTML or text (- for standard input).",
            show_default=False,
        ),
    ] = None,
    lexicon: LexiconOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Name the slang in listings or in a saved page, with positions, verdict and reasons."""
    if page is not None and file is not None:
        raise ConfigError("give either listings (FILE) or a page (--page FILE), not both")
    folder = lexicon_folder(lexicon, workspace)
    key = masking_key(workspace)
    from pipelines.lexicon.load import load_lexicon

    loaded = load_lexicon(folder)
    with opened(page or file) as stream:
        if page is not None:
            analyze_page_file(stream, str(page), loaded, key, form)
            return
        errors = (
            analyze_lines(stream, sys.stdout.buffer, loaded, key)
            if form is Format.JSONL
            else _print_lines(stream, loaded, key)
        )
    if errors:
        raise JobError(f"{errors} lines are no listings; every other line was analysed")


def _print_lines(stream: BinaryIO, lexicon: Lexicon, key: bytes) -> int:
    from pipelines.analysis import analyze as analyze_listing

    errors = 0
    for number, line in read_lines(stream):
        try:
            listing = read_listing(line).listing
        except LineError as error:
            err.print(f"line {number}: {error}", markup=False)
            errors += 1
        else:
            print_listing(out, listing, analyze_listing(listing, lexicon), key)
    return errors


def analyze_page_file(stream: BinaryIO, name: str, lexicon: Lexicon, key: bytes, form: Format) -> None:
    """Analyse the main text of a saved page and print what it names."""
    from crawler.pages import read_page
    from pipelines.analysis import analyze_page

    page = read_page(stream, name)
    analysis = analyze_page(page.text, lexicon)
    if form is Format.JSONL:
        sys.stdout.buffer.write(json_line({"id": name, **analysis_record(analysis, key)}))
        return
    out.print(verdict_line(analysis, name))
    if page.left_out:
        out.print(f"{page.left_out} lines around the main text were left out", style="dim")
    for table in page_tables(page.text, analysis, key):
        out.print()
        out.print(table)
    if not analysis.hits:
        out.print("no term of the lexicon stands in it")


@contextmanager
def opened(file: Path | None) -> Iterator[BinaryIO]:
    """A file to read bytes from, standard input for none or `-`."""
    if file is None or str(file) == "-":
        if sys.stdin.isatty():
            err.print(
                "reading listings from the terminal, one JSON object a line; end with Ctrl-D", style="dim"
            )
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", file=file) from error
    with stream:
        yield stream


def masking_key(workspace: Path | None) -> bytes:
    """The key for what is printed. Without a workspace nothing is kept, so that a passing one will do."""
    found = find_workspace(workspace)
    if found is not None:
        return found.masking_key()
    return key_from_environment() or secrets.token_bytes(KEY_BYTES)
