"""Which papers a question brings up, for whoever wants to see more than the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ingest.records import Paper

_heard: ContextVar[list[Paper] | None] = ContextVar("heard", default=None)


@contextmanager
def overheard() -> Iterator[list[Paper]]:
    """The papers brought up in the block by this thread, in that order, with repeats."""
    found: list[Paper] = []
    token = _heard.set(found)
    try:
        yield found
    finally:
        _heard.reset(token)


def bring_up(papers: Iterable[Paper]) -> None:
    """Tell of papers that were retrieved or named, best first."""
    found = _heard.get()
    if found is not None:
        found += papers


def begin() -> None:
    """Forget what was brought up: it was read for earlier turns, not for the question itself."""
    found = _heard.get()
    if found is not None:
        found.clear()
