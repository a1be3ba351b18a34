"""Fields that say the same of every listing are an alarm of the run."""

from __future__ import annotations

from spiders.sameness import Sameness


def told(*titles: str | None) -> list[str]:
    sameness = Sameness()
    for title in titles:
        sameness.note("title", {"title": title} if title else {})
    return sameness.told()


def test_a_field_with_one_value_on_all_listings_is_told_with_their_number() -> None:
    (line,) = told(*["Home"] * 12)
    assert line.startswith("title is the same on all 12 listings")


def test_nothing_is_told_of_few_listings_or_of_values_that_differ() -> None:
    assert told(*["Home"] * 4) == []
    assert told(*["Home"] * 12, "Lamp") == []
    assert told(*[None] * 12) == []
