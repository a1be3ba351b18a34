"""From the embedded store to the cluster: whatever happens on the way, both are alike in the end."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from crawler import shipping
from crawler.errors import JobError
from crawler.shipping import Shipper, only_shipper
from pipelines.errors import StoreError
from pipelines.store.elasticsearch.ahead import read_ahead
from pipelines.store.elasticsearch.connection import ClusterSettings, UnavailableError, connect
from pipelines.store.elasticsearch.indices import Indices, Keeping
from pipelines.store.elasticsearch.mappings import KINDS
from pipelines.store.elasticsearch.outbox import Outbox
from pipelines.store.elasticsearch.store import ElasticsearchStore
from pipelines.store.sqlite import SqliteStore
from tests.pipelines.store_cases import DAY, NOON, contents, hit, offer, seen, start

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from tests.elasticsearch.line import Line

ROOT = Path(__file__).parents[2]


def found(client: Elasticsearch, indices: Indices, kind: str, size: int) -> list[dict]:
    """Documents of a kind, after a refresh."""
    indices.refresh()
    index = f"{indices.prefix}-{kind}"
    return client.search(index=index, size=size, seq_no_primary_term=True)["hits"]["hits"]


def documents(client: Elasticsearch, indices: Indices) -> dict[tuple[str, str], tuple[str, int]]:
    """Every document's index and number of its last write, by kind and id."""
    return {
        (kind, each["_id"]): (each["_index"], each["_seq_no"])
        for kind in KINDS
        for each in found(client, indices, kind, 1000)
    }


def skip_where_the_cluster_does_so_itself(indices: Indices) -> None:
    if indices.features.lifecycle:
        pytest.skip("this cluster rolls over and deletes indices by itself")


def test_what_was_shipped_equals_the_store_and_shipping_again_does_nothing(shipper, store, indices, client):
    result = shipper.ship()
    assert (result.changes, result.refused) == (121, 0)
    assert result.written == 60 + 60 + 120 + 1 + 2
    assert shipper.differences() == ()
    assert contents(ElasticsearchStore(client, indices.prefix)) == contents(store)
    again = shipper.ship()
    assert (again.changes, again.written) == (0, 0)


def test_a_long_backlog_is_read_by_another_process_and_arrives_all_the_same(
    shipper, store, client, indices, monkeypatch
):
    monkeypatch.setattr(shipping, "LONG_BACKLOG", 100)
    monkeypatch.setattr(shipping, "BATCH_CHANGES", 20)
    assert shipper.ship().written == 60 + 60 + 120 + 1 + 2
    assert shipper.differences() == ()
    assert contents(ElasticsearchStore(client, indices.prefix)) == contents(store)


def test_a_reading_process_that_dies_is_said_and_gone_on_from(tmp_path, store, path):
    nowhere = tmp_path / "nowhere" / "store.sqlite"
    with (
        read_ahead(nowhere, "x", 0, limit=10, sent=0) as ahead,
        pytest.raises(StoreError, match="cannot be opened"),
    ):
        next(ahead)
    with read_ahead(path, "x", 0, limit=10, sent=0) as ahead:
        next(ahead)
        for process in psutil.Process().children():
            if "pipelines.store.elasticsearch.ahead" in process.cmdline():
                process.kill()
        with pytest.raises(StoreError, match="ended early; ship again"):
            list(ahead)


def test_shipping_everything_a_second_time_changes_no_document(shipper, outbox, client, indices):
    shipper.ship()
    before = documents(client, indices)
    outbox.begin_anew()
    result = shipper.ship()
    assert (result.changes, result.written, result.dropped) == (121, 0, 0)
    assert documents(client, indices) == before


def test_a_changed_listing_replaces_its_documents_and_its_earlier_hits_go(shipper, store, indices, client):
    shipper.ship()
    start(store, "run-2", at=NOON + DAY)
    store.write([seen(offer(1, hits=[hit()]), NOON + DAY, title="改了")], run_id="run-2")
    assert shipper.ship().dropped == 2
    assert shipper.differences() == ()
    assert indices.documents("hits") == 121
    assert contents(ElasticsearchStore(client, indices.prefix)) == contents(store)


def test_a_new_judgement_of_everything_leaves_no_earlier_hit(shipper, store, indices):
    shipper.ship()
    other = offer(hits=[hit("车队")], lexicon="lexicon-2").analysis
    for versions in store.outdated_versions("lexicon-2", "1"):
        store.replace_analyses({version.version_id: other for version in versions})
    assert shipper.ship().dropped == 120
    indices.refresh()
    assert indices.documents("hits") == 60
    assert shipper.differences() == ()


def test_refused_documents_are_put_aside_with_their_reason_and_taken_later(
    shipper, store, outbox, client, indices
):
    store.write([offer(99, hits=[hit(start=n) for n in range(5)])], run_id="run-1")
    indices.prepare(outbox.state().store_id)
    alias = indices.alias("listings")
    client.indices.put_settings(index=alias, settings={"index.mapping.nested_objects.limit": 4})
    result = shipper.ship()
    assert result.refused == 1
    (letter,) = outbox.dead_letters()
    assert (letter.kind, letter.key) == ("listings", offer(99).listing.listing_id)
    assert "nested documents" in letter.reason
    assert outbox.state().pending == 0
    assert [each.kind for each in shipper.differences()] == ["listings"]
    assert shipper.retry().refused == 1
    assert outbox.dead_letters()[0].attempts == 2
    client.indices.put_settings(index=alias, settings={"index.mapping.nested_objects.limit": None})
    assert shipper.retry().refused == 0
    assert outbox.dead_letters() == ()
    assert shipper.differences() == ()


def test_a_refused_document_that_is_replaced_later_is_no_dead_letter_any_more(
    shipper, store, outbox, client, indices
):
    store.write([offer(99, hits=[hit(start=n) for n in range(5)])], run_id="run-1")
    indices.prepare(outbox.state().store_id)
    limit = {"index.mapping.nested_objects.limit": 4}
    client.indices.put_settings(index=indices.alias("listings"), settings=limit)
    assert shipper.ship().refused == 1
    store.write([seen(offer(99), NOON + DAY, title="改了")], run_id="run-1")
    assert shipper.ship().refused == 0
    assert outbox.dead_letters() == ()


def test_an_outage_is_waited_for_and_nothing_is_lost(outbox, indices, line: Line, monkeypatch):
    monkeypatch.setattr(shipping, "BATCH_CHANGES", 20)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 4:
            line.mend()

    client = connect(ClusterSettings(line.url))
    indices = Indices(client, indices.prefix)
    told: list[str] = []

    def cut_once(progress) -> None:
        if progress.changes and not told:
            told.append("")
            line.cut()
        if progress.waiting_for:
            told.append(progress.waiting_for)

    shipper = Shipper(outbox, client, indices, pause=pause, patience=3600, told=cut_once)
    assert shipper.ship().changes == 121
    assert pauses[:2] != []
    assert f"{line.url}: the cluster cannot be reached" in told[1]
    assert shipper.differences() == ()


def test_pauses_grow_up_to_a_minute_and_patience_ends(outbox, indices, line: Line):
    line.cut()
    pauses: list[float] = []
    client = connect(ClusterSettings(line.url))
    shipper = Shipper(outbox, client, Indices(client, indices.prefix), pause=pauses.append, patience=600)
    with pytest.raises(UnavailableError, match="cannot be reached"):
        shipper.ship()
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert sum(pauses) >= 600
    assert outbox.state().shipped == 0


def test_a_cluster_without_room_is_waited_for(outbox, client, indices):
    indices.prepare(outbox.state().store_id)
    blocked = {"index.blocks.read_only_allow_delete": True}
    client.indices.put_settings(index=indices.alias("hits"), settings=blocked)
    told: list[str] = []

    def free(_: float) -> None:
        settings = {"index.blocks.read_only_allow_delete": None}
        client.indices.put_settings(index=indices.alias("hits"), settings=settings)

    shipper = Shipper(outbox, client, indices, pause=free, told=lambda p: told.append(p.waiting_for or ""))
    assert shipper.ship().refused == 0
    assert any("read-only" in text and "free some space" in text for text in told)
    assert outbox.dead_letters() == ()
    assert shipper.differences() == ()


def test_giving_up_keeps_what_was_taken_and_the_next_time_goes_on(outbox, client, indices, monkeypatch):
    monkeypatch.setattr(shipping, "BATCH_CHANGES", 20)
    indices.prepare(outbox.state().store_id)
    blocked = {"index.blocks.read_only_allow_delete": True}
    client.indices.put_settings(index=indices.alias("hits"), settings=blocked)
    shipper = Shipper(outbox, client, indices, patience=0)
    with pytest.raises(UnavailableError):
        shipper.ship()
    with pytest.raises(JobError, match="not shipped yet"):
        shipper.differences()
    free = {"index.blocks.read_only_allow_delete": None}
    client.indices.put_settings(index=indices.alias("hits"), settings=free)
    shipper.ship()
    assert shipper.differences() == ()


SHIPPER = """
import sys
from pathlib import Path
from crawler import shipping
from pipelines.store.elasticsearch.ahead import read_ahead
from pipelines.store.elasticsearch.connection import ClusterSettings, connect
from pipelines.store.elasticsearch.indices import Indices
from pipelines.store.elasticsearch.outbox import Outbox

shipping.BATCH_CHANGES = 20
client = connect(ClusterSettings(sys.argv[1]))
shipping.Shipper(Outbox(Path(sys.argv[2]), sys.argv[3]), client, Indices(client, sys.argv[3])).ship()
"""


def test_a_shipper_killed_in_the_middle_of_a_bulk_is_gone_on_with(
    shipper, store, outbox, path, indices, client, line: Line
):
    indices.prepare(outbox.state().store_id)
    line.hold_after(100_000)
    arguments = [sys.executable, "-c", SHIPPER, line.url, str(path), indices.prefix]
    process = subprocess.Popen(arguments, cwd=ROOT)
    assert line.held.wait(60)
    process.kill()
    process.wait()
    assert 0 < len(documents(client, indices)) < 240
    assert outbox.state().pending
    shipper.ship()
    assert shipper.differences() == ()
    assert contents(ElasticsearchStore(client, indices.prefix)) == contents(store)


def test_indices_roll_over_under_writes_and_no_document_is_there_twice(outbox, store, client, indices):
    skip_where_the_cluster_does_so_itself(indices)
    indices = Indices(client, indices.prefix, Keeping(most_documents=50))
    shipper = Shipper(outbox, client, indices, patience=0)
    for day in range(1, 4):
        shipper.ship()
        indices.refresh()
        start(store, f"run-{day + 1}", at=NOON + day * DAY)
        again = [seen(offer(n), NOON + day * DAY, title=f"第{day}天") for n in range(10)]
        store.write([*again, *(offer(n) for n in range(100 * day, 100 * day + 30))], run_id=f"run-{day + 1}")
    shipper.ship()
    shown = client.indices.get_alias(name=indices.alias("hits")).body
    assert len(shown) >= 3
    assert [name for name, at in shown.items() if at["aliases"][indices.alias("hits")]["is_write_index"]] == [
        max(shown)
    ]
    assert shipper.differences() == ()
    assert contents(ElasticsearchStore(client, indices.prefix)) == contents(store)
    outbox.begin_anew()
    assert shipper.ship().written == 0


def test_old_indices_are_deleted_whole_and_the_present_state_stays(outbox, store, client, indices):
    skip_where_the_cluster_does_so_itself(indices)
    keeping = Keeping(most_documents=50, keep_days=9999)
    shipper = Shipper(outbox, client, indices := Indices(client, indices.prefix, keeping), patience=0)
    shipper.ship()
    indices.refresh()
    store.write([offer(n) for n in range(100, 110)], run_id="run-1")
    shipper.ship()
    indices.tend(datetime.now(UTC) + timedelta(days=10_001))
    indices.refresh()
    assert indices.documents("listings") == 70
    assert indices.documents("versions") == 10
    assert indices.documents("hits") == 10


def test_what_is_older_than_is_kept_is_not_shipped_and_not_missed(outbox, client, indices):
    indices = Indices(client, indices.prefix, Keeping(keep_days=30))
    shipper = Shipper(outbox, client, indices, patience=0)
    shipper.ship()
    indices.refresh()
    assert (indices.documents("listings"), indices.documents("versions")) == (60, 0)
    assert shipper.differences() == ()


def test_a_rebuild_shows_the_new_indices_all_at_once(outbox, client, indices, monkeypatch):
    monkeypatch.setattr(shipping, "BATCH_CHANGES", 20)
    shipper = Shipper(outbox, client, indices, patience=0)
    shipper.ship()
    before = documents(client, indices)
    shown: list[set[str]] = []

    def look(_) -> None:
        shown.append({index for index, _ in documents(client, indices).values()})

    rebuilding = Shipper(outbox, client, indices, patience=0, told=look)
    assert rebuilding.rebuild().written == len(before)
    after = documents(client, indices)
    assert after.keys() == before.keys()
    assert set(map(frozenset, shown)) == {frozenset(index for index, _ in before.values())}
    assert not {index for index, _ in after.values()} & {index for index, _ in before.values()}
    assert not client.indices.exists(index=f"{indices.alias('versions')}-000001")
    assert shipper.differences() == ()
    assert shipper.ship().changes == 0


def test_a_rebuild_that_breaks_off_leaves_what_is_shown_and_the_cursor(outbox, client, indices):
    shipper = Shipper(outbox, client, indices, patience=0)
    shipper.ship()
    state = outbox.state()

    def break_off(_) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Shipper(outbox, client, indices, patience=0, told=break_off).rebuild()
    assert outbox.state() == state
    assert shipper.differences() == ()
    assert shipper.rebuild().written > 0
    assert shipper.differences() == ()


def test_a_day_that_lacks_a_document_or_has_another_is_named(shipper, client, indices):
    shipper.ship()
    (document,) = found(client, indices, "versions", 1)
    client.delete(index=document["_index"], id=document["_id"])
    (listing,) = found(client, indices, "listings", 1)
    changed = {**listing["_source"], "score": 0.01}
    client.index(index=listing["_index"], id=listing["_id"], document=changed)
    days = {(each.kind, each.day): (each.stored, each.shipped) for each in shipper.differences()}
    assert days == {("versions", "2025-03-10"): (60, 59), ("listings", "2025-03-10"): (60, 60)}
    shipper.rebuild()
    assert shipper.differences() == ()


def test_indices_that_another_store_filled_are_left_alone(shipper, tmp_path, client, indices):
    shipper.ship()
    path = tmp_path / "other.sqlite"
    with SqliteStore(path) as other, Outbox(path, indices.prefix) as its_outbox:
        start(other)
        with pytest.raises(StoreError, match=r"filled from another store.*--rebuild"):
            Shipper(its_outbox, client, indices, patience=0).ship()


def test_deleted_indices_are_made_anew_and_filled_from_the_beginning(shipper, client, indices):
    shipper.ship()
    client.indices.delete(index=f"{indices.alias('versions')}-000001")
    shipper.ship()
    assert shipper.differences() == ()


def test_links_and_terms_are_shipped_too(shipper, store, client, indices):
    from pipelines.store.answers import SellerLink

    link = SellerLink("market", "seller-1", "forum", "seller-9", "https://forum.example/u/9", NOON, "run-1")
    store.link(link)
    shipper.ship()
    indices.refresh()
    asked = ElasticsearchStore(client, indices.prefix)
    assert asked.links() == (link,)
    assert asked.terms() == store.terms()
    assert asked.version(1) == store.version(1)


def test_only_one_process_ships_from_a_store(tmp_path):
    with (
        only_shipper(tmp_path),
        pytest.raises(JobError, match="another process is shipping"),
        only_shipper(tmp_path),
    ):
        pass
    with only_shipper(tmp_path):
        pass
