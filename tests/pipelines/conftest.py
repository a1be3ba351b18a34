"""The stores that the contract suite (`test_store_contract_*.py`) runs against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.store.sqlite import open_store
from tests.elasticsearch.shipped import open_shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipelines.store.protocol import Store

OPENERS: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: open_store(folder / "store.sqlite"),
    "elasticsearch": open_shipped,
}
"""A new kind of store is proved by adding how to open an empty one."""


@pytest.fixture(params=OPENERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with OPENERS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=OPENERS)
def another_store(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> Iterator[Store]:
    """A second, empty store to compare with."""
    folder = tmp_path / "another"
    folder.mkdir()
    with OPENERS[request.param](folder) as opened:
        yield opened
