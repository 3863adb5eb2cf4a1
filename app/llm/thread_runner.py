"""Work on an event loop in a thread of its own, read from here and stopped at any moment."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from ingest.errors import ServerError

T = TypeVar("T")

# How often a reader that waits is told so, in seconds; it can stop the work then.
BEAT = 0.2


async def together(jobs: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all jobs; the first failure ends the others and is raised."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def driven(
    work: Callable[[Callable[[T], None]], Coroutine[Any, Any, None]],
) -> Generator[T | None, None, None]:
    """What `work` emits on an event loop of its own, with `None` while it emits nothing.

    Closing the generator cancels the work.
    """
    box: queue.SimpleQueue[T | ServerError | _End] = queue.SimpleQueue()
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = []
    started = threading.Event()

    async def main() -> None:
        loops.append((asyncio.get_running_loop(), asyncio.current_task()))
        started.set()
        with suppress(asyncio.CancelledError):
            try:
                await work(box.put)
                box.put(_END)
            except ServerError as error:
                box.put(error)

    pool = ThreadPoolExecutor(1, thread_name_prefix="model")
    future: Future[None] = pool.submit(lambda: asyncio.run(main()))
    try:
        while True:
            try:
                item = box.get(timeout=BEAT)
            except queue.Empty:
                if future.done():
                    future.result()
                    return
                yield None
                continue
            if isinstance(item, _End):
                return
            if isinstance(item, ServerError):
                raise item
            yield item
    finally:
        started.wait(1)
        for loop, task in loops:
            with suppress(RuntimeError):  # the loop is closed when the work is over
                if task is not None:
                    loop.call_soon_threadsafe(task.cancel)
        pool.shutdown(wait=False)


class _End:
    """The end of the work."""


_END = _End()
