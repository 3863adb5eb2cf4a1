"""The library: which papers a search finds, in what order, and what the page shows of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from page_samples import CORAL, HOSTILE

from app.engine import Engine
from app.ui import shelf
from ingest.records import Paper


def _titles(engine: Engine, text: str, most: int = 99) -> list[str]:
    return [paper.title for paper in engine.shelf(text, most)[0]]


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("harbornet", ["HarborNet"]),
        ("Ana Ruiz", ["HarborNet", "BeeCount"]),
        ("bees 2022", ["HiveHum"]),
        ("waggle DANCE film", ["WaggleNet"]),
        ("12.5%", ["HarborNet"]),
        ("zebra", []),
    ],
)
def test_a_search_finds_the_records_that_hold_all_its_words_newest_first(
    engine: Engine, text: str, begins: list[str]
) -> None:
    assert [title.split(":")[0] for title in _titles(engine, text)] == begins


@pytest.mark.parametrize("text", ["%", "_", "'; DROP TABLE papers; --", "\\"])
def test_signs_of_sql_are_only_text(engine: Engine, text: str) -> None:
    found, count = engine.shelf(text, 99)
    assert all(text in paper.abstract + paper.title for paper in found)
    assert count == len(found) < engine.held


def test_without_words_every_paper_stands_there_and_the_undated_last(engine: Engine) -> None:
    papers, count = engine.shelf("", 99)
    years = [paper.year for paper in papers]
    assert count == len(papers) == engine.held
    assert years == sorted(years, key=lambda year: -(year or 0))
    some, still = engine.shelf("", 2)
    assert (len(some), still) == (2, count)
    assert "the newest 2 are shown" in shelf.found(some, still)


def test_rows_that_would_be_alike_are_told_apart_by_the_ids_of_their_papers() -> None:
    again = replace(CORAL, paper_id="abs:000000000009", abstract="Reefs are mapped once more.")
    first, second, other = shelf.rows([CORAL, again, HOSTILE])
    assert (first[0], second[0]) == (
        f"{CORAL.title} ({CORAL.paper_id})",
        f"{CORAL.title} ({again.paper_id})",
    )
    assert other == shelf.rows([HOSTILE])[0]


def test_an_empty_library_is_not_blamed_on_words_that_nobody_sought() -> None:
    assert "There are no papers here." in shelf.found((), 0, " ")
    assert "No paper holds all these words." in shelf.found((), 0, "zebra")


def test_papers_are_counted_by_year(engine: Engine) -> None:
    counted = engine.papers_by_year()
    assert sum(counted.values()) == engine.held
    assert counted[2022] == 1
    assert list(counted)[-1] is None


def test_each_year_has_a_bar_also_those_between_without_papers() -> None:
    markup = shelf.years({2019: 4, 2021: 2, None: 1})
    assert markup.count("<li") == 3
    assert 'title="2020: 0 papers"' in markup
    assert "height:80px" in markup
    assert "height:40px" in markup
    assert "7 papers, 1 of them without a year" in markup.replace("&#44;", ",")
    assert "<li" not in shelf.years({None: 3})
    assert "3 papers, none with a year" in shelf.years({None: 3}).replace("&#44;", ",")
    few = shelf.years({2016: 1, 2021: 3, None: 3_000}).replace("&#44;", ",")
    assert "3,004 papers, 4 dated" in few


def test_what_is_shown_of_many_papers_is_called_newest_only_where_they_have_years() -> None:
    dated, undated = CORAL, replace(CORAL, year=None)

    def told(*papers: Paper) -> str:
        return shelf.found(papers, 9_000).replace("&#44;", ",").replace("&#59;", ";")

    assert "9,000 papers; the newest 2 are shown" in told(dated, dated)
    assert "the 1 with a year, newest first, and 1 without are shown" in told(dated, undated)
    assert "2 of them, none with a year, are shown" in told(undated, undated)


def test_many_years_are_not_drawn_too_thin() -> None:
    assert shelf.years({1800: 1, 2024: 1}).count("<li") == 40


def test_a_row_is_text_of_bounded_length() -> None:
    row = shelf.rows([CORAL, HOSTILE])
    assert row[0] == [CORAL.title, "Ada Reef; Ben Shoal", "2024", "Ocean Letters"]
    assert all(len(cell) <= 240 for cells in row for cell in cells)


def test_a_column_that_says_nothing_leaves_its_width_to_the_titles() -> None:
    bare = replace(CORAL, authors=(), year=None, venue="")
    assert shelf.widths([CORAL]) == shelf.widths([]) == shelf.widths([bare, CORAL])
    assert shelf.widths([replace(CORAL, year=None)])[0] > shelf.widths([CORAL])[0]
    assert shelf.widths([bare]) == ["76%", "8%", "8%", "8%"]
