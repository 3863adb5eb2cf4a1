"""`/v1/chat/completions` and `/v1/models`, as programs that talk to OpenAI expect them.

The last message of the user is the question, those before it are the history: chat programs send
all of it each time, so what is too long or too old of it is passed over. An answer carries its
references below its text, and everything else of it, as `ask --json` has it, in `askpapers`.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field, ValidationError

from app.answer import Answer
from app.serving.caller import caller_of
from app.serving.refusals import refusal
from app.serving.turnstile import TurnedAway, Turnstile
from app.ui.chat import LONGEST_QUESTION, MOST_EARLIER, Engine, unhurried
from app.ui.discretion import discreet, for_visitors
from app.ui.sources import reference
from app.understanding.question import Asked
from ingest.errors import AskpapersError

MODEL = "askpapers"
POSTED = "/v1/chat/completions"
_LIVE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_ALIVE = ": at work\n\n"
# What was streamed cannot be taken back.
_AFTER_CHECKING = "\n\nAfter checking, the answer is:\n\n"
_JSON = "This takes JSON: send it with the header Content-Type: application/json."


class _Part(BaseModel):
    type: str
    text: str = ""


class _Message(BaseModel):
    role: str
    content: str | list[_Part] | None = None

    @property
    def text(self) -> str:
        parts = self.content if isinstance(self.content, list) else ()
        said = self.content if isinstance(self.content, str) else ""
        return (said + "\n".join(part.text for part in parts if part.type == "text")).strip()


class _Wanted(BaseModel):
    """What of a request is read; all else that OpenAI knows is passed over."""

    messages: list[_Message] = Field(min_length=1)
    stream: bool | None = None

    @property
    def questions(self) -> list[str]:
        return [one.text for one in self.messages if one.role == "user" and one.text]


@dataclass(frozen=True, slots=True)
class _Completion:
    """One answer to be, under a name of its own."""

    name: str
    created: int

    def whole(self, answer: Answer) -> dict[str, Any]:
        message = {"role": "assistant", "content": content(answer)}
        return {**self._head("chat.completion", answer), "choices": [_choice(message, "stop")]}

    def chunk(self, text: str) -> str:
        return _event({**self._head("chat.completion.chunk"), "choices": [_delta(text)]})

    def last(self, answer: Answer) -> str:
        ended = {"index": 0, "delta": {}, "finish_reason": "stop"}
        return _event({**self._head("chat.completion.chunk", answer), "choices": [ended]})

    def _head(self, kind: str, answer: Answer | None = None) -> dict[str, Any]:
        told = {"askpapers": answer.as_json()} if answer else {}
        return {"id": self.name, "object": kind, "created": self.created, "model": MODEL, **told}


def add_completions(web: FastAPI, engine: Engine, turnstile: Turnstile) -> None:
    """The two endpoints."""
    listed = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}

    @web.get("/v1/models")
    def models() -> dict[str, Any]:
        """The one model that there is."""
        return {"object": "list", "data": [listed]}

    @web.get(f"/v1/models/{MODEL}")
    def model() -> dict[str, Any]:
        """That model."""
        return listed

    @web.post(POSTED)
    async def complete(request: Request) -> Response:
        """An answer to the last message of the user, whole or as it grows."""
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return refusal(request.scope, 415, _JSON)
        try:
            wanted = _Wanted.model_validate_json(await request.body())
        except ValidationError as error:
            return refusal(request.scope, 400, _flaw(error))
        questions = wanted.questions
        if not questions:
            return refusal(request.scope, 400, "No message of the user holds a question.")
        *earlier, question = questions
        if len(question) > LONGEST_QUESTION:
            most = f"A question has at most {LONGEST_QUESTION:,} characters."
            return refusal(request.scope, 400, most)
        completion = _Completion(f"chatcmpl-{secrets.token_hex(12)}", int(time.time()))
        answers = _answers(engine, question, _history(earlier))
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(turnstile.turn(caller_of(request.scope)))
                if not wanted.stream:
                    return JSONResponse(completion.whole([one async for one in answers][-1]))
                kept = stack.pop_all()
        except TurnedAway as away:
            return refusal(request.scope, away.status, str(away), wait=away.wait)
        except AskpapersError as error:
            return refusal(request.scope, 503, discreet(str(error)))
        lines = _streamed(completion, answers, kept)
        return StreamingResponse(lines, media_type="text/event-stream", headers=_LIVE)


def content(answer: Answer) -> str:
    """The text of an answer, then its notes and its references."""
    parts = [answer.text, *(f"Note: {note}" for note in answer.notes)]
    parts.append("\n".join(f"[{one.number}] {reference(one.paper)}" for one in answer.citations))
    return "\n\n".join(filter(None, parts))


def _history(earlier: Sequence[str]) -> list[Asked]:
    """The latest of the earlier questions, without those that were refused for their length."""
    taken = [Asked(text) for text in earlier if len(text) <= LONGEST_QUESTION]
    return taken[-MOST_EARLIER:]


async def _answers(
    engine: Engine, question: str, history: Sequence[Asked]
) -> AsyncGenerator[Answer, None]:
    async with aclosing(unhurried(_own(engine.stream(Asked(question), history)))) as answers:
        async for answer in answers:
            yield for_visitors(answer)


async def _streamed(
    completion: _Completion, answers: AsyncGenerator[Answer, None], place: AsyncExitStack
) -> AsyncGenerator[str, None]:
    """The chunks; leaving in the middle stops the work and gives the place to the next."""
    said = whole = ""
    async with place, aclosing(answers):
        yield completion.chunk("")
        try:
            async for answer in answers:
                more = _more(said, answer.text)
                said, whole = said + more, content(answer)
                yield completion.chunk(more) if more else _ALIVE
        except AskpapersError as error:
            yield _event({"error": {"message": discreet(str(error)), "type": "server_error"}})
            return
        extends = whole.startswith(said)
        yield completion.chunk(_more(said, whole) if extends else _AFTER_CHECKING + whole)
        yield completion.last(answer)
        yield "data: [DONE]\n\n"


def _own(answers: Iterator[Answer]) -> Generator[Answer, None, None]:
    # A generator of our own: what answers may return any iterator.
    yield from answers


def _more(said: str, text: str) -> str:
    """What a text adds to what was said; nothing where it says something else."""
    return text[len(said) :] if text.startswith(said) else ""


def _choice(message: dict[str, str], finish: str) -> dict[str, Any]:
    return {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}


def _delta(text: str) -> dict[str, Any]:
    role = {} if text else {"role": "assistant"}
    return {"index": 0, "delta": {**role, "content": text}, "finish_reason": None}


def _event(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _flaw(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, first["loc"])) or "the body"
    return f"This is no chat completion: {place}: {first['msg']}."
