"""A conversation: what one question does to it."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing, suppress
from itertools import pairwise

import pytest
from page_samples import SERVER_DOWN, ScriptedEngine

from app.ui.chat import Turn, Turns, converse, history, settle, unhurried


def _last(engine: ScriptedEngine, turns: Turns, question: str) -> Turns:
    return list(converse(engine, turns, question))[-1]


def test_an_answer_grows_line_by_line_and_ends_done() -> None:
    steps = list(converse(ScriptedEngine(), (), "Which papers?"))
    states = [step[-1].state for step in steps]
    texts = [step[-1].answer.text for step in steps if step[-1].answer]
    assert states == ["reading", *["writing"] * 10, "done"]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert texts[-1].endswith("[9]")


def test_earlier_questions_are_passed_as_history_and_their_answers_kept() -> None:
    engine = ScriptedEngine()
    turns = _last(engine, _last(engine, (), "What is CoralNet?"), "And kelp?")
    assert engine.asked == [("What is CoralNet?", ()), ("And kelp?", ("What is CoralNet?",))]
    assert [turn.state for turn in turns] == ["done", "done"]


@pytest.mark.parametrize("question", ["", "  ", "\n\t"])
def test_an_empty_question_asks_nothing(question: str) -> None:
    engine = ScriptedEngine()
    assert list(converse(engine, (), question)) == []
    assert engine.asked == []


def test_an_error_becomes_its_sentence_and_the_question_does_not_enter_the_history() -> None:
    engine = ScriptedEngine()
    turns = _last(engine, (), "broken server")
    assert turns == (Turn("broken server", "failed", error=SERVER_DOWN),)
    assert history(_last(engine, turns, "What is CoralNet?")) == ("What is CoralNet?",)


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        list(converse(ScriptedEngine(), (), "bug"))


def test_closing_the_conversation_closes_the_stream_of_the_engine() -> None:
    engine = ScriptedEngine()
    steps = converse(engine, (), "Which papers?")
    with closing(steps):
        next(steps)
        next(steps)
    assert engine.closed.is_set()


def test_settling_marks_only_the_turn_that_was_cut_off() -> None:
    done = _last(ScriptedEngine(), (), "What is CoralNet?")
    cut = list(converse(ScriptedEngine(), done, "Which papers?"))[3]
    assert [turn.state for turn in settle(cut)] == ["done", "stopped"]
    assert settle(cut)[1].answer == cut[1].answer
    assert settle(done) == done


def test_leaving_does_not_wait_for_the_step_under_way_and_still_closes_the_stream() -> None:
    engine = ScriptedEngine()

    async def leave() -> float:
        steps = unhurried(converse(engine, (), "wait for nine papers"))
        await anext(steps)
        await anext(steps)
        third = asyncio.ensure_future(anext(steps))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        third.cancel()
        with suppress(asyncio.CancelledError):
            await third
        return time.monotonic() - began

    assert asyncio.run(leave()) < 5
    assert not engine.closed.is_set()
    engine.go.set()
    assert engine.closed.wait(timeout=20)


def test_steps_that_are_awaited_are_the_same_and_errors_pass_through() -> None:
    async def taken(question: str) -> list[Turns]:
        return [turns async for turns in unhurried(converse(ScriptedEngine(), (), question))]

    assert asyncio.run(taken("Which papers?")) == list(
        converse(ScriptedEngine(), (), "Which papers?")
    )
    assert asyncio.run(taken(" ")) == []
    with pytest.raises(ZeroDivisionError):
        asyncio.run(taken("bug"))
