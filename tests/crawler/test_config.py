"""The workspace: what `init` makes, how it is found, and what is said of a wrong configuration."""

from __future__ import annotations

import base64
import tomllib
from typing import TYPE_CHECKING

import pytest

from crawler.config import (
    CONFIG_NAME,
    EXAMPLE_NAME,
    Config,
    find_workspace,
    init_workspace,
    line_of_key,
    load_workspace,
    read_config,
)
from crawler.errors import ConfigError
from spiders.contract import load_source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory outside every workspace, with no workspace or key in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JARGONWATCH_WORKSPACE", raising=False)
    monkeypatch.delenv("JARGONWATCH_KEY", raising=False)
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / CONFIG_NAME
    path.write_text(text, encoding="utf-8")
    return path


def test_a_new_workspace_loads_and_has_every_key_explained(here):
    workspace = init_workspace(here / "desk")
    text = workspace.config_path.read_text(encoding="utf-8")
    assert load_workspace(here / "desk").config == Config()
    for name, field in Config.model_fields.items():
        assert f"{name} = " in text
        assert all(f"# {line}" in text for line in field.description.splitlines())


def test_a_new_workspace_has_a_lexicon_an_example_source_and_a_key_for_its_owner_only(here):
    workspace = init_workspace(here / "desk")
    assert (workspace.lexicon_dir / "contexts.yaml").is_file()
    assert list(workspace.sources_dir.glob("*.yaml")) == []
    assert workspace.key_path.stat().st_mode & 0o777 == 0o600
    assert len(workspace.masking_key()) == 32
    assert "masking.key" in (workspace.root / ".gitignore").read_text()


def test_the_example_source_is_a_sound_source_file_once_it_is_renamed(here):
    workspace = init_workspace(here / "desk")
    example = workspace.sources_dir / EXAMPLE_NAME
    assert load_source(example.rename(workspace.sources_dir / "mine.yaml")).name == "example-market"


def test_two_workspaces_have_different_keys(here):
    assert init_workspace(here / "a").masking_key() != init_workspace(here / "b").masking_key()


def test_init_leaves_an_existing_workspace_alone(here):
    init_workspace(here)
    with pytest.raises(ConfigError, match="already"):
        init_workspace(here)


def test_init_names_the_path_it_cannot_write(here):
    (here / "file").write_text("")
    with pytest.raises(ConfigError, match="file"):
        init_workspace(here / "file")


def test_the_nearest_workspace_upward_is_used(here, monkeypatch):
    init_workspace(here / "desk")
    below = here / "desk" / "sources"
    monkeypatch.chdir(below)
    assert load_workspace().root == here / "desk"


def test_the_environment_names_the_workspace_and_an_option_goes_before_it(here, monkeypatch):
    init_workspace(here / "a")
    init_workspace(here / "b")
    monkeypatch.setenv("JARGONWATCH_WORKSPACE", str(here / "a"))
    assert load_workspace().root == here / "a"
    assert load_workspace(here / "b").root == here / "b"


def test_without_a_workspace_the_error_says_how_to_make_one(here):
    assert find_workspace() is None
    with pytest.raises(ConfigError, match="jargonwatch init"):
        load_workspace()
    with pytest.raises(ConfigError, match=r"elsewhere is not a workspace .* jargonwatch init"):
        load_workspace(here / "elsewhere")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('# mine\n\ncontakt = "https://example.org"\n', ":3: contakt: ", "unknown key; the keys are contact"),
        ('contact = "example.org"\n', ":1: contact: ", "begins with https://"),
        ('timezone = "Asia/Atlantis"\n', ":1: timezone: ", "Asia/Atlantis"),
        ('data = "x"\ntimezone = 8\n', ":2: timezone: ", "string"),
        ('data = ""\n', ":1: data: ", "at least 1 character"),
        ("\n[evidence]\ndays = 3\n", ":2: evidence: ", "unknown key"),
        ("contact = \n", ": ", "line 1"),
    ],
)
def test_a_wrong_configuration_is_named_by_file_line_and_key(here, text, place, said):
    path = written(here, text)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert str(caught.value).startswith(f"{path}{place}")
    assert said in str(caught.value)


def test_a_configuration_that_is_not_utf_8_is_named(here):
    path = here / CONFIG_NAME
    path.write_bytes('data = "数据"'.encode("gbk"))
    with pytest.raises(ConfigError, match="UTF-8"):
        read_config(path)


def test_the_line_of_a_key_is_found_behind_comments_long_texts_and_tables():
    text = '# a = 1\nfirst = """\nsecond = 2\n"""\n\n# note\nsecond = 3\n\n[table]\n\nkey = [\n  1,\n]\n'
    assert tomllib.loads(text)["second"] == 3
    assert line_of_key(text, ("first",)) == 2
    assert line_of_key(text, ("second",)) == 7
    assert line_of_key(text, ("table",)) == 9
    assert line_of_key(text, ("table", "key")) == 11
    assert line_of_key(text, ("missing",)) is None


def test_crawling_needs_to_say_who_is_crawling(here):
    workspace = init_workspace(here / "desk")
    with pytest.raises(ConfigError, match=r"jargonwatch\.toml: contact: .*who is crawling"):
        workspace.require_contact()
    named = init_workspace(here / "named", contact="https://example.org/us")
    assert named.require_contact() == "https://example.org/us"


def test_a_key_that_others_can_read_is_refused_with_the_command_that_helps(here):
    workspace = init_workspace(here / "desk")
    workspace.key_path.chmod(0o640)
    with pytest.raises(ConfigError, match=f"chmod 600 {workspace.key_path}"):
        workspace.masking_key()


def test_a_lost_key_is_not_replaced_by_another(here):
    workspace = init_workspace(here / "desk")
    workspace.key_path.unlink()
    with pytest.raises(ConfigError, match="no masking key"):
        workspace.masking_key()


@pytest.mark.parametrize("encode", [bytes.hex, lambda key: base64.b64encode(key).decode()])
def test_the_key_may_come_from_the_environment_as_hexadecimal_or_base64(here, monkeypatch, encode):
    key = bytes(range(40))
    workspace = init_workspace(here / "desk")
    monkeypatch.setenv("JARGONWATCH_KEY", encode(key))
    assert workspace.masking_key() == key


@pytest.mark.parametrize(
    ("value", "said"), [("00" * 16, "16 bytes"), ("no key!", "neither"), ("", "0 bytes")]
)
def test_a_key_that_is_none_is_refused_without_being_shown(here, monkeypatch, value, said):
    workspace = init_workspace(here / "desk")
    monkeypatch.setenv("JARGONWATCH_KEY", value)
    with pytest.raises(ConfigError, match=f"JARGONWATCH_KEY.*{said}") as caught:
        workspace.masking_key()
    assert not value or value not in str(caught.value)
