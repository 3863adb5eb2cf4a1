"""Log-in: who is not known gets nothing but the log-in page and `/healthz`.

People log in on a page and keep a signed cookie. Programs send a name and a password with each
request, as HTTP Basic or, where a program knows keys only, as the key `NAME:PASSWORD`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.requests import cookie_parser

from app.serving.caller import caller_of, logged_in
from app.serving.door import NEEDED, Door, Refused
from app.serving.login_page import log_in_page, log_out_page
from app.serving.refusals import refuse
from app.serving.sessions import SECONDS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "askpapers_session"
POSTED = ("/login", "/logout")
_OPEN = ("/healthz", *POSTED)
_PROGRAMS = 'Basic realm="askpapers", charset="UTF-8"'
# A browser that is challenged so asks by itself, in a window that belongs to no page.
_BROWSERS = 'Bearer realm="askpapers"'


class LogIn:
    """Passes on the requests of users; asks others to log in."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
            return
        try:
            user = await self._user(scope)
        except Refused as no:
            await refuse(
                scope, receive, send, no.status, no.sentence, wait=no.wait,
                challenge=_challenge(scope) if no.status == 401 else "",
            )  # fmt: skip
            return
        if user is not None:
            logged_in(scope, user)
            await self._app(scope, receive, _private(send))
        elif scope["type"] == "http" and _is_opened(scope):
            await _redirect(f"/login?next={quote(_place(scope), safe='')}")(scope, receive, send)
        else:
            await refuse(scope, receive, send, 401, NEEDED, challenge=_challenge(scope))

    async def _user(self, scope: Scope) -> str | None:
        user = self._door.sessions.user(_session(scope))
        sent = _header(scope, b"authorization")
        if user is None and sent:
            return await self._door.program(sent, caller_of(scope).address)
        return user


def add_log_in(web: FastAPI, door: Door) -> None:
    """The pages `/login` and `/logout`."""

    @web.get("/login", include_in_schema=False)
    def show(following: str = Query("", alias="next")) -> Response:
        return _page(HTMLResponse(log_in_page(_inside(following))))

    @web.post("/login", include_in_schema=False)
    async def log_in(request: Request) -> Response:
        form = _form(await request.body())
        name, following = form.get("name", "").strip(), _inside(form.get("next", ""))
        try:
            await door.admit(name, form.get("password", ""), caller_of(request.scope).address)
        except Refused as no:
            said = HTMLResponse(log_in_page(following, no.sentence, name), no.status)
            if no.wait:
                said.headers["Retry-After"] = str(round(no.wait) or 1)
            return _page(said)
        return _with_cookie(_redirect(following), request, door.sessions.begin(name), SECONDS)

    @web.get("/logout", include_in_schema=False)
    def ask() -> Response:
        return _page(HTMLResponse(log_out_page()))

    @web.post("/logout", include_in_schema=False)
    def log_out(request: Request) -> Response:
        door.sessions.end(_session(request.scope))
        response = _with_cookie(_redirect("/login"), request, "", 0)
        # The next person at this browser is not to find the conversation.
        response.headers["Clear-Site-Data"] = '"storage"'
        return response


def _session(scope: Scope) -> str:
    """The session that a browser shows, "" for none."""
    return cookie_parser(_header(scope, b"cookie")).get(COOKIE, "")


def _header(scope: Scope, name: bytes) -> str:
    found: bytes = dict(scope["headers"]).get(name, b"")
    return found.decode("latin-1")


def _form(body: bytes) -> dict[str, str]:
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _inside(place: str) -> str:
    """A place of this page to go on to; its root for what could lead anywhere else."""
    leads_out = not place.startswith("/") or place[1:2] in ("/", "\\")
    if leads_out or not place.isascii() or not place.isprintable() or place.startswith(POSTED):
        return "/"
    return place


def _place(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return quote(scope["path"]) + (f"?{query}" if query else "")


def _is_opened(scope: Scope) -> bool:
    """Whether a person opens a page, and no program or script asks."""
    return scope["method"] in ("GET", "HEAD") and "text/html" in _header(scope, b"accept")


def _challenge(scope: Scope) -> str:
    return _BROWSERS if _header(scope, b"sec-fetch-mode") else _PROGRAMS


def _redirect(place: str) -> Response:
    return RedirectResponse(place, 303, headers={"Cache-Control": "no-store"})


def _page(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    # Without a referrer a browser would send the form as from nowhere, which is refused.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _with_cookie(response: Response, request: Request, session: str, seconds: int) -> Response:
    response.set_cookie(
        COOKIE, session, max_age=seconds, httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return response


def _private(send: Send) -> Send:
    """Sends on, and lets nobody keep what is not meant for everybody."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                message = {**message, "headers": [*headers, (b"cache-control", b"no-store")]}
        await send(message)

    return sent
