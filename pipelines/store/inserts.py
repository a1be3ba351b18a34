"""The rows of one new version and how they are inserted, for new listings and new versions alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipelines.store.answers import day_of
from pipelines.store.bigrams import index_text
from pipelines.store.rollup import counted
from pipelines.store.rows import HIT_COLUMNS, analysis_row, hit_rows, moment, price_row

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection

    from pipelines.records import AnalyzedListing, Hit

    type Row = tuple[object, ...]


def _insert(table: str, columns: str) -> str:
    values = ", ".join("?" * len(columns.split(",")))
    return f"INSERT INTO {table} ({columns}) VALUES ({values})"  # noqa: S608


_LISTING: Final = _insert(
    "listing",
    "id, listing_id, platform, source, native_id, url, seller_id, seller_name, shelf, extra, first_seen,"
    " last_seen, last_run, versions, current, offered_at, verdict, score, category, hits, price,"
    " currency, change",
)
_VERSION: Final = _insert(
    "version",
    "id, listing, digest, seen_at, last_seen, published_at, offered_at, day, title, description, price,"
    " currency, unit, verdict, score, category, findings, lexicon_version, pipeline_version, run, change",
)
_HIT: Final = _insert("hit", f"version, ordinal, {HIT_COLUMNS}")
_TEXT: Final = _insert("version_text", "rowid, bigrams")
_MARK: Final = _insert("mark", "kind, key, offered_at, listing")
_TERM: Final = """
    INSERT INTO term (term_id, term, category) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET term = excluded.term, category = excluded.category
    WHERE term <> excluded.term OR category <> excluded.category
"""


class Inserts:
    """Rows collected over a batch and inserted together."""

    def __init__(self) -> None:
        self._listings: list[Row] = []
        self._versions: list[Row] = []
        self._hits: list[Row] = []
        self._texts: list[Row] = []
        self._marks: list[tuple[str, str, str, int]] = []
        self._terms: dict[str, Row] = {}

    def add_listing(self, row: Row) -> None:
        self._listings.append(row)

    def add_version(
        self, item: AnalyzedListing, keys: tuple[int, int, bytes], dates: Row, run: int, change: int
    ) -> None:
        """`keys`: version, listing, digest. `dates`: seen_at, last_seen, published_at, offered_at, day."""
        listing = item.listing
        self._versions.append(
            (
                *keys,
                *dates,
                listing.title,
                listing.description,
                *price_row(listing.price),
                *analysis_row(item.analysis),
                run,
                change,
            )
        )
        self.add_hits(keys[0], item.analysis.hits)
        self._texts.append((keys[0], index_text(listing.title, listing.description)))

    def add_hits(self, version: int, hits: Iterable[Hit]) -> None:
        hits = tuple(hits)
        self._hits += hit_rows(version, hits)
        self._terms.update((hit.term_id, (hit.term_id, hit.term, hit.category)) for hit in hits)

    def add_marks(self, listing: int, offered_at: str, hits: Iterable[Hit]) -> None:
        marks = {
            mark for hit in counted(hits) for mark in (("term", hit.term_id), ("disguise", hit.disguise))
        }
        self._marks += [(*mark, offered_at, listing) for mark in marks]

    def apply(self, connection: Connection) -> None:
        """Insert what was collected, and forget it."""
        connection.executemany(_LISTING, self._listings)
        connection.executemany(_VERSION, self._versions)
        connection.executemany(_TERM, self._terms.values())
        connection.executemany(_HIT, self._hits)
        connection.executemany(_TEXT, self._texts)
        connection.executemany(_MARK, sorted(self._marks))
        self.__init__()  # type: ignore[misc]


def offered_at(seen_at: str, published_at: str | None, before: str | None) -> str:
    """When a version was offered, given when it and the version before it (if any) were first seen.

    The page's own date says it best, unless it is in the future, or older than what is known to have read
    otherwise: a seller who rewrites an offer keeps its date of publication.
    """
    if published_at and published_at <= seen_at and (before is None or published_at > before):
        return published_at
    return seen_at


def day_text(offered: str) -> str:
    """The day that a stored time falls on."""
    return day_of(moment(offered)).isoformat()
