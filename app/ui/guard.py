"""Who may talk to the page, and how much they may send at once.

A website can have its own name lead to this machine, and then read what the page answers to that
name (DNS rebinding); it can also send requests from a visitor's browser. So the page answers to
names that its owner knows, and only to its own pages and those of sites that the owner allows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ingest.json_text import parsed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Bytes: a browser sends the conversation that it kept when the page opens, and with each question,
# judgement and new chat, as the server may have forgotten it meanwhile.
LARGEST_BODY = 2 * 1024 * 1024
# Of who is not known yet, less is read.
_LARGEST_LOG_IN = 16 * 1024
# Seconds in which a whole request has to come.
_PATIENCE = 30.0
_EVENTS = ("/queue/join", "/run/predict")
# A file to be read, which its own handler bounds while it writes it to disk.
_STREAMED = "/library/upload"
# What the page's own script posts, and programs to the named endpoints; no other file is taken.
_POSTED = (
    *_EVENTS, "/cancel", "/reset", "/call/ask", "/call/search", "/call/papers", "/library/remove",
    _STREAMED,
)  # fmt: skip


class Guard:
    """Passes on requests to known names, from known sites and of sensible size; refuses others."""

    def __init__(
        self,
        app: ASGIApp,
        allowed: Iterable[str] = (),
        sensible: Callable[[Any], bool] = lambda _: True,
        posted: Iterable[str] = (),
    ) -> None:
        """`allowed` are host names, each with a port or for all ports; `sensible` judges events.

        `posted` are further paths that take requests with a body.
        """
        self._app, self._sensible, self._posted = app, sensible, frozenset(posted)
        self._allowed = frozenset(name.strip().lower() for name in allowed if name.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None and scope["type"] == "http" and scope["path"] != _STREAMED:
            try:
                async with asyncio.timeout(_PATIENCE):
                    messages = await _messages(scope, receive)
            except TimeoutError:
                messages = []
                refusal = 408, f"A whole request has to come within {_PATIENCE:g} seconds."
            refusal = refusal or self._flaw(scope, messages)
            receive = _replayed(messages or [], receive)
        if refusal is None:
            await self._answer(scope, receive, send)
        else:
            await _refuse(scope, send, *refusal)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application's answer; Gradio fails streams of unknown visitors after they began."""
        from starlette.exceptions import HTTPException

        try:
            await self._app(scope, receive, send)
        except RuntimeError as error:
            if not isinstance(error.__cause__, HTTPException):
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """The status and sentence for a request that is not answered, or None."""
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        host, origin = headers.get("host", ""), headers.get("origin", "")
        if not self._is_ours(host, scope):
            return 403, (
                f"This page does not answer to the name {host or '(none)'}. If it should, set "
                f"ASKPAPERS_ALLOWED_HOSTS={_name(host) or 'NAME'} where it is started."
            )
        site = _site(origin)
        foreign = origin and site != host.lower()
        elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        followed = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") == "GET"
        if (foreign and not self._is_allowed(site)) or (elsewhere and not origin and not followed):
            return 403, (
                f"This page takes no requests from {origin or 'other sites'}. If it should, set "
                "ASKPAPERS_ALLOWED_HOSTS to the site's host and port where it is started."
            )
        posts = scope.get("method", "GET") == "POST" and scope["path"] not in self._posted
        if posts and not scope["path"].endswith(_POSTED):
            return 404, "This page takes questions only, and no files."
        return None

    def _flaw(self, scope: Scope, messages: list[Message] | None) -> tuple[int, str] | None:
        """The status and sentence for a body that is too large or no event of the page, or None."""
        if messages is None:
            return 413, f"A request to this page holds at most {_largest(scope) >> 10} KB."
        if scope["method"] != "POST" or not scope["path"].endswith(_EVENTS):
            return None
        try:
            event = parsed(b"".join(message.get("body", b"") for message in messages))
            json.dumps(event, ensure_ascii=False).encode()
        except ValueError:
            return 400, "This is not JSON in UTF-8."
        if not self._sensible(event):
            return 400, "This is nothing that the page asks for."
        return None

    def _is_ours(self, host: str, scope: Scope) -> bool:
        """Whether a Host header has a name that the owner knows, or the address of this machine.

        No website can have an address as its name without being served from it.
        """
        name = _name(host)
        server = scope.get("server") or ("",)
        return name in LOOPBACK or name == server[0] or self._is_allowed(host)

    def _is_allowed(self, host: str) -> bool:
        return bool(self._allowed & {host.lower(), _name(host)})


def _site(origin: str) -> str:
    """Host and port of an Origin header, lower case; "" for one that names none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _name(host: str) -> str:
    """The name in a Host header, lower case, without its port and the brackets of IPv6."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _largest(scope: Scope) -> int:
    return _LARGEST_LOG_IN if scope["path"] in ("/login", "/logout") else LARGEST_BODY


async def _messages(scope: Scope, receive: Receive) -> list[Message] | None:
    """All messages of the body, None for one that is too large."""
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    largest = _largest(scope)
    if not declared.isdigit() or len(declared) > 9 or int(declared) > largest:
        return None
    messages: list[Message] = []
    size = 0
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if size > largest:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return messages


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    """What gives the messages once more, and then what comes after them."""
    left = iter(messages)

    async def following() -> Message:
        message = next(left, None)
        return await receive() if message is None else message

    return following


async def _refuse(scope: Scope, send: Send, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence[:120]})
        return
    from starlette.responses import PlainTextResponse

    async def nothing() -> Message:
        return {"type": "http.request"}

    await PlainTextResponse(sentence + "\n", status)(scope, nothing, send)
