"""The signals of the packaged lexicon, for the tests of signals and of masking."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pipelines.lexicon
from pipelines.folding import fold
from pipelines.lexicon.signals_schema import SignalFile
from pipelines.signals import SignalFinder
from pipelines.yamlfile import load_model

SIGNALS_FILE = Path(pipelines.lexicon.__file__).parent / "data" / "signals.yaml"


@cache
def spec() -> SignalFile:
    return load_model(SIGNALS_FILE, SignalFile)


@cache
def finder() -> SignalFinder:
    return SignalFinder(spec())


def signals(text, kind=None):
    """(name, surface) of every signal, of one kind only if one is given."""
    found = finder().find(fold(text), "title")[0]
    for signal in found:
        assert text[signal.start : signal.end] == signal.surface
    return [(signal.name, signal.surface) for signal in found if kind in (None, signal.kind)]
