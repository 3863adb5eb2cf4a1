"""Which records make one paper does not depend on the order in which they are read."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_samples import abstract, placed, record, title

from ingest.records import Record

TEXT = abstract(1)
VARIANTS = (TEXT, TEXT[:170], TEXT.replace("better", "bettor"), TEXT + " Code is online.")
TITLES = ("", "", title(1), title(2), f"{title(1)}: a study")


def _held(batches: list[list[Record]]) -> set[tuple[str, str, str, tuple[str, ...]]]:
    """Id, title, abstract and sources of each paper after these batches."""
    return {(p.paper_id, p.title, p.abstract, tuple(sorted(p.sources))) for p in placed(batches)}


@st.composite
def _records(draw: st.DrawFn) -> list[Record]:
    count = draw(st.integers(2, 5))
    return [
        record(draw(st.sampled_from(VARIANTS)), line, title=draw(st.sampled_from(TITLES)))
        for line in range(1, count + 1)
    ]


@settings(max_examples=150)
@given(_records(), st.data())
def test_twins_and_records_between_them_are_placed_alike_in_any_order(
    records: list[Record], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(records))
    cut = data.draw(st.integers(0, len(order)))
    assert _held([order[:cut], order[cut:]]) == _held([records])


def test_an_untitled_record_does_not_bring_two_titles_together() -> None:
    one, other = record(TEXT, 1, title=title(1)), record(TEXT, 2, title=title(2))
    between = record(TEXT, 3)
    found = [
        _held([[one, between, other]]),
        _held([[one], [other], [between]]),
        _held([[between], [other], [one]]),
    ]
    assert found[0] == found[1] == found[2]
    assert sorted(len(sources) for *_, sources in found[0]) == [1, 2]
