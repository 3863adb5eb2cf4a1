"""A conversation: the turns so far, and how one question becomes the next turn.

    question -> Turn (reading, then writing while the answer grows, then done)

Each visitor has a Conversation of their own; nothing is stored elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, closing
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Literal, Protocol, TypeVar

from app.answer import Answer, Passage
from app.choices import Choices
from app.holdings import Holdings
from app.suggesting.introduction import Introduction
from app.ui.discretion import discreet, for_visitors
from app.understanding.question import Asked
from ingest.catalog import Feedback
from ingest.errors import AskpapersError
from ingest.records import Paper

T = TypeVar("T")
State = Literal["reading", "writing", "done", "stopped", "failed"]
LONGEST_QUESTION = 2_000  # characters
MOST_EARLIER = 200  # questions of a conversation that programs may hand in


class Engine(Protocol):
    """What answers questions. Each answer holds a sentence more; the last one is complete."""

    @property
    def held(self) -> int: ...
    @property
    def model(self) -> str: ...
    def stream(
        self, question: str | Asked, history: Sequence[str | Asked] = ()
    ) -> Iterator[Answer]: ...
    def compare(self, question: str, paper_ids: Sequence[str]) -> Answer: ...
    def search(self, query: str, limit: int) -> list[Passage]: ...
    def papers(self) -> list[Paper]: ...
    def paper(self, name: str) -> Paper | None: ...
    def shelf(self, text: str, most: int, file: str = "") -> tuple[list[Paper], int]: ...
    def held_of(self, paper_ids: Sequence[str]) -> dict[str, Paper]: ...
    def papers_by_year(self) -> dict[int | None, int]: ...
    def holdings(self) -> Holdings: ...
    def keep(self, given: Feedback) -> None: ...
    def introduction(self) -> Introduction: ...
    def follow_ups(
        self, put: Asked, history: Sequence[Asked], answer: Answer
    ) -> tuple[Asked, ...]: ...
    def changed_by(self, put: Asked, history: Sequence[Asked]) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what became of it. `error` is the sentence of a failed turn.

    `without` names filters that are left out, `compared` the papers of a comparison that was
    chosen from a list, `about` the paper that was chosen for a question that points at one.
    `held` papers were in the index, `model` wrote the answer, if one did. `changed` are the
    choices that made it another one. `liked` is what the visitor said of it, kept under `token`.
    `gone` are the ids of papers that it cites and that are no longer in the index.
    """

    question: str
    state: State = "reading"
    answer: Answer | None = None
    error: str = ""
    without: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    held: int = 0
    model: str = ""
    liked: bool | None = None
    token: str = ""
    about: str = ""
    choices: Choices = field(default_factory=Choices)
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def put(self) -> Asked:
        """The question as the engine is asked it."""
        return Asked(self.question, self.without, self.about, self.choices)


Turns = tuple[Turn, ...]


@dataclass(slots=True)
class Conversation:
    """The turns of one visitor's chat, which grow in place; `over` once they began another.

    A late step of an answer writes into the conversation that it belongs to, and no other.
    `request` is the name of the request that asked last, `broken` whether a bug ended its answer.
    `lost` turns before them did not fit into what the browser keeps, nor do the first `unkept`.
    `before` are the turns of the chat that this one took the place of, until it is asked something.
    It is `known` once what the browser keeps was read into it: a server that was left alone for
    long hands out one that is not, over which the browser's copy goes. `owner` tells whose it is
    at a browser where several people log in.
    """

    turns: Turns = ()
    before: Turns = ()
    over: bool = False
    request: str = ""
    broken: bool = False
    lost: int = 0
    unkept: int = 0
    known: bool = False
    owner: str = ""


class Noticed(AbstractAsyncContextManager[None]):
    """Notes whether a bug ended the answer of a conversation; who stops it is none."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    async def __aenter__(self) -> None:
        self._conversation.broken = False

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._conversation.broken = kind is not None and issubclass(kind, Exception)


def history(turns: Turns) -> tuple[Asked, ...]:
    """The earlier questions, oldest first; one that got no answer is left out."""
    return tuple(turn.put for turn in turns if turn.answer is not None)


def converse(engine: Engine, turns: Turns, asked: Turn) -> Generator[Turns, None, None]:
    """The conversation after each step of the answer; nothing for an empty question.

    An AskpapersError ends the turn with its sentence; any other exception is a bug and passes. No
    address of a server is in what is shown.
    Closing the generator closes the engine's stream, so that stopping stops the work.
    """
    question = asked.question.strip()
    if not question:
        return
    turn = replace(asked, question=question)
    if len(question) > LONGEST_QUESTION:
        yield (*turns, replace(turn, question=question[:100] + " …", state="failed", error=_LONG))
        return
    try:
        turn = replace(turn, held=engine.held, model=engine.model)
        yield (*turns, turn)
        with closing(_iterator(engine, turn, history(turns))) as answers:
            for answer in answers:
                turn = replace(turn, state="writing", answer=for_visitors(answer))
                yield (*turns, turn)
        if asked.choices.made and not turn.compared:
            turn = replace(turn, changed=engine.changed_by(turn.put, history(turns)))
    except AskpapersError as error:
        yield (*turns, replace(turn, state="failed", answer=None, error=discreet(str(error))))
        return
    yield (*turns, replace(turn, state="done"))


async def unhurried(steps: Generator[T, None, None]) -> AsyncGenerator[T, None]:
    """The newest step each time, taken by a thread of its own; steps that came meanwhile are left.

    Leaving does not wait for the step under way, which may take as long as a model server does:
    the thread ends that one, closes the steps and goes.
    """
    arrived: asyncio.Queue[T | None] = asyncio.Queue()
    loop, left = asyncio.get_running_loop(), Event()
    thread = ThreadPoolExecutor(max_workers=1)

    def take() -> None:
        with closing(steps):
            for step in steps:
                if left.is_set():
                    return
                loop.call_soon_threadsafe(arrived.put_nowait, step)

    def ended(taken: asyncio.Future[None]) -> None:
        if not taken.cancelled():
            taken.exception()  # is looked at here, since nobody may be left to await it
        arrived.put_nowait(None)

    taking = asyncio.wrap_future(thread.submit(copy_context().run, take))
    taking.add_done_callback(ended)
    try:
        while newest := await arrived.get():
            while not arrived.empty() and (later := arrived.get_nowait()):
                newest = later
            yield newest
            if taking.done() and arrived.empty():
                break
        await taking
    finally:
        left.set()
        thread.shutdown(wait=False)


def settle(turns: Turns) -> Turns:
    """The same turns, with one that was cut off while it grew marked as stopped."""
    return tuple(
        replace(turn, state="stopped") if turn.state in ("reading", "writing") else turn
        for turn in turns
    )


_LONG = f"A question has at most {LONGEST_QUESTION:,} characters. Shorten it, then ask again."


def _iterator(engine: Engine, turn: Turn, asked: Sequence[Asked]) -> Generator[Answer, None, None]:
    # A generator of our own: `closing` needs one, and an engine may return any iterator.
    if turn.compared:
        yield engine.compare(turn.question, turn.compared)
    else:
        yield from engine.stream(turn.put, asked)
