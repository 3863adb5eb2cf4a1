"""The page as it is served: its handlers, its headers, its port."""

from __future__ import annotations

import asyncio
import html
import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from page_samples import CORPUS_LINE, EXAMPLES, ScriptedEngine, listing, lookup, served

from app.ui import page
from app.ui import server as serving
from app.ui import sources as cards
from app.ui.chat import Turn, converse
from ingest.errors import UsageError


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, ScriptedEngine]]:
    """The address of a served page and the engine behind it."""
    engine = ScriptedEngine()
    with served(engine) as address:
        yield address, engine


def _get(address: str, path: str = "/", accept: str = "text/html") -> httpx.Response:
    return httpx.get(address + path, headers={"accept": accept}, timeout=30)


def test_the_page_answers_at_the_announced_address(site: tuple[str, ScriptedEngine]) -> None:
    response = _get(site[0])
    assert response.status_code == 200
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", site[0])
    assert "askpapers ingest FOLDER" in response.text
    assert all(example in response.text for example in EXAMPLES)


def test_every_response_carries_the_policy_and_each_page_its_own_nonce(
    site: tuple[str, ScriptedEngine],
) -> None:
    first, second = _get(site[0]), _get(site[0])
    nonces = []
    for response in (first, second):
        policy = response.headers["content-security-policy"]
        nonce = re.search(r"script-src 'self' 'nonce-([\w-]+)';", policy)
        assert nonce is not None
        scripts = re.findall(r"<script[^>]*>", response.text)
        assert scripts
        assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
        assert int(response.headers["content-length"]) == len(response.content)
        nonces.append(nonce[1])
    assert nonces[0] != nonces[1]
    for path in ("/page.css", "/page.js", "/config", "/nothing-here"):
        assert "default-src 'self'" in _get(site[0], path).headers["content-security-policy"]


@pytest.mark.parametrize("forbidden", ["unsafe-eval", "http:", "https:", "*"])
def test_the_policy_names_no_other_place(site: tuple[str, ScriptedEngine], forbidden: str) -> None:
    policy = _get(site[0]).headers["content-security-policy"]
    assert forbidden not in policy
    assert "script-src 'self' 'nonce-" in policy


def test_nothing_of_the_interface_is_offered_as_an_api_and_nothing_is_reported(
    site: tuple[str, ScriptedEngine],
) -> None:
    config = _get(site[0], "/config", "application/json").json()
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []
    shown = [d["api_visibility"] for d in config["dependencies"] if not d.get("cancels")]
    assert set(shown) == {"private"}
    assert _get(site[0], "/docs").status_code == 404


def test_answers_run_beside_each_other_and_the_queue_ends() -> None:
    built = page.build_page(ScriptedEngine(), EXAMPLES, CORPUS_LINE)
    assert built._queue.default_concurrency_limit > 1
    assert built._queue.max_size


def test_the_view_has_a_message_for_each_side_and_the_newest_sources() -> None:
    turns = (Turn("Old?", "done", lookup()), Turn("New?", "done", listing("New?", 3)))
    messages, latest, earlier = page.view(turns)
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2
    assert "Reef paper 2" in latest
    assert "Reef paper" not in earlier
    assert 'id="a2-1-1"' in earlier
    assert 'href="#a2-1-1"' in messages[1]["content"]


def test_ids_change_with_every_question_and_are_never_shared() -> None:
    one = page.view((Turn("A?", "done", lookup()),))
    two = page.view((Turn("A?", "done", lookup()), Turn("B?", "done", lookup())))
    seen = [re.findall(r'id="([^"]+)"', "".join(map(str, view))) for view in (one, two)]
    assert len(seen[1]) == len(set(seen[1])) == 2 * len(seen[0])
    assert not set(seen[0]) & set(seen[1])


def test_each_state_of_a_turn_has_its_message() -> None:
    def said(turn: Turn) -> str:
        return str(page.view((turn,))[0][-1]["content"])

    assert "Reading the abstracts" in said(Turn("Q?"))
    assert "cut off" in said(Turn("Q?", "stopped"))
    assert "cut off" in said(Turn("Q?", "stopped", lookup()))
    assert "cut off" not in said(Turn("Q?", "done", lookup()))
    failed = list(converse(ScriptedEngine(), (), "broken"))[-1]
    assert "did not answer" in said(failed[-1])
    assert page.view(()) == ([], cards.WELCOME, "")


def test_a_taken_port_is_one_sentence_and_its_exit_code_is_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"^Port {port} is in use .*--port\.$") as caught:
            serving.serve(ScriptedEngine(), [], "", port=port)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("127.0.0.1", 70000, "70000 is not a port"),
        ("127.0.0.1", -1, "-1 is not a port"),
        ("", 7860, "'' is no address"),
        ("127.0.0.1%nowhere", 7860, "'127.0.0.1%nowhere' is no address"),
    ],
)
def test_a_wrong_host_or_port_is_one_sentence(host: str, port: int, sentence: str) -> None:
    with pytest.raises(UsageError, match=re.escape(sentence)):
        serving.listen(host, port)


def test_the_announced_address_can_be_opened() -> None:
    with serving.listen("127.0.0.1", 0) as listener:
        assert serving.address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_handler_clears_the_box_offers_stop_and_then_leaves_the_box_alone() -> None:
    built = page.build_page(ScriptedEngine(), EXAMPLES, CORPUS_LINE)
    ask = next(event.fn for event in built.fns.values() if event.name == "ask")
    assert ask is not None

    async def steps_of(question: str) -> list[Any]:
        return [step async for step in ask(question, ())]

    steps = asyncio.run(steps_of("What is CoralNet?"))
    boxes = [step[-1] for step in steps]
    assert (boxes[0]["value"], boxes[0]["stop_btn"], boxes[0]["submit_btn"]) == ("", True, False)
    assert all("value" not in box and "stop_btn" not in box for box in boxes[1:])
    assert steps[-1][0][-1].state == "done"
    assert "from the air" in steps[-1][1][-1]["content"]
    assert "CoralNet: Mapping" in html.unescape(steps[-1][2])
