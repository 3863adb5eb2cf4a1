"""Papers are counted by year and by person from their records, each with its citation."""

from __future__ import annotations

import pytest
from answering_samples import BEES, cited

from app.engine import Engine
from app.extractive.lists import Match
from app.extractive.messages import people
from app.extractive.tally import by_person, by_year
from ingest.records import Paper


def paper(name: str, year: int | None, *authors: str) -> Match:
    return Match(Paper(name, f"{name} sing.", name, authors=authors, year=year), 1.0)


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


def test_papers_without_years_are_listed_and_it_is_said_first(sample: Engine) -> None:
    answer = sample.ask("How many papers per year are there on recommendation?")
    assert answer.citations
    assert "no record of theirs gives a year:" in answer.text.split("\n")[0]


def match(number: int, *authors: str) -> Match:
    return Match(Paper(f"x:{number}", "Owls fly.", f"P{number}", authors=authors), 1.0)


def test_people_of_most_papers_come_first_with_all_their_papers() -> None:
    first, second, third = match(1, "Ann"), match(2, "Bo", "Cy"), match(3, "Bo")
    lines = by_person([first, second, third])
    assert [line.words for line in lines] == ["Bo", "Ann", "Cy"]
    assert (lines[0].paper, lines[0].others) == (second.paper, (third.paper,))
    assert lines[0].prefix == "- 2 papers: "
    assert lines[1].prefix == "- 1 paper: "


def test_a_person_is_told_from_the_record_alone() -> None:
    (line,) = by_person([match(1, "Ann")])
    assert (line.fields, line.span) == (("authors",), None)


def test_how_many_people_are_left_out_and_which_papers_name_none_is_told() -> None:
    assert people(20, most=20, nameless=0) == []
    assert people(29, most=20, nameless=1) == [
        "The 20 people with most papers are shown, of 29.",
        "1 matching paper has no recorded authors.",
    ]


def test_who_works_on_a_topic_is_a_list_of_people_who_wrote_on_it(engine: Engine) -> None:
    answer = engine.ask("Who works on honey bees?")
    assert answer.kind == "list"
    assert answer.text.split("\n")[0].endswith("by:")
    wrote = {name for citation in answer.citations for name in citation.paper.authors}
    assert {sentence.text for sentence in answer.sentences} <= wrote
    assert answer.total_matching == len(answer.citations)
    assert all(citation.fields == ("authors",) for citation in answer.citations)


def test_who_works_on_what_nobody_does_is_refused(engine: Engine) -> None:
    answer = engine.ask("Who works on volcanoes?")
    assert answer.abstained
    assert "Ana Ruiz" not in answer.text


def test_papers_without_authors_are_listed_and_it_is_said(engine: Engine) -> None:
    assert by_person([match(1)]) == []
    assert "BeeCount: Counting Honey Bees at the Hive" in cited(
        engine.ask("Which researchers work on honey bees?")
    )
