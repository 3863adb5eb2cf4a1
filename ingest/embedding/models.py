"""Texts to vectors. The default model comes inside its package: no download, no network.

That model also compares single words and sentences, whatever model embeds the papers: see `Index`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib import metadata
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import UsageError
from ingest.text.memoize import Remembered

if TYPE_CHECKING:
    from wordllama import WordLlamaInference

Vectors = NDArray[np.float32]
# Letters, one digit, or anything else, each with the space before it.
_PIECE = re.compile(r" ?(?:[^\W\d_²]+|\d|(?:[^\w ]|[_²])+)")
# What the model's vocabulary has in place of a space.
_SPACE = "▁"
# Few texts have more.
_MOST_TOKENS = 1_000
# A word takes some 200 bytes.
_MOST_WORDS = 100_000


class EmbeddingFailed(UsageError):
    """The chosen embedding model gave no vectors; the sentence says what to mend."""


class Embedding(Protocol):
    """What an index is embedded with. Vectors of different identities cannot be compared."""

    @property
    def identity(self) -> str:
        """The model as an index records it."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row a text, zeros for one without words. Raises EmbeddingFailed."""

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question. Raises EmbeddingFailed."""


def unit_rows(found: Any, count: int, made_by: str) -> Vectors:
    """Rows of length 1 from what a model returned for `count` texts.

    Raises EmbeddingFailed for rows that are too few, uneven, not finite or zero.
    """
    try:
        with np.errstate(over="ignore"):  # what is too large for a float32 is infinite in one
            rows = np.asarray(found, dtype=np.float32)
    except (TypeError, ValueError):
        rows = np.zeros(0, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[0] != count or not rows.size:
        raise EmbeddingFailed(
            f"{made_by} did not give a vector of one length a text: it is no embedding model."
        )
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise EmbeddingFailed(
            f"{made_by} gave vectors that are zero or hold what is no number. Try another model."
        )
    return np.asarray(rows / lengths, dtype=np.float32)


@lru_cache(maxsize=1)
def _loaded() -> WordLlamaInference:
    """The model, once a process: every index shares it."""
    from importlib.util import find_spec
    from pathlib import Path

    from wordllama import WordLlama

    # Without its own folder as the cache it looks elsewhere and then goes to the network.
    spec = find_spec("wordllama")
    folder = Path(str(spec.origin)).parent if spec else Path()
    model: Any = WordLlama.load(cache_dir=folder, disable_download=True)
    model.tokenizer.no_padding()
    return model


def _tokens_of_words(model: WordLlamaInference) -> Remembered[tuple[int, ...]]:
    """The tokens of a word and of the space before it: those of its pieces.

    No token of this model spans two pieces, and of pieces there are far fewer than of words.
    """
    # Without the tokenizer around it, which takes as long again.
    tokenize = model.tokenizer.model.tokenize
    last = len(model.embedding) - 1

    def of_piece(piece: str) -> tuple[int, ...]:
        return tuple(min(token.id, last) for token in tokenize(piece.replace(" ", _SPACE)))

    pieces = Remembered(of_piece, _MOST_WORDS)

    def of_word(word: str) -> tuple[int, ...]:
        if word.isalpha() and word.isascii():  # one piece
            return pieces[" " + word]
        return tuple(chain.from_iterable(map(pieces.__getitem__, _PIECE.findall(" " + word))))

    return Remembered(of_word, _MOST_WORDS)


class StaticEmbedding:
    """wordllama's 256-dimensional static vectors: a text is the mean of its tokens' vectors."""

    dimensions = 256

    @property
    def identity(self) -> str:
        """What an index records, so that vectors of two models never meet."""
        return f"wordllama-{metadata.version('wordllama')}-{self.dimensions}"

    @cached_property
    def _model(self) -> WordLlamaInference:
        return _loaded()

    @cached_property
    def _words(self) -> Remembered[tuple[int, ...]]:
        return _tokens_of_words(self._model)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row a text; a text without any known token gives a row of zeros.

        A word that was seen before costs one look-up, several times less than tokenising it.
        """
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        table, tokens_of = self._model.embedding, self._words.__getitem__
        room = np.empty((_MOST_TOKENS, self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            tokens = list(chain.from_iterable(map(tokens_of, text.split())))
            # In one place for all texts: new memory for each takes as long as the sum.
            held = room[: len(tokens)] if len(tokens) <= len(room) else None
            if tokens:
                table.take(tokens, axis=0, out=held, mode="clip").sum(axis=0, out=row)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Vectors = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
        return unit

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, made as that of any text."""
        row: Vectors = self.embed([text])[0]
        return row
