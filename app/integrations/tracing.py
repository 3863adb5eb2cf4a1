"""The steps of answering as LlamaIndex's spans and events, for the tracers that listen to those.

Each step is a span below the one that it is part of: a query, in it the retrieval, the synthesis
and the calls of a model.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import uuid4

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.base.response.schema import Response
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.instrumentation.events.llm import LLMChatEndEvent, LLMChatStartEvent
from llama_index.core.instrumentation.events.query import QueryEndEvent, QueryStartEvent
from llama_index.core.instrumentation.events.retrieval import (
    RetrievalEndEvent,
    RetrievalStartEvent,
)
from llama_index.core.instrumentation.events.synthesis import (
    SynthesizeEndEvent,
    SynthesizeStartEvent,
)
from llama_index.core.instrumentation.span import active_span_id

from app.answer import Answer
from app.integrations.nodes import cited, whole
from app.tracing import Messages, watching
from ingest.records import Paper

T = TypeVar("T")

_dispatcher = get_dispatcher(__name__)
_NOTHING = inspect.signature(lambda: None).bind()


class LlamaIndexTrace:
    """Tells LlamaIndex's handlers of spans and events."""

    @contextmanager
    def retrieving(self, question: str) -> Iterator[Callable[[Sequence[Paper]], None]]:
        """Papers are sought, best first."""
        with _span("retrieve") as span:
            with span.active():
                _tell(RetrievalStartEvent(str_or_query_bundle=question))

            def found(papers: Sequence[Paper]) -> None:
                nodes = list(map(whole, papers))
                with span.active():
                    _tell(RetrievalEndEvent(str_or_query_bundle=question, nodes=nodes))

            yield found

    def synthesizing(
        self, question: str, answers: Generator[Answer, None, None]
    ) -> Generator[Answer, None, None]:
        """An answer grows; yields it on."""
        return _grown("synthesize", answers, SynthesizeStartEvent(query=question), _synthesized)

    @contextmanager
    def calling(self, model: str, messages: Messages) -> Iterator[Callable[[str], None]]:
        """A chat model is asked."""
        said = [ChatMessage(role=m["role"], content=m["content"]) for m in messages]
        with _span("chat") as span, span.active():
            _tell(
                LLMChatStartEvent(messages=said, additional_kwargs={}, model_dict={"model": model})
            )

            def answered(text: str) -> None:
                response = ChatResponse(message=ChatMessage(role="assistant", content=text))
                _tell(LLMChatEndEvent(messages=said, response=response))

            yield answered


def queried(question: str, answers: Iterator[Answer]) -> Generator[Answer, None, None]:
    """The answers to a question, as one query that is watched."""
    steps = _passed_on(answers)
    return _grown("query", _watched(steps), QueryStartEvent(query=question), _queried)


def _passed_on(answers: Iterator[Answer]) -> Generator[Answer, None, None]:
    # A generator of our own, as what answers may return any iterator.
    yield from answers


def response(answer: Answer) -> Response:
    """The answer as LlamaIndex's response; its nodes are the cited papers."""
    return Response(
        response=answer.text,
        source_nodes=list(map(cited, answer.citations)),
        metadata={"abstained": answer.abstained, "reason": answer.reason, "kind": answer.kind},
    )


def _grown(
    name: str,
    answers: Generator[Answer, None, None],
    start: BaseEvent,
    end: Callable[[Answer], BaseEvent],
) -> Generator[Answer, None, None]:
    """Growing answers, each made within a span; the last one is told at its end.

    Between two of them the span is not active, as the reader may go on in another thread.
    """
    latest: Answer | None = None
    with _span(name) as span:
        with span.active():
            _tell(start.model_copy(update={"span_id": span.id}))
        try:
            for answer in span.stepwise(answers):
                latest = answer
                yield answer
        finally:
            answers.close()
        if latest is not None:
            with span.active():
                _tell(end(latest))


class _Span:
    """A span that was entered."""

    def __init__(self, name: str) -> None:
        self.id = f"askpapers.{name}-{uuid4()}"

    @contextmanager
    def active(self) -> Iterator[None]:
        """What happens in the block happens within the span."""
        token = active_span_id.set(self.id)
        try:
            yield
        finally:
            active_span_id.reset(token)

    def stepwise(self, steps: Generator[T, None, None]) -> Iterator[T]:
        """The steps, each taken within the span."""
        while True:
            with self.active():
                try:
                    step = next(steps)
                except StopIteration:
                    return
            yield step


@contextmanager
def _span(name: str) -> Iterator[_Span]:
    """A span below the active one; dropped where what happens in it fails or is stopped."""
    span = _Span(name)
    given: dict[str, Any] = {"id_": span.id, "bound_args": _NOTHING, "instance": None}
    _dispatcher.span_enter(**given, parent_id=active_span_id.get())
    try:
        yield span
    except BaseException as error:
        _dispatcher.span_drop(**given, err=error)
        raise
    _dispatcher.span_exit(**given)


def _tell(event: BaseEvent) -> None:
    _dispatcher.event(event)


def _watched(answers: Generator[Answer, None, None]) -> Generator[Answer, None, None]:
    """The answers, whose steps tell of themselves."""
    try:
        while True:
            token = watching.set(LlamaIndexTrace())
            try:
                answer = next(answers)
            except StopIteration:
                return
            finally:
                watching.reset(token)
            yield answer
    finally:
        answers.close()


def _synthesized(answer: Answer) -> BaseEvent:
    return SynthesizeEndEvent(query=answer.question, response=response(answer))


def _queried(answer: Answer) -> BaseEvent:
    return QueryEndEvent(query=answer.question, response=response(answer))
