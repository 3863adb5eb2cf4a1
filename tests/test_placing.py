from __future__ import annotations

import time

import pytest
from ingest_samples import abstract, record, title

from ingest.catalog import StoredRecord, stored
from ingest.papers.edits import pair_edits
from ingest.records import Record


def _rows(records: list[Record]) -> list[StoredRecord]:
    return [stored(one, number) for number, one in enumerate(records, start=1)]


def _paired(old: list[Record], new: list[Record]) -> list[tuple[int, int]]:
    pairs = pair_edits(_rows(old), new)
    return sorted((row.record_id - 1, new.index(one)) for row, one in pairs)


def test_the_same_line_with_a_similar_text_is_an_edit() -> None:
    old = [record(abstract(n), line=n) for n in (1, 2)]
    new = [record(abstract(1) + " More.", line=1), record(abstract(3), line=2)]
    assert _paired(old, new) == [(0, 0)]


def test_the_same_id_with_a_similar_text_is_an_edit_wherever_it_stands() -> None:
    old = [record(abstract(n), line=n, source_ids=(f"k{n}",)) for n in (1, 2)]
    new = [record(abstract(n) + " More.", line=9 - n, source_ids=(f"k{n}",)) for n in (2, 1)]
    assert _paired(old, new) == [(0, 1), (1, 0)]


def test_the_same_id_with_another_paper_is_none() -> None:
    old = [record(abstract(1), source_ids=("1",), title=title(1))]
    assert _paired(old, [record("Wholly other words.", source_ids=("1",), title=title(2))]) == []


def _reworded(text: str, kept: float) -> str:
    words = text.split()
    end = round(kept * len(words))
    return " ".join([*words[:end], *(f"other{n}" for n in range(len(words) - end))])


@pytest.mark.parametrize("kept", [1.0, 0.95, 0.6])
def test_the_same_id_with_a_similar_text_is_an_edit_under_any_title(kept: float) -> None:
    old = [record(abstract(1), source_ids=("lee20",), title="Draft")]
    new = [record(_reworded(abstract(1), kept), source_ids=("lee20",), title=title(1))]
    assert _paired(old, new) == [(0, 0)]


@pytest.mark.parametrize(
    ("kept", "line", "titles"), [(0.75, 1, ("", "")), (0.9, 1, ("Draft", title(1))),
                                 (0.9, 7, ("Draft", title(1)))],
)  # fmt: skip
def test_a_text_that_kept_most_words_is_an_edit_without_an_id(
    kept: float, line: int, titles: tuple[str, str]
) -> None:
    old = [record(abstract(1), title=titles[0])]
    assert _paired(old, [record(_reworded(abstract(1), kept), line, title=titles[1])]) == [(0, 0)]


def test_a_doi_is_enough() -> None:
    old = [record(abstract(1), doi="10.1/a")]
    assert _paired(old, [record("Wholly other words.", line=7, doi="10.1/a")]) == [(0, 0)]


def test_a_file_in_which_every_record_changed_takes_linear_time() -> None:
    old = [record(abstract(n), line=n) for n in range(4000)]
    new = [record(abstract(n) + " More.", line=n + 1) for n in range(4000)]
    started = time.perf_counter()
    assert len(_paired(old, new)) == 4000
    assert time.perf_counter() - started < 30
