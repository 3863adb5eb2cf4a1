"""What watches a question on its way to an answer; nothing does unless it is asked to.

`app.integrations.tracing` tells LlamaIndex's tracers. What is set here holds for one thread and
for the requests to a model that it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Protocol

from app.answer import Answer
from ingest.records import Paper

Messages = Sequence[dict[str, str]]


class Trace(Protocol):
    """Hears of the steps of answering. What a step came to is told to what `with` gives."""

    def retrieving(
        self, question: str
    ) -> AbstractContextManager[Callable[[Sequence[Paper]], None]]:
        """Papers are sought, best first."""

    def synthesizing(
        self, question: str, answers: Generator[Answer, None, None]
    ) -> Generator[Answer, None, None]:
        """An answer grows; yields it on."""

    def calling(
        self, model: str, messages: Messages
    ) -> AbstractContextManager[Callable[[str], None]]:
        """A chat model is asked."""


class Untraced:
    """Nobody watches."""

    def retrieving(
        self, _question: str
    ) -> AbstractContextManager[Callable[[Sequence[Paper]], None]]:
        return nullcontext(lambda _: None)

    def synthesizing(
        self, _question: str, answers: Generator[Answer, None, None]
    ) -> Generator[Answer, None, None]:
        return answers

    def calling(
        self, _model: str, _messages: Messages
    ) -> AbstractContextManager[Callable[[str], None]]:
        return nullcontext(lambda _: None)


_UNTRACED = Untraced()
watching: ContextVar[Trace] = ContextVar("watching", default=_UNTRACED)
"""The trace of the question at hand."""
