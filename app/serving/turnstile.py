"""How many questions are answered at once, how many wait for it, and how many one person asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app import metrics
from app.serving.caller import Caller, caller_of
from app.serving.refusals import refuse
from app.serving.windows import Window
from ingest.errors import AskpapersError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_MINUTE = 60.0
# Seconds after which whoever was turned away may find room, and after which waiting has no point.
_SOON, _PATIENCE = 5.0, 60.0


class TurnedAway(AskpapersError):
    """A question that is not taken now; `wait` is how many seconds later it may be."""

    def __init__(self, sentence: str, status: int, wait: float) -> None:
        super().__init__(sentence)
        self.status, self.wait = status, wait


class Turnstile:
    """Lets so many questions in at a time. Belongs to one event loop."""

    def __init__(self, at_a_time: int = 4, waiting: int = 64, a_minute: int = 0) -> None:
        """`a_minute` are the questions of one user or address; 0 sets no limit."""
        self.answering = self.waiting = 0
        self._at_a_time, self._most_waiting = at_a_time, waiting
        self._places = asyncio.Semaphore(at_a_time)
        self._asked = Window(a_minute, _MINUTE) if a_minute else None

    def check(self, caller: Caller) -> None:
        """Raises TurnedAway for a question that would not be taken now."""
        wait = self._asked.wait(caller.who) if self._asked else 0.0
        if wait:
            metrics.REFUSED.add(reason="rate")
            seconds = f"{round(wait) or 1} s"
            raise TurnedAway(
                f"That is more questions than one person may ask in a minute: wait {seconds}, "
                "then ask again.", 429, wait,
            )  # fmt: skip
        if self.answering + self.waiting >= self._at_a_time + self._most_waiting:
            raise _busy()

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncGenerator[None, None]:
        """Waits until the question may be answered, and keeps its place. Raises TurnedAway."""
        self.check(caller)
        if self._asked:
            self._asked.add(caller.who)
        await self._enter()
        self.answering += 1
        try:
            yield
        finally:
            self.answering -= 1
            self._places.release()

    async def _enter(self) -> None:
        self.waiting += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._places.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self.waiting -= 1


class TurnsAway:
    """Answers programs whose questions would not be taken, before those are read.

    The page is told by its own handlers, in a sentence in the chat.
    """

    def __init__(self, app: ASGIApp, turnstile: Turnstile) -> None:
        self._app, self._turnstile = app, turnstile

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and _asks(scope["path"]):
            try:
                self._turnstile.check(caller_of(scope))
            except TurnedAway as away:
                await refuse(scope, receive, send, away.status, str(away), wait=away.wait)
                return
        await self._app(scope, receive, send)


def _asks(path: str) -> bool:
    return path.startswith(("/gradio_api/call/", "/v1/", "/mcp"))


def _busy() -> TurnedAway:
    metrics.REFUSED.add(reason="busy")
    return TurnedAway("Many people are asking just now: try again in a few seconds.", 503, _SOON)
