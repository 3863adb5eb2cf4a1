"""The page on a port of this machine: the socket, the security headers, the server.

The port is taken before anything slow is imported, so that a wrong one is told at once.
"""

from __future__ import annotations

import errno
import secrets
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from app.serving import requests
from app.serving.logs import set_up
from app.serving.service import Service
from app.serving.turnstile import TurnsAway
from app.ui.chat import Engine
from app.ui.guard import LOOPBACK, Guard
from app.ui.traced import TracedEngine
from app.ui.visitors import forgetting, is_event
from ingest.errors import UsageError

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from app.ui.desk import Desk

HOST, PORT = "127.0.0.1", 7860
_PLAIN = Service()
# Browsers keep one or two each; further ones are turned away, as nothing else ends slow ones.
_MOST_CONNECTIONS = 1_000
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
# Styles are set inline by the page's components; scripts run only from here or with the nonce.
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
# What Gradio's page begins its scripts with.
_GRADIO = b"<script>window.gradio_config"


def serve(
    engine: Engine,
    corpus_line: str,
    *,
    host: str = HOST,
    port: int = PORT,
    service: Service = _PLAIN,
    announce: Callable[[str], None] = print,
    desk: Desk | None = None,
) -> None:
    """Serves the page until it is interrupted; announces it in a sentence once it answers.

    Papers are put in and taken out at the desk, where there is one.
    Raises UsageError if the host or the port cannot be used.
    """
    set_up(service.log)
    with listen(host, port) as listener:
        # The name that was typed is one that the owner knows.
        known = replace(service, allowed=[host, *service.allowed])
        web = application(engine, corpus_line, known, desk)
        said = announcement(address(listener), host, service)
        with suppress(KeyboardInterrupt):
            server(web, lambda: announce(said)).run(sockets=[listener])


def announcement(address: str, host: str, service: Service = _PLAIN) -> str:
    """Where the page is, and under which names others reach it when they can."""
    said = f"The page is at {address} (Ctrl-C stops it)."
    if host in LOOPBACK:
        return said
    allowed = service.allowed
    names = f"{', '.join(allowed)} and its addresses" if allowed else "its address"
    if service.door is not None:
        who, more = "Who has a password and reaches this machine", ""
    else:
        who, more = "Everyone who reaches this machine", "; ASKPAPERS_USERS has people log in"
    return f"{said} {who} can ask, by {names}; for another name set ASKPAPERS_ALLOWED_HOSTS{more}."


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes any free one. Raises UsageError if it cannot."""
    if not 0 <= port <= 65535:
        raise UsageError(f"{port} is not a port: choose one from 1 to 65535 with --port.")
    try:
        if not host:  # would otherwise mean every address of this machine
            raise OSError
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise UsageError(f"'{host}' is no address of a machine: try --host {HOST}.") from None
    listener = socket.socket(family, kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(place)
        listener.listen()
    except OSError as error:
        listener.close()
        raise UsageError(_why(host, port, error)) from None
    return listener


def address(listener: socket.socket) -> str:
    """The address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    shown = _EVERYWHERE.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def application(
    engine: Engine, corpus_line: str, service: Service = _PLAIN, desk: Desk | None = None
) -> FastAPI:
    """The web application: the page at its root, what programs ask beside it, both guarded."""
    from fastapi import FastAPI
    from starlette.requests import ClientDisconnect

    from app.serving import completions, login, mcp
    from app.serving.measured import add_metrics
    from app.ui.page import FIRST, build_page, mount_page

    engine, turnstile = TracedEngine(engine, service.watch), service.turnstile()
    door = service.door
    page = build_page(engine, corpus_line, turnstile, desk, logs_in=door is not None)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        async with forgetting(page), assistants:
            yield

    # The interactive API documents load their scripts from elsewhere, so they stay off.
    web = FastAPI(title="askpapers", docs_url=None, redoc_url=None, lifespan=lifespan)
    web.add_exception_handler(Exception, requests.failed)
    web.add_exception_handler(ClientDisconnect, requests.left)
    assistants = mcp.mounted(web, engine, turnstile)
    completions.add_completions(web, engine, turnstile)
    add_metrics(web, engine, turnstile)
    posted = {completions.POSTED, mcp.PATH}
    # What is added last is met first.
    web.add_middleware(TurnsAway, turnstile=turnstile)
    if door is not None:
        login.add_log_in(web, door)
        posted |= set(login.POSTED)
    web.add_middleware(
        Guard, allowed=service.allowed, sensible=lambda event: is_event(page, event), posted=posted
    )
    if door is not None:
        web.add_middleware(login.LogIn, door=door)
    web.add_middleware(ContentPolicy, first=FIRST)
    web.add_middleware(requests.Named)
    return mount_page(web, engine, page, desk)


def server(web: FastAPI, listening: Callable[[], None]) -> uvicorn.Server:
    """A server for the application that calls `listening` once it answers requests."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            listening()

    config = uvicorn.Config(
        web, log_config=None, access_log=False, timeout_graceful_shutdown=2,
        server_header=False, limit_concurrency=_MOST_CONNECTIONS,
    )  # fmt: skip
    return Server(config)


class ContentPolicy:
    """Sends a content security policy with every response; pages get a nonce of their own."""

    def __init__(self, app: ASGIApp, first: bytes = b"") -> None:
        """`first` is written into Gradio's page before its own scripts."""
        self._app, self._first = app, first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        outgoing = _Guarded(send, self._first)
        await self._app(_uncompressed(scope), receive, outgoing.send)


class _Guarded:
    """One response on its way out: headers added, the scripts of a page given its nonce."""

    def __init__(self, send: Send, first: bytes) -> None:
        self._send, self._first = send, first
        self._nonce = secrets.token_urlsafe(16)
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is not None and message["type"] == "http.response.body":
            await self._collect(message)
        else:
            await self._send(message)

    async def _begin(self, message: Message) -> None:
        from starlette.datastructures import MutableHeaders

        headers = MutableHeaders(scope=message)
        headers["Content-Security-Policy"] = _POLICY.format(nonce=self._nonce)
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Referrer-Policy", "no-referrer")
        if headers.get("content-type", "").startswith("text/html"):
            self._start = message  # held back: its length changes with the body
        else:
            await self._send(message)

    async def _collect(self, message: Message) -> None:
        from starlette.datastructures import MutableHeaders

        assert self._start is not None
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        marked = b'<script nonce="%s"' % self._nonce.encode()
        body = self._body.replace(_GRADIO, self._first + _GRADIO, 1).replace(b"<script", marked)
        MutableHeaders(scope=self._start)["content-length"] = str(len(body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


def _uncompressed(scope: Scope) -> Scope:
    """The request of a page, asking for it uncompressed, so that the nonce can be written in."""
    headers = scope["headers"]
    if not any(name == b"accept" and b"text/html" in value for name, value in headers):
        return scope
    return {**scope, "headers": [pair for pair in headers if pair[0] != b"accept-encoding"]}


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program: stop it, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs an administrator's rights: choose one above 1023 with --port."
    return f"The page cannot be served on '{host}' of this machine: try --host {HOST}."
