"""What people say beside a topic is taken up, or it is told that it cannot be: never dropped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from answering_samples import cited, opened
from ingest_samples import run, write_jsonl

from app.engine import Engine

OUTBREAK = {
    "title": "The Ebola outbreak of 2014 in Guinea",
    "authors": ["Ann Lee", "Bo Chen"],
    "year": 2016,
    "abstract": "We trace the Ebola outbreak of 2014 in Guinea. Burials spread the virus.",
}
DOCTORS = {
    "title": "Sleep loss in young doctors",
    "authors": ["Ann Lee"],
    "year": 2019,
    "venue": "Sleep Medicine",
    "abstract": "Doctors who work at night sleep little. Sleep loss doubles their errors.",
}
NIGHTS = {
    "title": "Sleep loss and night shifts",
    "authors": ["Ann Lee", "Bo Chen"],
    "year": 2021,
    "abstract": "Night shifts cost nurses sleep. Sleep loss lasts for days after a night shift.",
}
LIGHT = {
    "title": "Sleep loss by lamp light",
    "authors": ["Cy Dove"],
    "year": 2020,
    "abstract": "Lamp light delays sleep. Sleep loss of an hour a night follows.",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("slips")
    papers = (OUTBREAK, DOCTORS, NIGHTS, LIGHT)
    run(folder / "index", write_jsonl(folder / "papers.jsonl", papers))
    with opened(folder / "index") as engine:
        yield engine


@pytest.mark.parametrize(
    "question",
    [
        "Which papers are by hong?",
        "Which papers are from the 2010s?",
        "How many papers from the nineties are there?",
    ],
)
def test_a_person_or_span_that_nobody_can_place_does_not_list_everything(
    engine: Engine, question: str
) -> None:
    answer = engine.ask(question)
    assert answer.abstained
    assert not answer.total_matching


def test_a_person_who_wrote_nothing_here_is_told_though_there_is_a_topic(engine: Engine) -> None:
    answer = engine.ask("Which papers by Erik Lindqvist are about honey bees?")
    assert answer.abstained
    assert "by Erik Lindqvist" in (answer.reason or "")


def test_of_two_people_one_may_be_wanted_and_the_other_not(library: Engine) -> None:
    answer = library.ask("Which papers are by Ann Lee but not by Bo Chen?")
    assert set(cited(answer)) == {DOCTORS["title"]}
    answer = library.ask("Which papers on sleep loss are not by Ann Lee or Bo Chen?")
    assert set(cited(answer)) == {LIGHT["title"]}


def test_a_person_whose_name_differs_by_a_letter_of_three_is_another(library: Engine) -> None:
    answer = library.ask("Which papers are by Anne Leeds?")
    assert answer.abstained


def test_a_year_that_belongs_to_the_topic_shows_the_papers_with_what_does_not_fit(
    library: Engine,
) -> None:
    answer = library.ask("Which papers study the Ebola outbreak of 2014?")
    assert (answer.strength, answer.total_matching) == ("nearest", 0)
    assert set(cited(answer)) == {OUTBREAK["title"]}
    assert "not dated from 2014" in answer.text


def test_years_in_any_wording_filter(library: Engine) -> None:
    answer = library.ask("just the 2020 ones please", ["Which papers are about sleep loss?"])
    assert set(cited(answer)) == {LIGHT["title"]}


def test_export_and_count_stay_what_they_are_beside_a_person(library: Engine) -> None:
    answer = library.ask("Export the papers by Ann Lee as BibTeX")
    assert answer.text.count("@") >= 3
    assert answer.total_matching == 3
    counted = library.ask("How many papers did Ann Lee write?")
    assert (counted.kind, counted.total_matching) == ("count", 3)


def test_an_export_by_year_needs_no_list_before_it(library: Engine) -> None:
    answer = library.ask("Export all papers from 2020 as BibTeX")
    assert set(cited(answer)) == {LIGHT["title"]}


def test_a_question_about_it_is_not_answered_by_another_paper_that_holds_a_name_of_it(
    sample: Engine,
) -> None:
    answer = sample.ask("Was it tested on DISFA?", ["What is EgoBlind?"])
    assert answer.strength == "nearest"
    assert "does not mention “DISFA”" in answer.text
    assert all(title.startswith("EgoBlind") for title in cited(answer))


def test_the_first_study_of_something_is_no_place_in_the_last_list(engine: Engine) -> None:
    before = ["Which papers are about tides?"]
    answer = engine.ask("What is the first result on honey bees that dance?", before)
    assert set(cited(answer)) <= {
        "WaggleNet: Reading the Dance of Honey Bees",
        "BeeCount: Counting Honey Bees at the Hive",
        "HiveHum: Hearing a Swarm Before It Leaves",
    }


def test_another_name_keeps_what_was_asked_of_it(engine: Engine) -> None:
    history = ["What is HarborNet?", "By how much does it cut the error?"]
    answer = engine.ask("And BeeCount?", history)
    assert "4.2%" in answer.text


def test_most_authors_are_no_order_of_papers(engine: Engine) -> None:
    answer = engine.ask("According to most authors, what slows yeast?")
    assert "ordered by" not in answer.text


def test_who_wrote_the_first_two_is_told_in_their_order(library: Engine) -> None:
    listed = library.ask("Which papers are by Ann Lee, newest first?")
    titles = [one.paper.title for one in listed.citations]
    answer = library.ask("Who wrote the first two?", ["Which papers are by Ann Lee, newest first?"])
    assert [one.paper.title for one in answer.citations] == titles[:2]


@pytest.mark.parametrize(
    "question", ["Which papers on bees use Raman spectra?", "papers on bees in CRISPR labs"]
)
def test_a_list_of_what_has_a_name_that_no_abstract_holds_is_not_sure(
    engine: Engine, question: str
) -> None:
    answer = engine.ask(question)
    assert answer.abstained
    assert not answer.total_matching
    assert "mentions" in answer.text


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("Which papers appeared in Sleep Medicine?", {"Sleep loss in young doctors"}),
        ("Which papers on sleep loss appeared in Sleep Medicine?", {"Sleep loss in young doctors"}),
        ("Papers by Prof. Cy Dove", {"Sleep loss by lamp light"}),
        ("papers on sleep loss from March 2020", {"Sleep loss by lamp light"}),
    ],
)
def test_a_venue_a_title_and_a_month_cost_no_paper(
    library: Engine, question: str, titles: set[str]
) -> None:
    answer = library.ask(question)
    assert (set(cited(answer)), answer.total_matching) == (titles, len(titles))


def test_a_name_that_is_left_out_may_be_unknown(library: Engine) -> None:
    answer = library.ask("papers on sleep loss that do not use PyTorch")
    assert answer.strength == "answered"


def test_a_record_is_told_whatever_name_the_question_guesses(library: Engine) -> None:
    answer = library.ask("Was it published in Nature?", ["What is known about lamp light?"])
    assert "2020" in answer.text
