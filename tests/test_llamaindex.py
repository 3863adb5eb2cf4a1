"""Retriever, engine and embedding work inside LlamaIndex."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms import LLM
from llama_index.core.retrievers import BaseRetriever
from scripted_server import ScriptedServer, event, refuses, says, streams

from app.engine import Engine
from app.llamaindex import PaperEmbedding, PaperQueryEngine, PaperRetriever, ServerLLM
from app.settings import Settings
from ingest.embedding.models import StaticEmbedding


@pytest.fixture(scope="module")
def engine(sample_index: Path) -> Iterator[Engine]:
    opened = Engine(sample_index, Settings(mode="extractive"))
    yield opened
    opened.index.close()


def test_the_retriever_gives_a_node_a_paper_best_first_as_search_does(engine: Engine) -> None:
    retriever = PaperRetriever(engine, limit=5)
    assert isinstance(retriever, BaseRetriever)
    nodes = retriever.retrieve("denoising social graphs")
    found = engine.search("denoising social graphs", 5)
    assert [node.node.node_id for node in nodes] == [passage.paper.paper_id for passage in found]
    assert [node.score for node in nodes] == [passage.score for passage in found]
    scores = [node.score or 0.0 for node in nodes]
    assert scores == sorted(scores, reverse=True)


def test_a_node_holds_the_passage_at_its_offsets_and_the_fields_of_the_paper(
    engine: Engine,
) -> None:
    nodes = PaperRetriever(engine, limit=3).retrieve("blind people")
    assert len(nodes) == 3
    for found in nodes:
        (paper,) = engine.index.catalog.papers([found.node.node_id])
        node = found.node
        assert paper.abstract[node.start_char_idx : node.end_char_idx] == node.text  # type: ignore[attr-defined]
        assert node.metadata["title"] == paper.title
        assert node.metadata["authors"].split("; ") == list(paper.authors or [""])


def test_the_query_engine_answers_as_ask_does_and_numbers_its_papers(engine: Engine) -> None:
    wrapped = PaperQueryEngine(answers=engine)
    assert isinstance(wrapped, BaseQueryEngine)
    response = wrapped.query("Compare SGIL and IBMRec")
    answer = engine.ask("Compare SGIL and IBMRec")
    assert str(response) == answer.text
    assert [n.metadata["number"] for n in response.source_nodes] == [1, 2]
    assert [n.node.node_id for n in response.source_nodes] == [
        citation.paper.paper_id for citation in answer.citations
    ]
    assert response.metadata == {"abstained": False, "reason": None, "kind": "compare"}


def test_an_answer_that_there_is_none_has_its_reason_and_no_sources(engine: Engine) -> None:
    response = PaperQueryEngine(answers=engine).query("What is ZyphraNet?")
    assert response.source_nodes == []
    assert response.metadata is not None
    assert response.metadata["abstained"]
    assert response.metadata["reason"]


def test_the_model_is_an_llm_that_fails_over_streams_and_is_stopped() -> None:
    blocks: list[bytes | float] = [event("Tides "), 0.01, event("rise."), 30.0]
    with ScriptedServer(refuses(500)) as dead, ScriptedServer(streams(blocks)) as slow:
        given = Settings(openai_base_url=f"{dead.address},{slow.address}", retries=0, timeout=60)
        model = ServerLLM(given)
        assert isinstance(model, LLM)
        assert (model.metadata.model_name, model.metadata.context_window) == ("gpt-4o-mini", 8192)
        pieces = model.stream_chat([ChatMessage(role="user", content="What do tides do?")])
        seen = [next(pieces), next(pieces)]
        assert [one.delta for one in seen] == ["Tides ", "rise."]
        assert seen[-1].message.content == "Tides rise."
        pieces.close()
        assert slow.left.wait(3)
        assert slow.prompts == ["What do tides do?"]


def test_the_model_completes_a_prompt_and_a_conversation() -> None:
    with ScriptedServer(says("Tides rise.")) as server:
        model = ServerLLM(Settings(openai_base_url=server.address))
        assert str(model.complete("What do tides do?")) == "Tides rise."
        assert [str(one) for one in model.stream_complete("And?")][-1] == "Tides rise."
        said = model.chat([ChatMessage(role="system", content="Be brief.")])
        assert said.message.content == "Tides rise."
        assert [request["messages"][0]["role"] for request in server.requests] == [
            "user", "user", "system",
        ]  # fmt: skip


def test_the_embedding_gives_the_vectors_of_the_index_alone_in_batches_and_awaited() -> None:
    embedding = PaperEmbedding()
    assert isinstance(embedding, BaseEmbedding)
    texts = ["owls fly at night", "kelp grows"]
    expected = np.asarray(StaticEmbedding().embed(texts))
    assert np.allclose(embedding.get_text_embedding_batch(texts), expected)
    assert np.allclose(embedding.get_query_embedding(texts[0]), expected[0])
    assert np.allclose(asyncio.run(embedding.aget_query_embedding(texts[1])), expected[1])
    assert np.allclose(np.linalg.norm(expected, axis=1), 1.0, atol=1e-3)
    assert embedding.model_name == StaticEmbedding().identity
