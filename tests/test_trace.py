"""Which papers a question brings up: named ones first, else the ranking, and no earlier turn's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine import Engine
from app.retrieval.trace import bring_up, overheard
from app.settings import Settings
from ingest.records import Paper


@pytest.fixture(scope="module")
def engine(sample_index: Path) -> Iterator[Engine]:
    engine = Engine(sample_index, Settings())
    yield engine
    engine.index.close()


def _titles(engine: Engine, question: str, *history: str) -> list[str]:
    with overheard() as papers:
        engine.ask(question, history)
    return [paper.title for paper in dict.fromkeys(papers)]


@pytest.mark.parametrize(
    "question", ["How accurate are the best models on EgoBlind?", "What is EgoBlind?"]
)
def test_a_named_paper_is_what_is_brought_up(engine: Engine, question: str) -> None:
    assert [title.split(":")[0] for title in _titles(engine, question)] == ["EgoBlind"]


def test_both_sides_of_a_comparison_are_brought_up(engine: Engine) -> None:
    found = _titles(engine, "Compare SGIL and IBMRec.")
    assert {title.split(":")[0] for title in found} == {"SGIL", "IBMRec"}


@pytest.mark.parametrize(
    "question",
    ["Which papers use graphs?", "How can noisy social links be removed?", "Do owls eat mice?"],
)
def test_a_ranking_is_brought_up_for_other_questions(engine: Engine, question: str) -> None:
    assert len(_titles(engine, question)) > 1


@pytest.mark.parametrize("question", ["Which papers use graphs?", "Which papers are by Le Wu?"])
def test_listed_papers_are_among_those_brought_up(engine: Engine, question: str) -> None:
    with overheard() as papers:
        answer = engine.ask(question)
    assert answer.citations
    assert {citation.paper for citation in answer.citations} <= set(papers)


def test_papers_of_earlier_turns_are_not_the_question_s(engine: Engine) -> None:
    found = _titles(engine, "And EgoBlind?", "What is SGIL?")
    assert [title.split(":")[0] for title in found] == ["EgoBlind"]


def test_each_thread_hears_its_own_and_nobody_hears_outside() -> None:
    paper = Paper("abs:x", "X.", "X")
    with overheard() as mine:
        thread = threading.Thread(target=bring_up, args=([paper],))
        thread.start()
        thread.join()
    bring_up([paper])
    assert mine == []
