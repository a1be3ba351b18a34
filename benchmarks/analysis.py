"""How fast the whole analysis is, beside matchers alone, on the same texts in one run.

    python -m benchmarks.analysis LISTINGS.jsonl [--rounds 5]

LISTINGS.jsonl holds one JSON object a line with `title` and `description`. Texts are brought to 60
characters each (cut, or repeated from the next rows). Two lexicon sizes are measured: 1,000 and 100,000
terms, the shipped lexicon filled up with made-up words from a seed. Prints the median of the rounds.
"""

from __future__ import annotations

import argparse
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

from pipelines.analysis import analyze
from pipelines.lexicon.files import read_lexicon
from pipelines.lexicon.load import DEFAULT_LEXICON, Lexicon, compile_lexicon
from pipelines.lexicon.schema import TermSpec
from pipelines.records import Listing

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 60
SEED = 7
ADDED = date(2026, 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("listings", type=argparse.FileType(encoding="utf-8"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--texts", type=int, default=3000)
    arguments = parser.parse_args()
    texts = _texts([json.loads(line) for line in arguments.listings], arguments.texts)
    print(f"{len(texts)} texts of {LENGTH} characters, median of {arguments.rounds} rounds, one core")
    reference: float | None = None
    for size in (1_000, 100_000):
        started = time.perf_counter()
        lexicon = _lexicon(size, texts)
        forms = sorted({form for _, spec in lexicon.files.terms for form in (spec.term, *spec.forms)})
        print(f"\n{size:,} terms, {len(forms):,} forms (compiled in {time.perf_counter() - started:.1f} s)")
        rates = {
            name: _rate(job, texts, arguments.rounds) for name, job in _jobs(lexicon, forms, size).items()
        }
        own = rates["jargonwatch, whole analysis"]
        for name, rate in rates.items():
            print(f"  {name:32} {rate:>10,.0f} texts/s   {rate / own:8.2f} × ours")
        if reference is not None:
            print(f"  slower than at 1,000 terms by {reference / own:.2f} ×")
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
    return compile_lexicon(replace(files, terms=tuple(terms)))


def _jobs(lexicon: Lexicon, forms: list[str], size: int) -> dict[str, Callable[[str], object]]:
    seen_at = datetime(2026, 1, 1, tzinfo=UTC)

    def whole(text: str) -> object:
        return analyze(Listing("x", "p", "s", text, seen_at), lexicon)

    automaton = ahocorasick.Automaton()
    for form in forms:
        automaton.add_word(form, form)
    automaton.make_automaton()
    keywords = KeywordProcessor()
    keywords.add_keywords_from_list(forms)
    vocabulary = set(forms)
    jobs: dict[str, Callable[[str], object]] = {
        "jargonwatch, whole analysis": whole,
        "pyahocorasick alone": lambda text: list(automaton.iter(text)),
        "flashtext alone": keywords.extract_keywords,
        "jieba.cut + set": lambda text: vocabulary.intersection(jieba.cut(text)),
    }
    if size <= 1_000:
        jobs["plain loop over forms"] = lambda text: [form for form in forms if form in text]
    return jobs


def _rate(job: Callable[[str], object], texts: list[str], rounds: int) -> float:
    for text in texts[:50]:
        job(text)
    rates = []
    for _ in range(rounds):
        started = time.perf_counter()
        for text in texts:
            job(text)
        rates.append(len(texts) / (time.perf_counter() - started))
    return statistics.median(rates)


if __name__ == "__main__":
    main()
