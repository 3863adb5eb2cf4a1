from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import wordllama
from ingest_samples import abstract
from wordllama import WordLlama, WordLlamaInference

from ingest.embedding import models as embedding
from ingest.embedding.models import StaticEmbedding, Vectors


@pytest.fixture(scope="module")
def model() -> StaticEmbedding:
    return StaticEmbedding()


def test_vectors_are_those_of_wordllama_itself(
    model: StaticEmbedding, theirs: WordLlamaInference
) -> None:
    texts = [abstract(n) for n in range(20)] + [
        "Éléments d'une théorie",
        "深度学习 模型",
        "a_b--c ###",
        "x²·10⁻³ (GPT-4o's) 3.5% ٣ naïve",
    ]
    assert np.allclose(model.embed(texts), _theirs(theirs, texts), atol=1e-5)


@pytest.fixture(scope="module")
def theirs() -> WordLlamaInference:
    """The model as its own package loads it."""
    return WordLlama.load(cache_dir=Path(str(wordllama.__file__)).parent, disable_download=True)


def _theirs(theirs: WordLlamaInference, texts: list[str]) -> Vectors:
    """Means of the vectors of the tokens that its own tokenizer makes of whole texts."""
    rows = [
        theirs.embedding[theirs.tokenizer.encode(text, add_special_tokens=False).ids].mean(axis=0)
        for text in texts
    ]
    return np.stack(rows) / np.linalg.norm(rows, axis=1, keepdims=True)


def test_every_token_of_the_model_is_read_as_the_model_reads_it(
    model: StaticEmbedding, theirs: WordLlamaInference
) -> None:
    whole = [token.replace("▁", " ").strip() for token in sorted(theirs.tokenizer.get_vocab())]
    # Bytes stand for what the vocabulary lacks; a text has single spaces and no marks of its own.
    texts = [text for text in whole if text and not re.fullmatch(r"<\w+>|</s>", text)]
    assert len(texts) > 30_000
    texts = [" ".join(texts[start : start + 50]) for start in range(0, len(texts), 50)]
    assert np.allclose(model.embed(texts), _theirs(theirs, texts), atol=1e-5)


def test_rows_are_of_length_one_and_in_order(model: StaticEmbedding) -> None:
    texts = [abstract(n) for n in range(5)]
    rows = model.embed(texts)
    assert rows.shape == (5, 256)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(rows[3], model.embed([texts[3]])[0])


def test_a_text_without_words_is_a_row_of_zeros(model: StaticEmbedding) -> None:
    assert not model.embed(["", "  \n"]).any()
    assert model.embed([]).shape == (0, 256)


def test_spacing_does_not_matter(model: StaticEmbedding) -> None:
    assert np.array_equal(model.embed(["graph  neural\nnet "]), model.embed(["graph neural net"]))


def test_forgetting_words_does_not_change_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [abstract(n) for n in range(40)]
    expected = StaticEmbedding().embed(texts)
    monkeypatch.setattr(embedding, "_MOST_WORDS", 60)
    small = StaticEmbedding()
    rows = np.concatenate([small.embed(texts[n : n + 2]) for n in range(0, 40, 2)])
    assert np.allclose(rows, expected, atol=1e-6)
