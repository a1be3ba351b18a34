"""Reading and checking a lexicon: every mistake is named by file, key and line."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipelines.errors import LexiconError
from pipelines.lexicon.check import findings
from pipelines.lexicon.files import read_lexicon
from pipelines.lexicon.load import DEFAULT_LEXICON
from pipelines.lexicon.schema import ContextGroup
from pipelines.records import CATEGORIES
from tests.pipelines.lexicons import shipped_files, term

if TYPE_CHECKING:
    from pathlib import Path

WEAK = "  - {{id: data.a, term: 料, strength: weak, severity: 3, added: 2026-01-01, {}}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped lexicon with a single term file."""
    copy = tmp_path / "lexicon"
    shutil.copytree(DEFAULT_LEXICON, copy)
    for path in (copy / "terms").iterdir():
        path.unlink()
    write(copy, "  - {id: data.a, term: 料子, strength: medium, severity: 3, added: 2026-01-01}\n")
    return copy


def write(folder: Path, terms: str) -> None:
    (folder / "terms" / "data.yaml").write_text(f"category: data\nterms:\n{terms}", "utf-8")


def test_the_shipped_lexicon_has_terms_of_every_category_with_a_reference() -> None:
    files = shipped_files()
    assert {category for category, _ in files.terms} == set(CATEGORIES)
    assert len(files.terms) >= 450
    assert [spec.id for _, spec in files.terms if not spec.references] == []


def test_the_shipped_lexicon_has_nothing_doubtful() -> None:
    assert list(findings(shipped_files())) == []


@pytest.mark.parametrize(
    ("terms", "line", "told"),
    [
        ("  - {id: data.a, trem: 料子}\n", 3, "term"),
        (
            "  - id: data.a\n    term: 料子\n    strength: huge\n    severity: 3\n    added: 2026-01-01\n",
            5,
            "strength",
        ),
        (
            WEAK.format("confirm: ['@no']"),
            None,
            "@no is no group",
        ),
        (
            WEAK.format("excuse: ['signal:no']"),
            None,
            "signal:no is no signal",
        ),
        ("  - {id: data.a, id: data.b}\n", 3, "stands twice"),
        ("  - [\n", 4, "data.yaml"),
    ],
)
def test_a_mistake_is_named_by_file_key_and_line(
    folder: Path, terms: str, line: int | None, told: str
) -> None:
    write(folder, terms)
    with pytest.raises(LexiconError) as caught:
        read_lexicon(folder)
    assert "data.yaml" in str(caught.value)
    assert told in str(caught.value)
    if line is not None:
        assert f":{line}" in str(caught.value)


def test_an_id_that_stands_twice_is_refused(folder: Path) -> None:
    once = "  - {id: data.a, term: 料子, strength: medium, severity: 3, added: 2026-01-01}\n"
    write(folder, once * 2)
    with pytest.raises(LexiconError, match=r"data\.a.*already"):
        read_lexicon(folder)


def test_a_lexicon_without_a_term_is_refused(folder: Path) -> None:
    (folder / "terms" / "data.yaml").write_text("category: data\nterms: []\n", "utf-8")
    with pytest.raises(LexiconError, match="no term"):
        read_lexicon(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="jargonwatch init"):
        read_lexicon(tmp_path / "nowhere")


def test_a_file_that_is_not_utf_8_is_named_with_its_line(folder: Path) -> None:
    (folder / "terms" / "data.yaml").write_bytes("category: data\n# 料\n".encode("gb18030"))
    with pytest.raises(LexiconError, match=r"data\.yaml:2.*UTF-8"):
        read_lexicon(folder)


def test_the_version_changes_with_any_file(folder: Path) -> None:
    before = read_lexicon(folder).version
    assert read_lexicon(folder).version == before
    write(folder, "  - {id: data.a, term: 料仔, strength: medium, severity: 3, added: 2026-01-01}\n")
    assert read_lexicon(folder).version != before


def test_the_check_finds_what_can_never_work() -> None:
    reference = next(iter(shipped_files().references))
    checked = replace(
        shipped_files(),
        groups={"unused": ContextGroup(zh="无用", en="unused", words=("甲乙",))},
        terms=(
            term("数据出售", references=(reference,)),
            term("一手数据出售", id="data.longer", references=("nowhere",)),
            term("跑分", "payment", strength="strong", references=(reference,)),
            term("跑分平台", "payment", references=(reference,)),
            term("料", strength="weak", confirm=("料",), references=(reference,)),
            term("料子", confirm=("一手",), excuse=("一手",)),
            term("数据出售", "tool", references=(reference,)),
        ),
    )
    scoring = checked.scoring.model_copy(update={"dampers": ()})
    found = {(finding.problem, finding.key) for finding in findings(replace(checked, scoring=scoring))}
    ids = {spec.term: spec.id for _, spec in checked.terms if spec.id != "data.longer"}
    assert ("duplicate form", ids["数据出售"]) in found
    assert ("swallowed form", ids["跑分平台"]) in found
    assert ("dead context", ids["料"]) in found
    assert ("dead context", ids["料子"]) in found
    assert ("no reference", ids["料子"]) in found
    assert ("no reference", "data.longer") in found
    assert ("unused group", "unused") in found
