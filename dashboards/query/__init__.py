"""The query language of analysts: text to tree and back, and what may come next while one types."""

from __future__ import annotations

from dashboards.query.catalogue import Catalogue, KnownTerm, known_terms
from dashboards.query.completing import Suggestion, complete
from dashboards.query.errors import QueryError
from dashboards.query.fields import FIELDS, Field
from dashboards.query.normal import normal
from dashboards.query.reading import parse
from dashboards.query.writing import quoted, write

__all__ = [
    "FIELDS",
    "Catalogue",
    "Field",
    "KnownTerm",
    "QueryError",
    "Suggestion",
    "complete",
    "known_terms",
    "normal",
    "parse",
    "quoted",
    "write",
]
