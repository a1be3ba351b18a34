"""Reads the folder of YAML files that a lexicon is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel

from pipelines.errors import LexiconError
from pipelines.labels import SIGNAL_LABELS
from pipelines.lexicon.schema import ContextFile, ContextGroup, Reference, ReferenceFile, TermFile, TermSpec
from pipelines.lexicon.scoring import Scoring
from pipelines.lexicon.signals_schema import SignalFile
from pipelines.yamlfile import YamlError, load_model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipelines.records import Category

SIGNAL_PREFIX = "signal:"
GROUP_PREFIX = "@"


@dataclass(frozen=True, slots=True)
class LexiconFiles:
    """The lexicon as written: terms in file order with their category, and what they refer to."""

    terms: tuple[tuple[Category, TermSpec], ...]
    groups: Mapping[str, ContextGroup]
    references: Mapping[str, Reference]
    scoring: Scoring
    signals: SignalFile
    version: str
    """The first 12 hex digits of the SHA-256 over the files' names and bytes."""


def read_lexicon(directory: Path) -> LexiconFiles:
    """Read and check a lexicon folder.

    Raises `LexiconError`, with file, key and line, for a missing or malformed file, an id that stands
    twice, an unknown @group or signal, and a lexicon without a single term.
    """
    if not directory.is_dir():
        raise LexiconError(
            "is not a folder; `jargonwatch init` makes a workspace with a lexicon", file=directory
        )
    term_files = sorted((directory / "terms").glob("*.yaml"))
    single = [directory / f"{name}.yaml" for name in ("contexts", "references", "scoring", "signals")]
    contexts = load_file(single[0], ContextFile)
    references = load_file(single[1], ReferenceFile)
    scoring = load_file(single[2], Scoring)
    signals = load_file(single[3], SignalFile)
    terms: list[tuple[Category, TermSpec]] = []
    seen: dict[str, Path] = {}
    for path in term_files:
        file = load_file(path, TermFile)
        for position, spec in enumerate(file.terms):
            place = f"terms.{position} ({spec.id})"
            if spec.id in seen:
                raise LexiconError(f"the id stands in {seen[spec.id].name} already", file=path, key=place)
            seen[spec.id] = path
            _check_labels(spec, contexts, path, place)
            terms.append((file.category, spec))
    if not terms:
        raise LexiconError("holds no term; nothing could ever be found", file=directory / "terms")
    for damper in scoring.dampers:
        if damper.group not in contexts.groups:
            raise LexiconError(f"unknown group {damper.group}", file=single[2], key="dampers")
    return LexiconFiles(
        terms=tuple(terms),
        groups=contexts.groups,
        references=references.references,
        scoring=scoring,
        signals=signals,
        version=_version([*term_files, *single]),
    )


def load_file[Model: BaseModel](path: Path, model: type[Model]) -> Model:
    """A file of a lexicon. A `LexiconError` names file, line and key of what is wrong with it."""
    try:
        return load_model(path, model)
    except YamlError as error:
        raise LexiconError(error.message, file=error.file, key=error.key or None, line=error.line) from error


def _check_labels(spec: TermSpec, contexts: ContextFile, path: Path, place: str) -> None:
    for label in (*spec.confirm, *spec.excuse):
        if label.startswith(GROUP_PREFIX) and label.removeprefix(GROUP_PREFIX) not in contexts.groups:
            raise LexiconError(f"{label} is no group of contexts.yaml", file=path, key=place)
    for label in (*spec.confirm, *spec.excuse, *spec.forms):
        if label.startswith(SIGNAL_PREFIX) and label.removeprefix(SIGNAL_PREFIX) not in SIGNAL_LABELS:
            known = ", ".join(sorted(SIGNAL_LABELS))
            raise LexiconError(f"{label} is no signal; known are {known}", file=path, key=place)


def _version(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
