"""Any LlamaIndex LLM as the chat model: the class that ASKPAPERS_LLM names.

Only what all of them share is asked for: a conversation in, a stream of texts out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms import LLM, CustomLLM

from app.llm import errors
from app.llm.model import Model
from app.llm.protocol import WITHHELD, Received, Request
from app.llm.stream import Part
from app.settings import Settings
from ingest.errors import ServerError, SettingsError
from ingest.integrations import arguments, made, masked
from ingest.servers.background import LastingLoop, in_background
from ingest.servers.endpoints import asked_wait
from ingest.servers.faults import Server

_SERVER = Server("model server", *["ASKPAPERS_LLM_ARGS"] * 3)
# What servers call the ends of answers that are no proper ends.
_ENDS = {
    "length": "length", "max_tokens": "length", "max_output_tokens": "length",
    "content_filter": WITHHELD, "safety": WITHHELD, "refusal": WITHHELD,
}  # fmt: skip


class IntegratedModel(Model):
    """A chat model behind LlamaIndex's LLM interface."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError for a class that is not there or cannot be made."""
        self._class = settings.llm or ""
        super().__init__(settings, [self._class])
        self._values = arguments(settings.llm_args)
        self._llm = self._made(self._values)
        self._others: dict[str, LLM] = {}
        # Its client may keep connections open, which belong to the event loop that made them. One
        # without asynchronous calls would block that loop for the requests beside it.
        blocks = isinstance(self._llm, CustomLLM)
        self._background = in_background if blocks else LastingLoop().in_background

    @property
    def name(self) -> str:
        # Not its metadata, for which some integrations ask their server.
        named = (getattr(self._llm, one, None) for one in ("model", "model_name"))
        found = (one for one in named if isinstance(one, str) and one)
        return next(found, self._class.partition(":")[2])

    @property
    def address(self) -> str:
        return self._class

    def _made(self, values: dict[str, Any]) -> LLM:
        shared = ("temperature", "max_tokens", "context_window")
        ours = {name: getattr(self._settings, name) for name in shared}
        llm: LLM = made(self._class, values, "ASKPAPERS_LLM", LLM, ours)
        return llm

    def _named(self, name: str) -> LLM:
        """The model of a request, which for another name is made of the same arguments."""
        if name in ("", self.name, self._settings.chat_model):
            return self._llm
        if name not in self._others:
            try:
                self._others[name] = self._made({**self._values, "model": name})
            except SettingsError as error:
                raise ServerError(str(error)) from None
        return self._others[name]

    def _prepare(self) -> None:
        pass

    def _silent(self, seconds: float, place: str) -> ServerError:
        return ServerError(_SERVER.silent(seconds, place))

    async def _send(
        self, place: str, request: Request, received: Received, alive: Callable[[], None]
    ) -> None:
        llm = self._named(request.model)
        messages = [ChatMessage(role=m["role"], content=m["content"]) for m in request.messages]
        try:
            async for response in _responses(llm, messages):
                raw = _plain(response.raw)
                received.count(_counted(raw.get("usage")))
                received.add(Part(response.delta or "", _thought(response), _finish(raw)))
                alive()
                if received.full:
                    break
        except ServerError:
            raise
        except Exception as error:  # noqa: BLE001 - an integration may raise anything
            raise self._failed(error, place, request.model or self.name) from None
        received.finish = received.finish or "stop"
        received.end(place)

    def _failed(self, error: Exception, place: str, model: str) -> ServerError:
        """The sentence for what an integration raised."""
        said = masked(str(error), self._values)
        response = getattr(error, "response", None)
        status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
        if isinstance(status, int) and status >= 300:
            headers = getattr(response, "headers", None) or {}
            wait = asked_wait(headers.get("retry-after"))
            return errors.refused(status, said, wait, place, model, server=_SERVER)
        if _is_connection(error):
            return errors.unreachable(error, place, _SERVER)
        return errors.told(said or type(error).__name__, place)


async def _responses(llm: LLM, messages: list[ChatMessage]) -> AsyncIterator[ChatResponse]:
    """The answer in pieces, or whole from a model that cannot stream."""
    try:
        pieces = await llm.astream_chat(messages)
    except NotImplementedError:
        whole = await llm.achat(messages)
        whole.delta = whole.message.content
        yield whole
        return
    async for piece in pieces:
        yield piece


def _thought(response: ChatResponse) -> str:
    thought = response.additional_kwargs.get("thinking_delta")
    return thought if isinstance(thought, str) else ""


def _plain(raw: object) -> Mapping[str, Any]:
    """The server's own reply as a mapping, whatever class the integration gives it."""
    if isinstance(raw, Mapping):
        return raw
    dump = getattr(raw, "model_dump", None)
    found = dump() if callable(dump) else {}
    return found if isinstance(found, Mapping) else {}


def _finish(raw: Mapping[str, Any]) -> str:
    """The end of an answer in our words: "", "stop", "length" or "content_filter"."""
    choices = raw.get("choices")
    places = [raw, raw.get("delta"), *(choices if isinstance(choices, list) else [])]
    names = ("done_reason", "stop_reason", "finish_reason")
    found = [_plain(place).get(name) for place in places for name in names]
    reasons = [one.casefold() for one in found if isinstance(one, str) and one]
    return _ENDS.get(reasons[0], "stop") if reasons else ""


def _counted(counts: object) -> dict[str, Any]:
    """Token counts under the names that most servers use."""
    found = _plain(counts)
    return {
        "prompt_tokens": found.get("prompt_tokens", found.get("input_tokens")),
        "completion_tokens": found.get("completion_tokens", found.get("output_tokens")),
    }


def _is_connection(error: BaseException | None) -> bool:
    """Whether what failed is a connection, by the standard library or by the client's own names."""
    while error is not None:
        named = {one.__name__ for one in type(error).__mro__}
        if isinstance(error, OSError) or named & {"TransportError", "APIConnectionError"}:
            return True
        error = error.__cause__ or error.__context__
    return False
