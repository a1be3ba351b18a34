"""Everything in a text that is a signal of trade: prices, contacts, phrases, pointers and domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.personal import find_personal
from pipelines.records import Signal
from pipelines.signals.contacts import ContactFinder, Cue
from pipelines.signals.domains import DomainFinder
from pipelines.signals.forms import FormMatcher, Found
from pipelines.signals.prices import find_prices
from pipelines.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.folding import Folded
    from pipelines.lexicon.signals_schema import SignalFile, Weight
    from pipelines.personal import Personal
    from pipelines.records import Price, SignalKind, TextField
    from pipelines.signals.contacts import Contact


class _Meaning(NamedTuple):
    kind: SignalKind
    name: str


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

        Nothing is reported from within a handle or a personal number, so that a masked text gives the
        same signals as the text that it was made of.
        """
        contacts, personal, found = self._read(folded)
        found.extend(
            Found(_Meaning("domain", "throwaway" if domain.throwaway else "link"), domain.start, domain.end)
            for domain in self._domains.find(folded.text)
        )
        prices = find_prices(folded, field)
        if contacts or personal:
            hidden = _hidden_spans(contacts, personal)
            found = [item for item in found if not hidden.overlap(item.start, item.end)]
            originals = _hidden_spans(contacts, personal, folded)
            prices = tuple(price for price in prices if not originals.overlap(price.start, price.end))
            found.extend(
                Found(_Meaning("contact", contact.name), contact.start, contact.end) for contact in contacts
            )
        if not found:
            return (), prices
        found.sort(key=lambda item: (item.start, item.end))
        return tuple(_signal(folded, item, field) for item in found), prices

    def contacts(self, folded: Folded) -> tuple[list[Contact], list[Personal]]:
        """The contacts of a text with the spans of their handles, and all that is personal in it."""
        contacts, personal, _ = self._read(folded)
        return contacts, personal

    def weight(self, kind: SignalKind, name: str) -> Weight:
        """Whether a signal tells much by itself; KeyError for one that `signals.yaml` doesn't have."""
        return self._weights[kind, name]

    def _read(self, folded: Folded) -> tuple[list[Contact], list[Personal], list[Found[_Meaning]]]:
        personal = find_personal(folded.text)
        cues: list[Found[Cue]] = []
        others: list[Found[_Meaning]] = []
        for meaning, start, end in self._forms.find(folded):
            if isinstance(meaning, Cue):
                cues.append(Found(meaning, start, end))
            else:
                others.append(Found(meaning, start, end))
        return self._contacts.find(folded, cues, personal), personal, others


def _forms(spec: SignalFile) -> Iterator[tuple[str, Cue | _Meaning | None]]:
    for channel in spec.contacts:
        for form in channel.cues:
            yield form, Cue(channel.name, "cue", bare=len(form) == 1)
        for form in channel.names:
            yield form, Cue(channel.name, "name", bare=len(form) == 1)
        for form in channel.words:
            yield form, Cue(channel.name, "word", bare=len(form) == 1)
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


def _hidden_spans(
    contacts: Iterable[Contact], personal: Iterable[Personal], folded: Folded | None = None
) -> Spans:
    """What a mask will cover: spans in the folded text, or in the original if `folded` is given."""
    spans = [(item.start, item.end) for item in personal]
    spans.extend((c.handle_start, c.handle_end) for c in contacts if c.handle_end)
    return Spans(folded.span(*span) for span in spans) if folded is not None else Spans(spans)


def _signal(folded: Folded, found: Found[_Meaning], field: TextField) -> Signal:
    start, end = folded.span(found.start, found.end)
    return Signal(found.meaning.kind, found.meaning.name, folded.original[start:end], start, end, field)
