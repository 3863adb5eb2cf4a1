"""`/v1/chat/completions`, asked as other chat programs ask: by the official client of OpenAI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import httpx
import openai
import pytest
from answering_samples import HARBOR_NET
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from page_samples import ScriptedEngine, lookup, served

from app.answer import Answer
from app.engine import Engine
from app.serving.completions import content
from app.understanding.question import Asked

HARBOR = "What does HarborNet predict?"


@pytest.fixture(scope="module")
def site(engine: Engine) -> Iterator[str]:
    with served(engine) as address:
        yield address


@pytest.fixture(scope="module")
def client(site: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{site}/v1", api_key="none", max_retries=0) as made:
        yield made


def said(*texts: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": text} for text in texts]


def test_the_collection_is_the_one_model(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["askpapers"]
    assert client.models.retrieve("askpapers").id == "askpapers"


def test_an_answer_has_its_references_below_and_all_else_for_programs(
    client: OpenAI, engine: Engine
) -> None:
    completion = client.chat.completions.create(model="askpapers", messages=said(HARBOR))
    message = completion.choices[0].message
    expected = engine.ask(HARBOR)
    assert message.role == "assistant"
    assert completion.choices[0].finish_reason == "stop"
    assert str(message.content).startswith(expected.text)
    assert f"\n[1] Ana Ruiz. (2021). {HARBOR_NET['title']}" in str(message.content)
    told = (completion.model_extra or {})["askpapers"]
    assert told["strength"] == "answered"
    assert told["citations"][0]["quotes"][0]["text"] in str(HARBOR_NET["abstract"])


def test_a_stream_says_the_same_as_a_whole_answer(client: OpenAI) -> None:
    whole = client.chat.completions.create(model="any", messages=said(HARBOR))
    chunks = list(client.chat.completions.create(model="any", messages=said(HARBOR), stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert (chunks[-1].model_extra or {})["askpapers"]["citations"]
    assert len({chunk.id for chunk in chunks}) == 1


def test_earlier_messages_of_the_user_are_the_history(client: OpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": [{"type": "text", "text": HARBOR}]},
        {"role": "assistant", "content": "It predicts tides."},
        {"role": "user", "content": "Who wrote it?"},
    ]
    completion = client.chat.completions.create(model="askpapers", messages=messages)
    assert "Ana Ruiz" in str(completion.choices[0].message.content)


def test_a_long_conversation_goes_on_whatever_was_asked_before(
    scripted: tuple[OpenAI, Changing],
) -> None:
    client, engine = scripted
    texts = [*(f"question {n}" for n in range(300)), "why " * 1000, "What is CoralNet?"]
    client.chat.completions.create(model="askpapers", messages=said(*texts))
    asked, history = engine.asked[-1]
    assert asked == "What is CoralNet?"
    assert history == tuple(f"question {n}" for n in range(100, 300))


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        ([], "messages"),
        (said("why " * 1000), "at most 2,000 characters"),
        ([{"role": "system", "content": "Speak."}], "No message of the user"),
        (said("  "), "No message of the user"),
    ],
)
def test_what_is_no_question_is_told_in_a_sentence(
    client: OpenAI, messages: list[ChatCompletionMessageParam], sentence: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=sentence):
        client.chat.completions.create(model="askpapers", messages=messages)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b'{"messages": [{"role": "user", "content": "x"}]}', "text/plain", 415),
        (b'{"messages": [{"role": "user", "content": "\\ud800"}]}', "application/json", 400),
    ],
)
def test_what_is_no_request_is_no_traceback(site: str, body: bytes, kind: str, status: int) -> None:
    place = f"{site}/v1/chat/completions"
    answer = httpx.post(place, content=body, headers={"content-type": kind}, timeout=30)
    assert answer.status_code == status
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]


class Changing(ScriptedEngine):
    """Takes back a sentence that it has shown, where it is asked to change."""

    def stream(
        self, question: str | Asked, history: Sequence[str | Asked] = ()
    ) -> Iterator[Answer]:
        if not str(getattr(question, "text", question)).startswith("change"):
            yield from super().stream(question, history)
            return
        yield replace(lookup(), text="It is so. [1] It is sure. [1]")
        self.go.wait(timeout=1)
        yield SHORTER


SHORTER = replace(lookup(), text="It is so. [1]", notes=("1 sentence was left out.",))


@pytest.fixture(scope="module")
def scripted() -> Iterator[tuple[OpenAI, Changing]]:
    engine = Changing()
    with served(engine) as address, OpenAI(base_url=f"{address}/v1", api_key="x") as client:
        yield client.with_options(max_retries=0), engine


def test_what_was_said_and_then_taken_back_is_said_anew(
    scripted: tuple[OpenAI, Changing],
) -> None:
    client, _ = scripted
    chunks = client.chat.completions.create(model="x", messages=said("change it"), stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text.startswith("It is so. [1] It is sure. [1]\n\nAfter checking, the answer is:")
    assert text.endswith(content(SHORTER))


def test_a_failure_of_the_server_behind_is_a_sentence(scripted: tuple[OpenAI, Changing]) -> None:
    client, _ = scripted
    with pytest.raises(openai.InternalServerError, match="did not answer"):
        client.chat.completions.create(model="x", messages=said("broken please"))
    with pytest.raises(openai.APIError, match="did not answer"):
        list(client.chat.completions.create(model="x", messages=said("broken"), stream=True))


def test_a_reader_who_leaves_stops_the_work(scripted: tuple[OpenAI, Changing]) -> None:
    client, engine = scripted
    engine.closed.clear()
    chunks = client.chat.completions.create(model="x", messages=said("wait for it"), stream=True)
    assert next(chunk for chunk in chunks if chunk.choices[0].delta.content)
    chunks.close()
    engine.go.set()
    assert engine.closed.wait(timeout=20)
    again = client.chat.completions.create(model="x", messages=said("What is CoralNet?"))
    assert "from the air" in str(again.choices[0].message.content)
