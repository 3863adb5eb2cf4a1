"""Where an abstract says what its paper does, what came out, and what it was tried on."""

from __future__ import annotations

from app.extractive.own_words import data_used, finding, main_sentence
from ingest.records import Paper


def told(abstract: str) -> Paper:
    return Paper("x:1", abstract, "T")


def text(paper: Paper, span: tuple[int, int] | None) -> str:
    return paper.abstract[slice(*span)] if span else ""


def test_the_main_sentence_is_the_one_that_proposes() -> None:
    paper = told("Tides turn. Buoys drift in storms. We propose a calm schedule.")
    assert text(paper, main_sentence(paper)) == "We propose a calm schedule."


def test_the_main_sentence_is_the_first_where_none_proposes() -> None:
    paper = told("Tides turn twice a day. Storms come later.")
    assert text(paper, main_sentence(paper)) == "Tides turn twice a day."


def test_of_several_the_main_sentence_names_the_method() -> None:
    paper = told("We present a study of tides. We propose TideNet, a network of buoys.")
    assert "TideNet" in text(paper, main_sentence(paper))


def test_the_finding_is_the_last_result_behind_what_a_paper_does() -> None:
    paper = told("We propose a calm schedule. It improves calm. Results show that buoys last.")
    assert text(paper, finding(paper)) == "Results show that buoys last."


def test_the_finding_of_a_structured_abstract_stands_behind_its_label() -> None:
    paper = told("BACKGROUND: Socks reduce colds. METHODS: Owls wore socks. RESULTS: No owl fell.")
    assert text(paper, finding(paper)) == "RESULTS: No owl fell."


def test_a_paper_without_a_result_has_no_finding() -> None:
    silent = "Each buoy sends its place to the shore, which a server then maps."
    assert finding(told(f"We propose a calm schedule. {silent}")) is None


def test_the_data_are_told_behind_the_background() -> None:
    paper = told("Datasets are rare. We propose a net. It was tested on 340 videos.")
    assert text(paper, data_used(paper)) == "It was tested on 340 videos."


def test_a_paper_that_names_no_data_has_none() -> None:
    assert data_used(told("We propose a net. It is fast.")) is None
