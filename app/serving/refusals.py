"""A request that is not answered: a status, and a sentence in the form that the asker reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app.serving.caller import caller_of

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

_KINDS = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error"}


def refusal(
    scope: Scope, status: int, sentence: str, *, wait: float = 0.0, challenge: str = ""
) -> Response:
    """The response; `wait` tells in how many seconds to come back, `challenge` how to log in."""
    from starlette.responses import JSONResponse, PlainTextResponse

    headers = {"Cache-Control": "no-store"}
    if wait:
        headers["Retry-After"] = str(math.ceil(wait))
    if challenge:
        headers["WWW-Authenticate"] = challenge
    if not scope["path"].startswith("/v1/"):
        return PlainTextResponse(sentence, status, headers)
    error = {
        "message": sentence,
        "type": _KINDS.get(status, "server_error"),
        "code": status,
        "request_id": caller_of(scope).request,
    }
    return JSONResponse({"error": error}, status, headers)


async def refuse(
    scope: Scope, receive: Receive, send: Send, status: int, sentence: str, *,
    wait: float = 0.0, challenge: str = "",
) -> None:  # fmt: skip
    """Answer with a refusal; a socket is closed with its sentence."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence[:120]})
        return
    answer = refusal(scope, status, sentence, wait=wait, challenge=challenge)
    await answer(scope, receive, send)
