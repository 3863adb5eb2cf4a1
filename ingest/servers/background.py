"""Work on an event loop in a thread of its own, waited for here and stopped at any moment."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")

# How often a reader that waits is told so, in seconds; it can stop the work then.
BEAT = 0.2


@contextmanager
def in_background(work: Coroutine[Any, Any, T]) -> Iterator[Future[T]]:
    """The coming result of the work; leaving cancels what is not done, and does not wait.

    The work sees the context variables of its caller, who may itself run on an event loop.
    """
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = Future()

    async def main() -> T:
        started.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        return await work

    pool = ThreadPoolExecutor(1, thread_name_prefix="model")
    done = pool.submit(copy_context().run, lambda: asyncio.run(main()))
    try:
        yield done
    finally:
        begun: list[Future[Any]] = [started, done]
        wait(begun, return_when=FIRST_COMPLETED)
        if not done.done():
            loop, task = started.result()
            with suppress(RuntimeError):  # the loop is closed when the work is over
                if task is not None:
                    loop.call_soon_threadsafe(task.cancel)
        pool.shutdown(wait=False)


def emitted(
    work: Callable[[Callable[[T], None]], Coroutine[Any, Any, None]],
) -> Generator[T | None, None, None]:
    """What `work` emits, with `None` while it emits nothing; raises what the work raises.

    Closing the generator cancels the work.
    """
    box: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
    with in_background(work(box.put)) as done:
        done.add_done_callback(lambda _: box.put(_End()))
        while True:
            try:
                item = box.get(timeout=BEAT)
            except queue.Empty:
                yield None
                continue
            if isinstance(item, _End):
                done.result()
                return
            yield item


async def together(jobs: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all jobs, in their order; the first failure ends the others and is raised."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _End:
    """The end of the work."""
