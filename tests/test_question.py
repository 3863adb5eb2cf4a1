"""What is asked: the kind of a question, its topic, the attribute, the filters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.understanding.parse import is_definition, read


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Which papers use LLMs for recommendation?", "list"),
        ("list all diffusion papers", "list"),
        ("Show me the papers about fairness", "list"),
        ("Is there anything on audio?", "list"),
        ("papers that study hashing", "list"),
        ("Please list papers on hashing.", "list"),
        ("How many papers are about graphs?", "count"),
        ("What is the number of papers on graphs?", "count"),
        ("Compare SGIL and IBMRec", "compare"),
        ("What is the difference between SGIL and IBMRec?", "compare"),
        ("SGIL vs. IBMRec", "compare"),
        ("What is SGIL?", "definition"),
        ("What does SGIL stand for?", "definition"),
        ("define SGIL", "definition"),
        ("What does SGIL do?", "definition"),
        ("What does HarborNet cost?", "lookup"),
        ("What does HarborNet detect?", "lookup"),
        ("code review", "lookup"),
        ("code of HarborNet", "metadata"),
        ("Who wrote EgoBlind?", "metadata"),
        ("When was EgoBlind published?", "metadata"),
        ("Where can I find the code of SGIL?", "metadata"),
        ("How accurate are the best models on EgoBlind?", "lookup"),
        ("How many videos does EgoBlind hold?", "lookup"),
        ("Why does SGIL simulate noisy environments?", "lookup"),
        ("hello", "smalltalk"),
        ("Thank you!", "smalltalk"),
        ("", "lookup"),
    ],
)
def test_the_kind_of_a_question(text: str, kind: str) -> None:
    assert read(text, 2026).kind == kind


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("Who are the authors of EgoBlind?", "authors"),
        ("In which year was EgoBlind published?", "year"),
        ("Which journal did it appear in?", "venue"),
        ("What is the title of the paper on blind people?", "title"),
        ("Is the code of SGIL available?", "code"),
        ("How many videos does EgoBlind hold?", "number"),
        ("What accuracy do the models reach?", "number"),
        ("Why does it work?", ""),
    ],
)
def test_the_attribute_that_is_asked_for(text: str, attribute: str) -> None:
    assert read(text, 2026).attribute == attribute


@pytest.mark.parametrize(
    ("text", "words", "others"),
    [
        ("Which papers use LLMs for recommendation?", {"LLMs", "recommendation"}, {"papers"}),
        ("list all diffusion papers", {"diffusion"}, {"list", "all", "papers"}),
        ("How many papers are about graph denoising?", {"graph", "denoising"}, {"many", "papers"}),
        ("Which papers since 2023 use graphs?", {"graphs"}, {"since", "2023", "papers"}),
    ],
)
def test_the_topic_leaves_out_the_words_that_only_ask(
    text: str, words: set[str], others: set[str]
) -> None:
    topic = set(read(text, 2026).topic.split())
    assert words <= topic
    assert not others & topic


def test_a_list_question_carries_its_filters() -> None:
    question = read("Which papers from the last two years share their code?", 2026)
    assert question.filters.as_dict() == {"since": 2025, "code": "linked"}
    promised = read("Which papers promise to release their code?", 2026)
    assert promised.filters.code == "promised"


@pytest.mark.parametrize("text", ["What is SGIL?", "what is  sgil", "WHAT IS SGIL ?"])
def test_spacing_case_and_punctuation_do_not_matter(text: str) -> None:
    assert read(text, 2026).kind == "definition"


def test_a_long_what_is_question_is_no_definition() -> None:
    assert is_definition("What is a graph neural network?")
    assert not is_definition("What is the accuracy of the best model on EgoBlind?")
    assert not is_definition("Which papers use graphs?")


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    question = read(text, 2026)
    printable = "".join(c if c.isprintable() else " " for c in text)
    assert question.text == " ".join(printable.split())
    assert question == read(text, 2026)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("How do referees decide on papers?", "lookup"),
        ("Do you have papers on salt?", "list"),
        ("Can a machine tell who wrote a play?", "lookup"),
        ("Can you tell me who wrote the salt paper?", "metadata"),
        ("What has been done on salt?", "list"),
    ],
)
def test_the_opening_of_a_question_tells_its_kind(text: str, kind: str) -> None:
    assert read(text, 2026).kind == kind


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Which papers share their source code?", "linked"),
        ("papers with code", "linked"),
        ("Which papers release code and data?", "linked"),
        ("Which papers make their code publicly available?", "linked"),
        ("Which papers will release code later?", "promised"),
        ("papers with a new benchmark for code", ""),
        ("Which papers provide a dataset of code?", ""),
        ("papers that help with code review", ""),
    ],
)
def test_only_code_that_is_given_filters(text: str, code: str) -> None:
    assert read(text, 2026).filters.code == code


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Which papers count gulls?", "count"),
        ("Which of them come with a map?", "come"),
        ("Which papers have tide models forecast storms?", ""),
        ("Which papers have been tested at sea?", "tested"),
        ("Who studies ferry traffic?", "studies"),
    ],
)
def test_the_verb_is_what_the_papers_do(text: str, verb: str) -> None:
    assert read(text, 2026).verb == verb


@pytest.mark.parametrize("text", ["How accurately do gulls dive?", "How rough can the sea get?"])
def test_a_question_of_degree_asks_for_a_number(text: str) -> None:
    assert read(text, 2026).attribute == "number"


@pytest.mark.parametrize("text", ["How do gulls dive?", "How it was built", "How is it made?"])
def test_a_question_of_manner_asks_for_none(text: str) -> None:
    assert read(text, 2026).attribute == ""
