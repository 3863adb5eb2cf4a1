"""Models on this machine, through fastembed, with a tiny model that the test makes itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from app.engine import Engine
from app.settings import Settings
from ingest.embedding.choice import chosen
from ingest.embedding.models import EmbeddingFailed
from ingest.embedding.onnx import LocalEmbedding
from ingest.index import Index
from ingest.pipeline import ingest

# One that fastembed knows, so that it knows how to pool; the files are ours.
NAME, NUMBERS = "BAAI/bge-small-en-v1.5", 6
WORDS = "[PAD] [CLS] [SEP] [UNK] graph noise social recommend video blind image the of".split()


def field(number: int, value: int | bytes | str) -> bytes:
    """One field of a protocol buffer: a number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def tensor_info(name: str, kind: int, *sizes: str | int) -> bytes:
    dims = b"".join(
        field(1, field(2, size) if isinstance(size, str) else field(1, size)) for size in sizes
    )
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, dims)))


def onnx_model() -> bytes:
    """A model whose hidden state of a token is a row of a table, found by ONNX's Gather."""
    table = np.random.default_rng(3).normal(size=(len(WORDS), NUMBERS)).astype(np.float32)
    weights = (
        field(1, len(WORDS)) + field(1, NUMBERS) + field(2, 1) + field(8, "table")
        + field(9, table.tobytes())
    )  # fmt: skip
    # The first hidden state stands for the text, and here it holds the text's middle token too.
    inputs = ("input_ids", "attention_mask")
    node = field(1, "table") + field(1, "input_ids") + field(2, "last_hidden_state")
    graph = field(1, node + field(4, "Gather")) + field(2, "tiny") + field(5, weights)
    graph += b"".join(field(11, tensor_info(name, 7, "batch", "length")) for name in inputs)
    graph += field(12, tensor_info("last_hidden_state", 1, "batch", "length", NUMBERS))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of a model as fastembed wants them."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = tmp_path / "model"
    made.mkdir()
    (made / "model_optimized.onnx").write_bytes(onnx_model())
    vocabulary = {word: place for place, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(made / "tokenizer.json"))
    config = {"pad_token": "[PAD]", "model_max_length": 64}
    (made / "tokenizer_config.json").write_text(json.dumps(config))
    (made / "special_tokens_map.json").write_text(json.dumps({"pad_token": "[PAD]"}))
    (made / "config.json").write_text(json.dumps({"pad_token_id": 0}))
    return made


def test_a_model_in_a_folder_embeds_papers_and_questions(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("fastembed", reason="fastembed is not installed")
    using = Settings(embedding=f"fastembed:{NAME}", embedding_folder=folder)
    model = chosen(using)
    rows = model.embed(["graph noise", "video of the blind", "graph noise"])
    assert rows.shape == (3, NUMBERS)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.array_equal(rows[0], rows[2])
    assert not np.allclose(rows[0], rows[1])
    file = tmp_path / "more.txt"
    file.write_text("Abstract: graph noise of the social graph.\n\nAbstract: video of the blind.\n")
    index = Index(tmp_path / "index", model)
    assert ingest([file], index, using).added == 2
    assert index.vectors.dimensions == NUMBERS
    index.close()
    engine = Engine(tmp_path / "index", using)
    assert "blind" in engine.search("blind video", 1)[0].paper.abstract
    engine.index.close()


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    pytest.importorskip("fastembed", reason="fastembed is not installed")
    with pytest.raises(EmbeddingFailed, match="cannot be loaded"):
        LocalEmbedding(NAME, tmp_path).embed(["graph"])


def test_a_model_that_fastembed_does_not_know_is_told(tmp_path: Path) -> None:
    pytest.importorskip("fastembed", reason="fastembed is not installed")
    with pytest.raises(EmbeddingFailed, match=r"no/such cannot be loaded.*ASKPAPERS_EMBEDDING"):
        LocalEmbedding("no/such", tmp_path).embed(["graph"])


def test_without_fastembed_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastembed", None)
    with pytest.raises(EmbeddingFailed, match=r'pip install "askpapers\[fastembed\]"'):
        LocalEmbedding(NAME).embed_query("graph")
