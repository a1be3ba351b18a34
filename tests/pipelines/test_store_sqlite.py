"""What only the embedded store promises: one file, several processes, faults of disk and schema."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.errors import StoreError
from pipelines.store import database, faceting, schema, sqlite
from pipelines.store.answers import RunEnd, TrendQuery
from pipelines.store.query import EVERYTHING, All, Gone, Has, Matches, Offered, Priced, conjuncts
from pipelines.store.sqlite import SqliteStore, open_store
from tests.pipelines.store_cases import DAY, NOON, contents, everything, hit, offer, seen, start

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(path) as opened:
        yield opened


WRITER = """
import sys
from pathlib import Path
from pipelines.store.sqlite import open_store
from tests.pipelines.store_cases import offer, start

path, run_id, first, last, size = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
with open_store(Path(path)) as store:
    start(store, run_id)
    for begin in range(first, last, size):
        store.write([offer(n) for n in range(begin, min(begin + size, last))], run_id=run_id)
        print(begin, flush=True)
"""


def writer(path: Path, run_id: str, first: int, last: int, size: int) -> subprocess.Popen[str]:
    """A process of its own that writes numbered listings and prints the first of each batch it wrote."""
    arguments = [str(path), run_id, str(first), str(last), str(size)]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_two_writers_wait_for_each_other_and_readers_for_nobody(path: Path) -> None:
    open_store(path).close()
    writers = [writer(path, f"run-{n}", 300 * n, 300 * n + 400, 20) for n in range(2)]
    with open_store(path) as reader:
        counts = []
        while any(process.poll() is None for process in writers):
            totals, facets = reader.totals(), reader.facets(EVERYTHING)
            counts.append(totals.listings)
            assert facets.listings % 20 == 0
        assert [process.communicate()[0].count("\n") for process in writers] == [20, 20]
        assert counts == sorted(counts)
        assert reader.totals().listings == 700
        assert sum(run.new for run in reader.runs()) == 700


def test_a_crawl_killed_in_the_middle_and_started_again_equals_one_clean_crawl(tmp_path: Path) -> None:
    path, clean = tmp_path / "killed.sqlite", tmp_path / "clean.sqlite"
    for kill_after in (2, 5):
        process = writer(path, "run-1", 0, 2000, 40)
        assert process.stdout is not None
        for _ in range(kill_after):
            process.stdout.readline()
        process.kill()
        process.communicate()
    with open_store(path) as store:
        assert 0 < store.totals().listings < 2000
        assert store.totals().listings % 40 == 0
    for target in (path, clean):
        assert writer(target, "run-1", 0, 2000, 40).communicate()[0].count("\n") == 50
    with open_store(path) as killed, open_store(clean) as whole:
        assert contents(killed) == contents(whole)
        assert killed.run("run-1").listings == whole.run("run-1").listings == 2000
        assert killed.run("run-1").new == 2000


def test_an_acceptance_cut_short_goes_on_where_it_was(store, path, monkeypatch) -> None:
    start(store)
    store.stage([offer(n) for n in range(10)], run_id="run-1")
    store.finish_run("run-1", RunEnd(NOON, "quarantined"))
    monkeypatch.setattr(sqlite, "ACCEPT_BATCH", 4)
    write, calls = sqlite._write, []

    def cut_short(*given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return write(*given)

    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "_write", cut_short)
        with pytest.raises(KeyboardInterrupt):
            store.accept_run("run-1")
    assert (store.totals().listings, store.run("run-1").staged) == (4, 6)
    assert store.run("run-1").outcome == "quarantined"
    assert store.accept_run("run-1").new == 6
    assert (store.run("run-1").outcome, store.run("run-1").listings) == ("accepted", 10)


def test_threads_take_turns_at_one_store(store: SqliteStore) -> None:
    start(store)
    threads = [
        threading.Thread(
            target=store.write, args=([offer(50 * t + n) for n in range(50)],), kwargs={"run_id": "run-1"}
        )
        for t in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.totals().listings == store.run("run-1").new == 200


def test_what_was_written_is_there_after_closing(path: Path) -> None:
    with open_store(path) as store:
        start(store)
        store.write([offer()], run_id="run-1")
        before = contents(store)
        store.close()
    with open_store(path, must_exist=True) as again:
        assert contents(again) == before


def test_a_store_that_must_exist_is_not_made(path: Path) -> None:
    with pytest.raises(StoreError, match=re.escape(f"{path}: there is no store yet")):
        open_store(path, must_exist=True)
    assert not path.exists()


def test_a_store_in_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "store.sqlite"
    with pytest.raises(StoreError, match=re.escape(str(path)) + ".*its folder exists"):
        open_store(path)


def test_a_sqlite_that_is_too_old_is_named(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    with pytest.raises(StoreError, match=r"needs 3\.38 or newer"):
        open_store(path)
    assert not path.exists()


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    open_store(path).close()
    newer = len(schema.MIGRATIONS) + 1
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    with pytest.raises(StoreError, match=rf"{path}: the store has schema {newer}.*newer jargonwatch"):
        open_store(path)
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (newer,)


def test_an_older_schema_is_brought_forward_with_its_data(path: Path, monkeypatch) -> None:
    with open_store(path) as store:
        start(store)
        store.write([offer()], run_id="run-1")
    step = ("ALTER TABLE listing ADD COLUMN note TEXT", "CREATE INDEX listing_note ON listing (note)")
    monkeypatch.setattr(database, "MIGRATIONS", (*schema.MIGRATIONS, step))
    with open_store(path) as store:
        store.write([offer(2)], run_id="run-1")
        assert store.totals().listings == 2
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS) + 1,)


def test_a_migration_that_fails_leaves_the_store_as_it_was(path: Path, monkeypatch) -> None:
    with open_store(path) as store:
        start(store)
    broken = ("ALTER TABLE listing ADD COLUMN note TEXT", "CREATE NONSENSE")
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        with pytest.raises(StoreError, match=re.escape(str(path))):
            open_store(path)
    with open_store(path) as store:
        assert store.totals().runs == 1
    with sqlite3.connect(path) as connection:
        assert "note" not in [row[1] for row in connection.execute("PRAGMA table_info(listing)")]


def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="belongs to another program"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("id,title\n" * 500)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=re.escape(str(path)) + ".*not a jargonwatch store"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_damaged_store_says_that_it_is_damaged(path: Path) -> None:
    with open_store(path) as store:
        start(store)
        store.write([offer(n) for n in range(500)], run_id="run-1")
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (path.stat().st_size - 8192))
    with pytest.raises(StoreError, match=re.escape(str(path)) + ".*damaged"):
        open_store(path)


def test_a_full_disk_keeps_what_was_written_and_says_what_to_do(store: SqliteStore, path: Path) -> None:
    start(store)
    store.write([offer(n) for n in range(50)], run_id="run-1")
    connection = store._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(StoreError, match=re.escape(str(path)) + ".*disk is full"):
        store.write([offer(n) for n in range(50, 900)], run_id="run-1")
    assert store.totals().listings == 50
    connection.execute("PRAGMA max_page_count = 1000000")
    store.write([offer(n) for n in range(50, 900)], run_id="run-1")
    assert store.totals().listings == 900


def test_a_read_only_store_can_be_read_and_says_why_it_cannot_be_written(
    store: SqliteStore, path: Path
) -> None:
    start(store)
    store._database._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match=re.escape(str(path)) + ".*read-only"):
        store.write([offer()], run_id="run-1")
    assert store.totals().runs == 1


def test_a_writer_that_waits_too_long_says_who_is_in_the_way(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT_SECONDS", 0)
    with open_store(path) as store, open_store(path) as other:
        start(store)
        with store._database.writing(), pytest.raises(StoreError, match="another process has been writing"):
            other.write([offer()], run_id="run-1")
        assert other.totals().runs == 1


def test_many_processes_may_open_a_new_store_at_once(path: Path) -> None:
    processes = [writer(path, f"run-{n}", 0, 5, 5) for n in range(4)]
    assert [process.communicate()[0] for process in processes] == ["0\n"] * 4
    with open_store(path) as store:
        assert (store.totals().listings, store.totals().runs) == (5, 4)


def test_text_is_indexed_anew_when_the_fold_has_changed(store: SqliteStore, monkeypatch) -> None:
    start(store)
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "PIPELINE_VERSION", "0")
        patch.setattr("pipelines.store.bigrams.fold_form", lambda text: text[::-1])
        store.write([offer(1, title="跑分车队")], run_id="run-1")
    query = Matches("跑分车队")
    assert everything(store, query) == []
    for versions in store.outdated_versions("lexicon-2", "1"):
        store.replace_analyses(
            {version.version_id: offer(lexicon="lexicon-2").analysis for version in versions}
        )
    assert len(everything(store, query)) == 1


SEARCHES = {
    "everything": EVERYTHING,
    "platform": Has("platform", ("market",)),
    "verdicts": All((Has("verdict", ("flagged", "watch")), Has("platform", ("market", "forum")))),
    "category": All((Has("category", ("bankcard",)), Priced(">=", 1.0))),
    "seller": All((Has("seller", ("seller-1",)), Has("verdict", ("flagged",)))),
    "terms": All(
        (
            Has("term", ("term-四件套", "term-跑分")),
            Offered(since=date(2025, 1, 1)),
            Has("disguise", ("exact",)),
        )
    ),
    "disguise": Has("disguise", ("split",)),
    "text": All((Matches("四件套"), Has("term", ("term-四件套",)), Offered(until=date(2025, 12, 31)))),
    "dates": All((Offered(since=date(2025, 3, 1), until=date(2025, 3, 31)), Gone(False))),
}


def plans(store: SqliteStore, ask) -> list[str]:
    """How SQLite carries out every SELECT that a question leads to, a line a step."""
    connection = store._database._connection
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    ask()
    connection.set_trace_callback(None)
    selects = [statement for statement in statements if statement.lstrip().startswith(("SELECT", "WITH"))]
    assert selects
    return [row[3] for select in selects for row in connection.execute(f"EXPLAIN QUERY PLAN {select}")]


@pytest.fixture
def filled(store: SqliteStore) -> SqliteStore:
    start(store)
    store.write([offer(n, hits=[hit(), hit("跑分", disguise="split")]) for n in range(50)], run_id="run-1")
    store.write([seen(offer(n), NOON + DAY, title="改了") for n in range(10)], run_id="run-1")
    return store


SCAN = re.compile(
    r"^SCAN (?!json_each|matched|[sm]$|s VIRTUAL|\(subquery|[dkt] VIRTUAL TABLE)(?!.*USING (COVERING )?INDEX)"
)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_page_of_the_newest_walks_an_index_and_sorts_only_what_a_text_matched(filled, name: str) -> None:
    query = SEARCHES[name]
    first = filled.search(query, limit=1)
    steps = plans(filled, lambda: filled.search(query, limit=1, cursor=first.cursor))
    assert [step for step in steps if SCAN.match(step)] == []
    if not any(isinstance(part, Matches) for part in conjuncts(query)):
        assert [step for step in steps if "TEMP B-TREE" in step] == []


@pytest.mark.parametrize("name", SEARCHES)
def test_a_page_of_the_strongest_and_facets_read_no_whole_table(filled, name: str) -> None:
    query = SEARCHES[name]
    steps = plans(filled, lambda: filled.search(query, order="strongest"))
    assert [step for step in steps if SCAN.match(step)] == []
    steps = plans(filled, lambda: filled.facets(query))
    assert name == "everything" or [step for step in steps if SCAN.match(step)] == []


@pytest.mark.parametrize(
    "asked", [{"terms": ("term-四件套",)}, {"categories": ("bankcard",)}, {"platforms": ("market",)}, {}]
)
def test_a_trend_reads_only_its_part_of_the_roll_up(filled: SqliteStore, asked) -> None:
    query = TrendQuery(date(2025, 1, 1), date(2025, 12, 31), **asked)
    steps = plans(filled, lambda: filled.trend(query))
    assert [step for step in steps if SCAN.match(step)] == []
    searches = [step for step in steps if step.startswith("SEARCH c ")]
    assert searches
    assert all("day=? AND kind=? AND key=?" in step for step in searches)


@pytest.mark.parametrize("ask", ["get", "changes", "version", "outdated", "runs"])
def test_single_questions_read_no_whole_table(filled: SqliteStore, ask: str) -> None:
    asks = {
        "get": lambda: filled.get(offer(1).listing.listing_id),
        "changes": lambda: filled.changes(5),
        "version": lambda: filled.version(1),
        "outdated": lambda: next(filled.outdated_versions("lexicon-2", "1")),
        "runs": lambda: filled.runs(source="market-search"),
    }
    assert [step for step in plans(filled, asks[ask]) if SCAN.match(step)] == []


def test_researchers_questions_read_no_whole_table(filled: SqliteStore) -> None:
    days = (date(2025, 1, 7), date(2025, 12, 20))
    asks = (
        lambda: filled.counts(*days, platforms=("market",)),
        lambda: filled.first_sights(*days),
        lambda: filled.history("term-四件套"),
        lambda: filled.coverage(*days),
        lambda: filled.prices(SEARCHES["terms"]),
        lambda: filled.sellers(SEARCHES["terms"]),
    )
    for ask in asks:
        assert [step for step in plans(filled, ask) if SCAN.match(step)] == []


def test_of_too_many_matches_the_newest_are_counted(store: SqliteStore) -> None:
    start(store)
    store.write([seen(offer(n), NOON - n * DAY) for n in range(30)], run_id="run-1")
    with store._database.reading() as connection:
        some = faceting.facets(connection, SEARCHES["verdicts"], top=5, most=10)
        every = faceting.facets(connection, SEARCHES["verdicts"], top=5, most=30)
    assert (some.listings, some.exact, some.terms_exact) == (10, False, False)
    assert [term.listings for term in some.terms] == [10]
    assert (every.listings, every.exact) == (30, True)
