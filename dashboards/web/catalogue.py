"""What queries can name: the lexicon's terms, and what the store has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from dashboards.query import Catalogue, known_terms
from dashboards.web.kept import Kept
from dashboards.web.pages import DeskDep, StoreDep
from dashboards.web.period import SINCE_EVER, today
from pipelines.lexicon.files import read_lexicon

if TYPE_CHECKING:
    from dashboards.web.pages import Desk
    from pipelines.store.protocol import Questions

_catalogues: Final = Kept[str, Catalogue](seconds=60)


def catalogue_of(request: Request, desk: DeskDep, store: StoreDep) -> Catalogue:
    """The catalogue, as it was a minute ago at most."""
    return _catalogues.get(request.app, "catalogue", lambda: _read(desk, store))


CatalogueDep = Annotated[Catalogue, Depends(catalogue_of)]


def _read(desk: Desk, store: Questions) -> Catalogue:
    folder = desk.settings.lexicon_dir
    lexicon = read_lexicon(folder) if folder and folder.is_dir() else None
    sources = store.coverage(SINCE_EVER, today()).sources
    return Catalogue(
        terms=known_terms(lexicon, store.terms()),
        platforms=tuple(sorted({source.platform for source in sources})),
        sources=tuple(source.source for source in sources),
    )
