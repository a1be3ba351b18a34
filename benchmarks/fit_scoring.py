"""Fits the points of scoring.yaml on labelled listings, by coordinate search.

    python -m benchmarks.fit_scoring LABELLED.jsonl [--lexicon DIR] [--rounds 3]

Texts are matched once; only the judging is repeated. The objective is the mean over five folds of a
smooth F1: a flagged row counts by how far its score lies on its side of the threshold, so that a
setting with more room to the threshold wins over one that is right by a hair. Prints the fitted points
beside the present ones; whoever runs it decides and edits scoring.yaml.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from crawler.cli.evaluate import read_labelled
from pipelines.analysis import fields_of, match
from pipelines.judging import FieldFindings, judge
from pipelines.lexicon.load import DEFAULT_LEXICON, Lexicon, load_lexicon
from pipelines.lexicon.scoring import Scoring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.evaluation import Labelled

FOLDS = 5
SHARPNESS = 25.0
STEPS = (-0.1, -0.05, -0.02, 0.02, 0.05, 0.1)
FITTED = (
    ("thresholds", "flagged"),
    ("strength", "strong"),
    ("strength", "medium"),
    ("strength", "weak"),
    ("confirm",),
    ("disguise",),
    ("signals", "contact"),
    ("signals", "secrecy"),
    ("signals", "trust"),
    ("signals", "cross-platform"),
    ("signals", "domain"),
    ("price",),
    ("other_category",),
    ("severity_step",),
)

Row = tuple[bool, str, str, list[FieldFindings]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--lexicon", type=Path, default=DEFAULT_LEXICON)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    lexicon = load_lexicon(arguments.lexicon)
    rows = _matched(read_labelled(arguments.labelled, "illicit"), lexicon)
    present = lexicon.scoring.model_dump(mode="json")
    best, points = _search(rows, lexicon, present, arguments.rounds)
    print(f"smooth F1 {_objective(rows, lexicon, present):.4f} → {best:.4f}")
    for path in FITTED:
        before, after = _get(present, path), _get(points, path)
        print(f"  {'.'.join(path):24} {before:6.3f} → {after:6.3f}{'  *' if before != after else ''}")
    print(yaml.safe_dump(points, sort_keys=False, allow_unicode=True))


def _matched(labelled: Sequence[Labelled], lexicon: Lexicon) -> list[Row]:
    matched = match([fields_of(row.listing) for row in labelled], lexicon)
    return [
        (row.illicit, row.listing.platform, row.listing.source, found.findings)
        for row, found in zip(labelled, matched, strict=True)
    ]


def _search(
    rows: Sequence[Row], lexicon: Lexicon, present: dict[str, Any], rounds: int
) -> tuple[float, dict[str, Any]]:
    points = yaml.safe_load(yaml.safe_dump(present))
    best = _objective(rows, lexicon, points)
    for _ in range(rounds):
        before = best
        for path in FITTED:
            start = _get(points, path)
            for step in STEPS:
                value = round(start + step, 3)
                if not 0 <= value <= 1:
                    continue
                trial = yaml.safe_load(yaml.safe_dump(points))
                _set(trial, path, value)
                reached = _objective(rows, lexicon, trial)
                if reached > best + 1e-4:
                    best, points = reached, trial
        if best == before:
            break
    return best, points


def _objective(rows: Sequence[Row], lexicon: Lexicon, points: dict[str, Any]) -> float:
    scoring = Scoring.model_validate(points)
    threshold = scoring.thresholds.flagged
    sums = [[0.0, 0.0, 0.0] for _ in range(FOLDS)]
    for index, (illicit, platform, source, findings) in enumerate(rows):
        score = judge(findings, lexicon.terms, scoring, lexicon.labels, platform, source).score
        flagged = 1 / (1 + math.exp(-SHARPNESS * (score - threshold + 0.02)))
        cell = sums[index % FOLDS]
        if illicit:
            cell[0] += flagged
            cell[2] += 1 - flagged
        else:
            cell[1] += flagged if score > 0 else 0.0
    return sum(2 * tp / (2 * tp + fp + fn) for tp, fp, fn in sums) / FOLDS


def _get(points: dict[str, Any], path: tuple[str, ...]) -> float:
    value: Any = points
    for key in path:
        value = value[key]
    return float(value)


def _set(points: dict[str, Any], path: tuple[str, ...], value: float) -> None:
    for key in path[:-1]:
        points = points[key]
    points[path[-1]] = value


if __name__ == "__main__":
    main()
