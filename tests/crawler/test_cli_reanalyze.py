"""`jargonwatch reanalyze` over a store that another lexicon filled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.cli import run
from pipelines.analysis import analyze
from pipelines.lexicon.load import load_lexicon
from pipelines.records import AnalyzedListing, Listing
from pipelines.store.answers import RunStart, TrendQuery
from pipelines.store.sqlite import open_store
from tests.crawler.workspaces import small_workspace

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SEEN_AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
NEW_TERM = """\
category: bankcard
terms:
  - {id: bankcard.new, term: 金葫芦, strength: strong, severity: 4, added: 2026-01-06}
"""


def test_a_new_term_is_found_in_what_was_stored_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path / "desk")
    listing = Listing("one", "market", "market", "金葫芦 长期出", SEEN_AT)
    before = analyze(listing, load_lexicon(workspace.lexicon_dir))
    assert before.verdict == "clear"
    workspace.data_dir.mkdir(parents=True, exist_ok=True)
    with open_store(workspace.store_path) as store:
        store.start_run(RunStart("run-1", "market", "market", "manual", SEEN_AT))
        store.write([AnalyzedListing(listing, before)], run_id="run-1")
    (workspace.lexicon_dir / "terms" / "new.yaml").write_text(NEW_TERM, "utf-8")

    where = ["--workspace", str(workspace.root)]
    assert run(["reanalyze", *where]) == 0
    assert "1 versions judged again" in capsys.readouterr().out
    with open_store(workspace.store_path) as store:
        known = store.get("one")
        trend = store.trend(TrendQuery(terms=("bankcard.new",), since=SEEN_AT.date(), until=SEEN_AT.date()))
    assert known is not None
    assert known.listing.analysis.verdict == "flagged"
    assert known.listing.listing.seen_at == SEEN_AT
    assert trend.series == {"bankcard.new": (1,)}

    assert run(["reanalyze", *where]) == 0
    assert "0 versions judged again" in capsys.readouterr().out
