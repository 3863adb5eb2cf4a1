"""The collection as tools of assistants, over stdio and HTTP, with the official client."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from page_samples import ScriptedEngine, served

from app.engine import Engine
from app.serving.door import Door
from app.serving.mcp import tools
from app.serving.service import Service
from app.serving.sessions import Sessions
from app.serving.turnstile import Turnstile
from app.serving.users import Users
from ingest.errors import UsageError

mcp = pytest.importorskip("mcp", reason="the extra is not installed: pip install askpapers[mcp]")
HARBOR = "What does HarborNet predict?"


async def asked(place: Any, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """What a server's tools are called, then the result of each call."""
    async with mcp.Client(place) as client:
        listed = await client.list_tools()
        return [listed.tools, *[await client.call_tool(*call) for call in calls]]


def test_the_three_tools_read_only_and_give_the_json_of_the_commands(engine: Engine) -> None:
    server = tools(engine, Turnstile())
    names, answer, again, found, paper = asyncio.run(
        asked(
            server,
            ("ask_papers", {"question": HARBOR}),
            ("ask_papers", {"question": "Who wrote it?", "history": [HARBOR]}),
            ("search_papers", {"query": "tides of harbors", "limit": 2}),
            ("get_paper", {"paper_id": engine.search("tides of harbors", 1)[0].paper.paper_id}),
        )
    )
    assert [tool.name for tool in names] == ["ask_papers", "search_papers", "get_paper"]
    assert all(tool.annotations.read_only_hint for tool in names)
    assert answer.structured_content["strength"] == "answered"
    assert answer.structured_content["citations"][0]["quotes"]
    assert "Ana Ruiz" in again.structured_content["answer"]
    assert len(found.structured_content["results"]) == 2
    assert paper.structured_content["title"] == "HarborNet: Tides from Graphs"
    assert "tides" in json.loads(answer.content[0].text)["answer"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (("get_paper", {"paper_id": "abs:none"}), "no such paper"),
        (("ask_papers", {"question": "why " * 1000}), "2000 characters"),
        (("search_papers", {"query": "x", "limit": 0}), "greater than or equal to 1"),
        (("ask_papers", {"question": "broken please"}), "The model server did not answer"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    call: tuple[str, dict[str, Any]], sentence: str
) -> None:
    _, result = asyncio.run(asked(tools(ScriptedEngine(), Turnstile()), call))
    assert result.is_error
    assert sentence in result.content[0].text


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    known = Users({"ada": "$2b$04$gzDI0ZvYdXYOcOL94kT91ue4srnj01Bd0V6pn./3E97aP980h836S"})
    with served(ScriptedEngine(), service=Service(door=Door(Sessions(known)))) as address:
        yield address


def test_an_assistant_elsewhere_asks_over_http_with_a_password(guarded: str) -> None:
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client

    key = base64.b64encode(b"ada:correct horse").decode()

    async def ask() -> list[Any]:
        headers = {"Authorization": f"Basic {key}"}
        async with create_mcp_http_client(headers=headers) as http:
            place = streamable_http_client(f"{guarded}/mcp", http_client=http)
            return await asked(place, ("ask_papers", {"question": "What is CoralNet?"}))

    _, answer = asyncio.run(ask())
    assert "from the air" in answer.structured_content["answer"]


def test_an_assistant_starts_the_command_and_asks(sample_index: Path) -> None:
    command = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "app", "mcp", "--index", str(sample_index)],
        cwd=ROOT,
        env={"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "PATH": os.environ["PATH"]},
    )
    _, answer = asyncio.run(asked(command, ("ask_papers", {"question": "What is SGIL?"})))
    assert "Social Graph Invariant Learning" in answer.structured_content["answer"]


def test_without_the_extra_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.serving.mcp.is_installed", lambda: False)
    with pytest.raises(UsageError, match=r"pip install \"askpapers\[mcp\]\""):
        tools(ScriptedEngine(), Turnstile())
