"""Tracers of LlamaIndex see one question as one tree: the query, its retrieval, its writing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.span import BaseSpan
from llama_index.core.instrumentation.span_handlers import BaseSpanHandler
from pydantic import SecretStr
from scripted_server import Reply, ScriptedServer, event, says, streams

from app.engine import Engine
from app.llamaindex import PaperQueryEngine
from app.settings import Settings
from app.ui.chat import Turn, converse
from app.ui.traced import TracedEngine

SOUND = "SGIL looks for preferences which stay stable within the given social graph [1]."
QUESTION = "What is SGIL?"


@dataclass
class Seen:
    """What handlers heard: spans by id with their parents, how they ended, events with spans."""

    parents: dict[str, str | None] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)

    def tree(self) -> set[tuple[str, ...]]:
        """The path of names from the root to each span of ours."""
        return {self._path(one) for one in self.parents}

    def _path(self, span: str) -> tuple[str, ...]:
        name = span.rpartition("-")[0] if span.count("-") > 4 else span
        name = name.split("-")[0].removeprefix("askpapers.")
        parent = self.parents.get(span)
        return (*(self._path(parent) if parent else ()), name)

    def named(self, kind: str) -> list[Any]:
        return [one for one in self.events if type(one).__name__ == kind]


@pytest.fixture
def seen() -> Iterator[Seen]:
    heard = Seen()

    class Events(BaseEventHandler):
        @classmethod
        def class_name(cls) -> str:
            return "Events"

        def handle(self, event: Any, **_: Any) -> None:
            heard.events.append(event)

    class Spans(BaseSpanHandler[BaseSpan]):
        @classmethod
        def class_name(cls) -> str:
            return "Spans"

        def new_span(self, id_: str, *_: Any, parent_span_id: Any = None, **__: Any) -> BaseSpan:
            heard.parents[id_] = parent_span_id
            return BaseSpan(id_=id_, parent_id=parent_span_id)

        def prepare_to_exit_span(self, id_: str, *_: Any, **__: Any) -> BaseSpan | None:
            heard.ended[id_] = "exit"
            return self.open_spans.get(id_)

        def prepare_to_drop_span(self, id_: str, *_: Any, **__: Any) -> BaseSpan | None:
            heard.ended[id_] = "drop"
            return self.open_spans.get(id_)

    root = get_dispatcher()
    before = list(root.event_handlers), list(root.span_handlers)
    root.event_handlers, root.span_handlers = [Events()], [Spans()]
    yield heard
    root.event_handlers, root.span_handlers = before


def judged(body: dict[str, Any]) -> Reply:
    denied = json.dumps({"verdicts": [{"sentence": 1, "words": "", "backed": False}]})
    return says(denied if "response_format" in body else SOUND)


def test_a_generated_answer_is_one_tree_with_its_calls_of_the_model(
    seen: Seen, sample_index: Path
) -> None:
    with ScriptedServer(judged) as server:
        engine = Engine(sample_index, Settings(openai_base_url=server.address, retries=0))
        *_, turns = converse(TracedEngine(engine), (), Turn(QUESTION))
        engine.index.close()
    assert seen.tree() == {
        ("query",),
        ("query", "retrieve"),
        ("query", "synthesize"),
        ("query", "synthesize", "chat"),
    }
    assert set(seen.ended.values()) == {"exit"}
    (retrieved,) = seen.named("RetrievalEndEvent")
    assert "SGIL" in retrieved.nodes[0].text
    assert [one.model_dict["model"] for one in seen.named("LLMChatStartEvent")] == [
        "gpt-4o-mini"
    ] * 2
    assert seen.named("LLMChatEndEvent")[0].response.message.content == SOUND
    (ended,) = seen.named("QueryEndEvent")
    assert turns[-1].answer is not None
    assert str(ended.response) == turns[-1].answer.text
    assert len(seen.named("QueryStartEvent")) == len(seen.named("SynthesizeEndEvent")) == 1
    spans = {one.span_id for one in seen.events}
    assert spans == set(seen.parents)


def test_calls_of_an_integration_are_below_the_question_too(seen: Seen, sample_index: Path) -> None:
    with ScriptedServer(judged) as server:
        given = {"model": "tiny", "api_base": server.address, "api_key": "x", "is_chat_model": True}
        using = Settings(
            llm="llama_index.llms.openai_like:OpenAILike",
            llm_args=SecretStr(json.dumps(given)),
            judge="off",
        )
        engine = Engine(sample_index, using)
        list(PaperQueryEngine(answers=engine).stream(QUESTION, ()))
        engine.index.close()
    assert ("query", "synthesize", "OpenAILike.astream_chat") in seen.tree()
    assert {path[0] for path in seen.tree()} == {"query"}
    assert seen.named("LLMChatEndEvent")


def test_an_answer_by_quotation_is_one_tree_too(seen: Seen, sample: Engine) -> None:
    list(PaperQueryEngine(answers=sample).stream(QUESTION, ()))
    assert seen.tree() == {("query",), ("query", "retrieve"), ("query", "synthesize")}


def test_a_query_of_llamaindex_has_the_steps_below_its_own_span(seen: Seen, sample: Engine) -> None:
    response = PaperQueryEngine(answers=sample).query(QUESTION)
    assert "SGIL" in str(response)
    steps = {path[-1] for path in seen.tree()}
    assert {"retrieve", "synthesize"} <= steps
    assert len({path[0] for path in seen.tree()}) == 1
    assert len(seen.named("QueryStartEvent")) == 1


def test_a_stopped_answer_leaves_no_span_open(seen: Seen, sample_index: Path) -> None:
    with ScriptedServer(streams([event(SOUND + " And so"), 30.0])) as server:
        engine = Engine(sample_index, Settings(openai_base_url=server.address, timeout=60))
        answers = PaperQueryEngine(answers=engine).stream(QUESTION, ())
        for answer in answers:
            if answer.sentences:
                break
        answers.close()
        assert server.left.wait(2)
        engine.index.close()
    above = {one for one in seen.parents if "chat" not in one}
    assert above <= seen.ended.keys()
    assert sorted(seen.ended[one] for one in above) == ["drop", "drop", "exit"]


def test_two_questions_at_a_time_are_two_trees(seen: Seen, sample: Engine) -> None:
    engine = PaperQueryEngine(answers=sample)
    first, second = engine.stream(QUESTION, ()), engine.stream("Who wrote the paper on GMViT?", ())
    for one in (first, second, first, second):
        next(one, None)
    list(first)
    list(second)
    assert seen.tree() == {("query",), ("query", "retrieve"), ("query", "synthesize")}
    assert list(seen.parents.values()).count(None) == 2


def test_outside_of_a_query_nothing_is_told(seen: Seen, sample: Engine) -> None:
    sample.ask(QUESTION)
    assert not seen.events
    assert not seen.parents
