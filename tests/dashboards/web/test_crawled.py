"""What sellers wrote cannot become markup, turn the text around it, or hide."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dashboards.web.crawled import Mark, plain, show
from tests.dashboards.web.demo_store import HOSTILE


def test_markup_is_shown_as_it_was_written():
    shown = show(HOSTILE["markup"])
    assert "<img" not in shown
    assert "&lt;img src=x onerror=&#34;" in shown


def test_bidi_controls_are_shown_and_cannot_turn_anything():
    shown = show("a\u202eb\u200bc")
    assert "\u202e" not in shown
    assert 'title="RIGHT-TO-LEFT OVERRIDE">U+202E</span>' in shown
    assert ">U+200B</span>" in shown
    assert shown.startswith("<bdi")
    assert plain("a\u202eb") == "a⟨U+202E⟩b"


def test_marks_stand_where_the_hits_are_and_overlapping_ones_once():
    shown = show("卖四件套<b>", [Mark(1, 4, "term", '"x"'), Mark(2, 5, "term"), Mark(4, 7, "signal")])
    assert '卖<mark class="mark-term" title="&#34;x&#34;">四件套</mark>' in shown
    assert '<mark class="mark-signal" title="">&lt;b&gt;</mark>' in shown
    assert shown.count("<mark") == 2


@given(st.text(), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4))
def test_no_text_brings_markup_or_an_invisible_character(text, spans):
    shown = str(show(text, [Mark(start, end, "term") for start, end in spans]))
    without = shown
    for ours in ('<bdi class="crawled" lang="zh">', "</bdi>", '<mark class="mark-term" title="">', "</mark>"):
        without = without.replace(ours, "")
    assert "<" not in without.replace('<span class="hidden-char"', "").replace("</span>", "")
    assert not {c for c in shown if unicodedata.category(c) in ("Cc", "Cs")} - {"\n", "\t"}
    assert not {c for c in shown if c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"}
