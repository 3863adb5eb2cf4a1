"""The OpenAI-compatible model server, or several that stand in for each other.

The only user of the openai client, which is imported when the first request is made.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from app.llm import errors
from app.llm.model import Model
from app.llm.protocol import Received, Request
from app.llm.stream import events, part
from app.settings import Settings
from app.tracing import watching
from ingest.errors import ServerError
from ingest.servers.endpoints import addresses, asked_wait, holds_secret, is_key, shown

Arguments = Mapping[str, Any]


class ChatModel(Model):
    """A chat model behind one OpenAI-compatible server, or several that stand in for each other."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, addresses(settings.openai_base_url))
        self._adapted: set[str] = set()

    @property
    def name(self) -> str:
        return self._settings.chat_model

    @property
    def address(self) -> str:
        """The address that answers, or is tried first, without any secret in it."""
        return shown(self._places[self._preferred])

    def _prepare(self) -> None:
        if not is_key(self._key()):
            raise ServerError(
                "OPENAI_API_KEY holds characters that no key has. Copy the key once more."
            )
        if any(map(holds_secret, self._places)):
            raise ServerError(
                "OPENAI_BASE_URL holds a user name or password. Write the address without it, and "
                "the secret into OPENAI_API_KEY."
            )
        # This takes seconds, which are not the server's.
        import openai.resources.chat.completions  # noqa: F401

    def _key(self) -> str:
        secret = self._settings.openai_api_key
        return secret.get_secret_value().strip() if secret else ""

    def _silent(self, seconds: float, place: str) -> ServerError:
        return errors.silent(seconds, shown(place))

    async def _send(
        self, place: str, request: Request, received: Received, alive: Callable[[], None]
    ) -> None:
        """One request to one address, again without what the server turns out not to know."""
        model = request.model or self.name
        with watching.get().calling(model, request.messages) as answered:
            while True:
                sent = self._arguments(request)
                try:
                    await self._send_once(place, sent, received, alive)
                except _Unsupported:
                    continue
                answered(received.text)
                return

    async def _send_once(
        self, address: str, sent: Arguments, received: Received, alive: Callable[[], None]
    ) -> None:
        import httpx
        import openai

        # They report every request, with its address, as news.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        place = shown(address)
        try:
            await self._receive(address, sent, received, alive)
        except openai.APIStatusError as error:
            raise self._refused(error, sent, place) from None
        except (openai.APIConnectionError, httpx.HTTPError, OSError) as error:
            raise errors.unreachable(error, place) from None
        except (openai.OpenAIError, httpx.InvalidURL, httpx.StreamError, ValueError):
            raise errors.garbled(place) from None

    async def _receive(
        self, address: str, sent: Arguments, received: Received, alive: Callable[[], None]
    ) -> None:
        import httpx
        from openai import AsyncOpenAI

        # A redirect would take question and abstracts to a server that nobody named.
        plain = httpx.AsyncClient(timeout=None, follow_redirects=False)
        key = self._key()
        # The client wants some key; servers on one's own machine take any.
        async with AsyncOpenAI(
            api_key=key or "none", base_url=address, max_retries=0, http_client=plain
        ) as client:
            raw = client.chat.completions.with_streaming_response
            async with raw.create(**sent) as response:
                blocks = _heard(response.iter_bytes(), alive)
                async for event in events(blocks, shown(address)):
                    if event.get("error"):
                        raise errors.told(json.dumps(event), shown(address), key)
                    received.count(event.get("usage"))
                    received.add(part(event))
                    if received.full:
                        break
        received.end(shown(address))

    def _arguments(self, request: Request) -> Arguments:
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

    def _refused(self, error: Any, sent: Arguments, place: str) -> Exception:
        body = json.dumps(error.body) if error.body else ""
        status = int(error.status_code)
        failure = errors.refused(
            status,
            body,
            asked_wait(error.response.headers.get("retry-after")),
            place,
            sent["model"],
            self._key(),
        )
        if status in (400, 422) and not isinstance(failure, errors.ContextOverflow):
            # A request beside this one may have told the same meanwhile: what was sent counts.
            offending = _offending(body, sent)
            if offending:
                self._adapted |= offending
                return _Unsupported()
        return failure


async def _heard(blocks: AsyncIterator[bytes], alive: Callable[[], None]) -> AsyncIterator[bytes]:
    """The blocks of a reply, each read a sign of life, also one that only keeps the connection."""
    async for block in blocks:
        yield block
        alive()


class _Unsupported(Exception):
    """The server does not know a parameter of the request, which is left out from now on."""


def _offending(body: str, arguments: Arguments) -> set[str]:
    """The optional parameters of the request that an error message names."""
    optional = ("max_tokens", "temperature", "seed", "stream_options", "response_format")
    named = {name for name in optional if name in arguments and name in body}
    if "response_format" in arguments and ("json_schema" in body or "grammar" in body):
        named.add("response_format")
    return named
