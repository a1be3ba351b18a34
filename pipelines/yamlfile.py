"""YAML files read into pydantic models, with the line of every key for error messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

Location = tuple[str | int, ...]

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's loader where PyYAML was built with it: the same nodes, ten times as fast."""


class YamlError(Exception):
    """A YAML file that cannot be read as the model asks; carries file, key and line (counted from 1)."""

    def __init__(self, message: str, *, file: Path, key: str = "", line: int = 1) -> None:
        super().__init__(message)
        self.message, self.file, self.key, self.line = message, file, key, line

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}: {key}{self.message}"


def load_yaml(path: Path) -> tuple[Any, dict[Location, int]]:
    """The data of a YAML file, and the line on which each key or item stands.

    Raises `YamlError` for a file that cannot be read, isn't YAML or states a key twice.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise YamlError(f"cannot be read: {error.strerror}", file=path) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise YamlError("is not UTF-8; save it as UTF-8", file=path, line=line) from error
    loader = LOADER(text)
    try:
        node = loader.get_single_node()
        lines: dict[Location, int] = {}
        if node is not None:
            _collect_lines(node, (), lines, path)
        data = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(str(error.problem), file=path, line=mark.line + 1 if mark else 1) from error
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(str(error).splitlines()[0], file=path) from error
    finally:
        loader.dispose()
    return data, lines


def _collect_lines(node: yaml.Node, location: Location, lines: dict[Location, int], path: Path) -> None:
    lines[location] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            child = (*location, str(key_node.value))
            line = key_node.start_mark.line + 1
            if child in lines:
                raise YamlError(
                    f"stands twice (first on line {lines[child]})", file=path, key=_dotted(child), line=line
                )
            _collect_lines(value_node, child, lines, path)
            lines[child] = line
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _collect_lines(item, (*location, index), lines, path)


def load_model[Model: BaseModel](path: Path, model: type[Model]) -> Model:
    """A YAML file as a pydantic model; the first thing wrong raises `YamlError` with its line."""
    data, lines = load_yaml(path)
    try:
        return model.model_validate({} if data is None else data)
    except ValidationError as error:
        first = error.errors()[0]
        location = first["loc"]
        message = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "is not a known key; remove it or correct its spelling"
        raise YamlError(message, file=path, key=_dotted(location), line=line_of(location, lines)) from error


def line_of(location: Location, lines: dict[Location, int]) -> int:
    """The line of a location, or of its nearest parent that stands in the file."""
    known = tuple(location)
    while known and known not in lines:
        known = known[:-1]
    return lines.get(known, 1)


def _dotted(location: Location) -> str:
    return ".".join(str(part) for part in location)
