"""Replies of an embedding server: vectors that a reader can work out."""

from __future__ import annotations

import json
from typing import Any

from scripted_server import Body, Reply

NUMBERS = 8


def vector(text: str, numbers: int = NUMBERS) -> list[float]:
    """How often each of the first letters of the alphabet stands in a text, plus one."""
    return [1.0 + text.casefold().count(chr(ord("a") + place)) for place in range(numbers)]


def document(value: Any, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply([json.dumps(value).encode()], status, named, "application/json")


def embeds(body: Body, numbers: int = NUMBERS) -> Reply:
    """An honest reply, in the reverse order of the texts, as a server may give it."""
    rows = [
        {"object": "embedding", "index": place, "embedding": vector(text, numbers)}
        for place, text in enumerate(body["input"])
    ]
    return document({"object": "list", "data": rows[::-1], "model": body["model"]})
