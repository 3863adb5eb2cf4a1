"""Work side by side, with results in the order in which it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def in_order(work: Callable[[A], B], items: Sequence[A], workers: int) -> Iterator[B]:
    """The result of every item, in item order, with up to `workers` threads at work.

    With one worker everything happens in the calling thread, one item after another. What `work`
    raises comes out here, and items that have not begun are then left undone.
    """
    if workers <= 1:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(cancel_futures=True)
