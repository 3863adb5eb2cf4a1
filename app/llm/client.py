"""The OpenAI-compatible model server, or several that stand in for each other.

The only user of the openai client, which is imported when the first request is made.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

from app.llm import errors
from app.llm.deadline import Deadline
from app.llm.model import Emit, Model
from app.llm.protocol import Received, Request
from app.llm.stream import events, part
from app.settings import Settings
from ingest.errors import AskpapersError, ServerError
from ingest.servers.endpoints import addresses, asked_wait, holds_secret, is_key, shown
from ingest.servers.failover import Patience, first_answer

_CLOSE = 0.01  # seconds before its deadline in which a request has as good as met it


class ChatModel(Model):
    """A chat model behind one OpenAI-compatible server, or several that stand in for each other."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._addresses = addresses(settings.openai_base_url)
        self._patience = Patience(settings.timeout, settings.retries, settings.parallel)
        self._preferred = 0
        self._adapted: set[str] = set()

    @property
    def address(self) -> str:
        """The address that answers, or is tried first, without any secret in it."""
        return shown(self._addresses[self._preferred])

    async def _ask(self, request: Request, emit: Emit) -> None:
        """Ask every address in turn, the one that answered last first."""
        deadline = request.deadline or Deadline.after(self._settings.answer_seconds)
        if deadline.left <= 0:
            raise errors.OutOfTime()
        self._check_secrets()
        # This takes seconds, which are not the server's.
        import openai.resources.chat.completions  # noqa: F401

        now = asyncio.get_running_loop().time()
        received = Received(emit, self._settings, request.max_tokens, now + deadline.left)

        async def ask(address: str, limit: float) -> None:
            await self._ask_adapting(address, request, received, limit)
            self._preferred = self._addresses.index(address)

        def is_final(error: AskpapersError) -> bool:
            # Another try would say the beginning of the answer twice.
            final = (errors.ContextOverflow, errors.OutOfTime)
            return bool(received.characters) or isinstance(error, final)

        places = (*self._addresses[self._preferred :], *self._addresses[: self._preferred])
        until = min(received.latest, now + self._settings.timeout)
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
        return secret.get_secret_value().strip() if secret else ""

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
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(until) as limit:
                await self._receive(address, request, received, limit)
        except TimeoutError:
            if asyncio.get_running_loop().time() > received.latest - _CLOSE:
                raise errors.OutOfTime() from None
            shared = len(self._addresses) > 1 and not received.begun
            waited = round(until - begun, 1) if shared else self._settings.timeout
            raise errors.silent(waited, place) from None
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
        # A redirect would take question and abstracts to a server that nobody named.
        plain = httpx.AsyncClient(timeout=None, follow_redirects=False)
        key = self._key()
        # The client wants some key; servers on one's own machine take any.
        async with AsyncOpenAI(
            api_key=key or "none", base_url=address, max_retries=0, http_client=plain
        ) as client:
            raw = client.chat.completions.with_streaming_response
            async with raw.create(**self._arguments(request)) as response:
                async for event in events(response.iter_bytes(), shown(address)):
                    if event.get("error"):
                        raise errors.told(json.dumps(event), shown(address), key)
                    self.usage.add(event.get("usage"))
                    if received.add(part(event)):
                        later = loop.time() + self._settings.timeout
                        limit.reschedule(min(received.latest, later))
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
        body = json.dumps(error.body) if error.body else ""
        status = int(error.status_code)
        failure = errors.refused(
            status,
            body,
            asked_wait(error.response.headers.get("retry-after")),
            place,
            request.model or self._settings.chat_model,
            self._key(),
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
