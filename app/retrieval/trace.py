"""Which papers answering retrieves or names, for an evaluation that ranks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ingest.records import Paper

_heard: ContextVar[list[Paper] | None] = ContextVar("heard", default=None)


@contextmanager
def overheard() -> Iterator[list[Paper]]:
    """The papers that this thread retrieves or names in the block, in order, with repeats."""
    found: list[Paper] = []
    token = _heard.set(found)
    try:
        yield found
    finally:
        _heard.reset(token)


def bring_up(papers: Iterable[Paper]) -> None:
    """Add papers that were retrieved or named, best first, to the list of `overheard`."""
    found = _heard.get()
    if found is not None:
        found += papers


def begin() -> None:
    """Empty the list of `overheard`: what was read for earlier turns is not for this question."""
    found = _heard.get()
    if found is not None:
        found.clear()
