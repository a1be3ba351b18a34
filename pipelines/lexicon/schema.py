"""The contract of the lexicon's YAML files, one model a kind of file.

A lexicon is a folder: `terms/CATEGORY.yaml`, `contexts.yaml`, `signals.yaml`, `references.yaml` and
`scoring.yaml`. `docs/lexicon.md` explains it to those who write one.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pipelines.records import Category, Disguise

Strength = Literal["strong", "medium", "weak"]
"""strong: an offer by itself. medium: to be watched alone, an offer once a context confirms it.
weak: an ordinary word, of no account until contexts confirm it."""

Form = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]

DEFAULT_DISGUISES: tuple[Disguise, ...] = ("homophone", "pinyin", "look-alike", "split", "emoji")
"""Width, traditional characters, separators and repeats are seen through for every term;
`initials` and `numeral` only where a term lists them."""


class Strict(BaseModel):
    """A model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TermSpec(Strict):
    """One term as a YAML file states it."""

    id: Slug
    term: Form
    strength: Strength
    severity: int = Field(ge=1, le=5)
    forms: tuple[Form, ...] = ()
    disguises: tuple[Disguise, ...] = DEFAULT_DISGUISES
    confirm: tuple[Form, ...] = ()
    excuse: tuple[Form, ...] = ()
    platforms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    search: bool = False
    gloss: str = ""
    references: tuple[Slug, ...] = Field(default=(), description="keys of references.yaml")
    added: date


class TermFile(Strict):
    """`terms/CATEGORY.yaml`."""

    category: Category
    terms: tuple[TermSpec, ...]


class ContextGroup(Strict):
    """Words that mean the same to the judge; `@name` in a term stands for all of them and counts once."""

    zh: str
    en: str
    words: tuple[Form, ...] = Field(min_length=1)


class ContextFile(Strict):
    """`contexts.yaml`."""

    groups: dict[Slug, ContextGroup]


class Reference(Strict):
    """Where a term is attested."""

    title: str
    publisher: str
    year: int = Field(ge=1990, le=2100)
    url: str | None = None


class ReferenceFile(Strict):
    """`references.yaml`."""

    references: dict[Slug, Reference]
