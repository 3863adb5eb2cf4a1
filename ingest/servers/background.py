"""Work on an event loop in a thread of its own, waited for here and stopped at any moment."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import copy_context
from threading import Event, Lock, Thread
from typing import Any, TypeVar
from weakref import finalize

T = TypeVar("T")
# What runs some work for as long as its reader is in the context.
Background = Callable[[Coroutine[Any, Any, None]], AbstractContextManager[Future[None]]]

# How often a reader that waits is told so, in seconds; it can stop the work then.
BEAT = 0.2
# Seconds within which a loop that nothing blocks has its turn, also on a busy machine.
_SIGN_OF_LIFE = 1.0


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


class LastingLoop:
    """An event loop that outlasts each piece of work, for connections that are kept open on it.

    Its thread ends with the object, and never holds up the end of the process.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._begin()

    def _begin(self) -> None:
        begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        Thread(target=lambda: asyncio.run(_lasting(begun)), name="model", daemon=True).start()
        self._loop, ended = begun.result()
        self._end = finalize(self, self._loop.call_soon_threadsafe, ended.set)
        self._end.atexit = False

    @contextmanager
    def in_background(self, work: Coroutine[Any, Any, T]) -> Iterator[Future[T]]:
        """As the function of this name, on this loop.

        Work that blocks the loop holds up what is begun meanwhile, but nothing after it was left.
        """
        with self._lock:
            loop = self._loop
            done = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            yield done
        finally:
            if not done.done():
                done.cancel()
                self._leave(loop)

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let another loop take the place of one that gives no sign of life, and end that later."""
        alive = Event()
        try:
            loop.call_soon_threadsafe(alive.set)
        except RuntimeError:  # it is closed, and another has its place
            return
        if not alive.wait(_SIGN_OF_LIFE):
            with self._lock:
                if self._loop is loop:
                    self._end()
                    self._begin()


async def _lasting(begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    """Ends with the work that was begun before the event that it hands out was set."""
    ended = asyncio.Event()
    begun.set_result((asyncio.get_running_loop(), ended))
    await ended.wait()
    if rest := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(rest)


def emitted(
    work: Callable[[Callable[[T], None]], Coroutine[Any, Any, None]],
    background: Background = in_background,
) -> Generator[T | None, None, None]:
    """What `work` emits, with `None` while it emits nothing; raises what the work raises.

    Closing the generator cancels the work.
    """
    box: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
    with background(work(box.put)) as done:
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
