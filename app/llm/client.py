"""The model server: one conversation at a time, or several side by side, and how to stop them.

The only user of the openai client, which is imported when the first request is made. A request
runs on an event loop in a thread of its own, so that it can be cancelled at any moment: whoever
stops reading closes the connection, whatever the server is doing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

from app.llm import errors
from app.llm.protocol import Piece, Received, Request, Usage
from app.llm.stream import events, part
from app.settings import Settings
from ingest.errors import AskpapersError, ServerError
from ingest.servers.background import emitted, together
from ingest.servers.endpoints import addresses, asked_wait, holds_secret, is_key, shown
from ingest.servers.failover import Patience, first_answer

_LONGEST = 10  # timeouts that a whole answer may take, though it never falls silent
_CHECK_TOKENS = 16


class ChatModel:
    """A chat model behind one OpenAI-compatible server, or several that stand in for each other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._addresses = addresses(settings.openai_base_url)
        self._patience = Patience(settings.timeout, settings.retries, settings.parallel)
        self._preferred = 0
        self._adapted: set[str] = set()
        self.usage = Usage()

    @property
    def address(self) -> str:
        """The address that answers, or is tried first, without any secret in it."""
        return shown(self._addresses[self._preferred])

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

        async def work(emit: Callable[[Piece], None]) -> None:
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

    async def _ask(self, request: Request, emit: Callable[[Piece], None]) -> None:
        """Ask every address in turn, the one that answered last first."""
        self._check_secrets()
        # This takes seconds, which are not the server's.
        import openai.resources.chat.completions  # noqa: F401

        until = asyncio.get_running_loop().time() + self._settings.timeout
        received = Received(emit, self._settings, request.max_tokens)

        async def ask(address: str, limit: float) -> None:
            await self._ask_adapting(address, request, received, limit)
            self._preferred = self._addresses.index(address)

        def is_final(error: AskpapersError) -> bool:
            # Another try would say the beginning of the answer twice.
            return bool(received.characters) or isinstance(error, errors.ContextOverflow)

        places = (*self._addresses[self._preferred :], *self._addresses[: self._preferred])
        await first_answer(places, ask, self._patience, until=until, is_final=is_final)

    def _check_secrets(self) -> None:
        key = self._key()
        if not is_key(key):
            raise ServerError(
                "OPENAI_API_KEY holds characters that no key has. Copy the key once more."
            )
        if any(map(holds_secret, self._addresses)):
            raise ServerError(
                "OPENAI_BASE_URL holds a user name or password. Write the address without it, and "
                "the secret into OPENAI_API_KEY."
            )

    def _key(self) -> str:
        secret = self._settings.openai_api_key
        # The client wants some key; servers on one's own machine take any.
        return (secret.get_secret_value().strip() if secret else "") or "none"

    def hidden(self, text: str) -> str:
        """A server's words without the key, should it repeat it."""
        return text.replace(self._key(), "…") if self._settings.openai_api_key else text

    async def _ask_adapting(
        self, address: str, request: Request, received: Received, until: float
    ) -> None:
        """One request to one address, again without what the server turns out not to know."""
        while True:
            try:
                await self._ask_address(address, request, received, until)
            except _Unsupported:
                continue
            return

    async def _ask_address(
        self, address: str, request: Request, received: Received, until: float
    ) -> None:
        import httpx
        import openai

        # They report every request, with its address, as news.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        place = shown(address)
        try:
            async with asyncio.timeout_at(until) as limit:
                await self._receive(address, request, received, limit)
        except TimeoutError:
            raise errors.silent(self._settings.timeout, place) from None
        except openai.APIStatusError as error:
            raise self._refused(error, request, place) from None
        except (openai.APIConnectionError, httpx.HTTPError, OSError) as error:
            raise errors.unreachable(error, place) from None
        except (openai.OpenAIError, httpx.InvalidURL, httpx.StreamError, ValueError):
            raise errors.garbled(place) from None

    async def _receive(
        self, address: str, request: Request, received: Received, limit: asyncio.Timeout
    ) -> None:
        import httpx
        from openai import AsyncOpenAI

        loop = asyncio.get_running_loop()
        latest = loop.time() + _LONGEST * self._settings.timeout
        # A redirect would take question and abstracts to a server that nobody named.
        plain = httpx.AsyncClient(timeout=None, follow_redirects=False)
        key = self._key()
        async with AsyncOpenAI(
            api_key=key, base_url=address, max_retries=0, http_client=plain
        ) as client:
            raw = client.chat.completions.with_streaming_response
            async with raw.create(**self._arguments(request)) as response:
                async for event in events(response.iter_bytes(), shown(address)):
                    if event.get("error"):
                        raise errors.told(self.hidden(json.dumps(event)), shown(address))
                    self.usage.add(event.get("usage"))
                    if received.add(part(event)):
                        limit.reschedule(min(latest, loop.time() + self._settings.timeout))
                    if received.full:
                        break
        received.end(shown(address))

    def _arguments(self, request: Request) -> dict[str, Any]:
        settings = self._settings
        longest = request.max_tokens or settings.max_tokens
        name = "max_completion_tokens" if "max_tokens" in self._adapted else "max_tokens"
        optional: dict[str, Any] = {
            "temperature": settings.temperature,
            "stream_options": {"include_usage": True},
        }
        if settings.seed is not None:
            optional["seed"] = settings.seed
        if request.schema is not None:
            shape = {"name": "reply", "strict": True, "schema": dict(request.schema)}
            optional["response_format"] = {"type": "json_schema", "json_schema": shape}
        kept = {key: value for key, value in optional.items() if key not in self._adapted}
        model = request.model or settings.chat_model
        messages = list(request.messages)
        return {"model": model, "messages": messages, "stream": True, name: longest, **kept}

    def _refused(self, error: Any, request: Request, place: str) -> Exception:
        body = self.hidden(json.dumps(error.body) if error.body else "")
        status = int(error.status_code)
        failure = errors.refused(
            status,
            body,
            asked_wait(error.response.headers.get("retry-after")),
            place,
            request.model or self._settings.chat_model,
        )
        if status in (400, 422) and not isinstance(failure, errors.ContextOverflow):
            offending = _offending(body, self._arguments(request))
            if offending - self._adapted:
                self._adapted |= offending
                return _Unsupported()
        return failure


class _Unsupported(Exception):
    """The server does not know a parameter of the request, which is left out from now on."""


def _offending(body: str, arguments: Mapping[str, Any]) -> set[str]:
    """The optional parameters of the request that an error message names."""
    optional = ("max_tokens", "temperature", "seed", "stream_options", "response_format")
    named = {name for name in optional if name in arguments and name in body}
    if "response_format" in arguments and ("json_schema" in body or "grammar" in body):
        named.add("response_format")
    return named
