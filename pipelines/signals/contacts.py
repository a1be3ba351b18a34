"""Off-platform contact in its disguises: the cue that announces it, and the handle that follows.

A cue (加我, v信) is a contact wherever it stands. The name of an app is one beside a verb, a contact word
or a handle, or at the end of the text; an ordinary word (土豆), a single letter or an emoji only straight
after a verb or before a handle. Masks speak for themselves: numbers and addresses are masked already in the
texts that are read here (see `veil`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast, get_args

from pipelines.folding import fold
from pipelines.lexicon.signals_schema import ContactName
from pipelines.personal import AS_DIGITS, MASK, SPOKEN_DIGITS
from pipelines.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.lexicon.signals_schema import ChannelSpec, ContactContext
    from pipelines.signals.forms import Found

Rank = Literal["cue", "name", "word"]


class Cue(NamedTuple):
    """What a form stands for, and what it takes to be a contact; `bare`: a single letter or hanzi."""

    name: ContactName
    rank: Rank
    bare: bool = False


class Contact(NamedTuple):
    """A contact: the span of its cue, and of the handle behind it, be it written or a mask already."""

    name: ContactName
    start: int
    end: int
    handle_start: int = 0
    handle_end: int = 0

    @property
    def reach(self) -> int:
        """Where cue and handle end."""
        return max(self.end, self.handle_end)


_NAMES: Final[frozenset[str]] = frozenset(get_args(ContactName))
_PLACEHOLDERS: Final = frozenset({"cellphone", "phone", "wechat", "name", "digit", "place"})
_INTRODUCTION: Final = re.compile(
    r"\s?(?P<sign>(?:群?号码?|id|帐号|账号|群)?\s?[:=;@→➡👉]{1,2}|群?号码?[是为]?|群|[是为])?[^\w\[]{0,3}"
)
_EDGE = f"[a-z0-9_{SPOKEN_DIGITS}]"
_HANDLE: Final = re.compile(
    rf"""(?P<spaced>[a-z0-9](?:[^\w\[\]]{{1,3}}[a-z0-9]){{4,24}}(?![a-z0-9]))
    | (?P<parted>[0-9]{{2,5}}(?:[ .-][0-9]{{2,5}}){{1,4}}(?![0-9]))
    | (?P<whole>{_EDGE}(?:[a-z0-9_.{SPOKEN_DIGITS}-]{{0,30}}{_EDGE})?)""",
    re.VERBOSE,
)
_VERSION: Final = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_PLUS_EMOJI: Final = frozenset("➕✚")
_SPOKEN: Final = re.compile(f"[{SPOKEN_DIGITS}]")
_COUNTED: Final = re.compile(
    r"\s?(?:[粉级元块米条套个张份年月天万人单多折起斤克吨片台件本包组户rwkg%]|开头|公[里斤]|毫[安升米])"
)
_FILLER: Final = r"(?:我的?|我们|个|下|一下|你的?|的|本人)?[\W_]{0,3}$"
_ACCOUNT: Final = re.compile(r"/(?:\+|s/|u/|joinchat/)?(?P<account>[a-z0-9_+-]{4,64})")
_AT_NAME: Final = re.compile(r"(?<![a-z0-9_.])@(?P<name>[a-z][a-z0-9_]{4,31})(?![a-z0-9_.@])")
_LEAST_ACCOUNT: Final = 5
_REACH: Final = 10


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

    def find(self, text: str, cues: Sequence[Found[Cue]]) -> list[Contact]:
        """The contacts of a folded text, in order, given the cues in it."""
        contacts = self._announced(text, cues) if cues else []
        others: list[Contact] = []
        if "/" in text and "." in text:
            others.extend(self._linked(text))
        if "@" in text:
            others.extend(_named_at(text))
        if "#" in text:
            others.extend(_masks(text))
        if others:
            taken = Spans((contact.start, contact.reach) for contact in contacts)
            for other in others:
                if not taken.overlap(other.start, other.reach):
                    contacts.append(other)
            contacts.sort(key=lambda contact: (contact.start, contact.end))
        return contacts

    def _announced(self, text: str, cues: Sequence[Found[Cue]]) -> list[Contact]:
        contacts: list[Contact] = []
        reach = -2
        for cue, start, end in cues:
            if start < reach:
                continue
            before = text[max(0, start - _REACH) : start]
            verb = self._verb.search(before) is not None or _has_plus(before, cue)
            handle = _handle_after(text, end, cue, introduced=verb)
            joined = 0 <= start - reach <= 1
            if handle is None and not self._is_contact(cue, text, end, before, verb=verb or joined):
                continue
            contacts.append(Contact(cue.name, start, end, *(handle or ())))
            reach = contacts[-1].reach
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

    def _linked(self, text: str) -> Iterator[Contact]:
        for match in self._link.finditer(text):
            account = _ACCOUNT.match(text, match.end())
            mask = MASK.match(text, match.end() + 1)
            handle = account.span("account") if account else mask.span() if mask else (0, 0)
            yield Contact(self._links[match[0]], match.start(), match.end(), *handle)


def canonical_handle(written: str) -> str:
    """A handle without what was put between its characters; a spoken number in digits."""
    bare = "".join(char for char in written if char.isalnum() or char == "_")
    digits = bare.translate(AS_DIGITS)
    return digits if digits.isdecimal() else bare


def _has_plus(before: str, cue: Cue) -> bool:
    """A plus sign is a verb before a letter or a name (+v); between words it only joins them."""
    if before.rstrip()[-1:] in _PLUS_EMOJI:
        return True
    return before[-1:] == "+" and not before[-2:-1].isdigit() and (cue.bare or cue.rank == "name")


def _handle_after(text: str, end: int, cue: Cue, *, introduced: bool) -> tuple[int, int] | None:
    introduction = _INTRODUCTION.match(text, end)
    start = introduction.end() if introduction else end
    mask = MASK.match(text, start)
    if mask is not None:
        return mask.span() if mask["kind"] in _NAMES else None
    match = _HANDLE.match(text, start)
    if match is None or match[0] in _PLACEHOLDERS:
        return None
    if text[end - 1].isascii() and start == end and text[end].isalpha():
        joined = introduced or cue.rank == "cue"
        return match.span() if joined and _looks_like_account(match[0]) else None
    signed = introduction is not None and introduction["sign"] is not None
    stop = _end_of_handle(text, match, sure=signed or introduced, bare=cue.bare and text[end - 1].isalnum())
    return (start, stop) if stop else None


def _looks_like_account(written: str) -> bool:
    """Whether letters straight behind a Latin cue are an account (vxabc12345) and not a word (wifi6)."""
    return len(written) > _LEAST_ACCOUNT and not written.isalpha() and _SPOKEN.search(written) is None


def _end_of_handle(text: str, match: re.Match[str], *, sure: bool, bare: bool) -> int:
    """Where a handle ends; 0 where it is none. `sure`: a sign or a verb announced it."""
    written = match[0]
    digits = sum(char.isdecimal() for char in written)
    if match["whole"] is None:
        enough = (digits >= 6 and not bare) or (sure and (digits >= 6 or match["spaced"] is not None))
        return match.end() if enough else 0
    if _SPOKEN.search(written):
        if written.translate(AS_DIGITS).isdecimal() and len(written) >= 6:
            return match.end()
        written = _SPOKEN.split(written)[0].rstrip(".-")
    stop = match.start() + len(written)
    if _VERSION.fullmatch(written):
        return 0
    if written.isdecimal():
        whole_number = 5 <= len(written) <= 12 and not _COUNTED.match(text, stop)
        return stop if whole_number and (sure or not bare) else 0
    if len(canonical_handle(written)) < (4 if sure else 5) or ("." in written and not sure):
        return 0
    return stop if sure or ((digits or "_" in written) and not bare) else 0


def _named_at(text: str) -> Iterator[Contact]:
    for match in _AT_NAME.finditer(text):
        yield Contact("other", match.start(), match.start() + 1, *match.span("name"))


def _masks(text: str) -> Iterator[Contact]:
    for match in MASK.finditer(text):
        if match["kind"] in _NAMES:
            yield Contact(cast("ContactName", match["kind"]), *match.span())


def _any_of(forms: Iterable[str]) -> str:
    folded = {fold(form).text for form in forms}
    return "|".join(sorted(map(re.escape, folded), key=lambda form: (-len(form), form))) or r"(?!)"
