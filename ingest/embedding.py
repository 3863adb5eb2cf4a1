"""Texts to vectors. The default model comes inside its package: no download, no network.

That model also compares single words and sentences, whatever model embeds the papers: see `Index`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib import metadata
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import UsageError

if TYPE_CHECKING:
    from wordllama import WordLlamaInference

Vectors = NDArray[np.float32]
# A word takes 1 KiB. Forgetting them all costs the learning of 15,000 in the next batch: with this
# many it happens once in tens of thousands of papers.
_MOST_WORDS = 80_000


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


class StaticEmbedding:
    """wordllama's 256-dimensional static vectors: a text is the mean of its tokens' vectors."""

    dimensions = 256

    def __init__(self) -> None:
        self._words: dict[str, int] = {}
        self._sums = np.zeros((1024, self.dimensions), dtype=np.float32)
        self._tokens = np.zeros(1024, dtype=np.float32)
        self._learning = Lock()

    @property
    def identity(self) -> str:
        """What an index records, so that vectors of two models never meet."""
        return f"wordllama-{metadata.version('wordllama')}-{self.dimensions}"

    @cached_property
    def _model(self) -> WordLlamaInference:
        return _loaded()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row a text; a text without any known token gives a row of zeros.

        A token of this model never crosses a space, so a text is the sum of its words, and a word
        that was seen before costs one look-up: five times faster than tokenising every text.
        """
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        with self._learning:
            split = [text.split() for text in texts]
            self._learn(split)
            place = self._words.__getitem__
            for row, words in zip(rows, split, strict=True):
                places = np.fromiter(map(place, words), np.int64, len(words))
                tokens = self._tokens[places].sum()
                if tokens:
                    np.divide(self._sums[places].sum(axis=0), tokens, out=row)
        rows = np.nan_to_num(rows)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Vectors = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
        return unit

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, made as that of any text."""
        row: Vectors = self.embed([text])[0]
        return row

    def _learn(self, split: Sequence[Sequence[str]]) -> None:
        """Make sure that each word has its sum of token vectors and its number of tokens."""
        new = sorted({word for words in split for word in words if word not in self._words})
        if not new:
            return
        if self._words and len(self._words) + len(new) > _MOST_WORDS:
            self._words.clear()
            new = sorted({word for words in split for word in words})
        first = len(self._words)
        self._make_room(first + len(new))
        self._sums[first : first + len(new)] = 0
        encoded = self._model.tokenizer.encode_batch_fast(new, add_special_tokens=False)
        ids = [found.ids for found in encoded]
        lengths = np.asarray([len(of_word) for of_word in ids])
        tokens = np.minimum(np.concatenate(ids), len(self._model.embedding) - 1)
        begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        for step in range(int(lengths.max())):
            longer = np.flatnonzero(lengths > step)
            self._sums[first + longer] += self._model.embedding[tokens[begins[longer] + step]]
        self._tokens[first : first + len(new)] = lengths
        self._words.update(zip(new, range(first, first + len(new)), strict=True))

    def _make_room(self, rows: int) -> None:
        if rows > len(self._sums):
            # Twice as much each time, but no more than is ever used.
            more = max(rows, min(2 * len(self._sums), _MOST_WORDS)) - len(self._sums)
            self._sums = np.concatenate([self._sums, np.zeros((more, self.dimensions), np.float32)])
            self._tokens = np.concatenate([self._tokens, np.zeros(more, np.float32)])
