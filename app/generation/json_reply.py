"""What a model answers in JSON, wherever in its reply the JSON stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from app.generation.draft import spoken

T = TypeVar("T")


def last_value(reply: str, name: str, kind: type[T]) -> T | None:
    """The value under `name` in the last JSON object that holds one of this kind, or None.

    A model's thoughts do not count, nor what it says around the object.
    """
    values = [found.get(name) for found in _objects(spoken(reply, finished=True))]
    return next((value for value in reversed(values) if type(value) is kind), None)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The outermost JSON objects of a text, in order."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield found
        start = text.find("{", end)
