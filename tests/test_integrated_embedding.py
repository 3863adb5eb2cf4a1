"""Any LlamaIndex embedding embeds papers and questions, and fails as plainly as ours."""

from __future__ import annotations

import json
import time
from contextvars import copy_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from pydantic import SecretStr
from stand_in_embedding import WIDTH

from app.engine import Engine
from app.settings import Settings
from ingest.embedding.choice import chosen
from ingest.embedding.models import EmbeddingFailed
from ingest.embedding.queries import Queries
from ingest.errors import IndexMismatch, SettingsError
from ingest.index import Index
from ingest.pipeline import ingest

NAMED = "llamaindex:stand_in_embedding:Hashing"


def settings(embedding: str = NAMED, **arguments: Any) -> Settings:
    timeout = 0.7 if "seconds" in arguments else 30
    return Settings(
        embedding=embedding,
        embedding_args=SecretStr(json.dumps(arguments)),
        mode="extractive",
        timeout=timeout,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that the stand-in embedded."""
    made = tmp_path_factory.mktemp("hashed")
    index = Index(made, chosen(settings()))
    ingest(sorted((ROOT / "ingest" / "corpus").glob("abstracts-1.txt")), index, settings())
    assert index.vectors.dimensions == WIDTH
    index.close()
    return made


def test_an_index_of_it_answers_and_only_with_the_same_model(folder: Path) -> None:
    engine = Engine(folder, settings())
    answer = engine.ask("How accurate are the best models on EgoBlind?")
    engine.index.close()
    assert "56%" in answer.text
    assert answer.notes == ()
    with pytest.raises(IndexMismatch):
        Engine(folder, settings(model_name="another"))


def test_texts_without_words_get_rows_of_zeros() -> None:
    rows = chosen(settings()).embed(["tides rise", " ", "salt"])
    assert rows.shape == (3, WIDTH)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"fault": "raise", "api_key": "sk-4711"}, "failed (“the key … is no good”)"),
        ({"fault": "zeros"}, "gave vectors that are zero"),
    ],
)
def test_a_fault_is_one_sentence_without_the_key(arguments: dict[str, str], expected: str) -> None:
    embedding = chosen(settings(**arguments))
    for ask in (lambda: embedding.embed(["tides"]), lambda: embedding.embed_query("tides")):
        with pytest.raises(EmbeddingFailed) as raised:
            ask()
        assert expected in str(raised.value)
        assert "4711" not in str(raised.value)


def test_a_question_waits_no_longer_than_the_timeout_and_words_answer(folder: Path) -> None:
    engine = Engine(folder, settings(seconds=3))
    started = time.monotonic()
    passages = engine.search("recommendation over social graphs", 3)
    assert time.monotonic() - started < 2.5
    missed = engine.missed_since(started)
    engine.index.close()
    assert passages
    assert "took more than 0.7 seconds" in missed
    assert "found by their words alone" in missed


def test_what_one_question_missed_is_told_to_no_other() -> None:
    queries, started = Queries(chosen(settings(fault="raise"))), time.monotonic()
    mine, other = copy_context(), copy_context()
    assert other.run(queries.vector, "tides") is None
    assert "failed" in other.run(queries.failure_since, started)
    assert mine.run(queries.failure_since, started) == ""
    assert mine.run(queries.vector, "salt") is None  # the model is left alone for a while
    assert "failed" in mine.run(queries.failure_since, started)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("llamaindex:llama_index.embeddings.nobody:Made", 'pip install "llama-index-embeddings-'),
        ("llamaindex:blocking_llm:Blocking", "is no BaseEmbedding of LlamaIndex"),
    ],
)
def test_a_class_that_is_no_embedding_is_told(named: str, expected: str) -> None:
    with pytest.raises(SettingsError, match="ASKPAPERS_EMBEDDING") as raised:
        chosen(settings(named)).embed(["tides"])
    assert expected in str(raised.value)
