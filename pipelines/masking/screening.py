"""A cheap look at a raw text: may it hold anything that has to be masked?

Most listings hold nothing. Folding them to find that out costs more than the rest of the masking, so the
text is first looked over as it is. The look errs on the side of yes: it takes whatever could fold into a
digit or a letter for one, and knows of a cue no more than how it ends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pipelines.disguise.glyphs import canonical_table
from pipelines.folding import fold
from pipelines.personal import SPOKEN_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipelines.lexicon.signals_schema import SignalFile

_WRITTEN: Final = f"[0-9A-Za-z_{SPOKEN_DIGITS}]"
_HANDLE: Final = rf"{_WRITTEN}(?:[\W_]{{0,3}}{_WRITTEN}){{3}}"
_JOINT: Final = r"(?:[\W_]|[iI][dD]|[号码群是为帐账號碼為帳賬]){0,12}?"
_SIGN: Final = r"(?=.{0,8}[:：=;；@是为為号號群→➡👉])"
_PLUS: Final = "+➕✚"
_LONGEST_FILLER: Final = 6
_AT: Final = re.compile(r"[艾爱愛(（\[#](?:(?<=[艾爱愛])特|(?<=[(（\[])[aA][tT]|(?<=#))")
_LINK: Final = re.compile(r"\.[A-Za-z]{2,4}/")


class Screen:
    """The patterns of the look, made from the forms that announce a handle. Built once."""

    def __init__(self, spec: SignalFile) -> None:
        table = canonical_table()
        variants: dict[str, set[str]] = {}
        for code, folded in table.items():
            variants.setdefault(folded, set()).add(chr(code))
        digit = SPOKEN_DIGITS + "".join(char for spoken in SPOKEN_DIGITS for char in variants.get(spoken, ()))
        disguised = (chr(code) for code, folded in table.items() if _is_disguised(chr(code), folded))
        self._hidden = re.compile(f"[{_class_of({'@', *disguised})}]")
        self._number = re.compile(rf"[0-9{digit}](?:[\W_]{{0,3}}[0-9olOL{digit}]){{6}}")
        cues = {
            fold(form).text
            for channel in spec.contacts
            for form in (*channel.cues, *channel.names, *channel.words)
        }
        hanzi = {cue for cue in cues if not cue[-1].isascii()}
        last = "".join(_any_of(char, variants) for char in sorted({cue[-1] for cue in hanzi}))
        verbs = "".join(_any_of(verb[-1], variants) for verb in spec.context.verbs)
        self._handle = re.compile(f"[{last}]{_JOINT}{_HANDLE}", re.DOTALL)
        self._cue = _cue_pattern(hanzi, verbs, variants)
        self._latin_cue = _cue_pattern(cues - hanzi, verbs, variants, boundary=r"(?<![A-Za-z0-9-].)")

    def may_hold_personal_data(self, text: str) -> bool:
        """False only for a text in which masking would find nothing. Linear in the text's length."""
        return (
            self._hidden.search(text) is not None
            or self._number.search(text) is not None
            or self._latin_cue.search(text) is not None
            or (self._handle.search(text) is not None and self._cue.search(text) is not None)
            or _AT.search(text) is not None
            or "车牌" in text
            or "車牌" in text
            or ("/" in text and _LINK.search(text) is not None)
        )


def _cue_pattern(
    cues: Iterable[str], verbs: str, variants: Mapping[str, set[str]], boundary: str = ""
) -> re.Pattern[str]:
    """How a cue ends, and a handle behind it; a single letter or hanzi needs a verb or a sign as well."""
    reach = range(1, _LONGEST_FILLER + 1)
    introduced = "|".join(f"(?<=[{verbs}{_PLUS}]{'.' * filler})" for filler in reach)
    rests: dict[str, set[str]] = {}
    for cue in cues:
        if len(cue) == 1 and cue.isalnum():
            alone = f"(?:(?![A-Za-z])|(?<=[加{_PLUS}].))" if cue.isascii() else ""
            rests.setdefault(cue, set()).add(rf"{alone}(?:{introduced}|{_SIGN})")
            continue
        # Of hanzi the last two tell enough; Latin names are short and would match anywhere.
        end = cue if cue.isascii() else cue[-2:] if not cue[-1].isascii() else cue[-3:]
        rest = "".join(rf"[\W_]{{0,3}}[{_any_of(char, variants)}]" for char in end[1:])
        rests.setdefault(end[0], set()).add(rest)
    firsts = "".join(_any_of(first, variants) for first in sorted(rests))
    branches = "|".join(
        f"(?<=[{_any_of(first, variants)}])(?:{'|'.join(sorted(rest))})"
        for first, rest in sorted(rests.items())
    )
    return re.compile(f"[{firsts}]{boundary}(?:{branches}){_JOINT}{_HANDLE}", re.DOTALL)


def _any_of(char: str, variants: Mapping[str, set[str]]) -> str:
    """A character and those that fold to it; disguised letters show a text up by themselves."""
    others = {char.upper()} if char.isascii() else variants.get(char, set())
    return "".join(re.escape(other) for other in sorted({char, *others}))


def _is_disguised(char: str, folded: str) -> bool:
    """Whether a character folds into what a number, a handle or an address is made of, or to nothing."""
    if char.isascii() and (char.isprintable() or folded):
        return False
    if not folded or any(part.isascii() and (part.isalnum() or part in "_@#") for part in folded):
        return True
    return not char.isalnum() and any(map(str.isalnum, folded))


def _class_of(chars: Iterable[str]) -> str:
    """A character class. Beyond the basic plane it takes in all but emoji: many ranges there are slow."""
    basic = "".join(re.escape(char) for char in sorted(chars) if char <= "\uffff")
    return f"{basic}\U00010000-\U0001f1ff\U0001fb00-\U0010ffff"
