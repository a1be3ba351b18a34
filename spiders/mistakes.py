"""Every mistake of a source file in words its writer understands: key as written, line, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel

from pipelines.yamlfile import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError

    from pipelines.yamlfile import Location

SHAPES: Final = {
    "tuple_type": "must be a list: one line each, beginning with a dash",
    "dict_type": "must hold further keys, indented below it",
    "model_type": "must hold further keys, indented below it",
    "string_type": "must be text; put it between quotes",
    "too_short": "must not be empty",
    "string_too_short": "is too short",
}
"""pydantic's names of what was wrong with the shape of a value, said for those who write YAML."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file."""

    key: str
    """As written in the file, `list.fields.title`; empty for the file as a whole."""
    line: int
    message: str


class MistakeAtError(ValueError):
    """Raised by a check of several keys together: what is wrong, and below which key."""

    def __init__(self, message: str, *key: str | int) -> None:
        super().__init__(message)
        self.key = key


def mistakes(
    error: ValidationError, lines: dict[Location, int], model: type[BaseModel]
) -> tuple[Mistake, ...]:
    """What is wrong with a file that `model` refused, in the file's order."""
    found = [_mistake(detail, lines, model) for detail in error.errors()]
    return tuple(sorted(found, key=lambda mistake: mistake.line))


def _mistake(detail: Any, lines: dict[Location, int], model: type[BaseModel]) -> Mistake:
    raised = detail.get("ctx", {}).get("error")
    location: Location = (*detail["loc"], *(raised.key if isinstance(raised, MistakeAtError) else ()))
    written = _written(location, lines)
    owner = _owner(model, location)
    match detail["type"]:
        case "extra_forbidden":
            message = "unknown key; " + _instead(str(location[-1]), owner)
        case "missing":
            written = (*written, location[-1])
            message = "is missing" + _described(str(location[-1]), owner)
        case "value_error":
            message = str(detail["msg"]).removeprefix("Value error, ")
        case _:
            message = SHAPES.get(detail["type"], str(detail["msg"]).replace("Input should", "must"))
            if isinstance(given := detail.get("input"), str | int | float):
                message += f"; it says {given!r}"
    return Mistake(".".join(str(part) for part in written), line_of(written, lines), message)


def _written(location: Location, lines: dict[Location, int]) -> Location:
    """The parts of pydantic's location that the file has; those of spelt-out short forms fall away."""
    written: Location = ()
    for part in location:
        if (*written, part) in lines:
            written = (*written, part)
    return written


def _instead(key: str, owner: type[BaseModel] | None) -> str:
    known = sorted(_fields(owner))
    near = get_close_matches(key, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known here are {', '.join(known)}"


def _described(key: str, owner: type[BaseModel] | None) -> str:
    description = _fields(owner).get(key, (None, None))[1]
    return f": {description}" if description else ""


def _owner(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The model that the last part of a location is a key of."""
    owner: type[BaseModel] | None = model
    for part in location[:-1]:
        if isinstance(part, str) and part in (fields := _fields(owner)):
            owner = next(models_in(fields[part][0]), None)
    return owner


def _fields(model: type[BaseModel] | None) -> dict[str, tuple[Any, str | None]]:
    """Type and description of a model's keys, under the names that a file uses."""
    fields = model.model_fields if model else {}
    return {field.alias or name: (field.annotation, field.description) for name, field in fields.items()}


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type speaks of, as a tuple of them or an optional one does."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)
