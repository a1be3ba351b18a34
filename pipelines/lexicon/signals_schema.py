"""The model of `signals.yaml`: how sellers name contacts, secrecy, trust, other platforms and domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from pipelines.lexicon.schema import Form, Slug, Strict

if TYPE_CHECKING:
    from collections.abc import Iterator

Weight = Literal["strong", "weak"]
"""weak: honest sellers say it as well (质保, 一手)."""

ContactName = Literal["phone", "wechat", "qq", "telegram", "potato", "bat", "email", "other"]
TopLevelDomain = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,12}$")]


class ChannelSpec(Strict):
    """One way to be contacted. Forms are matched folded, whatever stands between their characters;
    those with a sign or an emoji of their own (➕v, ✈) as they are written."""

    name: ContactName
    zh: str
    en: str
    weight: Weight = "strong"
    cues: tuple[Form, ...] = Field(default=(), description="a contact wherever they stand")
    names: tuple[Form, ...] = Field(
        default=(), description="a contact beside a verb, a contact word or a handle, or at the text's end"
    )
    words: tuple[Form, ...] = Field(
        default=(),
        description="ordinary words, single letters and emoji: a contact after a verb or before a handle",
    )
    links: tuple[Form, ...] = Field(default=(), description="hosts whose links lead to an account, as t.me")
    unless: tuple[Form, ...] = Field(default=(), description="longer words in which a form means nothing")


class ContactContext(Strict):
    """What makes the name of an app a contact."""

    verbs: tuple[Form, ...] = Field(min_length=1, description="before any form: 加, 私, 联系")
    before: tuple[Form, ...] = Field(default=(), description="before a name: 用, 通过, 留")
    after: tuple[Form, ...] = Field(default=(), description="after a name: 同号, 聊, 沟通")
    goods_before: tuple[Form, ...] = Field(default=(), description="before a name that is for sale: 出, 收")
    goods_after: tuple[Form, ...] = Field(default=(), description="after a name that is no contact: 支付, 群")


class PhraseSpec(Strict):
    """A phrase of secrecy or trust; `name` is its headword and the signal's name."""

    name: Form
    en: str
    kind: Literal["secrecy", "trust"]
    weight: Weight
    forms: tuple[Form, ...] = Field(default=(), description="further spellings; the name is always a form")
    unless: tuple[Form, ...] = Field(default=(), description="longer words in which a form means nothing")


class PointerSpec(Strict):
    """Words that send the reader to another platform, or to a page that says more."""

    name: Slug
    zh: str
    en: str
    weight: Weight = "strong"
    forms: tuple[Form, ...] = Field(min_length=1)
    unless: tuple[Form, ...] = ()


class DomainSpec(Strict):
    """Top-level domains: the cheap ones of throw-away sites, and those of ordinary ones."""

    cheap: tuple[TopLevelDomain, ...] = Field(min_length=1)
    common: tuple[TopLevelDomain, ...] = Field(min_length=1)


class SignalFile(Strict):
    """`signals.yaml`."""

    contacts: tuple[ChannelSpec, ...] = Field(min_length=1)
    context: ContactContext
    phrases: tuple[PhraseSpec, ...]
    pointers: tuple[PointerSpec, ...]
    domains: DomainSpec

    @model_validator(mode="after")
    def _say_everything_once(self) -> SignalFile:
        owners: dict[str, str] = {}
        for owner, forms in self._entries():
            for form in forms:
                if form in owners:
                    raise ValueError(f"{form} stands in {owners[form]} and in {owner}; keep it once")
                owners[form] = owner
        return self

    def _entries(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for channel in self.contacts:
            name = f"contact {channel.name}"
            yield name, (name, *channel.cues, *channel.names, *channel.words, *channel.unless)
        for phrase in self.phrases:
            yield f"phrase {phrase.name}", (phrase.name, *phrase.forms, *phrase.unless)
        for pointer in self.pointers:
            name = f"pointer {pointer.name}"
            yield name, (name, *pointer.forms, *pointer.unless)
