"""Every request on its way in and out: named, counted, timed, and told in the log."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from app import metrics
from app.serving.caller import caller_of, calling, received
from app.serving.logs import tell, tell_bug
from app.serving.refusals import refusal

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Paths that are told apart; a visitor may ask for any others.
_PATHS = frozenset(
    "/ /healthz /readyz /metrics /login /logout /mcp /v1/models /v1/chat/completions".split()
)
_BRANCHES = ("/gradio_api/call/ask", "/gradio_api/call/search", "/gradio_api/call/papers",
             "/gradio_api/queue", "/gradio_api")  # fmt: skip
# Who went before there was an answer: no standard has a status for it, many servers log this one.
LEFT = 499
# A websocket that is refused before it opens is refused with 403.
_OF_WEBSOCKETS = {"websocket.accept": 101, "websocket.close": 403}
_BUG = "Something went wrong here. Try again; whoever runs this finds request {request} in the log."


class Named:
    """Gives each request a name, which its response carries, and counts it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        caller = received(scope)
        begun, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                named = (b"x-request-id", caller.request.encode())
                message = {**message, "headers": [*message.get("headers", ()), named]}
            status = status or _OF_WEBSOCKETS.get(message["type"], 0)
            await send(message)

        token = calling.set(caller)
        try:
            await self._app(scope, receive, sent)
            status = status or LEFT
        finally:
            calling.set(caller_of(scope))
            _count(scope, status or 500, time.perf_counter() - begun)
            calling.reset(token)


def _count(scope: Scope, status: int, seconds: float) -> None:
    path, method = _path(scope["path"]), _method(scope)
    metrics.REQUESTS.add(path=path, method=method, status=str(status))
    metrics.REQUEST_SECONDS.observe(seconds, path=path)
    refused = status in (401, 403, 413, 429)
    address = {"address": caller_of(scope).address} if refused else {}
    level = logging.WARNING if status >= 500 and status != 503 else logging.INFO
    tell(
        "request", level=level, method=method, path=path, status=status,
        seconds=round(seconds, 4), **address,
    )  # fmt: skip


async def left(_request: Request, _error: Exception) -> Response:
    """The response to whoever went before all of the request had come, which nobody reads."""
    from starlette.responses import Response

    return Response(status_code=LEFT)


async def failed(request: Request, error: Exception) -> Response:
    """The response to a request that a bug ended."""
    caller = caller_of(request.scope)
    tell_bug(error)
    response = refusal(request.scope, 500, bug_sentence(caller.request))
    response.headers["X-Request-ID"] = caller.request
    return response


def bug_sentence(request: str) -> str:
    """What whoever meets a bug is told."""
    return _BUG.format(request=request or "(unknown)")


def _path(path: str) -> str:
    if path in _PATHS:
        return path
    return next((branch for branch in _BRANCHES if path.startswith(branch)), "other")


def _method(scope: Scope) -> str:
    method = scope.get("method", "GET")
    return method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS") else "other"
