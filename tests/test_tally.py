"""Papers are counted by year and by person from their records, each with its citation."""

from __future__ import annotations

import pytest
from answering_samples import BEES, cited

from app.engine import Engine
from app.extractive.lists import Match
from app.extractive.tally import by_person, by_year
from ingest.records import Paper


def paper(name: str, year: int | None, *authors: str) -> Match:
    return Match(Paper(name, f"{name} sing.", name, authors=authors, year=year), 1.0, 0, 5)


MATCHES = [
    paper("Owls", 2020, "Ann Reef"), paper("Bees", 2022, "Bo Shoal", "Ann Reef"),
    paper("Eels", None), paper("Cats", 2020),
]  # fmt: skip


def test_each_year_has_its_papers_the_newest_first() -> None:
    lines = by_year(MATCHES)
    assert [(line.prefix, line.text) for line in lines] == [
        ("- 1 paper in ", "2022"),
        ("- 2 papers in ", "2020"),
    ]
    assert [one.paper_id for one in (lines[1].paper, *lines[1].others)] == ["Owls", "Cats"]


def test_each_person_has_their_papers_those_of_most_first() -> None:
    lines = by_person(MATCHES)
    assert [(line.prefix, line.text) for line in lines] == [
        ("- 2 papers: ", "Ann Reef"),
        ("- 1 paper: ", "Bo Shoal"),
    ]


@pytest.mark.parametrize("question", ["papers per year", "How many papers were there each year?"])
def test_papers_of_each_year_are_counted_and_cited(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.total_matching == 7
    assert answer.text.startswith("7 papers match, by year:\n\n- 1 paper in 2023 [1]\n")
    assert len(answer.citations) == 6
    assert all(citation.fields == ("year",) for citation in answer.citations)
    assert any(note.startswith("1 matching paper has no recorded year") for note in answer.notes)


def test_a_topic_narrows_the_years(engine: Engine) -> None:
    answer = engine.ask("How many papers per year are there on honey bees?")
    assert 1 < answer.total_matching < 7
    assert set(cited(answer)) <= BEES


def test_papers_without_years_are_listed_with_a_note(sample: Engine) -> None:
    answer = sample.ask("How many papers per year are there on recommendation?")
    assert answer.citations
    assert any("no recorded year" in note for note in answer.notes)
