"""Another system at an HTTP address: a question is posted, and its reply read."""

from __future__ import annotations

import httpx

from eval.systems.replies import Reply, reply
from ingest.errors import ServerError, UsageError
from ingest.json_text import parsed
from ingest.records import Json
from ingest.servers.endpoints import shown


def posted(url: str, question: Json, seconds: float) -> Reply:
    """The reply that a service gives to a question, as JSON or as bare text.

    Raises UsageError for an address that is none and a reply that is none, ServerError where the
    service fails.
    """
    place = shown(url)
    try:
        response = httpx.post(url, json=question, timeout=seconds, follow_redirects=True)
    except httpx.InvalidURL as error:
        raise UsageError(f"--url {place}: this is no address ({error}).") from error
    except httpx.UnsupportedProtocol as error:
        raise UsageError(f"--url {place}: an address begins with http:// or https://.") from error
    except httpx.TimeoutException as error:
        raise ServerError(
            f"{place} gave no answer to the case {question['id']!r} within {seconds:g} seconds; "
            "ASKPAPERS_TIMEOUT sets how long to wait."
        ) from error
    except httpx.HTTPError as error:
        raise ServerError(f"{place} cannot be reached: {error}. Is the service running?") from error
    if response.status_code >= 400:
        raise ServerError(
            f"{place} failed on the case {question['id']!r} (HTTP {response.status_code}). "
            "Its own log says why."
        )
    try:
        return reply(_body(response.text, response.headers.get("content-type", "")))
    except UsageError as problem:
        whose = f"{place}: its answer to the case {question['id']!r}"
        raise UsageError(f"{whose} cannot be read: {problem}") from problem


def _body(text: str, kind: str) -> object:
    """The JSON of a reply, else its bare text."""
    if "json" not in kind and not text.lstrip().startswith("{"):
        return text
    try:
        return parsed(text)
    except ValueError as error:
        raise UsageError("it is not JSON.") from error
