"""Patches change a lexicon's files where they say, keep the rest to the letter, and never half."""

from __future__ import annotations

import shutil
from datetime import date
from itertools import count

import pytest

from pipelines.errors import LexiconError
from pipelines.lexicon.files import load_file, read_lexicon
from pipelines.lexicon.load import DEFAULT_LEXICON
from pipelines.lexicon.patches import Patch, apply_patches, write_patch
from pipelines.lexicon.schema import TermSpec

SIM = """# Cards. 电话卡
category: sim
terms:
  - id: sim.flow
    term: 流量卡   # the word
    strength: weak
    severity: 2
    forms: [流量大卡, "c, d"]   # in a row
    added: 2026-01-01
  - id: sim.block
    term: 黑卡
    strength: medium
    severity: 3
    forms:
      - 黑电话卡
      # between
      - 黑手机卡
    added: 2026-01-01
  - id: sim.bare
    term: 白卡
    strength: weak
    severity: 2
    added: 2026-01-01
"""


@pytest.fixture
def lexicon(tmp_path):
    folder = tmp_path / "lexicon"
    shutil.copytree(DEFAULT_LEXICON, folder)
    for path in (folder / "terms").iterdir():
        path.unlink()
    (folder / "terms" / "sim.yaml").write_text(SIM, encoding="utf-8")
    return folder


@pytest.fixture
def patched(tmp_path, lexicon):
    """Applies patches; gives the text of the terms."""

    numbers = count()

    def patch(*patches):
        paths = []
        for each in patches:
            paths.append(tmp_path / f"{next(numbers)}.yaml")
            write_patch(paths[-1], each, "why\nand how")
            assert load_file(paths[-1], Patch) == each
        apply_patches(lexicon, paths)
        return (lexicon / "terms" / "sim.yaml").read_text(encoding="utf-8")

    return patch


def term(term_id, name, **changes):
    spec = {"strength": "medium", "severity": 3, "added": date(2026, 2, 3), **changes}
    return TermSpec(id=term_id, term=name, **spec)


@pytest.mark.parametrize(
    ("term_id", "before", "after"),
    [
        ("sim.flow", '"c, d"]   # in a row', '"c, d", 新卡, 物联卡]   # in a row'),
        ("sim.block", "      - 黑手机卡\n", "      - 黑手机卡\n      - 新卡\n      - 物联卡\n"),
        ("sim.bare", "    term: 白卡\n", "    term: 白卡\n    forms: [新卡, 物联卡]\n"),
    ],
)
def test_forms_go_where_the_terms_forms_stand_and_nothing_else_moves(
    lexicon, patched, term_id, before, after
):
    text = patched(Patch(category="sim", forms={term_id: ("新卡", "物联卡")}))
    assert text == SIM.replace(before, after)
    forms = {spec.id: spec.forms for _, spec in read_lexicon(lexicon).terms}
    assert forms[term_id][-2:] == ("新卡", "物联卡")


@pytest.mark.parametrize("form", ["yes", "a: b", "1,2", "[x]", "'", "#卡", "卡, 片"])
def test_a_form_that_yaml_would_misread_is_quoted(lexicon, patched, form):
    for term_id in ("sim.flow", "sim.block", "sim.bare"):
        patched(Patch(category="sim", forms={term_id: (form,)}))
        forms = {spec.id: spec.forms for _, spec in read_lexicon(lexicon).terms}
        assert forms[term_id][-1] == form


def test_a_new_term_stands_at_the_end_of_its_category(lexicon, patched):
    text = patched(Patch(category="sim", terms=(term("sim.new", "新卡", gloss="new: card"),)))
    assert text.startswith(SIM)
    assert read_lexicon(lexicon).terms[-1] == ("sim", term("sim.new", "新卡", gloss="new: card"))


def test_a_category_without_a_file_gets_one(lexicon, patched):
    patched(Patch(category="drug", terms=(term("drug.new", "新货"),)))
    assert [spec.id for category, spec in read_lexicon(lexicon).terms if category == "drug"] == ["drug.new"]


def test_a_later_patch_builds_on_an_earlier_one(lexicon, patched):
    patched(
        Patch(category="sim", terms=(term("sim.new", "新卡"),)),
        Patch(category="sim", forms={"sim.new": ("新新卡",), "sim.flow": ("流卡",)}),
    )
    forms = {spec.id: spec.forms for _, spec in read_lexicon(lexicon).terms}
    assert forms["sim.new"] == ("新新卡",)
    assert forms["sim.flow"][-1] == "流卡"


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        (Patch(category="sim", terms=(term("sim.flow", "x卡"),)), "has a term sim.flow already"),
        (Patch(category="sim", forms={"sim.none": ("x卡",)}), "category sim has no term sim.none"),
        (Patch(category="data", forms={"sim.flow": ("x卡",)}), "category data has no term sim.flow"),
        (Patch(category="sim", forms={"sim.flow": ("流 量 大 卡",)}), "is a form of sim.flow already"),
        (Patch(category="sim", terms=(term("sim.new", "x卡", confirm=("@none",)),)), "@none is no group"),
    ],
)
def test_a_patch_that_cannot_be_applied_changes_nothing(patched, lexicon, patch, said):
    sound = Patch(category="sim", forms={"sim.bare": ("新卡",)})
    with pytest.raises(LexiconError, match=said):
        patched(sound, patch)
    assert (lexicon / "terms" / "sim.yaml").read_text(encoding="utf-8") == SIM


def test_a_file_that_is_no_patch_is_named_with_its_line(tmp_path, lexicon):
    path = tmp_path / "p.yaml"
    path.write_text("category: sim\nform: {sim.flow: [x]}\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"p.yaml:2: form: is not a known key"):
        apply_patches(lexicon, [path])
    path.write_text("category: sim\n", encoding="utf-8")
    with pytest.raises(LexiconError, match="changes nothing"):
        apply_patches(lexicon, [path])
