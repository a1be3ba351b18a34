"""The store's frozen records as models for OpenAPI, so that what is described is what is answered."""

from __future__ import annotations

import dataclasses
import sys
import typing
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final, TypeAliasType, get_args, get_origin

from pydantic import BaseModel, create_model

from pipelines import records
from pipelines.store import answers, insights, query

_NAMES: Final[dict[str, Any]] = {
    "Mapping": Mapping,
    "date": date,
    "datetime": datetime,
    **{name: value for module in (records, answers, insights) for name, value in vars(module).items()},
    "Query": str,
}
"""What the records' annotations name; a query is answered as its text."""


@cache
def model_of(record: type) -> type[BaseModel]:
    """A pydantic model with the fields of a frozen dataclass and of those in it."""
    own = vars(sys.modules[record.__module__])
    hints = typing.get_type_hints(record, globalns=own, localns=_NAMES)
    fields: dict[str, Any] = {
        field.name: (_modelled(hints[field.name]), ...) for field in dataclasses.fields(record)
    }
    return create_model(record.__name__, __doc__=record.__doc__, **fields)


def _modelled(hint: Any) -> Any:
    if isinstance(hint, TypeAliasType) or hint is query.Query:
        return str
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return model_of(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is None or origin is typing.Literal:
        return hint
    inner = tuple(each if each is Ellipsis else _modelled(each) for each in arguments)
    if origin is tuple:
        return list[inner[0]]  # type: ignore[valid-type]
    if origin is Mapping:
        return dict[inner]  # type: ignore[misc, valid-type]
    return typing.Union[inner]  # noqa: UP007 - of a tuple known only now
