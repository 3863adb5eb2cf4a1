"""A conversation: the turns so far, and how one question becomes the next turn.

    question -> Turn (reading, then writing while the answer grows, then done)

The page keeps the turns of each visitor and gives them back here; nothing is stored elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from app.records import Answer
from app.ui.discretion import discreet, for_visitors
from ingest.errors import AskpapersError

State = Literal["reading", "writing", "done", "stopped", "failed"]


class Engine(Protocol):
    """What answers questions. Each answer holds a sentence more; the last one is complete."""

    def stream(self, question: str, history: Sequence[str]) -> Iterator[Answer]: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what became of it. `error` is the sentence of a failed turn."""

    question: str
    state: State = "reading"
    answer: Answer | None = None
    error: str = ""


Turns = tuple[Turn, ...]


def history(turns: Turns) -> tuple[str, ...]:
    """The earlier questions, oldest first; one that got no answer is left out."""
    return tuple(turn.question for turn in turns if turn.answer is not None)


def converse(engine: Engine, turns: Turns, question: str) -> Generator[Turns, None, None]:
    """The conversation after each step of the answer; nothing for an empty question.

    An AskpapersError ends the turn with its sentence; any other exception is a bug and passes. No
    address of a server is in what is shown.
    Closing the generator closes the engine's stream, so that stopping stops the work.
    """
    question = question.strip()
    if not question:
        return
    asked = history(turns)
    turn = Turn(question)
    yield (*turns, turn)
    try:
        with closing(_iterator(engine, question, asked)) as answers:
            for answer in answers:
                turn = replace(turn, state="writing", answer=for_visitors(answer))
                yield (*turns, turn)
    except AskpapersError as error:
        yield (*turns, Turn(question, "failed", error=discreet(str(error))))
        return
    yield (*turns, replace(turn, state="done"))


async def unhurried(steps: Generator[Turns, None, None]) -> AsyncGenerator[Turns, None]:
    """The same steps, each awaited while a thread of its own takes it.

    Leaving does not wait for the step under way, which may take as long as a model server does:
    the thread ends that one, closes the steps and goes.
    """
    thread = ThreadPoolExecutor(max_workers=1)
    try:
        while turns := await asyncio.wrap_future(thread.submit(next, steps, ())):
            yield turns
    finally:
        thread.submit(steps.close)
        thread.shutdown(wait=False)


def settle(turns: Turns) -> Turns:
    """The same turns, with one that was cut off while it grew marked as stopped."""
    return tuple(
        replace(turn, state="stopped") if turn.state in ("reading", "writing") else turn
        for turn in turns
    )


def _iterator(engine: Engine, question: str, asked: Sequence[str]) -> Generator[Answer, None, None]:
    # A generator of our own: `closing` needs one, and an engine may return any iterator.
    yield from engine.stream(question, asked)
