"""Sentences to vectors that know word order and context: a small transformer, part of the package.

`encoder.onnx` beside this module is all-MiniLM-L6-v2 (Wang et al., NeurIPS 2020; Apache 2.0) in 8
bits, `encoder.txt` holds its word pieces; `training/encoder.py` writes both. A sentence takes it
milliseconds, so static vectors find papers, and this reads the best of them once more.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.embedding.models import Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MODEL = Path(__file__).with_name("encoder.onnx")
VOCABULARY = Path(__file__).with_name("encoder.txt")
DIMENSIONS = 384
# Tokens of which the rest of a text is cut off; a title and a sentence have 50.
_LONGEST = 128
_MOST_TEXTS = 5_000
_WORKERS = min(4, os.cpu_count() or 1)


def encoded(texts: Sequence[str]) -> Vectors:
    """Unit vectors, one row a text. The same text always gives the same row."""
    rows = list(workers(MODEL, _LONGEST).map(_vector, texts))
    return np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)


class EncoderEmbedding:
    """The encoder as what an index is embedded with: slower than static vectors, and better."""

    @property
    def identity(self) -> str:
        """What an index records, so that vectors of two models never meet."""
        return "all-MiniLM-L6-v2-8bit"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row a text."""
        return encoded(texts)

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, made as that of any text."""
        row: Vectors = encoded([text])[0]
        return row


# One text at a time: the values of an 8-bit layer are scaled by all that pass it together.
@lru_cache(maxsize=_MOST_TEXTS)
def _vector(text: str) -> Vectors:
    tokens = np.asarray([tokenizer(_LONGEST).encode(text).ids], dtype=np.int64)
    given = {"tokens": tokens, "mask": np.ones_like(tokens)}
    row: Vectors = session(MODEL).run(None, given)[0][0]
    return row


@cache
def workers(model: Path, longest: int) -> ThreadPoolExecutor:
    """Threads that share out texts which a model reads one by one."""
    session(model), tokenizer(longest)  # before several threads ask for them
    return ThreadPoolExecutor(_WORKERS, thread_name_prefix=model.stem)


@cache
def session(model: Path) -> InferenceSession:
    """A small transformer that is ready to run, on one thread: a text is too short to be shared."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    return InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


@cache
def tokenizer(longest: int) -> Any:
    """What cuts one text or two to word pieces, at most so many."""
    from tokenizers import BertWordPieceTokenizer

    found: Any = BertWordPieceTokenizer(str(VOCABULARY))
    found.enable_truncation(longest)
    # "[SEP]" in a text is a word as any other: nobody ends it, or hides in it, by writing that.
    found._tokenizer.encode_special_tokens = True
    return found
