"""Everything in a text that is a signal of trade: prices, contacts, phrases, pointers and domains."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from pipelines.folding import fold
from pipelines.personal import MASK, find_personal
from pipelines.records import Signal
from pipelines.signals.contacts import ContactFinder, Cue, canonical_handle
from pipelines.signals.domains import DomainFinder
from pipelines.signals.forms import FormMatcher, Found
from pipelines.signals.prices import find_prices
from pipelines.signals.veil import Hidden, Veil
from pipelines.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.folding import Folded
    from pipelines.lexicon.signals_schema import SignalFile, Weight
    from pipelines.records import Price, SignalKind, TextField
    from pipelines.signals.contacts import Contact, Rank


class _Meaning(NamedTuple):
    kind: SignalKind
    name: str


class _Reading(NamedTuple):
    view: Folded
    veil: Veil | None
    contacts: list[Contact]
    others: list[Found[_Meaning]]


_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_PLACEHOLDER: Final = re.compile(r"cellphone|(?<![a-z] )(?<![a-z])(?:phone|wechat)(?![a-z])")
_MOST_ROUNDS: Final = 8
_SHOWN_OF_PHONE: Final = 3


class SignalFinder:
    """Finds the signals that `signals.yaml` describes. Built once; pure and linear in the text."""

    def __init__(self, spec: SignalFile) -> None:
        self._forms: FormMatcher[Cue | _Meaning] = FormMatcher(_forms(spec))
        self._contacts = ContactFinder(spec.contacts, spec.context)
        self._domains = DomainFinder(spec.domains)
        self._weights: dict[tuple[SignalKind, str], Weight] = {
            ("contact", channel.name): channel.weight for channel in spec.contacts
        }
        self._weights |= {(phrase.kind, phrase.name): phrase.weight for phrase in spec.phrases}
        self._weights |= {("cross-platform", pointer.name): pointer.weight for pointer in spec.pointers}
        self._weights |= {("domain", "throwaway"): "strong", ("domain", "link"): "weak"}

    def find(self, folded: Folded, field: TextField) -> tuple[tuple[Signal, ...], tuple[Price, ...]]:
        """The signals and the prices of a text, each in order of position.

        The surface of a contact is its cue, of a number without one its first digits, never a handle.
        A text and the same text with its personal data masked give the same signals and prices.
        """
        view, veil, contacts, found = self._read(folded)
        for domain in self._domains.find(view.text):
            name = "throwaway" if domain.throwaway else "link"
            found.append(Found(_Meaning("domain", name), domain.start, domain.end))
        for contact in contacts:
            found.append(Found(_Meaning("contact", contact.name), contact.start, contact.end))
        if "PHONE" in folded.original or "WECHAT" in folded.original:
            known = {(item.start, item.end) for item in found}
            found.extend(item for item in _placeholders(folded, view, veil) if item[1:] not in known)
        prices = find_prices(view, field)
        if veil is not None:
            prices = tuple(_unveiled(price, folded, veil) for price in prices)
        if not found:
            return (), prices
        found.sort(key=lambda item: (item.start, item.end))
        return tuple(_signal(folded, veil, item, field) for item in found), prices

    def personal_data(self, folded: Folded) -> tuple[Hidden, ...]:
        """What has to be masked in a text, with spans in `Folded.text`, in order, none overlapping."""
        veil = self._read(folded).veil
        return () if veil is None else veil.hidden

    def weight(self, kind: SignalKind, name: str) -> Weight:
        """Whether a signal tells much by itself; KeyError for one that `signals.yaml` doesn't have."""
        return self._weights[kind, name]

    def _read(self, folded: Folded) -> _Reading:
        """The text under its veil, and what is said in it; without a veil where nothing is personal."""
        view, veil = folded, None
        for _ in range(_MOST_ROUNDS):
            # A mask parts what stood beside it, which may uncover another number or handle.
            found = [Hidden(*item) for item in personal] if (personal := find_personal(view.text)) else []
            if not found:
                contacts, others = self._read_forms(view)
                found = _handles(view.text, contacts) if contacts else []
                if not found:
                    return _Reading(view, veil, contacts, others)
            veil = veil or Veil(folded)
            veil.hide(found)
            view = fold(veil.text)
        return _Reading(view, veil, *self._read_forms(view))

    def _read_forms(self, view: Folded) -> tuple[list[Contact], list[Found[_Meaning]]]:
        found = self._forms.find(view)
        if not found:
            return self._contacts.find(view.text, ()), []
        if "#" in view.text:
            masks = Spans(match.span() for match in MASK.finditer(view.text))
            found = [item for item in found if not masks.overlap(item.start, item.end)]
        cues: list[Found[Cue]] = []
        others: list[Found[_Meaning]] = []
        for item in found:
            if isinstance(item.meaning, Cue):
                cues.append(cast("Found[Cue]", item))
            else:
                others.append(cast("Found[_Meaning]", item))
        return self._contacts.find(view.text, cues), others


def _forms(spec: SignalFile) -> Iterator[tuple[str, Cue | _Meaning | None]]:
    for channel in spec.contacts:
        ranks: tuple[tuple[Rank, tuple[str, ...]], ...] = (
            ("cue", channel.cues),
            ("name", channel.names),
            ("word", channel.words),
        )
        for rank, forms in ranks:
            for form in forms:
                yield form, Cue(channel.name, rank, bare=len(form) == 1)
        yield from _meaningless(channel.unless)
    for phrase in spec.phrases:
        for form in (phrase.name, *phrase.forms):
            yield form, _Meaning(phrase.kind, phrase.name)
        yield from _meaningless(phrase.unless)
    for pointer in spec.pointers:
        for form in pointer.forms:
            yield form, _Meaning("cross-platform", pointer.name)
        yield from _meaningless(pointer.unless)


def _meaningless(forms: Iterable[str]) -> Iterator[tuple[str, None]]:
    return ((form, None) for form in forms)


def _handles(text: str, contacts: Iterable[Contact]) -> list[Hidden]:
    """The handles that are written out; those of masked texts are masks."""
    found = []
    for contact in contacts:
        if contact.handle_end and text[contact.handle_start] != "[":
            value = canonical_handle(text[contact.handle_start : contact.handle_end])
            kind = "phone" if _MOBILE.fullmatch(value) else contact.name
            found.append(Hidden(kind, contact.handle_start, contact.handle_end, value))
    return found


def _placeholders(folded: Folded, view: Folded, veil: Veil | None) -> Iterator[Found[_Meaning]]:
    """What corpora write in the place of numbers and handles, in capitals: CELLPHONE, WECHAT."""
    for match in _PLACEHOLDER.finditer(view.text):
        start, end = folded.span(*(veil.place(*match.span()) if veil else match.span()))
        if folded.original[start:end].isupper():
            name = "wechat" if match[0] == "wechat" else "phone"
            yield Found(_Meaning("contact", name), *match.span())


def _signal(folded: Folded, veil: Veil | None, found: Found[_Meaning], field: TextField) -> Signal:
    start, end = found.start, found.end
    if veil is not None:
        start, end = veil.place(start, end)
        if veil.is_mask(found.start, found.end):
            end = start + (_SHOWN_OF_PHONE if found.meaning.name == "phone" else 1)
    start, end = folded.span(start, end)
    return Signal(found.meaning.kind, found.meaning.name, folded.original[start:end], start, end, field)


def _unveiled(price: Price, folded: Folded, veil: Veil) -> Price:
    start, end = folded.span(*veil.place(price.start, price.end))
    return replace(price, surface=folded.original[start:end], start=start, end=end)
