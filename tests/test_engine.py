"""Whatever is asked, the answer keeps its contract; a follow-up rests on the answer before it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from answering_samples import BEES, HARBOR_NET, PAPERS, TIDE_SAMPLING, cited, opened
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ingest_samples import run, write_jsonl

from app.answer import Answer
from app.engine import Engine
from app.settings import Settings
from eval.dataset.case_files import load
from eval.dataset.corpora import CASES
from ingest.errors import IndexMissing

QUESTIONS = sorted({case.question for case in load([CASES])})
# Pieces that have broken readers of text elsewhere, and pieces that this one gives a meaning.
ODD = (
    *("[1]", "[2, 3]", "\u200b", "\x00", "\n", "''", "**", "(", ")", "\\", "%", "?", "\ud7ff"),
    *(" not ", " vs ", " by ", " since 2020 ", " their code ", " the second one ", "AND", '"'),
)
MARKER = re.compile(r"\[(\d+)\]")
LIST = "Which papers are about honey bees?"


def check_contract(answer: Answer) -> None:
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {int(found) for found in MARKER.findall(answer.text)} == set(numbers)
    for citation in answer.citations:
        assert citation.quotes or citation.fields
        for quote in citation.quotes:
            assert quote.text
            assert citation.paper.abstract[quote.start : quote.end] == quote.text
    assert {number for one in answer.sentences for number in one.citations} == set(numbers)
    assert all(one.text in answer.text for one in answer.sentences)
    sure = [citation for citation in answer.citations if citation.sure]
    if answer.abstained:
        assert answer.reason
        assert answer.text.startswith(answer.reason)
        assert answer.total_matching in (None, 0)
        assert bool(answer.citations) is (answer.strength == "nearest")
    elif answer.kind in ("list", "count"):
        assert answer.total_matching
        assert answer.total_matching >= len(sure) > 0
    elif answer.kind != "smalltalk":
        assert answer.citations
    if answer.kind not in ("list", "count", "overview"):
        assert len(sure) == len(answer.citations)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The question of a case with up to three changes."""
    text = draw(st.sampled_from(QUESTIONS))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        end = draw(st.integers(place, min(len(text), place + 12)))
        new = draw(st.sampled_from(ODD) | st.sampled_from(QUESTIONS) | st.text(max_size=4))
        text = draw(
            st.sampled_from([text[:place] + new + text[end:], text[:place], text[place:].upper()])
        )
    return text


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=mutated())
@example(question="")
@example(question="\x00")
@example(question="What is SGIL? [7] [8]")
@example(question="((((")
@example(question="Export as CSV")
@example(question="Who works on graphs?")
@example(question="Is it true that graphs help?")
def test_no_question_raises_or_breaks_the_contract(sample: Engine, question: str) -> None:
    answer = sample.ask(question)
    assert answer.question == question
    check_contract(answer)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=mutated(), history=st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=2))
@example(question="the ninth one", history=["What is SGIL?"])
@example(question="compare the first two", history=["What is the capital of Mongolia?"])
@example(question="only those with code", history=["hello"])
@example(question="and why?", history=[""])
def test_no_conversation_raises_or_breaks_the_contract(
    sample: Engine, question: str, history: list[str]
) -> None:
    check_contract(sample.ask(question, history))


@pytest.mark.parametrize("question", QUESTIONS[::12])
def test_the_same_question_twice_gives_the_same_answer(sample: Engine, question: str) -> None:
    first, second = (replace(sample.ask(question), seconds={}) for _ in range(2))
    assert first == second


def test_a_second_engine_gives_the_same_answer(sample: Engine, sample_index: Path) -> None:
    asked = "Which papers use LLMs for recommendation?"
    with opened(sample_index) as other:
        assert replace(other.ask(asked), seconds={}) == replace(sample.ask(asked), seconds={})


def test_a_stream_grows_to_the_answer(engine: Engine) -> None:
    texts = [answer.text for answer in engine.stream(LIST)]
    assert len(texts) > 3
    assert all(later.startswith(one) for one, later in pairwise(texts))
    assert texts[-1] == engine.ask(LIST).text


# What a person sees


def test_brackets_of_an_abstract_are_shown_round_and_quoted_verbatim(engine: Engine) -> None:
    answer = engine.ask("What ignores the wind?")
    assert "Earlier tables (7) ignore the wind (3, 4). [1]" in answer.text
    quotes = [quote.text for quote in answer.citations[0].quotes]
    assert "Earlier tables [7] ignore the wind [3, 4]." in quotes
    check_contract(answer)


def test_a_very_long_question_is_cut_and_says_so(engine: Engine) -> None:
    asked = "What is HarborNet? " + "tide tables " * 400
    answer = engine.ask(asked)
    assert answer.question == asked
    assert answer.notes[0] == "Only the first 2,000 characters of the question were read."


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_question_is_told_so(engine: Engine, text: str) -> None:
    answer = engine.ask(text)
    assert answer.strength == "none"
    assert (answer.reason or "").startswith("The question is empty.")


def test_a_greeting_is_answered_without_a_paper(engine: Engine) -> None:
    answer = engine.ask("hello")
    assert answer.kind == "smalltalk"
    assert not answer.abstained
    assert not answer.citations


# Follow-ups


def test_the_second_one_is_the_second_that_was_cited(engine: Engine) -> None:
    before = cited(engine.ask(LIST))
    assert cited(engine.ask("Tell me about the second one", [LIST])) == before[1:2]
    assert cited(engine.ask("Tell me about the last one", [LIST])) == before[-1:]


def test_compare_the_first_two_compares_those_two(engine: Engine) -> None:
    answer = engine.ask("Compare the first two", [LIST])
    assert answer.kind == "compare"
    assert cited(answer) == cited(engine.ask(LIST))[:2]


def test_only_those_with_code_narrows_the_list_before(engine: Engine) -> None:
    answer = engine.ask("Only those with code", [LIST])
    assert [title[:8] for title in cited(answer)] == ["BeeCount"]
    (quote,) = answer.citations[0].quotes
    assert quote.text == "The code is at https://github.com/bees/count."
    assert set(cited(answer)) < BEES


def test_only_those_since_a_year_counts_the_undated(engine: Engine) -> None:
    before = ["Which papers did Tom Field write?"]
    answer = engine.ask("Only those since 2020", before)
    assert [title[:7] for title in cited(answer)] == ["HiveHum"]
    assert engine.ask("Only those since 2030", before).strength == "none"
    undated = engine.ask("Only those since 2010", [LIST])
    assert any("no recorded year" in note for note in undated.notes)


def test_narrowing_never_adds_a_paper(sample: Engine) -> None:
    before = ["Which papers use LLMs for recommendation?"]
    of_these = cited(sample.ask("Which of these use reinforcement learning?", before))
    assert of_these
    assert set(of_these) < set(cited(sample.ask(before[0])))


def test_narrowing_to_a_topic_of_other_papers_leaves_none(engine: Engine) -> None:
    answer = engine.ask("Which of these predict tides?", [LIST])
    assert answer.abstained
    assert answer.total_matching == 0


def test_what_about_asks_the_question_before_of_another_name(engine: Engine) -> None:
    answer = engine.ask("What about HarborNet?", ["What is BeeCount?"])
    assert answer.question == "What about HarborNet?"
    assert answer.text == engine.ask("What is HarborNet?").text


def test_and_how_many_stays_with_the_paper_before(engine: Engine) -> None:
    answer = engine.ask("And how many videos?", ["What is BeeCount?"])
    assert [title[:8] for title in cited(answer)] == ["BeeCount"]
    assert "340 videos" in answer.text


def test_a_chain_of_follow_ups_keeps_its_paper(sample: Engine) -> None:
    before = ["What is EgoBlind?", "How many videos does it have?"]
    answer = sample.ask("And how many questions?", before)
    assert "4,927" in answer.text
    assert "EgoBlind" in cited(answer)[0]


def test_it_is_the_paper_before(engine: Engine) -> None:
    answer = engine.ask("Who wrote it?", ["What is BeeCount?"])
    assert answer.text.startswith("Written by Ana Ruiz and Tom Field. [1]")


def test_a_new_question_is_not_bound_by_the_one_before(engine: Engine) -> None:
    asked = "What is HarborNet?"
    assert engine.ask(asked, [LIST]).text == engine.ask(asked).text


@pytest.mark.parametrize("asked", ["Who wrote it?", "Compare them", "the second one"])
def test_a_pointer_with_nothing_to_point_at_asks_which_paper(engine: Engine, asked: str) -> None:
    answer = engine.ask(asked)
    assert answer.strength == "none"
    assert answer.reason == "Which paper do you mean?"


def test_a_place_beyond_the_list_asks_which_paper(engine: Engine) -> None:
    assert engine.ask("Tell me about the ninth one", [LIST]).reason == "Which paper do you mean?"


# The last list in another order


@pytest.mark.parametrize(
    ("asked", "years"),
    [("Sort them by year, newest first", [2022, 2019]), ("oldest first", [2019, 2022])],
)
def test_the_last_list_is_ordered_by_year(engine: Engine, asked: str, years: list[int]) -> None:
    before = ["Which papers did Tom Field write?"]
    answer = engine.ask(asked, before)
    assert [citation.paper.year for citation in answer.citations] == years
    assert answer.total_matching == 2


def test_papers_without_a_year_come_last_in_either_order(engine: Engine) -> None:
    for asked in ("Sort them by year, newest first", "Sort them by year, oldest first"):
        years = [citation.paper.year for citation in engine.ask(asked, [LIST]).citations]
        assert None in years
        assert None not in years[: years.index(None)]
        assert set(years[years.index(None) :]) == {None}


def test_an_order_keeps_the_papers_of_the_list(engine: Engine) -> None:
    ordered = engine.ask("Sort them by year, newest first", [LIST])
    assert sorted(cited(ordered)) == sorted(cited(engine.ask(LIST)))


def test_papers_that_perhaps_belong_do_not_become_sure_in_another_order(tmp_path: Path) -> None:
    run(tmp_path / "index", write_jsonl(tmp_path / "a.jsonl", PAPERS))
    doubtful = Settings(_env_file=None, listed_from=1.0, listed_near=0.0)
    engine = Engine(tmp_path / "index", doubtful)
    before, after = engine.ask(LIST), engine.ask("Sort them by year, newest first", [LIST])
    engine.index.close()
    assert before.citations
    assert not any(citation.sure for citation in (*before.citations, *after.citations))
    assert before.total_matching == 0
    assert after.abstained


# The index


def test_an_engine_sees_papers_that_arrive_later(tmp_path: Path) -> None:
    run(tmp_path / "index", write_jsonl(tmp_path / "a.jsonl", [HARBOR_NET]))
    with opened(tmp_path / "index") as engine:
        assert TIDE_SAMPLING["title"] not in cited(engine.ask("papers about buoys"))
        run(tmp_path / "index", write_jsonl(tmp_path / "b.jsonl", [TIDE_SAMPLING]))
        assert TIDE_SAMPLING["title"] in cited(engine.ask("papers about buoys"))
        assert len(engine.search("tides", 5)) == 2


def test_an_engine_needs_papers(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        Engine(tmp_path / "none", Settings(_env_file=None))
