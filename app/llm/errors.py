"""What went wrong with the model server, as one sentence that says how to mend it.

Nothing here imports the client, and no sentence holds a key or the text of a refused one.
"""

from __future__ import annotations

import re

from ingest.errors import ServerError
from ingest.servers.endpoints import is_overflow, quoted
from ingest.servers.failover import MayPass
from ingest.servers.faults import Server, is_passing

_SERVER = Server("model server", "OPENAI_BASE_URL", "OPENAI_API_KEY", "ASKPAPERS_CHAT_MODEL")
_LIMITS = (
    re.compile(r'"n_ctx"\s*:\s*(\d+)'),
    re.compile(
        r"(?:maximum context length|context (?:window|size|length)|max_model_len)\D{0,30}(\d{3,7})",
        re.I,
    ),
)


class ContextOverflow(ServerError):
    """The prompt is longer than the model can read; `limit` is its context window, if told."""

    def __init__(self, message: str, limit: int | None = None) -> None:
        super().__init__(message)
        self.limit = limit


class Passing(MayPass, ServerError):
    """A failure that may be over soon."""


class OutOfTime(ServerError):
    """An answer was not complete by its deadline."""

    def __init__(self) -> None:
        super().__init__(
            "The model was not done in the time that an answer may take. "
            "ASKPAPERS_ANSWER_SECONDS sets it."
        )


class OnlyThought(ServerError):
    """A model that thinks first came to no answer within its tokens."""


def refused(
    status: int,
    body: str,
    wait: float | None,
    place: str,
    model: str,
    key: str = "",
    server: Server = _SERVER,
) -> ServerError:
    """The error for an HTTP status from 300 up. `place` is the address as a person may see it.

    `key` is left out of what the server said.
    """
    if status in (400, 413, 422) and is_overflow(body):
        return overflow(body, place)
    if status == 429:
        later = f"in {wait:.0f} seconds" if wait else "later"
        return Passing(
            f"The model server at {place} takes no more requests for now (HTTP 429). "
            f"Try again {later}.",
            wait,
        )
    if is_passing(status):
        return Passing(
            f"The model server at {place} failed (HTTP {status}). Its own log says why.", wait
        )
    return ServerError(server.refused(status, quoted(body, key), model, place))


def overflow(body: str, place: str) -> ContextOverflow:
    """The error for a prompt that is too long, with the window that the server names."""
    found = next(filter(None, (limit.search(body) for limit in _LIMITS)), None)
    return ContextOverflow(
        f"The question and its abstracts are too long for the model at {place}. "
        "Set ASKPAPERS_CONTEXT_WINDOW to what it can read.",
        int(found.group(1)) if found else None,
    )


def told(body: str, place: str, key: str = "") -> ServerError:
    """The error for a failure that the server reports in the middle of its answer."""
    if is_overflow(body):
        return overflow(body, place)
    return ServerError(f"The model server at {place} gave up while answering{quoted(body, key)}.")


def unreachable(error: BaseException, place: str, server: Server = _SERVER) -> ServerError:
    """The error for a connection that failed or broke."""
    said = server.unreachable(error, place)
    return ServerError(said) if said else Passing(server.broken(place))


def silent(seconds: float, place: str) -> ServerError:
    """The error for a server that sent nothing for too long."""
    return ServerError(_SERVER.silent(seconds, place))


def garbled(place: str) -> ServerError:
    """The error for a reply that is no chat completion."""
    return ServerError(
        f"What the server at {place} sent is no answer of a chat model. Check OPENAI_BASE_URL."
    )


def withheld(place: str) -> ServerError:
    """The error for an answer of which the server's filter let nothing through."""
    return ServerError(
        f"The filter of the model server at {place} held the whole answer back (content_filter)."
    )


def only_thought(place: str) -> OnlyThought:
    """The error for thoughts without an answer."""
    return OnlyThought(
        f"The model at {place} only thought, and wrote no answer within its tokens. "
        "Raise ASKPAPERS_MAX_TOKENS."
    )


def spent(place: str) -> OnlyThought:
    """The error for tokens that are spent, and nothing came of them."""
    return OnlyThought(
        f"The model at {place} wrote no answer within its tokens. Raise ASKPAPERS_MAX_TOKENS if it "
        "hides its thoughts; if the abstracts fill all that it can read, set "
        "ASKPAPERS_CONTEXT_WINDOW to that."
    )
