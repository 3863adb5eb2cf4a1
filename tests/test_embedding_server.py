"""Whatever the embedding server does: vectors, or one plain sentence, in time, without the key."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import numpy as np
import pytest
from embedding_samples import NUMBERS, document, embeds, vector
from pydantic import SecretStr
from scripted_server import Body, Reply, ScriptedServer, refuses

from ingest.embedding.choice import chosen
from ingest.embedding.models import Embedding, EmbeddingFailed, StaticEmbedding
from ingest.errors import SettingsError
from ingest.settings import IngestSettings

KEY = "sk-proj-4711verysecret"


def served(*servers: ScriptedServer | str, **given: Any) -> Embedding:
    places = ",".join(s if isinstance(s, str) else s.address for s in servers)
    options = {"timeout": 0.6, "retries": 0, **given}
    return chosen(
        IngestSettings(
            embedding="openai:letters", openai_base_url=places, openai_api_key=SecretStr(KEY),
            **options,
        )
    )  # fmt: skip


def unit(text: str, numbers: int = NUMBERS) -> np.ndarray[Any, Any]:
    row = np.asarray(vector(text, numbers))
    return np.asarray(row / np.linalg.norm(row))


def failure(model: Embedding, *texts: str) -> str:
    started = time.monotonic()
    with pytest.raises(EmbeddingFailed) as raised:
        model.embed(texts or ("tides",))
    assert time.monotonic() - started < 5
    assert KEY not in str(raised.value)
    assert raised.value.exit_code == 2
    return str(raised.value)


def test_one_setting_chooses_the_model() -> None:
    assert isinstance(chosen(IngestSettings()), StaticEmbedding)
    assert chosen(IngestSettings(embedding="OpenAI: nomic")).identity == "openai:nomic"
    assert chosen(IngestSettings(embedding="fastembed:a/b")).identity == "fastembed:a/b"


def test_rows_are_unit_vectors_in_the_order_of_the_texts() -> None:
    texts = [f"abc {'d' * n}" for n in range(200)]
    with ScriptedServer(embeds) as server:
        rows = served(server).embed(texts)
    assert np.allclose(rows, [unit(text) for text in texts], atol=1e-6)
    assert sorted(len(request["input"]) for request in server.requests) == [8, 64, 64, 64]
    assert {request["model"] for request in server.requests} == {"letters"}
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {KEY}"}


def test_a_text_without_words_is_not_sent() -> None:
    with ScriptedServer(embeds) as server:
        rows = served(server).embed(["", "tides", "  "])
        assert served(server).embed([]).shape[0] == 0
    assert server.requests[0]["input"] == ["tides"]
    assert not rows[0].any()
    assert not rows[2].any()


def test_requests_run_side_by_side_within_the_limit() -> None:
    together, most, lock = 0, 0, threading.Lock()

    def slow(body: Body) -> Reply:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        time.sleep(0.05)
        with lock:
            together -= 1
        return embeds(body)

    with ScriptedServer(slow) as server:
        served(server, parallel=3, timeout=5).embed([f"text {n}" for n in range(64 * 8)])
    assert most == 3


def test_it_works_where_an_event_loop_runs_already() -> None:
    async def inside() -> int:
        return len(served(server).embed_query("tides"))

    with ScriptedServer(embeds) as server:
        assert asyncio.run(inside()) == NUMBERS


@pytest.mark.parametrize(
    "reply",
    [
        Reply([b"<html>hello</html>"], kind="text/html"),
        document({"data": []}),
        document({"data": [{"index": 0, "embedding": None}]}),
        document({"data": [{"index": 0, "embedding": []}]}),
        document({"data": [{"index": 0, "embedding": "abc"}]}),
        document({"data": [{"index": 5, "embedding": [1.0]}]}),
        document({"data": {"a": 1}}),
        document([1, 2]),
        document({"choices": [{"message": {"content": "Hello!"}}]}),
        Reply([b'{"data": [{"index": 0, "embedding": [1, 2'], kind="application/json"),
        Reply([b"\xff\xfe\x00"], kind="application/json"),
    ],
)
def test_what_is_no_embedding_is_refused(reply: Reply) -> None:
    with ScriptedServer(reply) as server:
        assert "embedding" in failure(served(server))


@pytest.mark.parametrize("row", [[0.0, 0.0], [1.0, float("nan")], [float("inf"), 1.0]])
def test_zeros_and_what_is_no_number_are_refused(row: list[float]) -> None:
    with ScriptedServer(document({"data": [{"index": 0, "embedding": row}]})) as server:
        assert "zero or hold what is no number" in failure(served(server))


def test_fewer_or_uneven_rows_are_refused() -> None:
    uneven = [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]
    with ScriptedServer(document({"data": uneven[:1]})) as server:
        assert "no embeddings of 2 texts" in failure(served(server), "one", "two")
    with ScriptedServer(document({"data": uneven})) as server:
        assert "one length" in failure(served(server), "one", "two")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "refused the key"), (404, "does not know the model letters"), (403, "refused"),
        (400, "refused the request (HTTP 400)"), (500, "failed (HTTP 500)"), (302, "HTTP 302"),
    ],
)  # fmt: skip
def test_each_refusal_is_told(status: int, said: str) -> None:
    with ScriptedServer(refuses(status, f"bad key {KEY}")) as server:
        assert said in failure(served(server))


def test_nobody_and_an_unknown_name_are_told() -> None:
    assert "Nothing answers" in failure(served("http://127.0.0.1:9/v1"))


def test_a_failure_that_passes_is_tried_again_after_the_wait() -> None:
    with ScriptedServer(refuses(429, Retry_After="0.3"), embeds) as server:
        started = time.monotonic()
        assert served(server, retries=1, timeout=30).embed(["tides"]).shape == (1, NUMBERS)
        assert time.monotonic() - started >= 0.3
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    with ScriptedServer(refuses(503, Retry_After=soon), embeds) as server:
        assert served(server, retries=1, timeout=30).embed(["tides"]).shape == (1, NUMBERS)


def test_a_wait_of_hours_is_not_waited_for() -> None:
    with ScriptedServer(refuses(429, Retry_After="7200")) as server:
        assert "HTTP 429" in failure(served(server, retries=2))
    assert len(server.requests) == 1


@pytest.mark.parametrize("blocks", [[30.0], [b'{"data"', 30.0], [b" ", 0.2] * 100])
def test_silence_ends_with_the_timeout(blocks: list[bytes | float]) -> None:
    with ScriptedServer(Reply(blocks, kind="application/json")) as server:
        started = time.monotonic()
        with pytest.raises(EmbeddingFailed, match="said nothing"):
            served(server, retries=3).embed_query("tides")
        assert time.monotonic() - started < 1.5


def test_a_reply_without_end_is_cut_off() -> None:
    flood = Reply([b" " * 100_000] * 200, kind="application/json")
    with ScriptedServer(flood) as server:
        failure(served(server, timeout=5))
        assert server.left.wait(2), "it was read to its end"


def test_a_broken_connection_is_told_and_tried_again() -> None:
    broken = Reply([b'{"da'], cut=True, kind="application/json")
    with ScriptedServer(broken, embeds) as server:
        assert served(server, retries=1).embed(["tides"]).shape == (1, NUMBERS)
    with ScriptedServer(broken) as server:
        assert "broke off" in failure(served(server))


def test_addresses_are_tried_in_their_order() -> None:
    with ScriptedServer(refuses(500)) as first, ScriptedServer(embeds) as second:
        rows = served("http://127.0.0.1:9/v1", first, second).embed(["tides"])
    assert rows.shape == (1, NUMBERS)
    assert (len(first.requests), len(second.requests)) == (1, 1)


def test_texts_that_are_too_long_are_halved_and_then_cut() -> None:
    def narrow(body: Body) -> Reply:
        long = sum(map(len, body["input"])) > 600
        return refuses(500, "input is too large: physical batch size") if long else embeds(body)

    texts = ["abc " * 60, "d " * 60, "cab " * 500]
    with ScriptedServer(narrow) as server:
        rows = served(server, retries=2).embed(texts)
    assert np.allclose(rows[:2], [unit(text) for text in texts[:2]])
    assert rows[2].any()


def test_the_key_of_one_server_does_not_go_to_another() -> None:
    with ScriptedServer(embeds) as server:
        settings = {"embedding": "openai:letters", "embedding_url": server.address}
        chosen(IngestSettings(openai_api_key=SecretStr(KEY), **settings)).embed(["tides"])
        own = IngestSettings(embedding_key=SecretStr("own"), **settings)
        chosen(own).embed(["tides"])
    assert "authorization" not in server.headers[0]
    assert server.headers[1]["authorization"] == "Bearer own"


@pytest.mark.parametrize("key", ["sk-ключ4711", "sk-4711 verysecret", "sk-4711\nsecret"])
def test_a_key_that_cannot_be_sent_is_told_but_not_shown(key: str) -> None:
    settings = IngestSettings(embedding="openai:letters", openai_api_key=SecretStr(key))
    with pytest.raises(SettingsError, match="OPENAI_API_KEY") as raised:
        chosen(settings)
    assert "4711" not in str(raised.value)


def test_a_password_in_the_address_is_told_but_not_shown() -> None:
    address = "http://me:secret@127.0.0.1:9/v1"
    with pytest.raises(SettingsError, match="ASKPAPERS_EMBEDDING_URL") as raised:
        chosen(IngestSettings(embedding="openai:letters", embedding_url=address))
    assert "secret@" not in str(raised.value)


def test_requests_name_nothing_but_model_and_texts() -> None:
    with ScriptedServer(embeds) as server:
        served(server).embed(["tides"])
    assert json.dumps(server.requests) == '[{"model": "letters", "input": ["tides"]}]'
