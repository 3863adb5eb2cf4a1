"""What went wrong with the model server, as one sentence that says how to mend it.

Nothing here imports the client, and no sentence holds a key or the text of a refused one.
"""

from __future__ import annotations

import re

from ingest.errors import ServerError
from ingest.servers.endpoints import cause, is_overflow, quoted
from ingest.servers.failover import MayPass

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


class OnlyThought(ServerError):
    """A model that thinks first came to no answer within its tokens."""


def refused(status: int, body: str, wait: float | None, place: str, model: str) -> ServerError:
    """The error for an HTTP status from 400 up. `place` is the address as a person may see it."""
    if status in (401, 403):
        return ServerError(
            f"The model server at {place} refused the key (HTTP {status}). Check OPENAI_API_KEY."
        )
    if status == 404:
        return ServerError(
            f"The model server at {place} does not know the model {model}, or its address is wrong "
            "(HTTP 404). Set ASKPAPERS_CHAT_MODEL to a model that it has; OPENAI_BASE_URL usually "
            "ends in /v1."
        )
    if status in (400, 413, 422) and is_overflow(body):
        return overflow(body, place)
    if status == 429:
        later = f"in {wait:.0f} seconds" if wait else "later"
        return Passing(
            f"The model server at {place} takes no more requests for now (HTTP 429). "
            f"Try again {later}.",
            wait,
        )
    if status in (408, 409) or status >= 500:
        return Passing(
            f"The model server at {place} failed (HTTP {status}). Its own log says why.", wait
        )
    return ServerError(
        f"The model server at {place} refused the request (HTTP {status}){quoted(body)}."
    )


def overflow(body: str, place: str) -> ContextOverflow:
    """The error for a prompt that is too long, with the window that the server names."""
    found = next(filter(None, (limit.search(body) for limit in _LIMITS)), None)
    return ContextOverflow(
        f"The question and its abstracts are too long for the model at {place}. "
        "Set ASKPAPERS_CONTEXT_WINDOW to what it can read.",
        int(found.group(1)) if found else None,
    )


def told(body: str, place: str) -> ServerError:
    """The error for a failure that the server reports in the middle of its answer."""
    if is_overflow(body):
        return overflow(body, place)
    return ServerError(f"The model server at {place} gave up while answering{quoted(body)}.")


def unreachable(error: BaseException, place: str) -> ServerError:
    """The error for a connection that failed or broke."""
    why = cause(error)
    if why == "name":
        return ServerError(
            f"The name of the model server in {place} cannot be found. Check OPENAI_BASE_URL."
        )
    if why == "tls":
        return ServerError(
            f"No secure connection to {place} could be made: its certificate is not trusted, or it "
            "does not speak TLS. Check whether OPENAI_BASE_URL should begin with http:// instead."
        )
    if why == "nobody":
        return ServerError(
            f"Nothing answers at {place}. Start the model server, or correct OPENAI_BASE_URL."
        )
    return Passing(f"The connection to the model server at {place} broke off.")


def silent(seconds: float, place: str) -> ServerError:
    """The error for a server that sent nothing for too long."""
    return ServerError(
        f"The model server at {place} said nothing for {seconds:g} seconds. "
        "ASKPAPERS_TIMEOUT sets how long to wait."
    )


def garbled(place: str) -> ServerError:
    """The error for a reply that is no chat completion."""
    return ServerError(
        f"What the server at {place} sent is no answer of a chat model. Check OPENAI_BASE_URL."
    )


def only_thought(place: str) -> OnlyThought:
    """The error for thoughts without an answer."""
    return OnlyThought(
        f"The model at {place} only thought, and wrote no answer within its tokens. "
        "Raise ASKPAPERS_MAX_TOKENS."
    )
