"""A follow-up in the light of the answer before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import Engine
from app.records import Answer
from app.settings import Settings
from app.understanding.entities import link
from app.understanding.filters import Filters
from app.understanding.followups import Context, narrowed, points_back, resolve
from app.understanding.parse import read

_FILTERS = st.builds(
    Filters,
    st.none() | st.integers(1990, 2030),
    st.none() | st.integers(1990, 2030),
    st.sampled_from([(), ("Le Wu",), ("Bo Chen",)]),
    st.sampled_from(["", "TOIS"]),
    st.sampled_from(["", "linked", "promised"]),
)
_LIST = "Which papers use LLMs for recommendation?"


@pytest.fixture(scope="module")
def engine(sample_index: Path) -> Iterator[Engine]:
    opened = Engine(sample_index, Settings())
    yield opened
    opened.index.close()


def _after(engine: Engine, before: str, text: str) -> tuple[Context, Answer]:
    """What a text means after a question, and the answer to that question."""
    index, answer = engine.index, engine.ask(before)
    first, second = read(before, 2026), read(text, 2026)
    linked = [link(q.text, index.catalog, index.lexicon) for q in (second, first)]
    return resolve(second, linked[0], first, linked[1], answer), answer


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("Who wrote it?", True),
        ("Which of them use graphs?", True),
        ("show more", True),
        ("And IBMRec?", True),
        ("Who wrote the second one?", True),
        ("How does it differ from SGIL?", True),
        ("What is SGIL?", False),
        ("Does SGIL share its code?", False),
        ("Which papers use graphs?", False),
        ("", False),
    ],
)
def test_a_question_that_cannot_be_read_alone_points_back(
    engine: Engine, text: str, back: bool
) -> None:
    index = engine.index
    question = read(text, 2026)
    assert points_back(question, link(text, index.catalog, index.lexicon)) is back


def test_it_is_the_first_paper_of_the_answer(engine: Engine) -> None:
    context, answer = _after(engine, _LIST, "Who wrote it?")
    assert len(answer.citations) > 3
    assert context == Context(focus=(answer.citations[0].paper,))


def test_the_one_on_something_is_any_of_them(engine: Engine) -> None:
    context, answer = _after(engine, _LIST, "What does the one on reranking do, does it scale?")
    assert context.focus == tuple(citation.paper for citation in answer.citations)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Who wrote the second one?", [1]),
        ("Compare the first two", [0, 1]),
        ("Tell me about the last one", [-1]),
        ("What does [3] report?", [2]),
        ("Tell me about paper 99", []),
    ],
)
def test_a_place_is_that_of_the_citation(engine: Engine, text: str, places: list[int]) -> None:
    context, answer = _after(engine, _LIST, text)
    assert context == Context(focus=tuple(answer.citations[place].paper for place in places))


def test_a_list_of_them_is_within_the_answer(engine: Engine) -> None:
    context, answer = _after(engine, _LIST, "Which of them share code?")
    cited = tuple(citation.paper for citation in answer.citations)
    assert context == Context(within=cited)
    assert _after(engine, _LIST, "only those with code")[0] == Context(within=cited)
    assert _after(engine, _LIST, "What accuracy do they reach?")[0] == Context(focus=cited)


@pytest.mark.parametrize(
    ("before", "text", "asked"),
    [
        ("What is SGIL?", "And IBMRec?", "What is IBMRec?"),
        ("Does SGIL share code?", "What about IBMRec?", "Does IBMRec share code?"),
        ("What is SGIL?", "And Blorbnet?", "What is Blorbnet?"),
        ("papers by Le Wu", "And Richang Hong?", "papers by Richang Hong"),
        ("papers on graphs", "and fairness?", "papers on graphs and fairness"),
        ("papers on graphs in medicine", "And about fairness?", "papers on graphs in fairness"),
        (
            "papers on graphs for bees",
            "what about with owls?",
            "papers on graphs for bees with owls",
        ),
        ("Which papers use graphs?", "What about LLMs?", "Which papers use LLMs"),
        (
            "Which papers use graphs?",
            "and are about faces?",
            "Which papers use graphs and are about faces",
        ),
        ("What is SGIL?", "What about IBMRec, how many datasets?", "IBMRec, how many datasets"),
        ("papers on graphs", "show more", "papers on graphs"),
        ("papers on graphs", "and since 2023?", "papers on graphs"),
    ],
)
def test_a_changed_part_changes_the_question_before(
    engine: Engine, before: str, text: str, asked: str
) -> None:
    context, _ = _after(engine, before, text)
    assert context.text == asked
    assert context.focus == ()
    assert context.within is None


def test_a_topic_that_nothing_joins_to_the_one_before_takes_its_place(engine: Engine) -> None:
    context, _ = _after(engine, "papers on graphs", "and fairness?")
    assert context.instead == "papers on fairness"
    bees = "papers on social graphs"
    assert engine.ask("and softmax loss?", [bees]).text == engine.ask("papers on softmax loss").text


def test_years_alone_become_filters_of_the_list_before(engine: Engine) -> None:
    context, _ = _after(engine, "papers on graphs", "and since 2023?")
    assert context.filters == Filters(since=2023)


def test_how_many_after_a_name_is_asked_of_the_same_paper(engine: Engine) -> None:
    context, answer = _after(engine, "What is SGIL?", "and how many datasets?")
    assert context == Context(focus=(answer.citations[0].paper,))


def test_after_an_answer_without_citations_the_closest_paper_is_meant(engine: Engine) -> None:
    context, answer = _after(engine, "What is Zorkolo?", "Who wrote it?")
    assert answer.citations == ()
    assert context.focus == answer.closest[:1]
    assert len(context.focus) == 1


def test_an_answer_in_a_conversation_is_that_of_the_question_in_full(engine: Engine) -> None:
    follow = engine.ask("And IBMRec?", ["What is SGIL?"])
    assert follow.text == engine.ask("What is IBMRec?").text
    assert "IBMRec" in follow.text
    assert follow.question == "And IBMRec?"


def test_a_question_without_a_pointer_stays_with_the_paper_just_spoken_of(engine: Engine) -> None:
    before = "How many videos does EgoBlind have?"
    after = engine.ask("How accurate are the best models, and people?", [before])
    assert [citation.paper.title[:8] for citation in after.citations] == ["EgoBlind"]
    other = engine.ask("Which papers denoise social graphs?", [before])
    assert "EgoBlind" not in {citation.paper.title[:8] for citation in other.citations}


@given(_FILTERS, _FILTERS)
def test_filters_that_are_set_win_and_the_others_stay(one: Filters, other: Filters) -> None:
    both = narrowed(one, other)
    assert both.as_dict() == one.as_dict() | other.as_dict()
    assert narrowed(both, other) == both
    assert narrowed(one, None) == one


def test_pointing_at_the_last_of_nothing_points_at_nothing(sample_index: Path) -> None:
    engine = Engine(sample_index, Settings())
    assert engine.ask("Tell me about the last one", [""]).citations is not None


def test_any_of_them_is_a_list_within_the_one_before(engine: Engine) -> None:
    before = "Which papers are about recommendation?"
    every = {citation.paper.paper_id for citation in engine.ask(before).citations}
    some = engine.ask("Do any use LLMs?", [before])
    assert some.kind == "list"
    assert {citation.paper.paper_id for citation in some.citations} < every


def test_a_part_of_a_part_stays_within_the_list(engine: Engine) -> None:
    first, second = "Which papers are about recommendation?", "Which of these use LLMs?"
    every = {citation.paper.paper_id for citation in engine.ask(first).citations}
    third = engine.ask("and graphs?", [first, second])
    assert third.citations
    assert {citation.paper.paper_id for citation in third.citations} <= every
