"""What other programs may ask of the page's server: answers, searches, papers, and its health.

`ask`, `search` and `papers` are endpoints of Gradio, at `/gradio_api/call/NAME`, with the JSON of
the commands of the same names.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr
from fastapi import FastAPI, Response
from gradio.events import api

from app.answer import results
from app.serving.caller import calling, sender
from app.serving.turnstile import Turnstile
from app.ui.chat import LONGEST_QUESTION, MOST_EARLIER, Engine
from app.ui.discretion import discreet, for_visitors
from app.understanding.question import Asked
from ingest.errors import AskpapersError

T = TypeVar("T")

MOST_FOUND = 1_000


def add_endpoints(engine: Engine, turnstile: Turnstile) -> None:
    """The named endpoints, inside the blocks of a page."""

    async def work(do: Callable[[], T], request: gr.Request | None) -> T:
        """What comes of it, once it is its turn. Raises gr.Error with a sentence."""
        caller = sender(request)
        calling.set(caller)
        try:
            async with turnstile.turn(caller):
                return await asyncio.to_thread(do)
        except AskpapersError as error:
            raise gr.Error(discreet(str(error))) from error

    async def ask(
        question: str, history: list[str] | None = None, request: gr.Request | None = None
    ) -> dict[str, Any]:
        """The answer to a question; `history` holds the earlier questions, oldest first."""
        if history and len(history) > MOST_EARLIER:
            raise gr.Error(f"history has at most {MOST_EARLIER} questions.")
        _check(question, *(history or ()))
        earlier = [Asked(one) for one in history or ()]
        *_, answer = await work(lambda: list(engine.stream(Asked(question), earlier)), request)
        return for_visitors(answer).as_json()

    async def search(
        query: str, limit: int = 10, request: gr.Request | None = None
    ) -> dict[str, Any]:
        """The papers nearest to a query, best first."""
        _check(query)
        if type(limit) is not int or not 1 <= limit <= MOST_FOUND:
            raise gr.Error(f"limit is from 1 to {MOST_FOUND:,}.")
        return results(query, await work(lambda: engine.search(query, limit), request))

    async def papers(request: gr.Request | None = None) -> list[dict[str, Any]]:
        """Every paper of the index."""
        return [paper.as_json() for paper in await work(engine.papers, request)]

    for endpoint in (ask, search, papers):
        api(endpoint, api_name=endpoint.__name__)


def add_health(web: FastAPI, engine: Engine) -> None:
    """`/healthz`, whether the server runs, and `/readyz`, whether it can answer."""
    started = time.monotonic()

    @web.get("/healthz")
    def healthz() -> dict[str, Any]:
        return {"status": "ok", "seconds": round(time.monotonic() - started)}

    @web.get("/readyz")
    def readyz(response: Response) -> dict[str, Any]:
        try:
            held = engine.held
        except AskpapersError as error:
            response.status_code = 503
            return {"status": "not ready", "reason": discreet(str(error))}
        response.status_code = 200 if held else 503
        return {"status": "ready" if held else "not ready", "papers": held}


def _check(*texts: object) -> None:
    """Refuse what no question is: anybody may send anything."""
    for text in texts:
        if not isinstance(text, str):
            raise gr.Error("A question is text.")
        if len(text) > LONGEST_QUESTION:
            raise gr.Error(f"A question has at most {LONGEST_QUESTION:,} characters.")
