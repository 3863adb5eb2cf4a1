"""A LlamaIndex node postprocessor reorders the papers of a look-up before they are read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.engine import Engine
from app.retrieval.reranking import RERANKER_STANDS
from app.settings import Settings
from ingest.errors import SettingsError

QUESTION = "How many videos does the dataset for blind people have?"

Make = Callable[..., Engine]


@pytest.fixture
def make(sample_index: Path) -> Iterator[Make]:
    """An engine over the sample corpus with the stand-in postprocessor and these arguments."""
    made: list[Engine] = []

    def engine(**arguments: object) -> Engine:
        using = Settings(
            reranker="stand_in_postprocessor:Preferring",
            reranker_args=SecretStr(json.dumps(arguments)),
        )
        made.append(Engine(sample_index, using))
        return made[-1]

    yield engine
    for each in made:
        each.index.close()


def cited(engine: Engine, question: str = QUESTION) -> list[str]:
    """The papers that were read: those that the answer cites, else those it names as closest."""
    answer = engine.ask(question)
    papers = [citation.paper for citation in answer.citations] or answer.closest
    return [paper.paper_id for paper in papers]


def test_the_paper_that_the_reranker_prefers_is_read_first(make: Make, sample: Engine) -> None:
    first, *_ = cited(sample)
    other = sample.search(QUESTION, 5)[-1].paper.paper_id
    assert other != first
    assert cited(make(paper_id=other))[0] == other
    assert cited(make(paper_id=first))[0] == first


def test_it_is_asked_with_the_question_and_nodes_of_passages(make: Make) -> None:
    from stand_in_postprocessor import asked

    asked.clear()
    make(paper_id="").ask(QUESTION)
    ((question, nodes),) = asked
    assert question == QUESTION
    assert len(nodes) > 8
    assert all(node.node.metadata["title"] and node.score is not None for node in nodes)


def test_a_paper_that_is_named_and_a_list_are_not_reranked(make: Make, sample: Engine) -> None:
    from stand_in_postprocessor import asked

    asked.clear()
    reranking = make(paper_id="")
    for question in ("What is SGIL?", "Which papers use graphs?"):
        assert reranking.ask(question).text == sample.ask(question).text
    assert asked == []


@pytest.mark.parametrize("fault", ["raise", "nonsense"])
def test_a_reranker_that_fails_leaves_the_order_and_it_is_said(
    make: Make, sample: Engine, fault: str
) -> None:
    answer = make(fault=fault, api_key="sk-4711").ask(QUESTION)
    assert answer.text == sample.ask(QUESTION).text
    assert answer.notes[-1].startswith("The reranker stand_in_postprocessor:Preferring failed")
    assert answer.notes[-1].endswith(RERANKER_STANDS)
    assert "4711" not in answer.notes[-1]


def test_a_failure_is_told_to_its_own_question_alone(make: Make) -> None:
    engine, started = make(fault="raise"), time.monotonic()
    threads = ThreadPoolExecutor(1)
    assert threads.submit(engine.ask, QUESTION).result().notes
    assert engine.missed_since(started) == ""
    assert threads.submit(engine.missed_since, started).result().endswith(RERANKER_STANDS)
    threads.shutdown()


def test_a_failure_is_told_whoever_takes_the_steps_of_an_answer(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make(fault="raise")
    ask = engine._answers
    monkeypatch.setattr(engine, "_answers", lambda *put: (one for one in 2 * list(ask(*put))))
    steps = engine.stream(QUESTION)
    first, second = (copy_context().run(next, steps) for _ in range(2))
    assert first.notes[-1].endswith(RERANKER_STANDS)
    assert second.notes == first.notes


def test_papers_that_the_reranker_leaves_out_follow(make: Make, sample: Engine) -> None:
    assert cited(make(keeps=0)) == cited(sample)


def test_a_class_that_is_no_postprocessor_is_told(sample_index: Path) -> None:
    with pytest.raises(SettingsError, match="is no BaseNodePostprocessor of LlamaIndex"):
        Engine(sample_index, Settings(reranker="blocking_llm:Blocking"))
