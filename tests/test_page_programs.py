"""What other programs get from the page's server, with the official client and by plain HTTP."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio_client import Client

from app.engine import Engine
from app.ui.api import add_health
from ingest.errors import IndexMissing, ServerError

pytestmark = [
    # Gradio asks pandas for options that newer versions of it want to drop.
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
HARBOR = "What does HarborNet predict?"


@pytest.fixture(scope="module")
def client(site: str) -> Client:
    return Client(site, verbose=False, analytics_enabled=False)


def _timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "seconds"}


def test_ask_gives_the_json_of_the_command(client: Client, engine: Engine) -> None:
    answer = client.predict(HARBOR, [], api_name="/ask")
    assert _timeless(answer) == _timeless(json.loads(json.dumps(engine.ask(HARBOR).as_json())))


def test_ask_reads_the_history(client: Client) -> None:
    answer = client.predict("Who wrote it?", [HARBOR], api_name="/ask")
    assert "Ana Ruiz" in answer["answer"]


def test_search_gives_the_best_first_and_no_more_than_asked(client: Client) -> None:
    found = client.predict("tides of harbors", 2, api_name="/search")
    assert found["query"] == "tides of harbors"
    assert len(found["results"]) == 2
    assert found["results"][0]["title"] == "HarborNet: Tides from Graphs"
    assert found["results"][0]["score"] >= found["results"][1]["score"]


def test_papers_lists_every_paper(client: Client, engine: Engine) -> None:
    papers = client.predict(api_name="/papers")
    assert [paper["paper_id"] for paper in papers] == [p.paper_id for p in engine.papers()]


@pytest.mark.parametrize(
    ("arguments", "name", "sentence"),
    [
        (("why " * 1000, []), "/ask", "at most 2,000 characters"),
        (("why?", ["why?"] * 201), "/ask", "history has at most 200 questions"),
        (("tides", 0), "/search", "limit is from 1"),
        (("tides", 10**9), "/search", "limit is from 1"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    client: Client, arguments: tuple[Any, ...], name: str, sentence: str
) -> None:
    with pytest.raises(Exception, match=sentence):
        client.predict(*arguments, api_name=name)


def test_an_answer_by_plain_http(site: str) -> None:
    call = f"{site}/gradio_api/call/ask"
    begun = httpx.post(call, json={"data": [HARBOR, []]}, timeout=30).json()
    told = httpx.get(f"{call}/{begun['event_id']}", timeout=30).text
    event, data = told.strip().splitlines()[:2]
    assert event == "event: complete"
    assert json.loads(data.removeprefix("data: "))[0]["strength"] == "answered"


def test_a_served_collection_is_alive_and_ready(site: str, engine: Engine) -> None:
    assert httpx.get(f"{site}/healthz", timeout=30).json()["status"] == "ok"
    ready = httpx.get(f"{site}/readyz", timeout=30)
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "papers": engine.held}


class _Gone:
    @property
    def held(self) -> int:
        raise IndexMissing("There is no index.")


@pytest.mark.parametrize("engine_now", [_Gone(), SimpleNamespace(held=0)])
def test_without_papers_it_is_alive_and_not_ready(engine_now: object) -> None:
    web = FastAPI()
    add_health(web, cast("Engine", engine_now))
    client = TestClient(web)
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


class _Unreached:
    @property
    def held(self) -> int:
        raise ServerError("Nothing answers at postgresql://10.0.0.7:5432/papers. Start it.")


def test_why_it_is_not_ready_names_no_address_of_a_server() -> None:
    web = FastAPI()
    add_health(web, cast("Engine", _Unreached()))
    told = TestClient(web).get("/readyz").json()
    assert told == {"status": "not ready", "reason": "Nothing answers. Start it."}
