"""The tables of all keys in `docs/sources.md`, made from the contract: `python -m spiders.reference FILE`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from spiders.contract import Source
from spiders.mistakes import models_in
from spiders.rules import Rule

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

BETWEEN: Final = re.compile(r"(<!-- keys: [^\n]*-->\n).*(<!-- end of keys -->)", re.DOTALL)

TITLES: Final[dict[type[BaseModel], str]] = {Source: "The file itself", Rule: "A rule, wherever one stands"}


def keys_tables() -> str:
    """Every key of a source file with its default and its meaning, a Markdown table for each place."""
    return "".join(
        f"\n**{TITLES.get(model) or ', '.join(f'`{place}`' for place in places)}**\n\n"
        "| key | unless stated | meaning |\n|---|---|---|\n"
        + "".join(_row(name, field) for name, field in model.model_fields.items())
        for model, places in _places().items()
    )


def with_keys(page: str) -> str:
    """A page with the tables put between its marks."""
    return BETWEEN.sub(lambda marks: f"{marks[1]}{keys_tables()}\n{marks[2]}", page)


def _places() -> dict[type[BaseModel], list[str]]:
    """Each part of a source file with the keys below which it stands, as `list.next`."""
    found: dict[type[BaseModel], list[str]] = {Source: [""]}
    waiting: list[tuple[type[BaseModel], str]] = [(Source, "")]
    while waiting:
        model, place = waiting.pop(0)
        for name, field in model.model_fields.items():
            for inner in models_in(field.annotation):
                known = inner in found
                below = f"{place}.{field.alias or name}".strip(".")
                found.setdefault(inner, [])
                if below not in found[inner] and len(found[inner]) < 3:
                    found[inner].append(below)
                if not known:
                    waiting.append((inner, below))
    return found


def _row(name: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("|", "/")
    return f"| `{field.alias or name}` | {_default(field)} | {meaning} |\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    default: Any = field.default
    if default is None or default is PydanticUndefined or default == () or isinstance(default, BaseModel):
        return ""
    if isinstance(default, tuple):
        return f"`[{', '.join(map(str, default))}]`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_keys(path.read_text(encoding="utf-8")), encoding="utf-8")
