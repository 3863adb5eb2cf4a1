"""Another embedding than the static one: what it embeds, when it fails, and when it changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, Ran
from embedding_samples import NUMBERS, embeds
from scripted_server import Reply, ScriptedServer, refuses

from app.doctor import examine
from app.engine import Engine
from app.settings import Settings
from ingest.embedding import queries as querying
from ingest.embedding.choice import chosen
from ingest.embedding.models import EmbeddingFailed
from ingest.errors import IndexMismatch
from ingest.index import Index
from ingest.pipeline import ingest, rebuild_all

CORPUS = sorted((ROOT / "ingest" / "corpus").glob("abstracts-1.txt"))
ASKED = "Which papers use graphs?"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(embeds) as running:
        yield running


def settings(address: str, **given: Any) -> Settings:
    options = {"embedding": "openai:letters", "timeout": 30, "retries": 0, "mode": "extractive"}
    return Settings(embedding_url=address, **{**options, **given})


def filled(folder: Path, using: Settings) -> Index:
    index = Index(folder, chosen(using))
    ingest(CORPUS, index, using)
    return index


def test_chunks_and_questions_come_from_the_model_and_words_do_not(
    server: ScriptedServer, tmp_path: Path
) -> None:
    using = settings(server.address)
    index = filled(tmp_path, using)
    assert index.vectors.dimensions == NUMBERS
    assert index.relatives.rows.shape[1] == 2 * 256
    sent = [text for request in server.requests for text in request["input"]]
    assert sorted(sent) == sorted(set(sent))
    # Each chunk with its title, and each title alone.
    assert len(sent) == index.catalog.count_chunks() + index.catalog.count()
    index.close()
    engine = Engine(tmp_path, using)
    server.requests.clear()
    assert engine.search("denoising graphs", 5)
    assert engine.search("denoising graphs", 3)
    assert [request["input"] for request in server.requests] == [["denoising graphs"]]
    engine.index.close()


def test_an_answer_comes_and_cites_as_ever(server: ScriptedServer, tmp_path: Path) -> None:
    using = settings(server.address)
    filled(tmp_path, using).close()
    engine = Engine(tmp_path, using)
    answer = engine.ask("What is SGIL?")
    assert "Social Graph Invariant Learning" in answer.text
    assert answer.notes == ()
    engine.index.close()


def test_a_dead_server_during_ingest_harms_nothing_that_is_stored(
    server: ScriptedServer, tmp_path: Path, askpapers: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    using = settings(server.address)
    filled(tmp_path / "index", using).close()
    more = tmp_path / "more.txt"
    more.write_text("Abstract: Tides are measured by a gauge in the harbor, hour by hour.\n")
    monkeypatch.setenv("ASKPAPERS_EMBEDDING", "openai:letters")
    monkeypatch.setenv("ASKPAPERS_EMBEDDING_URL", server.address)
    monkeypatch.setenv("ASKPAPERS_RETRIES", "0")
    server.script.clear()
    server.script.append(refuses(500))
    ran = askpapers("ingest", more, "--index", tmp_path / "index")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "failed (HTTP 500)" in ran.err
    assert len(json.loads(askpapers("papers", "--json", "--index", tmp_path / "index").out)) > 5
    server.script[0] = embeds
    ran = askpapers("ingest", more, "--index", tmp_path / "index")
    assert (ran.code, "1 added" in ran.out) == (0, True)
    found = askpapers("search", "tides harbor", "--json", "--index", tmp_path / "index")
    assert "Tides" in json.loads(found.out)["results"][0]["title"]


def test_a_dead_server_at_question_time_leaves_the_text_index(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, settings(server.address)).close()
    engine = Engine(tmp_path, settings(server.address, timeout=0.6))
    server.script[0] = Reply([60.0])
    server.requests.clear()
    started = time.monotonic()
    answer = engine.ask("Which papers denoise a social graph?")
    assert time.monotonic() - started < 4
    assert answer.citations
    assert "said nothing" in answer.notes[-1]
    assert "words alone" in answer.notes[-1]
    started = time.monotonic()
    assert engine.search("egocentric video of blind people", 3)[0].paper.title.startswith("Ego")
    assert time.monotonic() - started < 0.5
    assert len(server.requests) == 1, "a dead server is left alone for a while"
    monkeypatch.setattr(querying, "REST", 0.0)
    server.script[0] = embeds
    assert engine.ask("Which papers denoise a social graph?").notes == ()
    engine.index.close()


def test_search_on_the_command_line_notes_a_dead_server(
    server: ScriptedServer, tmp_path: Path, askpapers: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    filled(tmp_path / "index", settings(server.address)).close()
    monkeypatch.setenv("ASKPAPERS_EMBEDDING", "openai:letters")
    monkeypatch.setenv("ASKPAPERS_EMBEDDING_URL", "http://127.0.0.1:9/v1")
    ran = askpapers("search", "graph", "--json", "--index", tmp_path / "index")
    assert ran.code == 0
    assert json.loads(ran.out)["results"]
    assert ran.err.startswith("Note: Nothing answers")


def test_a_changed_setting_asks_for_a_rebuild_and_a_rebuild_needs_no_files(
    server: ScriptedServer, tmp_path: Path, askpapers: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = tmp_path / "index"
    index = Index(folder)
    ingest(CORPUS, index, Settings())
    index.close()
    monkeypatch.setenv("ASKPAPERS_EMBEDDING", "openai:letters")
    monkeypatch.setenv("ASKPAPERS_EMBEDDING_URL", server.address)
    for command in (["ask", ASKED], ["search", "graphs"], ["ingest", *CORPUS]):
        ran = askpapers(*command, "--index", folder)
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert f"askpapers ingest --rebuild --index {folder}" in ran.err
        assert "openai:letters" in ran.err
    assert server.requests == []
    assert askpapers("ingest", "--rebuild", "--index", folder).code == 0
    ran = askpapers("search", "graphs", "--index", folder)
    assert (ran.code, ran.err) == (0, "")
    monkeypatch.delenv("ASKPAPERS_EMBEDDING")
    assert "wordllama" in askpapers("ask", ASKED, "--index", folder).err
    assert askpapers("ingest", "--rebuild", "--index", folder).code == 0
    assert askpapers("search", "graphs", "--index", folder).code == 0


def test_a_rebuild_that_fails_midway_leaves_the_old_index(
    server: ScriptedServer, tmp_path: Path
) -> None:
    index = Index(tmp_path)
    ingest(CORPUS, index, Settings())
    before = [hit.chunk_id for hit in index.vectors.nearest(index.embedding.embed(["graph"])[0], 9)]
    index.close()
    server.script[0] = refuses(500)
    using = settings(server.address)
    other = Index(tmp_path, chosen(using))
    with pytest.raises(EmbeddingFailed):
        rebuild_all(other, using)
    other.close()
    again = Index(tmp_path)
    again.check_identity()
    vector = again.embedding.embed(["graph"])[0]
    assert [hit.chunk_id for hit in again.vectors.nearest(vector, 9)] == before
    again.close()


def test_a_model_that_changed_its_length_asks_for_a_rebuild(
    server: ScriptedServer, tmp_path: Path
) -> None:
    using = settings(server.address)
    index = filled(tmp_path / "index", using)
    server.script[0] = lambda body: embeds(body, NUMBERS + 1)
    with pytest.raises(IndexMismatch, match="--rebuild"):
        index.question_vector("tides")
    more = tmp_path / "more.txt"
    more.write_text("Abstract: Tides are measured by a gauge in the harbor, hour by hour.\n")
    with pytest.raises(IndexMismatch, match=r"hold 8 numbers.*gives 9.*--rebuild"):
        ingest([more], index, using)
    index.close()


def test_an_empty_index_takes_any_model(server: ScriptedServer, tmp_path: Path) -> None:
    using = settings(server.address)
    server.script[0] = refuses(500)
    index = Index(tmp_path, chosen(using))
    with pytest.raises(EmbeddingFailed):
        ingest(CORPUS, index, using)
    index.close()
    plain = Index(tmp_path)
    assert ingest(CORPUS, plain, Settings()).added
    assert plain.vectors.dimensions == 256
    plain.close()


def test_stored_vectors_have_length_one(server: ScriptedServer, tmp_path: Path) -> None:
    index = filled(tmp_path, settings(server.address))
    rows = np.stack(list(index.vectors.vectors_of(index.catalog.chunk_ids()).values()))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    index.close()


def test_the_sample_is_made_anew_for_another_model(
    server: ScriptedServer, askpapers: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert askpapers("search", "graphs").code == 0
    monkeypatch.setenv("ASKPAPERS_EMBEDDING", "openai:letters")
    monkeypatch.setenv("ASKPAPERS_EMBEDDING_URL", server.address)
    assert askpapers("search", "graphs").code == 0
    assert server.requests


def test_the_doctor_tries_the_model(server: ScriptedServer, tmp_path: Path) -> None:
    def found(address: str) -> Any:
        using = settings(address, index=tmp_path / "index")
        return next(check for check in examine(using) if check.name == "embedding")

    assert found(server.address).ok
    assert f"vectors of {NUMBERS} numbers" in found(server.address).detail
    assert not found("http://127.0.0.1:9/v1").ok
    assert "Start the embedding server" in found("http://127.0.0.1:9/v1").fix


def test_a_wrong_setting_is_told(
    askpapers: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKPAPERS_EMBEDDING", "bert")
    ran = askpapers("search", "graphs")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "ASKPAPERS_EMBEDDING=bert" in ran.err
    assert "openai:text-embedding-3-small" in ran.err
