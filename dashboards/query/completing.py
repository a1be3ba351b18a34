"""What may come next while a query is being typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboards.query.fields import FIELDS
from dashboards.query.writing import quoted
from pipelines.folding import fold_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.query.catalogue import Catalogue

_UNFINISHED: Final = re.compile(
    r"""(?:^|[\s(（])
        (?:(?P<field>[A-Za-z]+)[:：]\s*(?:[^\s()（）"“”＂,，、]+[,，、]\s*)*)?
        (?P<begun>["“”＂]?[^\s()（）"“”＂,，、:：]*)$""",
    re.VERBOSE,
)
_QUOTED: Final = re.compile(r'["“”＂](?:\\.|[^"“”＂\\])*(?P<end>["“”＂]|$)', re.DOTALL)
_FIELD_BEFORE_QUOTE: Final = re.compile(r"[:：,，、]\s*$")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the characters from `start` to `end` may become; `label` says what it is."""

    text: str
    label: str
    start: int
    end: int


def complete(text: str, at: int, catalogue: Catalogue, *, limit: int = 12) -> tuple[Suggestion, ...]:
    """Suggestions for the word that ends at the cursor, `at` characters into the text; best first.

    Behind a field its known values, else fields and terms. Within a quoted text: nothing.
    """
    before = text[:at]
    found = _UNFINISHED.search(before)
    if found is None or _within_text(before):
        return ()
    begun = found["begun"]
    field = (found["field"] or "").casefold()
    if found["field"] and field not in FIELDS:
        return ()
    start = at - len(begun)
    offered = _values(field, begun.lstrip('"“”＂'), catalogue) if field else _words(begun, catalogue)
    return tuple(
        Suggestion(written, label, start, at)
        for (written, label), _ in zip(offered, range(limit), strict=False)
    )


def _within_text(before: str) -> bool:
    """Whether the cursor stands in a quoted text that isn't the value of a field."""
    texts = list(_QUOTED.finditer(before))
    if not texts or texts[-1].end() < len(before) or texts[-1]["end"]:
        return False
    return not _FIELD_BEFORE_QUOTE.search(before[: texts[-1].start()])


def _words(begun: str, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for field in FIELDS.values():
        if field.name.startswith(begun.casefold()):
            yield ("price<" if field.name == "price" else f"{field.name}:"), field.meaning
    if begun:
        for written, label in _terms(begun, catalogue):
            yield f"term:{written}", label


def _values(field: str, begun: str, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    if field == "term":
        yield from _terms(begun, catalogue)
        return
    known = {"platform": catalogue.platforms, "source": catalogue.sources}.get(field, FIELDS[field].values)
    for value in known:
        if value.casefold().startswith(begun.casefold()):
            yield quoted(value), field


def _terms(begun: str, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Terms of which a name or the id begins so; then those that hold it; headwords before other forms."""
    form = fold_form(begun)
    ranked = []
    for term in catalogue.terms:
        names = [fold_form(name) for name in (term.name, *term.forms)]
        ranks = [
            rank
            for name in names
            for rank, holds in enumerate((name == form, name.startswith(form), form in name))
            if holds
        ]
        if term.term_id.startswith(begun.casefold()):
            ranks.append(1)
        if ranks:
            ranked.append((min(ranks), len(term.name), term))
    for _, _, term in sorted(ranked, key=lambda each: each[:2]):
        called = catalogue.term_ids(term.name) == (term.term_id,)
        yield (quoted(term.name) if called else term.term_id), f"{term.name}, {term.term_id}"
