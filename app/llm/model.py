"""A chat model as answering sees it: one conversation, or several side by side, and their end.

A request runs on an event loop in a thread of its own, so that it can be cancelled at any moment:
whoever stops reading closes the connection, whatever the server is doing.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import TypeVar

from app.llm import errors
from app.llm.deadline import Deadline
from app.llm.protocol import Piece, Received, Request, Usage
from app.metrics import MODEL_ERRORS
from app.settings import Settings
from ingest.errors import AskpapersError, ServerError
from ingest.servers.background import Background, emitted, in_background, together
from ingest.servers.failover import Patience, first_answer

T = TypeVar("T")

_CHECK_TOKENS = 16
_CLOSE = 0.01  # seconds before its deadline in which a request has as good as met it
# Seconds after its deadline in which a request still ends by itself. One that blocks its own event
# loop, as some integrations do, cannot: it is left.
_GRACE = 1.0

Emit = Callable[[Piece], None]


class Model(ABC):
    """A chat model at one or several places that stand in for each other."""

    def __init__(self, settings: Settings, places: Sequence[str]) -> None:
        self._settings = settings
        self._places = tuple(places)
        self._preferred = 0
        self._patience = Patience(settings.timeout, settings.retries, settings.parallel)
        self.usage = Usage()
        self._background: Background = in_background

    @property
    @abstractmethod
    def name(self) -> str:
        """The model that answers a request which names none."""

    @property
    @abstractmethod
    def address(self) -> str:
        """The place that answers, or is tried first, as a person may see it."""

    @abstractmethod
    def _prepare(self) -> None:
        """Load what a request needs, before any time counts. Raises ServerError."""

    @abstractmethod
    async def _send(
        self, place: str, request: Request, received: Received, alive: Callable[[], None]
    ) -> None:
        """Send a request to one place and hand the answer to `received` as it comes.

        Calls `alive` at each sign of life, once `received` has what it said. Raises ServerError.
        """

    @abstractmethod
    def _silent(self, seconds: float, place: str) -> ServerError:
        """The error for a place that gave no sign of life for too long."""

    def check(self, name: str = "") -> None:
        """Ask a model for a word. Raises ServerError with a sentence that says what to mend."""
        asked = [{"role": "user", "content": "Reply with the word ready."}]
        with suppress(errors.OnlyThought):
            self.complete(Request(asked, max_tokens=_CHECK_TOKENS, model=name))

    def complete(self, request: Request) -> str:
        """The whole answer. Raises ServerError."""
        return "".join(piece.text for piece in self.stream(request))

    def stream(self, request: Request) -> Generator[Piece, None, None]:
        """The answer as it comes, with an empty piece now and then while nothing does.

        Closing the generator closes the connection. Raises ServerError.
        """
        deadline = self._deadline(request)

        async def work(emit: Emit) -> None:
            await self._ask(replace(request, deadline=deadline), emit)

        for piece in _until(emitted(work, self._background), deadline):
            yield piece or Piece()

    def awaited(self, request: Request) -> Generator[None, None, str]:
        """Returns the whole answer; yields while it comes.

        Closing the generator closes the connection. Raises ServerError.
        """
        text = ""
        with closing(self.stream(request)) as pieces:
            for piece in pieces:
                text += piece.text
                yield
        return text

    def complete_all(
        self, requests: Sequence[Request], parallel: int
    ) -> Generator[tuple[int, str] | None, None, None]:
        """Each whole answer with its place in `requests`, as they come, `None` now and then.

        Closing the generator closes all connections. Raises ServerError when one of them fails.
        """

        async def work(emit: Callable[[tuple[int, str]], None]) -> None:
            turn = asyncio.Semaphore(parallel)

            async def one(place: int) -> None:
                async with turn:
                    pieces: list[Piece] = []
                    await self._ask(requests[place], pieces.append)
                emit((place, "".join(piece.text for piece in pieces)))

            await together([one(place) for place in range(len(requests))])

        latest = max(map(self._deadline, requests), key=lambda one: one.end)
        yield from _until(emitted(work, self._background), latest)

    def _deadline(self, request: Request) -> Deadline:
        return request.deadline or Deadline.after(self._settings.answer_seconds)

    async def _ask(self, request: Request, emit: Emit) -> None:
        """Ask every place in turn, the one that answered last first."""
        deadline = self._deadline(request)
        if deadline.left <= 0:
            raise errors.OutOfTime()
        self._prepare()
        now = asyncio.get_running_loop().time()
        received = Received(emit, self._settings, request.max_tokens, now + deadline.left)

        async def ask(place: str, until: float) -> None:
            await self._timed(place, request, received, until)
            self._preferred = self._places.index(place)

        def is_final(error: AskpapersError) -> bool:
            # Another try would say the beginning of the answer twice.
            final = (errors.ContextOverflow, errors.OutOfTime)
            return bool(received.characters) or isinstance(error, final)

        places = (*self._places[self._preferred :], *self._places[: self._preferred])
        until = min(received.latest, now + self._settings.timeout)
        try:
            await first_answer(places, ask, self._patience, until=until, is_final=is_final)
        except ServerError as error:
            MODEL_ERRORS.add(kind=type(error).__name__)
            raise

    async def _timed(self, place: str, request: Request, received: Received, until: float) -> None:
        """One request to one place, whose every sign of life gives it the whole timeout again.

        Where another place could answer instead, only text and thoughts are such signs.
        """
        loop = asyncio.get_running_loop()
        begun, timeout = loop.time(), self._settings.timeout
        others, said = len(self._places) > 1, 0
        try:
            async with asyncio.timeout_at(until) as limit:

                def alive() -> None:
                    nonlocal said
                    before, said = said, received.characters + received.thought
                    if said > before or not others:
                        received.heard = True
                        limit.reschedule(min(received.latest, loop.time() + timeout))

                received.begin()
                await self._send(place, request, received, alive)
        except TimeoutError:
            if loop.time() > received.latest - _CLOSE:
                raise errors.OutOfTime() from None
            shared = others and not received.heard
            raise self._silent(round(until - begun, 1) if shared else timeout, place) from None
        finally:
            self.usage.add(received.usage)


def _until(
    items: Generator[T | None, None, None], deadline: Deadline
) -> Generator[T | None, None, None]:
    """What comes before the deadline. Raises OutOfTime for work that does not end by itself."""
    with closing(items):
        for item in items:
            if deadline.left < -_GRACE:
                raise errors.OutOfTime()
            yield item
