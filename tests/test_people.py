"""Who works on a topic is told from the records of its papers."""

from __future__ import annotations

from answering_samples import cited

from app.engine import Engine
from app.extractive import people
from app.extractive.lists import Match
from ingest.records import Paper


def match(number: int, *authors: str) -> Match:
    return Match(Paper(f"x:{number}", "Owls fly.", f"P{number}", authors=authors), 1.0, 0, 9)


def test_people_of_most_papers_come_first_with_all_their_papers() -> None:
    first, second, third = match(1, "Ann"), match(2, "Bo", "Cy"), match(3, "Bo")
    lines = people.tell([first, second, third])
    assert [line.words for line in lines] == ["Bo", "Ann", "Cy"]
    assert (lines[0].paper, lines[0].others) == (second.paper, (third.paper,))
    assert lines[0].prefix == "- 2 papers: "
    assert lines[1].prefix == "- 1 paper: "


def test_a_person_is_told_from_the_record_alone() -> None:
    (line,) = people.tell([match(1, "Ann")])
    assert (line.fields, line.span) == (("authors",), None)


def test_no_more_people_are_named_than_fit() -> None:
    crowd = match(1, *(f"Author {n}" for n in range(people.MOST_PEOPLE + 9)))
    assert len(people.tell([crowd])) == people.MOST_PEOPLE


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
    assert people.tell([match(1)]) == []
    assert "BeeCount: Counting Honey Bees at the Hive" in cited(
        engine.ask("Which researchers work on honey bees?")
    )
