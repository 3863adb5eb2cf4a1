"""`/metrics`: what was counted so far, for Prometheus."""

from __future__ import annotations

import os

from fastapi import FastAPI, Response

from app import metrics
from app.serving.turnstile import Turnstile
from app.ui.chat import Engine
from ingest.errors import AskpapersError

_KIND = "text/plain; version=0.0.4; charset=utf-8"


def add_metrics(web: FastAPI, engine: Engine, turnstile: Turnstile) -> None:
    """The endpoint."""

    @web.get("/metrics", include_in_schema=False)
    def show() -> Response:
        gauges = {
            "askpapers_papers": ("Papers in the index.", float(_held(engine))),
            "askpapers_answering": ("Questions being answered.", float(turnstile.answering)),
            "askpapers_waiting": ("Questions that wait for their turn.", float(turnstile.waiting)),
            **_memory(),
        }
        return Response(metrics.exposition(gauges), media_type=_KIND)


def _held(engine: Engine) -> int:
    try:
        return engine.held
    except AskpapersError:
        return 0


def _memory() -> dict[str, tuple[str, float]]:
    """Resident memory in bytes; nothing where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
    except OSError:
        return {}
    meaning = "Resident memory of the server."
    return {"process_resident_memory_bytes": (meaning, float(pages * os.sysconf("SC_PAGE_SIZE")))}
