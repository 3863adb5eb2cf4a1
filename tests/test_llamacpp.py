"""llama.cpp's own server with a model of random weights: its gibberish reaches no reader."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine import Engine
from app.library import SAMPLE
from app.llm.client import ChatModel
from app.llm.errors import ContextOverflow
from app.llm.protocol import Request
from app.settings import Settings
from ingest.embedding.choice import chosen
from ingest.index import Index
from ingest.pipeline import ingest

gguf = pytest.importorskip("gguf", reason="gguf is not installed: no model can be made")
llama = pytest.importorskip("xllamacpp", reason="xllamacpp is not installed: no llama.cpp server")

WIDTH, HEADS, HIDDEN, WINDOW = 32, 2, 64, 2048
WORDS = "the tide rises harbor model graph paper shows users 12% SGIL [1] . and of".split()
TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"
SCHEMA = {"type": "object", "properties": {"fit": {"type": "boolean"}}, "required": ["fit"]}


def tokens() -> tuple[list[str], list[int]]:
    """A vocabulary of three special tokens, all bytes, letters and some words, with their types."""
    plain = ["▁" + word for word in WORDS] + list(string.ascii_letters + string.digits) + ["▁"]
    listed = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *plain]
    kinds = gguf.TokenType
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * 256]
    return listed, [*types, *[kinds.NORMAL] * len(plain)]


def write_model(file: Path) -> None:
    listed, types = tokens()
    random = np.random.default_rng(7)
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_context_length(WINDOW)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(listed))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(listed)
    writer.add_token_scores([-float(place) for place in range(len(listed))])
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    shapes = {
        "token_embd": (len(listed), WIDTH), "output": (len(listed), WIDTH),
        "blk.0.attn_q": (WIDTH, WIDTH), "blk.0.attn_k": (WIDTH, WIDTH),
        "blk.0.attn_v": (WIDTH, WIDTH), "blk.0.attn_output": (WIDTH, WIDTH),
        "blk.0.ffn_gate": (HIDDEN, WIDTH), "blk.0.ffn_up": (HIDDEN, WIDTH),
        "blk.0.ffn_down": (WIDTH, HIDDEN),
    }  # fmt: skip
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", random.normal(0, 0.3, shape).astype(np.float32))
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("model") / "random.gguf"
    write_model(file)
    params = llama.CommonParams()
    params.model.path = str(file)
    params.n_ctx, params.n_parallel, params.n_gpu_layers = WINDOW, 1, 0
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.warmup, params.verbosity = False, -1
    server = llama.Server(params)
    yield f"{server.listening_address}/v1"
    del server


@pytest.fixture(scope="module")
def embedding_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("model") / "random.gguf"
    write_model(file)
    params = llama.CommonParams()
    params.model.path = str(file)
    params.n_ctx, params.n_batch, params.n_ubatch = WINDOW, WINDOW, WINDOW
    params.n_parallel, params.n_gpu_layers = 1, 0
    params.embedding, params.pooling_type = True, llama.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.warmup, params.verbosity = False, -1
    server = llama.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def settings(address: str, **given: Any) -> Settings:
    return Settings(openai_base_url=address, timeout=30, retries=0, max_tokens=60, **given)


def test_it_streams_and_counts_tokens(address: str) -> None:
    chat = ChatModel(settings(address, temperature=1.0, seed=5))
    asked = Request([{"role": "user", "content": "What do tides do?"}])
    pieces = list(chat.stream(asked))
    assert sum(bool(piece.text) for piece in pieces) > 5
    assert chat.usage.prompt > 5
    assert chat.usage.completion > 5


def test_it_keeps_to_a_schema(address: str) -> None:
    chat = ChatModel(settings(address))
    asked = Request([{"role": "user", "content": "Does it fit?"}], SCHEMA)
    assert '"fit"' in chat.complete(asked)


def test_a_prompt_beyond_its_window_is_told(address: str) -> None:
    chat = ChatModel(settings(address))
    with pytest.raises(ContextOverflow) as raised:
        chat.complete(Request([{"role": "user", "content": "tides " * 3_000}]))
    assert raised.value.limit == WINDOW


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gibberish_gives_way_to_quotations(address: str, seed: int, sample_index: Path) -> None:
    engine = Engine(sample_index, settings(address, temperature=1.0, seed=seed))
    *before, answer = engine.stream("What is SGIL?")
    for given in before:
        assert all(sentence.status == "marked" for sentence in given.sentences)
    assert answer.mode == "extractive"
    assert "Social Graph Invariant Learning" in answer.text
    assert len(answer.notes) == 1


def test_its_embeddings_make_an_index_that_answers(embedding_address: str, tmp_path: Path) -> None:
    using = Settings(
        embedding="openai:random", embedding_url=embedding_address, mode="extractive", retries=0
    )
    index = Index(tmp_path, chosen(using))
    ingest(sorted(SAMPLE.glob("abstracts-1.txt")), index, using)
    assert index.vectors.dimensions == WIDTH
    index.close()
    engine = Engine(tmp_path, using)
    assert "EgoBlind" in engine.ask("How accurate are people on EgoBlind?").text
    assert engine.index.queries.failure_since(0) == ""
    engine.index.close()


def test_a_text_beyond_its_window_is_cut_to_it(embedding_address: str) -> None:
    using = Settings(embedding="openai:random", embedding_url=embedding_address, retries=0)
    rows = chosen(using).embed(["tides", "graph shows users " * 1_500])
    assert rows.shape == (2, WIDTH)
    assert rows.any(axis=1).all()
