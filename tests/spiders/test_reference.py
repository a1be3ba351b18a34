"""The documentation of source files says what the contract says."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from pipelines.records import Money
from spiders.contract import load_source
from spiders.extraction import extract
from spiders.pages import read_page
from spiders.reference import keys_tables, with_keys
from tests.spiders.source_files import NOW, saved

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def test_the_tables_of_keys_are_those_of_the_code() -> None:
    assert with_keys(PAGE) == PAGE, "run: python -m spiders.reference docs/sources.md"
    assert keys_tables() in PAGE


EXAMPLES = [dedent(block) for block in re.findall(r" *```yaml\n(.*?)```", PAGE, re.DOTALL)]
PARTS = [
    part for example in EXAMPLES for part in re.split(r"^(?=next:)", example, flags=re.MULTILINE) if part
]


def written(folder: Path, start: str) -> Path:
    """An example that says `start`, as a file."""
    path = folder / "example.yaml"
    path.write_text(next(example for example in EXAMPLES if start in example), encoding="utf-8")
    return path


@pytest.mark.parametrize("part", PARTS, ids=lambda text: text[:20])
def test_every_yaml_example_is_yaml(part: str) -> None:
    assert yaml.safe_load(part)


@pytest.mark.parametrize("start", ["name: corner-shop", "name: table-market"])
def test_the_whole_examples_are_source_files_without_a_mistake(tmp_path: Path, start: str) -> None:
    assert load_source(written(tmp_path, start)).list is not None


def test_the_example_of_a_bare_table_reads_such_a_page(tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(
        next(example for example in EXAMPLES if "name: table-market" in example), encoding="utf-8"
    )
    source = load_source(path)
    assert source.list is not None
    page = read_page(saved("bare-table.html", "https://market.example/list.php?page=1"), source.list, NOW)
    found = [extract(source.list.fields, item, page, source) for item in page.items(source.list.items)]
    assert [row["title"].value for row in found][1:3] == [
        "Paperback novels, box of 20",
        "Garden hose 20 m with reel",
    ]
    assert found[1]["price"].value == Money(1299.0, "EUR")
    assert found[1]["extra.ships_from"].value == "FR"
