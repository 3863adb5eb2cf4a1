"""A chat model as answering sees it: one conversation, or several side by side, and their end.

A request runs on an event loop in a thread of its own, so that it can be cancelled at any moment:
whoever stops reading closes the connection, whatever the server is doing.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress

from app.llm import errors
from app.llm.protocol import Piece, Request, Usage
from app.settings import Settings
from ingest.servers.background import emitted, together

_CHECK_TOKENS = 16

Emit = Callable[[Piece], None]


class Model(ABC):
    """A chat model. What kinds of it differ in is how one request is asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.usage = Usage()

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it answers, as a person may see it."""

    @abstractmethod
    async def _ask(self, request: Request, emit: Emit) -> None:
        """Emit the answer as it comes. Raises ServerError."""

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

        async def work(emit: Emit) -> None:
            await self._ask(request, emit)

        for piece in emitted(work):
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

        yield from emitted(work)
