"""A conversation: what one question does to it."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing, suppress
from itertools import pairwise

import pytest
from page_samples import SERVER_DOWN, ScriptedEngine

from app.ui.chat import LONGEST_QUESTION, Turn, Turns, converse, history, settle, unhurried
from app.understanding.question import Asked


def _last(engine: ScriptedEngine, turns: Turns, question: str) -> Turns:
    return list(converse(engine, turns, Turn(question)))[-1]


def test_an_answer_grows_line_by_line_and_ends_done() -> None:
    steps = list(converse(ScriptedEngine(), (), Turn("Which papers?")))
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
    assert list(converse(engine, (), Turn(question))) == []
    assert engine.asked == []


def test_an_error_becomes_its_sentence_and_the_question_does_not_enter_the_history() -> None:
    engine = ScriptedEngine()
    turns = _last(engine, (), "broken server")
    assert turns == (Turn("broken server", "failed", error=SERVER_DOWN, held=3),)
    assert history(_last(engine, turns, "What is CoralNet?")) == (Asked("What is CoralNet?"),)


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        list(converse(ScriptedEngine(), (), Turn("bug")))


def test_closing_the_conversation_closes_the_stream_of_the_engine() -> None:
    engine = ScriptedEngine()
    steps = converse(engine, (), Turn("Which papers?"))
    with closing(steps):
        next(steps)
        next(steps)
    assert engine.closed.is_set()


def test_settling_marks_only_the_turn_that_was_cut_off() -> None:
    done = _last(ScriptedEngine(), (), "What is CoralNet?")
    cut = list(converse(ScriptedEngine(), done, Turn("Which papers?")))[3]
    assert [turn.state for turn in settle(cut)] == ["done", "stopped"]
    assert settle(cut)[1].answer == cut[1].answer
    assert settle(done) == done


def test_leaving_does_not_wait_for_the_step_under_way_and_still_closes_the_stream() -> None:
    engine = ScriptedEngine()

    async def leave() -> float:
        steps = unhurried(converse(engine, (), Turn("wait for nine papers")))
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


def _awaited(question: str) -> list[Turns]:
    async def taken() -> list[Turns]:
        steps = converse(ScriptedEngine(), (), Turn(question))
        return [turns async for turns in unhurried(steps)]

    return asyncio.run(taken())


def test_awaited_steps_come_in_order_end_with_the_last_and_pass_errors_through() -> None:
    every = list(converse(ScriptedEngine(), (), Turn("Which papers?")))
    some = _awaited("Which papers?")
    assert some[-1] == every[-1]
    assert [every.index(step) for step in some] == sorted(every.index(step) for step in some)
    assert _awaited(" ") == []
    with pytest.raises(ZeroDivisionError):
        _awaited("bug")


def test_steps_that_came_while_one_was_shown_are_passed_over() -> None:
    async def slowly() -> list[Turns]:
        shown = []
        async for turns in unhurried(converse(ScriptedEngine(), (), Turn("Which papers?"))):
            shown.append(turns)
            await asyncio.sleep(0.05)
        return shown

    shown = asyncio.run(slowly())
    assert len(shown) < 6, "twelve steps were made"
    assert shown[-1][-1].state == "done"


def test_a_question_that_is_too_long_is_told_so_and_not_cut() -> None:
    engine = ScriptedEngine()
    turns = _last(engine, (), "why " * LONGEST_QUESTION)
    assert turns[-1].state == "failed"
    assert f"{LONGEST_QUESTION:,} characters" in turns[-1].error
    assert engine.asked == []


def test_filters_that_are_left_out_reach_the_engine_and_stay_in_the_history() -> None:
    engine = ScriptedEngine()
    asked = Turn("Which papers?", without=("years",))
    turns = list(converse(engine, (), asked))[-1]
    assert engine.without == [("years",)]
    assert history(turns) == (Asked("Which papers?", ("years",)),)


def test_a_comparison_of_chosen_papers_asks_for_these() -> None:
    engine = ScriptedEngine()
    turns = list(converse(engine, (), Turn("Compare A and B", compared=("abs:1", "abs:2"))))[-1]
    assert engine.asked == [("Compare A and B", ("abs:1", "abs:2"))]
    assert turns[-1].answer is not None
    assert turns[-1].answer.kind == "compare"
