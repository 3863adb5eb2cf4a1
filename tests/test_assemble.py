"""Lines to an answer: markers, citations and quotes agree, and nothing else looks like a marker."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.extractive.assemble import Line, abstained, bullet, composed, joined, plain
from ingest.records import Paper

OWL = Paper("abs:owl", "Owls fly at night. They hear mice [7] under snow.", "OwlNet")
KELP = Paper("abs:kelp", "Kelp grows back after storms.", "Kelp", authors=("A. Sea", "B. Reef"))
FIRST, SECOND = (0, 18), (19, 49)


def test_papers_are_numbered_in_order_of_first_use_one_number_each() -> None:
    answer = composed("q", "lookup", [Line(KELP, (0, 29)), Line(OWL, FIRST), Line(KELP, (0, 29))])
    assert answer.text == (
        "Kelp grows back after storms. [1] Owls fly at night. [2] Kelp grows back after storms. [1]"
    )
    assert [(c.number, c.paper) for c in answer.citations] == [(1, KELP), (2, OWL)]
    assert [s.citations for s in answer.sentences] == [(1,), (2,), (1,)]
    assert len(answer.citations[0].quotes) == 1


def test_quotes_are_verbatim_and_in_the_order_of_the_abstract() -> None:
    answer = composed("q", "lookup", [Line(OWL, SECOND), Line(OWL, FIRST)])
    (citation,) = answer.citations
    assert [(q.start, q.end) for q in citation.quotes] == [FIRST, SECOND]
    assert all(OWL.abstract[q.start : q.end] == q.text for q in citation.quotes)


def test_a_marker_in_an_abstract_is_shown_in_round_brackets_and_quoted_verbatim() -> None:
    answer = composed("q", "lookup", [Line(OWL, SECOND)])
    assert answer.text == "They hear mice (7) under snow. [1]"
    assert answer.citations[0].quotes[0].text == "They hear mice [7] under snow."


def test_a_line_of_fields_cites_its_fields_and_no_quote() -> None:
    line = Line(KELP, text="Written by A. Sea and B. Reef.", fields=("authors",))
    (citation,) = composed("q", "metadata", [line, line]).citations
    assert citation.fields == ("authors",)
    assert citation.quotes == ()


@pytest.mark.parametrize(
    ("year", "sure", "shown"),
    [
        (2020, True, "- **Owls (7)** (2020): "),
        (None, True, "- **Owls (7)**: "),
        (2020, False, "- perhaps **Owls (7)** (2020): "),
    ],
)
def test_a_listed_paper_has_its_title_and_its_year_where_known(
    year: int | None, sure: bool, shown: str
) -> None:
    assert bullet(replace(OWL, title="Owls [7]", year=year), sure) == shown


def test_a_lead_and_prefixes_are_text_but_no_claims() -> None:
    answer = composed(
        "q", "list", [Line(OWL, FIRST, prefix="- **OwlNet**: ")], lead="1 paper matches:",
        separator="\n", total=1, filters={"since": 2020}, notes=["A note."],
    )  # fmt: skip
    assert answer.text == "1 paper matches:\n\n- **OwlNet**: Owls fly at night. [1]"
    assert [s.text for s in answer.sentences] == ["Owls fly at night."]
    assert (answer.total_matching, answer.filters) == (1, {"since": 2020})
    assert answer.notes == ("A note.",)


def test_an_abstention_says_why_and_names_what_comes_closest() -> None:
    answer = abstained("q", "lookup", "Nothing does.", [OWL, KELP])
    assert answer.text == "Nothing does. The closest papers are: OwlNet; Kelp."
    assert (answer.strength, answer.abstained) == ("none", True)
    assert (answer.reason, answer.closest) == ("Nothing does.", (OWL, KELP))
    assert answer.citations == answer.sentences == ()
    assert abstained("q", "lookup", "No.", [OWL]).text == "No. The closest paper is: OwlNet."
    assert abstained("q", "lookup", "No.").text == "No."


def test_an_answer_that_comes_nearest_abstains_and_cites() -> None:
    answer = composed(
        "q", "lookup", [Line(OWL, FIRST)], lead="Nearest:", strength="nearest", reason="Nearest:",
        closest=[OWL],
    )  # fmt: skip
    assert (answer.strength, answer.abstained) == ("nearest", True)
    assert answer.text == "Nearest:\n\nOwls fly at night. [1]"
    assert [citation.paper for citation in answer.citations] == [OWL]


def test_a_closest_paper_that_the_reason_names_is_not_named_again() -> None:
    assert abstained("q", "lookup", "“OwlNet” is silent.", [OWL]).text == "“OwlNet” is silent."


def test_papers_cited_beside_another_lend_the_same_fields() -> None:
    line = Line(OWL, text="Ann", fields=("authors",), others=(KELP,))
    answer = composed("q", "list", [line])
    assert answer.text == "Ann [1][2]"
    assert [citation.fields for citation in answer.citations] == [("authors",), ("authors",)]


def test_a_paper_that_is_not_sure_says_so_in_json_and_a_sure_one_does_not() -> None:
    answer = composed("q", "list", [Line(OWL, FIRST), Line(KELP, (0, 29), sure=False)], total=1)
    sure, perhaps = answer.as_json()["citations"]
    assert "sure" not in sure
    assert perhaps["sure"] is False


def test_a_citation_carries_the_ids_of_its_records() -> None:
    owl = replace(OWL, source_ids=("k1", "k2"))
    (citation,) = composed("q", "lookup", [Line(owl, FIRST)]).as_json()["citations"]
    assert citation["source_ids"] == ["k1", "k2"]


def test_names_are_joined_as_people_do() -> None:
    assert [joined(names) for names in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == [
        "", "A", "A and B", "A, B and C",
    ]  # fmt: skip


@given(st.text(alphabet="[]()0123456789,- –a", max_size=60))
def test_nothing_looks_like_a_marker_in_plain_text(text: str) -> None:
    assert not re.search(r"\[\d+\]", plain(text))


@given(st.lists(st.tuples(st.sampled_from([OWL, KELP]), st.integers(0, 20), st.integers(1, 9))))
def test_markers_and_citations_always_agree(parts: list[tuple[Paper, int, int]]) -> None:
    answer = composed("q", "lookup", [Line(p, (start, start + size)) for p, start, size in parts])
    numbers = {citation.number for citation in answer.citations}
    assert {int(mark) for mark in re.findall(r"\[(\d+)\]", answer.text)} == numbers
    assert numbers == set(range(1, len({paper.paper_id for paper, _, _ in parts}) + 1))
    assert all(citation.quotes for citation in answer.citations)
