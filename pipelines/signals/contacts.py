"""Off-platform contact in its disguises: the cue that announces it, and the handle that follows.

A cue (加我, v信) is a contact wherever it stands. The name of an app is one beside a verb, a contact word
or a handle, or at the end of the text; an ordinary word (土豆), a single letter or an emoji only straight
after a verb or before a handle. Numbers, addresses and masks speak for themselves.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast, get_args

from pipelines.folding import fold
from pipelines.lexicon.signals_schema import ContactName
from pipelines.personal import AS_DIGITS, MASK, SPOKEN_DIGITS, Personal
from pipelines.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.folding import Folded
    from pipelines.lexicon.signals_schema import ChannelSpec, ContactContext
    from pipelines.signals.forms import Found

Rank = Literal["cue", "name", "word"]


class Cue(NamedTuple):
    """What a form stands for, and what it takes to be a contact; `bare`: a single letter or hanzi."""

    name: ContactName
    rank: Rank
    bare: bool = False


class Contact(NamedTuple):
    """A contact: the span of its cue in `Folded.text`, and the span of its handle where one is written."""

    name: ContactName
    start: int
    end: int
    handle_start: int = 0
    handle_end: int = 0

    @property
    def whole(self) -> tuple[int, int]:
        """The span of cue and handle together."""
        if self.handle_end:
            return min(self.start, self.handle_start), max(self.end, self.handle_end)
        return self.start, self.end


class _Handle(NamedTuple):
    start: int
    end: int
    masked: bool = False


_NAMES: Final[frozenset[str]] = frozenset(get_args(ContactName))
_PLACEHOLDER: Final = re.compile(r"cellphone|(?<![a-z] )(?<![a-z])(?:phone|wechat)(?![a-z])")
_PLACEHOLDERS: Final = frozenset({"cellphone", "phone", "wechat", "name", "digit", "place"})
_INTRODUCTION: Final = re.compile(
    r"\s?(?P<sign>(?:群?号码?|id|帐号|账号|群)?\s?[:=;@→➡👉]{1,2}|群?号码?[是为]?|群|[是为])?[^\w\[]{0,3}"
)
_EDGE = f"[a-z0-9_{SPOKEN_DIGITS}]"
_HANDLE: Final = re.compile(
    rf"""(?P<spaced>[a-z0-9](?:[\W_]{{1,3}}[a-z0-9]){{4,24}}(?![a-z0-9]))
    | (?P<parted>[0-9]{{2,5}}(?:[ .-][0-9]{{2,5}}){{1,4}}(?![0-9]))
    | (?P<whole>{_EDGE}(?:[a-z0-9_.{SPOKEN_DIGITS}-]{{0,30}}{_EDGE})?)""",
    re.VERBOSE,
)
_VERSION: Final = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_PLUS_EMOJI: Final = frozenset("➕✚")
_SPOKEN: Final = re.compile(f"[{SPOKEN_DIGITS}]")
_COUNTED: Final = re.compile(r"\s?(?:粉|级|元|块|米|r|条|套|个|张|份|年|月|天|w|万|人|单|多|开头|折|%|起)")
_FILLER: Final = r"(?:我的?|我们|个|下|一下|你的?|的|本人)?[\W_]{0,3}$"
_ACCOUNT: Final = re.compile(r"/(?:\+|s/|u/|joinchat/)?(?P<account>[a-z0-9_+-]{4,64})")
_AT_NAME: Final = re.compile(r"(?<![a-z0-9_.])@(?P<name>[a-z][a-z0-9_]{4,31})(?![a-z0-9_.@])")
_REACH: Final = 10
_SHOWN_DIGITS: Final = 3


class ContactFinder:
    """Finds contacts among the cues of a text. Built once; holds nothing of any text."""

    def __init__(self, channels: Iterable[ChannelSpec], context: ContactContext) -> None:
        self._verb = re.compile(f"(?:{_any_of(context.verbs)}){_FILLER}")
        self._before = re.compile(f"(?:{_any_of(context.before)}){_FILLER}")
        self._after = re.compile(rf"[\W_]{{0,2}}号?[\W_]{{0,2}}(?:{_any_of(context.after)})")
        self._goods_before = re.compile(rf"(?:{_any_of(context.goods_before)})[的\W_]{{0,2}}$")
        self._goods_after = re.compile(rf"\s?(?:{_any_of(context.goods_after)})")
        self._links = {link: channel.name for channel in channels for link in channel.links}
        self._link = re.compile(rf"(?<![a-z0-9.-])(?:{_any_of(self._links)})(?=/)")

    def find(self, folded: Folded, cues: Sequence[Found[Cue]], personal: Sequence[Personal]) -> list[Contact]:
        """The contacts of a text, in order, given the cues and what is personal in it."""
        text = folded.text
        contacts = self._announced(text, cues, personal) if cues else []
        if "/" in text and "." in text:
            contacts.extend(self._linked(text))
        taken = Spans(contact.whole for contact in contacts)
        contacts.extend(other for other in _unannounced(folded, personal) if not taken.overlap(*other.whole))
        if len(contacts) > 1:
            contacts.sort(key=lambda contact: (contact.start, contact.end))
        return contacts

    def _announced(
        self, text: str, cues: Sequence[Found[Cue]], personal: Sequence[Personal]
    ) -> list[Contact]:
        contacts: list[Contact] = []
        occupied = Spans((item.start, item.end) for item in personal)
        reach = -2
        for cue, start, end in cues:
            if start < reach or occupied.overlap(start, end):
                continue
            before = text[max(0, start - _REACH) : start]
            verb = self._verb.search(before) is not None or _has_plus(before, cue)
            handle = _handle_after(text, end, personal, cue, introduced=verb)
            joined = 0 <= start - reach <= 1
            if handle is None and not self._is_contact(cue, text, end, before, verb=verb or joined):
                continue
            contact = Contact(cue.name, start, end, *(handle[:2] if handle else ()))
            contacts.append(contact)
            reach = max(end, contact.handle_end)
        return contacts

    def _is_contact(self, cue: Cue, text: str, end: int, before: str, *, verb: bool) -> bool:
        """Whether a cue without a handle is a contact."""
        if text[end - 1].isascii() and text[end : end + 1].isascii() and text[end : end + 1].isalnum():
            return False
        if cue.rank == "cue":
            return True
        if self._goods_after.match(text, end):
            return False
        if cue.rank == "word":
            return verb
        if self._goods_before.search(before):
            return False
        return (
            verb
            or self._before.search(before) is not None
            or self._after.match(text, end) is not None
            or not any(char.isalnum() for char in text[end : end + _REACH])
        )

    def _linked(self, text: str) -> Iterable[Contact]:
        for match in self._link.finditer(text):
            account = _ACCOUNT.match(text, match.end())
            mask = MASK.match(text, match.end() + 1)
            handle = account.span("account") if account else mask.span() if mask else (0, 0)
            yield Contact(self._links[match[0]], match.start(), match.end(), *handle)


def _has_plus(before: str, cue: Cue) -> bool:
    """A plus sign is a verb before a letter or a name (+v); between words it only joins them."""
    return before.rstrip()[-1:] in _PLUS_EMOJI or (before[-1:] == "+" and (cue.bare or cue.rank == "name"))


def _handle_after(
    text: str, end: int, personal: Sequence[Personal], cue: Cue, *, introduced: bool
) -> _Handle | None:
    """The handle behind a cue, be it written or masked already."""
    introduction = _INTRODUCTION.match(text, end)
    start = introduction.end() if introduction else end
    mask = MASK.match(text, start)
    if mask is not None:
        return _Handle(start, mask.end(), masked=True) if mask["kind"] in _NAMES else None
    index = bisect_left(personal, end, key=lambda item: item.start)
    if index < len(personal) and personal[index].start <= start + 1:
        item = personal[index]
        return _Handle(item.start, item.end) if item.kind in _NAMES else None
    signed = introduction is not None and introduction["sign"] is not None
    match = _HANDLE.match(text, start)
    if (
        match is None
        or match[0] in _PLACEHOLDERS
        or (index < len(personal) and personal[index].start < match.end())
    ):
        return None
    if text[end - 1].isascii() and start == end and text[end].isalpha() and cue.rank != "cue":
        return None
    stop = _end_of_handle(text, match, sure=signed or introduced, bare=cue.bare and text[end - 1].isalnum())
    return _Handle(start, stop) if stop else None


def _end_of_handle(text: str, match: re.Match[str], *, sure: bool, bare: bool) -> int:
    """Where a handle ends; 0 where it is none. `sure`: a sign or a verb announced it."""
    kind, written = match.lastgroup, match[0]
    digits = sum(char.isdecimal() for char in written)
    if kind != "whole":
        return match.end() if digits >= 6 or (sure and kind == "spaced") else 0
    if _SPOKEN.search(written):
        if all(char.isdecimal() for char in written.translate(AS_DIGITS)) and len(written) >= 6:
            return match.end()
        written = _SPOKEN.split(written)[0].rstrip(".-")
    stop = match.start() + len(written)
    if _VERSION.fullmatch(written):
        return 0
    if written.isdecimal():
        whole_number = 5 <= len(written) <= 12 and not _COUNTED.match(text, stop)
        return stop if whole_number and (sure or not bare) else 0
    if len(written) < (4 if sure else 5) or (written.count(".") and not sure):
        return 0
    return stop if sure or ((digits or "_" in written) and not bare) else 0


def _unannounced(folded: Folded, personal: Sequence[Personal]) -> list[Contact]:
    """Numbers, addresses, names after @, masks, and the placeholders of masked corpora."""
    text = folded.text
    found = []
    for item in personal:
        if item.kind == "phone":
            found.append(Contact("phone", item.start, item.start + _SHOWN_DIGITS, item.start, item.end))
        elif item.kind == "email":
            at = max(item.start, text.rfind("@", item.start, item.end))
            found.append(Contact("email", at, at + 1, item.start, item.end))
    if "@" in text:
        found.extend(
            Contact("other", m.start(), m.start() + 1, *m.span("name")) for m in _AT_NAME.finditer(text)
        )
    if "#" in text:
        found.extend(
            Contact(cast("ContactName", m["kind"]), *m.span())
            for m in MASK.finditer(text)
            if m["kind"] in _NAMES
        )
    if "PHONE" in folded.original or "WECHAT" in folded.original:
        found.extend(_placeholders(folded))
    return found


def _placeholders(folded: Folded) -> Iterable[Contact]:
    for match in _PLACEHOLDER.finditer(folded.text):
        start, end = folded.span(*match.span())
        if folded.original[start:end].isupper():
            yield Contact("wechat" if match[0] == "wechat" else "phone", *match.span())


def _any_of(forms: Iterable[str]) -> str:
    folded = {fold(form).text for form in forms}
    return "|".join(sorted(map(re.escape, folded), key=lambda form: (-len(form), form))) or r"(?!)"
