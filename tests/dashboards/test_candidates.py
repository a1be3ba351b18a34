"""Candidates of new slang: what flagged listings say that clear ones don't, and the lexicon doesn't know."""

from __future__ import annotations

import pytest

from crawler import cli
from dashboards.candidates import find_candidates
from pipelines.lexicon.files import read_lexicon
from pipelines.lexicon.load import DEFAULT_LEXICON
from pipelines.store.sqlite import open_store
from tests.crawler.workspaces import small_workspace
from tests.pipelines.store_cases import hit, offer, start

ORDINARY = "全新正品包邮现货特价实体店铺诚信经营支持验货"


def listings(new: str):
    """Flagged listings that hold a new word, and clear ones of the same words without it."""
    for number in range(30):
        words = ORDINARY[number % 12 : number % 12 + 8]
        title = f"四件套 {new} {words}"
        yield offer(number, title=title, description="", hits=[hit()], seller_id=f"s{number}")
        yield offer(
            500 + number, title=words, description="", hits=[], verdict="clear", seller_id=f"c{number}"
        )


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "store.sqlite") as opened:
        start(opened)
        opened.write(list(listings("雾里青")), run_id="run-1")
        yield opened


def test_a_word_that_only_flagged_listings_have_is_proposed_whole_with_its_evidence(store):
    found = find_candidates(store, read_lexicon(DEFAULT_LEXICON))
    first = found.candidates[0]
    assert (first.text, first.flagged, first.clear, first.sellers) == ("雾里青", 30, 0, 30)
    assert first.category == "bankcard"
    assert first.p < 0.01
    assert "雾里青" in first.examples[0].title
    texts = {each.text for each in found.candidates}
    assert "四件套" not in texts
    assert "雾里" not in texts


def test_a_handle_is_no_word(tmp_path):
    with open_store(tmp_path / "handles.sqlite") as opened:
        start(opened)
        opened.write(list(listings("shop_nan99 雾里青")), run_id="run-1")
        found = find_candidates(opened, read_lexicon(DEFAULT_LEXICON))
    assert [each.text for each in found.candidates] == ["雾里青"]


def test_listings_that_analysts_acquitted_change_sides(store):
    acquitted = [offer(number).listing.listing_id for number in range(30)]
    found = find_candidates(store, read_lexicon(DEFAULT_LEXICON), innocent=acquitted)
    assert found.candidates == ()


def test_a_word_that_was_decided_on_is_not_proposed_again(store):
    found = find_candidates(store, read_lexicon(DEFAULT_LEXICON), without=["雾里青"])
    assert "雾里青" not in {each.text for each in found.candidates}


def test_the_command_lists_them(tmp_path, capsys):
    workspace = small_workspace(tmp_path / "desk")
    workspace.data_dir.mkdir()
    with open_store(workspace.store_path) as opened:
        start(opened)
        opened.write(list(listings("雾里青")), run_id="run-1")
    assert cli.run(["lexicon", "candidates", "--workspace", str(workspace.root)]) == 0
    assert "雾里青" in capsys.readouterr().out
