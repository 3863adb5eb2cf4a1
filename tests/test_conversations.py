"""Conversations about papers whose answers are known: another thing, the last list, the records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from answering_samples import cited, opened
from ingest_samples import run, write_jsonl

from app.engine import Engine
from app.extractive.list_answers import Page

MEXICO = {
    "title": "Sugar taxes and soft drink sales in Mexico",
    "authors": ["L. García", "Wei Chen"],
    "year": 2016,
    "doi": "10.5555/tax.2",
    "abstract": "Mexico introduced an excise tax of one peso per litre in 2014. Purchases of taxed "
    "beverages decreased by 6% on average in 2014. Reductions were greatest among low-income "
    "households.",
}
CHILE = {
    "title": "Sugar taxes and soft drink sales in Chile",
    "authors": ["M. Rojas", "Jane Smith"],
    "year": 2018,
    "abstract": "Chile raised its tax on sugary drinks in 2014. Household purchases of taxed "
    "drinks fell by 21.6% in the year after. We found no change in purchases of untaxed drinks.",
}
SCHOOLS = {
    "title": "School-based mindfulness for adolescent anxiety",
    "authors": ["Jane Smith", "Chidi Okafor"],
    "year": 2019,
    "abstract": "Adolescent anxiety is common. We randomised 42 schools to a mindfulness course or "
    "usual lessons in a trial. Mindfulness did not reduce anxiety.",
}
FEVER = {
    "title": "Malaria elimination in the lowlands",
    "abstract": "Malaria elimination needs money. We estimate the cost of malaria elimination.",
}
NETS = {
    "title": "A trial of bed nets against malaria",
    "abstract": "We ran a randomised trial of bed nets. Nets halved malaria in children.",
}
SALES, FALL = "By how much did purchases fall in Mexico?", "Which papers are about malaria?"
ODD = "What is the airspeed of a swallow?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("conversations")
    papers = (MEXICO, CHILE, SCHOOLS, FEVER, NETS)
    run(folder / "index", write_jsonl(folder / "papers.jsonl", papers))
    with opened(folder / "index") as engine:
        yield engine


@pytest.mark.parametrize(
    "text",
    ["And in Chile?", "What about Chile?", "and Chile?", "How about in Chile?", "And for Chile?",
     "the same for Chile?", "and what about Chile?"],
)  # fmt: skip
def test_another_place_takes_the_place_of_the_one_before(library: Engine, text: str) -> None:
    answer = library.ask(text, [SALES])
    assert "21.6%" in answer.text
    assert "6% on average" not in answer.text
    assert answer.notes == ("Read as “By how much did purchases fall in Chile?”",)


def test_one_change_follows_another(library: Engine) -> None:
    answer = library.ask("And in Mexico?", [SALES, "And in Chile?"])
    assert "decreased by 6%" in answer.text


@pytest.mark.parametrize("text", ["And in Norway?", "what about Peru?", "And among nurses?"])
def test_what_no_paper_holds_is_never_surely_answered(library: Engine, text: str) -> None:
    assert library.ask(text, [SALES]).abstained


def test_what_the_same_paper_tells_is_told_of_it(library: Engine) -> None:
    answer = library.ask("And in low-income households?", [SALES])
    assert "greatest among low-income households" in answer.text
    assert not answer.abstained


@pytest.mark.parametrize(
    "text", ["Order them by year", "Export as BibTeX", "sort by title", "Export them as RIS"]
)
@pytest.mark.parametrize("between", [[ODD], ["asdf qwer"], [ODD, "thanks!"]])
def test_the_last_list_is_meant_as_far_back_as_it_is(
    library: Engine, text: str, between: list[str]
) -> None:
    answer = library.ask(text, [FALL, *between])
    assert set(cited(answer)) == {FEVER["title"], NETS["title"]}
    assert f"Of the list for “{FALL}”." in answer.notes


def test_where_no_list_came_before_there_is_none_to_order(library: Engine) -> None:
    assert "no list yet" in library.ask("Order them by year", [ODD]).text


@pytest.mark.parametrize(
    "text",
    ["Only the trials", "Which of them are trials?", "only trials", "just the trials",
     "Which of these are trials?", "keep only the trials"],
)  # fmt: skip
@pytest.mark.parametrize("between", [[], [ODD]])
def test_a_list_is_narrowed_by_what_its_papers_are(
    library: Engine, text: str, between: list[str]
) -> None:
    answer = library.ask(text, [FALL, *between])
    assert cited(answer) == [NETS["title"]]


@pytest.mark.parametrize(
    "text",
    ["What is the DOI of the Mexico sugar tax paper?", "doi of the sugar tax study in Mexico",
     "give me the DOI for the Mexico tax paper", "DOI of the paper on sugar taxes in Mexico"],
)  # fmt: skip
def test_a_doi_is_told_from_the_record(library: Engine, text: str) -> None:
    assert library.ask(text).text.startswith("The DOI is 10.5555/tax.2 .")


def test_a_missing_doi_is_said_to_be_missing(library: Engine) -> None:
    answer = library.ask("What is the DOI of the Chile sugar tax paper?")
    assert answer.reason == f"The record of “{CHILE['title']}” holds no DOI."


@pytest.mark.parametrize(
    "text",
    ["Cite the Mexico sugar tax paper", "How do I cite the Mexico sugar tax paper?",
     "full reference of the Mexico sugar tax paper", "citation for the sugar tax study in Mexico"],
)  # fmt: skip
def test_a_paper_is_cited_by_all_that_its_record_has(library: Engine, text: str) -> None:
    answer = library.ask(text)
    assert answer.text == (
        f"L. García and Wei Chen (2016). {MEXICO['title']}. https://doi.org/10.5555/tax.2 . [1]"
    )
    assert set(answer.citations[0].fields) == {"authors", "title", "url", "year"}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("What did Smith et al. 2019 find?", SCHOOLS["title"]),
        ("What did Smith et al. (2019) report?", SCHOOLS["title"]),
        ("Smith 2019", SCHOOLS["title"]),
        ("How many schools did Smith et al., 2019 randomise?", SCHOOLS["title"]),
        ("What did Rojas & Smith (2018) find?", CHILE["title"]),
        ("What does García and Chen (2016) say about low-income households?", MEXICO["title"]),
    ],
)
def test_who_and_when_name_a_paper(library: Engine, text: str, title: str) -> None:
    answer = library.ask(text)
    assert cited(answer) == [title]
    assert not answer.abstained


@pytest.mark.parametrize(
    "text", ["What did Smith et al. 2007 find?", "What did Blorb et al. 2019 find?"]
)
def test_a_citation_of_what_is_not_here_is_refused(library: Engine, text: str) -> None:
    assert library.ask(text).text.startswith("No record of this collection is that of ")


@pytest.mark.parametrize(
    "text",
    ["malaria after 2025", "papers on malaria since 2025", "malaria studies from 2025",
     "How many papers on malaria since 2025?", "Which papers on malaria came out before 2000?",
     "malaria papers between 2000 and 2010"],
)  # fmt: skip
def test_papers_without_years_are_shown_for_a_span_of_years(library: Engine, text: str) -> None:
    answer = library.ask(text)
    assert "match, but none of them has a recorded year" in answer.text.split("\n")[0]
    assert set(cited(answer)) == {FEVER["title"], NETS["title"]}
    assert (answer.strength, answer.total_matching) == ("nearest", 0)


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("How many papers per year on malaria?", "gives a year"),
        ("malaria papers by year", "gives a year"),
        ("How many papers on malaria came out each year?", "gives a year"),
        ("Who works on malaria?", "names an author"),
        ("Which authors publish on malaria?", "names an author"),
    ],
)
def test_a_list_says_first_what_no_record_of_it_tells(
    library: Engine, text: str, lacking: str
) -> None:
    lead = library.ask(text).text.split("\n")[0]
    assert lead == f"2 papers match; no record of theirs {lacking}:"


def test_the_newest_is_not_known_where_no_record_has_a_year(library: Engine) -> None:
    answer = library.ask("What is the newest paper on malaria?")
    assert answer.text.startswith("None of the 2 papers' records gives a year, so which is the ")
    assert answer.strength == "nearest"


@pytest.mark.parametrize(
    "text",
    [
        "Which paper has the most authors?",
        "Which paper is cited most?",
        "paper with the most authors",
    ],
)
def test_an_order_that_no_record_tells_is_not_made_up(library: Engine, text: str) -> None:
    answer = library.ask(text)
    assert answer.abstained
    assert answer.text.startswith("Papers are ordered by topic, year or title only")


@pytest.mark.parametrize(
    "text",
    ["Quels articles parlent du paludisme ?", "Welche Arbeiten gibt es über Malaria?",
     "¿Qué artículos hablan de la malaria?", "Quali studi parlano di malaria?",
     "Quais artigos falam sobre malaria?", "Какие статьи о малярии?", "asdf qwer zxcv"],
)  # fmt: skip
def test_a_question_in_another_language_or_none_is_said_to_be_unread(
    library: Engine, text: str
) -> None:
    answer = library.ask(text)
    assert answer.abstained
    assert answer.text.startswith("Questions are read in English: ")


def test_nonsense_names_no_papers(library: Engine) -> None:
    assert not library.ask("asdf qwer zxcv").closest


@pytest.mark.parametrize("text", ["malaria", "in vivo", "Which papers use mindfulness?"])
def test_english_is_read(library: Engine, text: str) -> None:
    assert "read in English" not in library.ask(text).text


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("malria eliminaton", ("malaria", "elimination")),
        ("wich papers are about malria", ("which", "malaria")),
        ("mindfulnes and anxety", ("mindfulness", "anxiety")),
    ],
)
def test_each_of_two_slips_is_mended_and_told(
    library: Engine, text: str, mended: tuple[str, ...]
) -> None:
    [note] = library.ask(text).notes[:1]
    assert all(f"as “{word}”." in note for word in mended)


def test_a_later_page_of_the_newest_knows_that_earlier_ones_have_years(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"title": f"Tides of harbor {word}", "abstract": f"A graph predicts the tides of {word}."}
        for word in "one two three four".split()
    ]
    rows[0]["year"] = 2011
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", rows))
    with opened(tmp_path / "index", Page(offset=1)) as made:
        answer = made.ask("Which papers are about tides? newest first")
    assert answer.citations
    assert not any(one.paper.year for one in answer.citations)
    assert "no record" not in answer.text
