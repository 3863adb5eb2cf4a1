"""Visitors of the page read what went wrong with a server, but not where it is or what it said."""

from __future__ import annotations

import html
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_server import ScriptedServer, refuses

from app.engine import Engine
from app.llm import errors
from app.settings import Settings
from app.ui.chat import Turn, converse
from app.ui.discretion import discreet
from app.ui.view import messages, panel
from ingest.errors import ServerError

PLACE = "http://models.internal:8000/v1"
SAID = "no worker at models.internal (10.0.0.7)"


def _caused(cause: BaseException) -> OSError:
    error = OSError()
    error.__cause__ = cause
    return error


FAILURES: list[ServerError] = [
    *(errors.refused(status, SAID, None, PLACE, "tiny") for status in (401, 404, 418, 429, 500)),
    errors.overflow(SAID, PLACE),
    errors.told(SAID, PLACE),
    errors.unreachable(_caused(socket.gaierror()), PLACE),
    errors.unreachable(_caused(ssl.SSLError()), PLACE),
    errors.unreachable(_caused(ConnectionRefusedError()), PLACE),
    errors.unreachable(OSError(), PLACE),
    errors.silent(30, PLACE),
    errors.garbled(PLACE),
    errors.only_thought(PLACE),
    errors.withheld(PLACE),
]


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: str(error)[:40])
def test_a_sentence_about_a_server_loses_its_address_and_words_and_nothing_else(
    error: ServerError,
) -> None:
    assert PLACE in str(error)
    told = discreet(str(error))
    assert "internal" not in told
    assert "10.0.0.7" not in told
    assert "  " not in told
    assert " ." not in told
    assert told.endswith(".")
    settings = {word for word in str(error).split() if word.isupper() and "_" in word}
    assert settings <= set(told.split())


@pytest.fixture
def page(sample_index: Path) -> Iterator[tuple[str, str]]:
    """What a visitor sees of an answer whose server failed, and the server's host and port."""
    with ScriptedServer(refuses(400, SAID)) as server:
        engine = Engine(sample_index, Settings(openai_base_url=server.address, retries=0))
        *_, turns = converse(engine, (), Turn("What is SGIL?"))
        engine.index.close()
        yield html.unescape(f"{messages(turns)} {panel(turns)}"), server.address.split("/")[2]


def test_the_page_tells_the_failure_and_not_the_address(page: tuple[str, str]) -> None:
    seen, host = page
    assert "The model server refused the request (HTTP 400)." in seen
    assert host not in seen
    assert "models.internal" not in seen
    assert "Social Graph Invariant Learning" in seen
