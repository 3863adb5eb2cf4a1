"""Files that are put into the collection by way of the page, and papers that are taken out of it.

A file is the body of one request, written to disk as it comes; the answer tells how far reading it
is, a JSON object a line, and at last what became of its records.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Annotated, Any

from fastapi import Body, FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from app.ui.desk import Desk
from app.ui.discretion import discreet
from app.ui.terminal import tally_lines
from ingest.errors import AskpapersError
from ingest.progress import Progress
from ingest.readers.uploads import UPLOAD as UPLOADED
from ingest.readers.uploads import shown_name

UPLOAD, REMOVE = "/library/upload", "/library/remove"
_AT_A_TIME = 4
_MOST_TOLD = 200  # problems of one file; the library holds more
_MOST_REMOVED = 10_000
_FULL = "Other files are being read just now: try again when they are done."
_EMPTY = "The file is empty."

Told = dict[str, Any]


def add_changes(web: FastAPI, desk: Desk) -> None:
    """The two requests that change the collection."""
    places = Semaphore(_AT_A_TIME)

    @web.post(UPLOAD, include_in_schema=False)
    async def upload(request: Request, name: str = "") -> Response:
        if not places.acquire(blocking=False):
            return _refused(503, _FULL)
        folder = tempfile.TemporaryDirectory(prefix="askpapers-", ignore_cleanup_errors=True)
        kept = False
        try:
            file = Path(folder.name) / "upload"
            size = await _received(request, file, desk.largest)
            if size is None:
                return _refused(413, _too_large(desk))
            if not size:
                return _refused(400, _EMPTY)
            kept = True
        finally:
            if not kept:
                _let_go(folder, places)
        lines = _telling(
            lambda tell: _added(desk, file, name, tell), lambda: _let_go(folder, places)
        )
        return StreamingResponse(lines, media_type="application/x-ndjson")

    @web.post(REMOVE, include_in_schema=False)
    def remove(paper_ids: Annotated[list[str], Body(max_length=_MOST_REMOVED)]) -> Response:
        try:
            return JSONResponse({"removed": desk.remove(paper_ids)})
        except AskpapersError as error:
            return _refused(409, discreet(str(error)))


async def _received(request: Request, file: Path, largest: int) -> int | None:
    """How many bytes came, None where they are more than may come."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > largest:
        return None
    size = 0
    with file.open("wb") as stream:
        async for part in request.stream():
            size += len(part)
            if size > largest:
                return None
            stream.write(part)
    return size


def _added(desk: Desk, file: Path, name: str, tell: Callable[[Told], None]) -> Told:
    def report(now: Progress) -> None:
        tell({"read": now.read, "stored": now.stored, "share": now.share})

    called, sample = shown_name(name), desk.sample_papers
    try:
        tally = desk.add(file, name, report)
    except AskpapersError as error:
        return {"failed": discreet(str(error)).replace(UPLOADED + called, called)}
    lines = [line.replace(UPLOADED + called, called) for line in tally_lines(tally.as_json())]
    more = len(lines) - 1 - _MOST_TOLD
    if sample and not desk.is_sample:
        lines[0] += f" The {sample:,} papers of the sample corpus gave way to your own."
    told = [*lines[: _MOST_TOLD + 1], *([f"… and {more:,} more"] if more > 0 else [])]
    return {"done": told, "useless": tally.read == tally.skipped}


def _telling(
    work: Callable[[Callable[[Told], None]], Told], ended: Callable[[], None]
) -> Generator[str, None, None]:
    """What the work tells, a line each. It goes on to its end when nobody listens any more."""
    told: SimpleQueue[Told | None] = SimpleQueue()

    def run() -> None:
        try:
            told.put(work(told.put))
        finally:
            told.put(None)
            ended()

    # Begun here and not with the first line, which nobody may ask for. Who stops the server does
    # not wait for it: what is stored stays.
    Thread(target=run, daemon=True).start()

    def lines() -> Generator[str, None, None]:
        while (one := told.get()) is not None:
            yield json.dumps(one, ensure_ascii=True) + "\n"

    return lines()


def _let_go(folder: tempfile.TemporaryDirectory[str], places: Semaphore) -> None:
    folder.cleanup()
    places.release()


def _too_large(desk: Desk) -> str:
    return (
        f"A file here holds at most {desk.largest >> 20:,} MB: split it, or run askpapers ingest "
        "on the machine that serves this page."
    )


def _refused(status: int, sentence: str) -> Response:
    return JSONResponse({"failed": sentence}, status)
