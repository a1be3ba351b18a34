"""Patches of a lexicon: new terms, and new forms of terms, each a YAML file to be read before it is applied.

A patch is applied to the files' text, not to what they mean, so that comments and order stay; the lexicon
that comes of it is read whole before a file is replaced.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import Field, model_validator

from pipelines.errors import LexiconError
from pipelines.folding import fold_form
from pipelines.lexicon.files import load_file, read_lexicon
from pipelines.lexicon.schema import Form, Slug, Strict, TermSpec
from pipelines.records import Category
from pipelines.yamlfile import LOADER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

FOLDER: Final = "lexicon-patches"
"""Of the workspace: patches that wait to be applied."""


WIDTH: Final = 110
"""Of the lines that are written."""


class Patch(Strict):
    """A patch: new terms of a category, and new forms by the id of the term that they belong to."""

    category: Category
    terms: tuple[TermSpec, ...] = ()
    forms: dict[Slug, tuple[Form, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.terms and not self.forms:
            raise ValueError("changes nothing; write terms or forms")
        return self


def write_patch(path: Path, patch: Patch, comment: str) -> None:
    """Write a patch, its comment lines above it. An existing file is not replaced (`FileExistsError`)."""
    data = patch.model_dump(exclude_defaults=True)
    said = "".join(f"# {line}\n" for line in comment.splitlines())
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(said + _dumped(data))


def apply_patches(directory: Path, paths: Sequence[Path]) -> list[Path]:
    """Apply patches to a lexicon folder, all or none; the files that changed.

    Raises `LexiconError` for a patch or a lexicon that cannot be read, a term that is there already or
    isn't there, or a lexicon that would no longer hold.
    """
    before = read_lexicon(directory)
    categories: dict[str, Category] = {spec.id: category for category, spec in before.terms}
    with tempfile.TemporaryDirectory(dir=directory.parent) as folder:
        changed = Path(folder) / directory.name
        shutil.copytree(directory, changed)
        touched: dict[Path, None] = {}
        for path in paths:
            patch = load_file(path, Patch)
            _require_sense(patch, categories, path)
            for file, text in _patched(changed / "terms", patch, path).items():
                file.write_text(text, encoding="utf-8")
                touched[file] = None
            categories |= {spec.id: patch.category for spec in patch.terms}
        read_lexicon(changed)
        for file in touched:
            file.replace(directory / "terms" / file.name)
    return [directory / "terms" / file.name for file in touched]


def _require_sense(patch: Patch, categories: Mapping[str, Category], path: Path) -> None:
    for spec in patch.terms:
        if spec.id in categories:
            raise LexiconError(f"the lexicon has a term {spec.id} already", file=path, key="terms")
    for term_id in patch.forms:
        if categories.get(term_id) != patch.category:
            place = f"category {patch.category}"
            raise LexiconError(f"{place} has no term {term_id}", file=path, key="forms")


def _patched(terms: Path, patch: Patch, path: Path) -> dict[Path, str]:
    """The changed text of each file of terms that a patch changes."""
    texts: dict[Path, str] = {}
    for term_id, forms in patch.forms.items():
        file, node = _term_node(terms, term_id, texts)
        texts[file] = _with_forms(_text(file, texts), node, forms, path)
    if patch.terms:
        file = terms / f"{patch.category}.yaml"
        text = _text(file, texts) if file.exists() else f"category: {patch.category}\nterms:\n"
        listed = _dumped([spec.model_dump(exclude_defaults=True) for spec in patch.terms])
        indented = "".join(f"  {line}\n" for line in listed.splitlines())
        texts[file] = text.rstrip("\n") + "\n" + indented
    return texts


def _text(file: Path, texts: Mapping[Path, str]) -> str:
    return texts.get(file) or file.read_text(encoding="utf-8")


def _term_node(terms: Path, term_id: str, texts: Mapping[Path, str]) -> tuple[Path, yaml.MappingNode]:
    """Where a term that is there stands: its file and its node."""
    for file in sorted(terms.glob("*.yaml")):
        for key, listed in _composed(_text(file, texts)).value:
            for node in listed.value if key.value == "terms" else ():
                if any(each.value == "id" and value.value == term_id for each, value in node.value):
                    return file, node
    raise LexiconError(f"the lexicon has no term {term_id}", file=terms)


def _composed(text: str) -> Any:
    loader = LOADER(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _with_forms(text: str, term: yaml.MappingNode, forms: Sequence[str], path: Path) -> str:
    """A file's text with forms added to a term: at the end of its list, or in a new one below its name."""
    values = {key.value: value for key, value in term.value}
    there = {fold_form(each.value) for each in getattr(values.get("forms"), "value", ())}
    there.add(fold_form(values["term"].value))
    for form in forms:
        if fold_form(form) in there:
            raise LexiconError(f"{form} is a form of {values['id'].value} already", file=path, key="forms")
    written = [_scalar(form) for form in forms]
    listed = values.get("forms")
    if listed is None:
        end = _end_of_line(text, values["term"].end_mark.index)
        indent = " " * term.value[0][0].start_mark.column
        return f"{text[:end]}\n{indent}forms: [{', '.join(written)}]{text[end:]}"
    if listed.flow_style:
        end = listed.end_mark.index - 1
        last = listed.value[-1].end_mark.index if listed.value else end
        separator = ", " if listed.value else ""
        return f"{text[:last]}{separator}{', '.join(written)}{text[last:]}"
    end = _end_of_line(text, listed.value[-1].end_mark.index)
    indent = " " * listed.start_mark.column
    return text[:end] + "".join(f"\n{indent}- {form}" for form in written) + text[end:]


class _Dumper(yaml.SafeDumper):
    """Writes words in a row, as the lexicon has them."""


def _represent_row(dumper: _Dumper, items: Sequence[object]) -> yaml.Node:
    row = all(isinstance(item, str) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=row)


_Dumper.add_representer(tuple, _represent_row)


def _dumped(data: object) -> str:
    return str(yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH))


def _scalar(text: str) -> str:
    """A text as it may stand in either kind of list."""
    listed = yaml.safe_dump([text], allow_unicode=True, default_flow_style=True, width=WIDTH)
    return listed.strip()[1:-1]


def _end_of_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end
