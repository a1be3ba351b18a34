"""The documentation says what the program does: what it names exists, and what exists is named."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from crawler.cli import app
from crawler.config import Config, commented_config
from crawler.reference import ENVIRONMENT, pages, terminal_picture

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
TEXTS = (
    *READMES,
    "CONTRIBUTING.md",
    "SECURITY.md",
    *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands() -> dict[tuple[str, ...], typer.main.TyperCommand]:
    """Every command by the words that call it."""
    found = {}
    waiting = [((), typer.main.get_command(app))]
    while waiting:
        words, command = waiting.pop()
        found[words] = command
        waiting += [((*words, name), inner) for name, inner in getattr(command, "commands", {}).items()]
    return found


def code(text: str) -> list[str]:
    """What stands in code blocks and between backticks."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text)


def called(line: str) -> list[list[str]]:
    """The `jargonwatch` commands of a line, as words."""
    plain = line.split("  #", maxsplit=1)[0].split(" # ", maxsplit=1)[0]
    return [
        shlex.split(part.strip().removeprefix("$ "))[1:]
        for part in re.split(r"&&|\||<|>", plain)
        if part.strip().removeprefix("$ ").startswith("jargonwatch ")
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_in_the_documentation_exists_with_its_options(name):
    known = commands()
    for line in code(read(name)):
        for words in called(line):
            path = tuple(words[: max(n for n in range(len(words) + 1) if tuple(words[:n]) in known)])
            assert path or words[0].startswith("["), f"{name}: no such command: {line}"
            options = {option for param in known[path].params for option in param.opts} | {"--help", "-h"}
            for word in words[len(path) :]:
                assert not word.startswith("--") or word in options, f"{name}: {line}: {word}"


@pytest.mark.parametrize("name", TEXTS)
def test_every_make_target_in_the_documentation_exists(name):
    targets = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    named = {
        line.split()[1] for line in code(read(name)) if line.startswith("make ") and len(line.split()) > 1
    }
    assert named <= targets


@pytest.mark.parametrize("name", TEXTS)
def test_every_file_that_is_linked_exists(name):
    for target in re.findall(r"\]\(([^)#]+)\)", read(name)):
        if not target.startswith("http"):
            assert ((ROOT / name).parent / target).exists(), f"{name}: {target}"


def test_both_readmes_name_the_same_commands_and_files():
    mine, other = (set(re.findall(r"\]\(([^)]+)\)", read(readme))) - set(READMES) for readme in READMES)
    assert mine == other
    first, second = (
        {word for line in code(read(readme)) for words in called(line) for word in words[:1]}
        for readme in READMES
    )
    assert first == second


@pytest.mark.parametrize("name", pages())
def test_the_generated_pages_are_those_of_the_code(name):
    assert read(f"docs/{name}") == pages()[name], "run: make docs"


@pytest.mark.parametrize("words", commands(), ids=lambda words: " ".join(words) or "jargonwatch")
def test_every_level_of_the_command_helps_with_an_example(words):
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output
    assert " ".join(("jargonwatch", *words)) in result.output


def test_every_key_of_the_configuration_is_documented():
    page = read("docs/configuration.md")
    assert tomllib.loads(commented_config()).keys() <= Config.model_fields.keys()
    for name, field in Config.model_fields.items():
        assert f"| `{name}` |" in page
        assert field.description


def test_every_environment_variable_is_documented():
    sources = [
        path.read_text(encoding="utf-8")
        for room in ("crawler", "spiders", "pipelines", "dashboards")
        for path in (ROOT / room).rglob("*.py")
    ]
    used = {
        name for text in [*sources, read("setup.sh")] for name in re.findall(r"\bJARGONWATCH_[A-Z_]+\b", text)
    }
    assert used == set(ENVIRONMENT)


def test_decisions_are_numbered_once_and_short():
    paths = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in paths]
    assert len(numbers) == len(set(numbers))
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# ")
        assert len(text.splitlines()) <= 25, path.name


def test_a_picture_gives_chinese_characters_two_columns_and_loads_nothing():
    picture = terminal_picture("四件套|\nabcdef|", "test", width=20)
    ends = re.findall(r'x="([^"]+)"[^>]*>(?:四件套|abcdef)\|', picture)
    assert next(float(places.split()[-1]) for places in ends) == pytest.approx(6 * 12.2)
    assert "url(http" not in picture.replace('url("http', "url(http")
