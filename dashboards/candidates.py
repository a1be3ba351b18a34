"""Candidates of new slang: strings that flagged listings have far more often than clear ones.

Texts are folded, what the lexicon already finds in them is cut out, and the strings of what is left are
counted once a seller and text: Chinese runs as n-grams of characters, other words whole. A candidate is
tested by the log-likelihood ratio (Dunning's G²) with Benjamini and Hochberg's correction over all strings
counted, and described by how often it is more frequent. Both samples are bounded, so the counts are of the
sample and not of the store; they say so.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from dashboards.significance import corrected, log_likelihood
from pipelines.folding import fold, fold_form
from pipelines.lexicon.files import GROUP_PREFIX, SIGNAL_PREFIX
from pipelines.records import CATEGORIES
from pipelines.store.query import Has

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.lexicon.files import LexiconFiles
    from pipelines.records import Category
    from pipelines.store.answers import StoredListing
    from pipelines.store.protocol import Questions
    from pipelines.store.query import Query

FLAGGED_SAMPLE: Final = 3000
CLEAR_SAMPLE: Final = 9000
TEXT_LENGTH: Final = 600
LONGEST: Final = 6
"""Characters of an n-gram."""
FEWEST: Final = 3
"""Texts of different sellers in which a candidate must stand."""
ORDINARY: Final = 0.01
"""A string in more than this share of the clear texts is ordinary, whatever the flagged ones say."""
SIGNIFICANT: Final = 0.01
EXAMPLES: Final = 3
_NEARLY: Final = 0.8
"""A string that stands inside a longer one in this share of its texts is a piece of it."""

_RUN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+")
_NAME: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
"""Somebody's, as in name_01."""
_MASK: Final = re.compile(r"\[[a-z]+#[0-9a-f]{8}\]")
_PAGE: Final = 500
_CUT: Final = "\x00"


class Example(NamedTuple):
    """A listing in which a candidate stands."""

    listing_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A string, in how many flagged and clear texts it stands, and what speaks for it.

    `g2` is the log-likelihood ratio, `p` its probability by chance, corrected; `ratio` is how many times as
    frequent the string is in flagged texts (half a text added on both sides). `category` is the one that
    most of its flagged listings have.
    """

    text: str
    flagged: int
    clear: int
    sellers: int
    g2: float
    p: float
    ratio: float
    category: Category
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """The candidates, strongest first, and the sizes of the two samples in texts that differ."""

    candidates: tuple[Candidate, ...]
    flagged: int
    clear: int
    strings: int
    """How many strings were counted, for which the significance is corrected."""


@dataclass(frozen=True, slots=True)
class _Text:
    """The folded text of a listing without what the lexicon knows."""

    stored: StoredListing
    text: str
    seller: str


def find_candidates(
    store: Questions,
    files: LexiconFiles,
    *,
    confirmed: Iterable[str] = (),
    innocent: Iterable[str] = (),
    without: Iterable[str] = (),
    top: int = 100,
) -> Search:
    """Compare flagged and watched listings with clear ones, each the newest of the store.

    `confirmed` and `innocent` are the ids of listings that analysts settled: they change sides. `without`
    holds strings decided on before. Reads at most 12,000 listings.
    """
    confirmed, innocent = list(confirmed), set(innocent)
    known = known_strings(files)
    bad = [*_settled(store, confirmed), *_newest(store, Has("verdict", ("flagged", "watch")), FLAGGED_SAMPLE)]
    good = [*_settled(store, innocent), *_newest(store, Has("verdict", ("clear",)), CLEAR_SAMPLE)]
    illicit = set(confirmed)
    flagged = _texts((each for each in bad if each.listing.listing_id not in innocent), known)
    clear = _texts((each for each in good if each.listing.listing_id not in illicit), known)
    return compare(flagged, clear, skip={fold_form(text) for text in without}, top=top)


def compare(flagged: Sequence[_Text], clear: Sequence[_Text], *, skip: set[str], top: int) -> Search:
    """The candidates of two samples."""
    places = _places(flagged)
    frequent = {text: found for text, found in places.items() if len(_sellers(found, flagged)) >= FEWEST}
    elsewhere = _occurrences(frequent, clear)
    n_flagged, n_clear = len(flagged), len(clear)
    scored = [
        (text, log_likelihood(len(found), n_flagged, elsewhere[text], n_clear))
        for text, found in frequent.items()
    ]
    if not scored:
        return Search((), n_flagged, n_clear, len(places))
    p = corrected([g2 for _, g2 in scored], tests=len(places))
    kept: dict[str, Candidate] = {}
    for (text, g2), each_p in sorted(zip(scored, p, strict=True), key=lambda pair: (-pair[0][1], pair[0][0])):
        ordinary = n_clear and elsewhere[text] / n_clear > ORDINARY
        ratio = _ratio(len(frequent[text]), n_flagged, elsewhere[text], n_clear)
        if ordinary or ratio <= 1 or each_p > SIGNIFICANT or text in skip:
            continue
        kept[text] = _candidate(text, frequent[text], flagged, elsewhere[text], g2, each_p, ratio)
    whole = _without_pieces(kept, frequent)
    return Search(tuple(whole[:top]), n_flagged, n_clear, len(places))


def known_strings(files: LexiconFiles) -> frozenset[str]:
    """Everything that the lexicon names, folded: forms, contexts, and the words of its signals."""
    written: list[str] = []
    for _, spec in files.terms:
        written += [spec.term, *spec.forms, *spec.confirm, *spec.excuse]
    for group in files.groups.values():
        written += group.words
    signals = files.signals
    for channel in signals.contacts:
        written += [*channel.cues, *channel.names, *channel.words]
    for phrase in signals.phrases:
        written += [phrase.name, *phrase.forms]
    for pointer in signals.pointers:
        written += pointer.forms
    written += [*signals.context.verbs, *signals.context.before, *signals.context.after]
    folded = (fold_form(text) for text in written if not text.startswith((GROUP_PREFIX, SIGNAL_PREFIX)))
    return frozenset(text for text in folded if text)


def _newest(store: Questions, query: Query, most: int) -> Iterator[StoredListing]:
    cursor, left = None, most
    while left > 0:
        page = store.search(query, limit=min(_PAGE, left), cursor=cursor)
        yield from page.listings
        left -= len(page.listings)
        cursor = page.cursor
        if cursor is None:
            return


def _settled(store: Questions, listing_ids: Iterable[str]) -> Iterator[StoredListing]:
    for listing_id in listing_ids:
        history = store.get(listing_id)
        if history is not None:
            yield history.listing


def _texts(listings: Iterable[StoredListing], known: frozenset[str]) -> list[_Text]:
    """One text a seller and wording."""
    longer = AhoCorasick(sorted(text for text in known if len(text) > 1), matchkind=MatchKind.LeftmostLongest)
    found: dict[tuple[str, str], _Text] = {}
    for stored in listings:
        text = _remaining(stored, longer)
        seller = stored.listing.seller_id or stored.listing.listing_id
        found.setdefault((seller, text), _Text(stored, text, seller))
    return list(found.values())


def _remaining(stored: StoredListing, known: AhoCorasick) -> str:
    """The folded text, with a cut where a hit, a mask or a string of the lexicon stood."""
    parts = []
    for field in ("title", "description"):
        original = stored.listing.title if field == "title" else stored.listing.description
        chars = list(original[:TEXT_LENGTH])
        for hit in stored.analysis.hits:
            if (hit.field == "title") == (field == "title"):
                for place in range(hit.start, min(hit.end, len(chars))):
                    chars[place] = "\n"
        parts.append(_NAME.sub("\n", fold(_MASK.sub("\n", "".join(chars))).text))
    text = "\n".join(parts)
    pieces, at = [], 0
    for _, start, end in known.find_matches_as_indexes(text):
        pieces += [text[at:start], _CUT]
        at = end
    return "".join([*pieces, text[at:]])


def _strings(text: str) -> set[str]:
    """The n-grams of Chinese runs, and other words whole; numbers are nothing new."""
    found: set[str] = set()
    for match in _RUN.finditer(text):
        run = match.group()
        if run[0].isascii():
            if 2 <= len(run) <= 2 * LONGEST and not run.isdigit():
                found.add(run)
            continue
        for size in range(2, LONGEST + 1):
            found.update(run[start : start + size] for start in range(len(run) - size + 1))
    return found


def _places(texts: Sequence[_Text]) -> Mapping[str, list[int]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        for string in _strings(text.text):
            places[string].append(index)
    return places


def _sellers(found: Sequence[int], texts: Sequence[_Text]) -> set[str]:
    return {texts[index].seller for index in found}


def _occurrences(strings: Iterable[str], texts: Sequence[_Text]) -> Counter[str]:
    """In how many texts each string stands, in one walk over each text."""
    wanted = sorted(strings)
    counts: Counter[str] = Counter()
    if not wanted:
        return counts
    automaton = AhoCorasick(wanted)
    for text in texts:
        matches = automaton.find_matches_as_indexes(text.text, overlapping=True)
        counts.update({wanted[index] for index, _, _ in matches})
    return counts


def _ratio(flagged: int, of_flagged: int, clear: int, of_clear: int) -> float:
    return ((flagged + 0.5) / (of_flagged + 1)) / ((clear + 0.5) / (of_clear + 1))


def _candidate(
    text: str,
    found: Sequence[int],
    flagged: Sequence[_Text],
    clear: int,
    g2: float,
    p: float,
    ratio: float,
) -> Candidate:
    listings = [flagged[index].stored for index in found]
    categories = Counter(each.analysis.category for each in listings if each.analysis.category)
    examples: dict[str, Example] = {}
    for index in found:
        listing = flagged[index].stored.listing
        shown = listing.title or listing.description[:60]
        examples.setdefault(flagged[index].seller, Example(listing.listing_id, shown))
    return Candidate(
        text=text,
        flagged=len(found),
        clear=clear,
        sellers=len(examples),
        g2=g2,
        p=p,
        ratio=ratio,
        category=min(categories, key=lambda name: (-categories[name], name), default=CATEGORIES[0]),
        examples=tuple(examples.values())[:EXAMPLES],
    )


def _without_pieces(kept: Mapping[str, Candidate], places: Mapping[str, Sequence[int]]) -> list[Candidate]:
    """Drop pieces of longer strings, and longer strings around a word that stands in other company too."""
    dropped: set[str] = set()
    for text, candidate in sorted(kept.items(), key=lambda item: -len(item[0])):
        for size in range(2, len(text)):
            for start in range(len(text) - size + 1):
                part = text[start : start + size]
                if part not in kept or text in dropped:
                    continue
                if candidate.flagged >= _NEARLY * len(places[part]):
                    dropped.add(part)
                elif kept[part].g2 >= candidate.g2:
                    dropped.add(text)
    return [candidate for text, candidate in kept.items() if text not in dropped]
