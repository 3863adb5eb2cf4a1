"""An OpenAI-compatible server that says what a test wrote down, behind a real socket."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Event = dict[str, Any]
Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What one request gets: status, headers, then blocks of bytes, with pauses in seconds.

    `cut` ends the connection without a proper end of the reply.
    """

    blocks: Sequence[bytes | float] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/event-stream"
    cut: bool = False


Script = Reply | Callable[[Body], Reply]


def event(text: str | None = None, finish: str | None = None, **delta: object) -> bytes:
    """One server-sent event of a chat completion."""
    said = {**({"content": text} if text is not None else {}), **delta}
    return sse({"choices": [{"index": 0, "delta": said, "finish_reason": finish}]})


def sse(value: object) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def says(
    text: str, *, usage: tuple[int, int] | None = None, size: int = 7, finish: str = "stop"
) -> Reply:
    """The text in pieces of `size` characters, a proper end, and the token counts."""
    pieces = [event(text[at : at + size]) for at in range(0, len(text), size)]
    counts = dict(zip(("prompt_tokens", "completion_tokens"), usage or (), strict=False))
    ending = [sse({"choices": [], "usage": counts})] if usage else []
    return Reply([event("", role="assistant"), *pieces, event(finish=finish), *ending, DONE])


def streams(blocks: Iterable[bytes | float], *, cut: bool = False) -> Reply:
    return Reply(list(blocks), cut=cut)


def refuses(status: int, message: str = "no", **headers: str) -> Reply:
    body = json.dumps({"error": {"message": message, "type": "error", "code": None}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply([body], status, named, "application/json")


class ScriptedServer:
    """Serves replies in order, the last one again and again. Use it in a `with` block.

    `requests` are the bodies that came in; `left` is set when a client goes away in mid-reply. One
    that `keeps` connections takes the next request on them.
    """

    def __init__(self, *script: Script, keeps: bool = False) -> None:
        self.script: deque[Script] = deque(script)
        self.requests: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.left = threading.Event()
        self.keeps = keeps
        self._kept: list[socket.socket] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def prompts(self) -> list[str]:
        """The last message of each request."""
        return [str(request["messages"][-1]["content"]) for request in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for kept in self._kept:
            with suppress(OSError):  # the client closed it
                kept.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, body: Body) -> Reply:
        with self._lock:
            self.requests.append(body)
            reply = self.script.popleft() if len(self.script) > 1 else self.script[0]
        return reply if isinstance(reply, Reply) else reply(body)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                if owner.keeps:
                    owner._kept.append(self.connection)

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                owner.headers.append({k.lower(): v for k, v in self.headers.items()})
                reply = owner._next(json.loads(self.rfile.read(length)))
                try:
                    self._send(reply)
                except (BrokenPipeError, ConnectionResetError):
                    owner.left.set()
                    self.close_connection = True
                self.close_connection = self.close_connection or not owner.keeps

            def _send(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in {"content-type": reply.kind, **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("transfer-encoding", "chunked")
                if not owner.keeps:
                    # Said, or a client sends its next request into a connection that is closing.
                    self.send_header("connection", "close")
                self.end_headers()
                for block in reply.blocks:
                    if isinstance(block, bytes):
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
                        self.wfile.flush()
                    else:
                        self._pause(block)
                if reply.cut:
                    self.connection.shutdown(socket.SHUT_RDWR)
                else:
                    self.wfile.write(b"0\r\n\r\n")

            def _pause(self, seconds: float) -> None:
                """Wait, and look whether the client is still there."""
                until = time.monotonic() + seconds
                self.connection.settimeout(0.02)
                while time.monotonic() < until and not owner._stopped.is_set():
                    try:
                        gone = self.connection.recv(1) == b""
                    except TimeoutError:
                        continue
                    except ConnectionResetError:
                        gone = True
                    if gone:
                        raise BrokenPipeError
                self.connection.settimeout(None)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
