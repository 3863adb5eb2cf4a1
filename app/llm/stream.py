"""The reply of a chat server: server-sent events, or one plain object, to their text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from app.llm import errors
from ingest.json_text import parsed

_LONGEST = 1_000_000  # bytes of one event, or of a plain reply


@dataclass(slots=True)
class Part:
    """What one event of the stream says."""

    text: str = ""
    thought: str = ""
    finish: str = ""


async def events(stream: AsyncIterator[bytes], place: str) -> AsyncIterator[dict[str, Any]]:
    """The objects of a stream of server-sent events, or the one object of a plain reply."""
    whole, rest, streamed = b"", b"", False
    async for block in stream:
        *lines, rest = (rest + block).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                streamed = True
                if line[5:].strip() == b"[DONE]":
                    yield {"choices": [{"finish_reason": "stop"}]}
                    return
                yield _event(line[5:], place)
        if not streamed:
            whole += block
        if max(len(whole), len(rest)) > _LONGEST:
            raise errors.garbled(place)
    if streamed and rest.startswith(b"data:") and rest[5:].strip() != b"[DONE]":
        yield _event(rest[5:], place)
    if not streamed and whole.strip():
        yield _event(whole, place)


def _event(data: bytes, place: str) -> dict[str, Any]:
    event = parsed(data.decode("utf-8"))
    if not isinstance(event, dict):
        raise errors.garbled(place)
    return event


def part(event: dict[str, Any]) -> Part:
    """The text of an event. Tool calls and anything unknown are passed over."""
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    choice = choice if isinstance(choice, dict) else {}
    said = choice.get("delta") or choice.get("message") or {}
    said = said if isinstance(said, dict) else {}
    thought = said.get("reasoning_content") or said.get("reasoning") or ""
    finish = choice.get("finish_reason")
    return Part(
        _text(said.get("content")),
        thought if isinstance(thought, str) else "",
        finish if isinstance(finish, str) else "",
    )


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(
        str(part["text"])
        for part in parts
        if isinstance(part, dict) and part.get("type") == "text" and "text" in part
    )
