"""How fast the whole analysis is, beside matchers alone, on the same texts in one run.

    python -m benchmarks.analysis LISTINGS.jsonl [--rounds 5]

LISTINGS.jsonl holds one JSON object a line with `title` and `description`. Texts are brought to 60
characters each (cut, or repeated from the next rows). Two lexicon sizes are measured: 1,000 and 100,000
terms, the shipped lexicon filled up with made-up words from a seed. Prints the median of the rounds.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import ahocorasick
import jieba
from flashtext import KeywordProcessor

from pipelines.analysis import analyze, analyze_batch
from pipelines.lexicon.files import read_lexicon
from pipelines.lexicon.load import DEFAULT_LEXICON, Lexicon, compile_lexicon
from pipelines.lexicon.schema import TermSpec
from pipelines.records import Listing

if TYPE_CHECKING:
    from collections.abc import Callable

    Job = Callable[[list[str]], object]

LENGTH = 60
SEED = 7
BATCH = 250
SMALL, LARGE = 1_000, 100_000
OWN = "jargonwatch, whole analysis"
ADDED = date(2026, 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("listings", type=argparse.FileType(encoding="utf-8"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--texts", type=int, default=3000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[SMALL, LARGE], help="terms")
    arguments = parser.parse_args()
    texts = _texts([json.loads(line) for line in arguments.listings], arguments.texts)
    print(f"{len(texts)} texts of {LENGTH} characters, median of {arguments.rounds} rounds, one core")
    reference: float | None = None
    for size in arguments.sizes:
        started = time.perf_counter()
        lexicon = _lexicon(size, texts)
        forms = sorted({form for _, spec in lexicon.files.terms for form in (spec.term, *spec.forms)})
        print(f"\n{size:,} terms, {len(forms):,} forms (compiled in {time.perf_counter() - started:.1f} s)")
        rates = _rates(_jobs(lexicon, forms, size), texts, arguments.rounds)
        own = rates[OWN]
        for name, rate in rates.items():
            print(f"  {name:32} {rate:>10,.0f} texts/s   {rate / own:8.2f} × ours")
        if reference is not None:
            print(f"  slower than at {arguments.sizes[0]:,} terms by {reference / own:.2f} ×")
        reference = own


def _texts(rows: list[dict[str, str]], count: int) -> list[str]:
    pool = " ".join(f"{row['title']} {row.get('description') or ''}".strip() for row in rows)
    step = max(LENGTH, len(pool) // count)
    return [pool[start : start + LENGTH] for start in range(0, len(pool) - LENGTH, step)][:count]


def _lexicon(size: int, texts: list[str]) -> Lexicon:
    files = read_lexicon(DEFAULT_LEXICON)
    generator = random.Random(SEED)
    letters = sorted({char for text in texts for char in text if "\u4e00" <= char <= "\u9fff"})
    terms = list(files.terms)[:size]
    known = {spec.term for _, spec in terms}
    while len(terms) < size:
        word = "".join(generator.choices(letters, k=generator.choice((3, 3, 4, 5))))
        if word not in known:
            known.add(word)
            spec = TermSpec(id=f"made.{len(terms)}", term=word, strength="medium", severity=3, added=ADDED)
            terms.append(("data", spec))
    lexicon = compile_lexicon(replace(files, terms=tuple(terms)))
    gc.collect()
    gc.freeze()  # as load_lexicon does
    return lexicon


def _jobs(lexicon: Lexicon, forms: list[str], size: int) -> dict[str, Job]:
    seen_at = datetime(2026, 1, 1, tzinfo=UTC)

    listings: dict[str, Listing] = {}

    def listed(texts: list[str]) -> list[Listing]:
        """The listings of the texts, made before the clock counts: they are what the analysis is given."""
        if not listings:
            listings.update((text, Listing("x", "p", "s", text, seen_at)) for text in texts)
        return [listings[text] for text in texts]

    def one_by_one(texts: list[str]) -> None:
        for listing in listed(texts):
            analyze(listing, lexicon)

    def in_batches(texts: list[str]) -> None:
        rows = listed(texts)
        for start in range(0, len(rows), BATCH):
            analyze_batch(rows[start : start + BATCH], lexicon)

    automaton = ahocorasick.Automaton()
    for form in forms:
        automaton.add_word(form, form)
    automaton.make_automaton()
    keywords = KeywordProcessor()
    keywords.add_keywords_from_list(forms)
    vocabulary = set(forms)
    jobs: dict[str, Job] = {
        OWN: in_batches,
        "the same, one by one": one_by_one,
        "pyahocorasick alone": lambda texts: [list(automaton.iter(text)) for text in texts],
        "flashtext alone": lambda texts: [keywords.extract_keywords(text) for text in texts],
        "jieba.cut + set": lambda texts: [vocabulary.intersection(jieba.cut(text)) for text in texts],
    }
    if size <= SMALL:
        jobs["plain loop over forms"] = lambda texts: [[f for f in forms if f in text] for text in texts]
    return jobs


def _rates(jobs: dict[str, Job], texts: list[str], rounds: int) -> dict[str, float]:
    """Texts a second of each job: the jobs take turns, so that a slow minute of the machine meets all."""
    for job in jobs.values():
        job(texts)
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            started = time.process_time()
            job(texts)
            seconds[name].append(time.process_time() - started)
    return {name: len(texts) / statistics.median(taken) for name, taken in seconds.items()}


if __name__ == "__main__":
    main()
