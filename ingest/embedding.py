"""Texts to vectors. The default model comes inside its package: no download, no network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wordllama import WordLlamaInference

Vectors = NDArray[np.float32]


class StaticEmbedding:
    """wordllama's 256-dimensional static vectors: a text is the mean of its tokens' vectors."""

    dimensions = 256

    @property
    def identity(self) -> str:
        """What an index records, so that vectors of two models never meet."""
        return f"wordllama-{metadata.version('wordllama')}-{self.dimensions}"

    @cached_property
    def _model(self) -> WordLlamaInference:
        from importlib.util import find_spec
        from pathlib import Path

        from wordllama import WordLlama

        # Without its own folder as the cache it looks elsewhere and then goes to the network.
        spec = find_spec("wordllama")
        folder = Path(str(spec.origin)).parent if spec else Path()
        model: Any = WordLlama.load(cache_dir=folder, disable_download=True)
        return model

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row a text; a text without any known token gives a row of zeros."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        rows = np.asarray(self._model.embed([text or " " for text in texts]), dtype=np.float32)
        rows = np.nan_to_num(rows)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Vectors = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
        return unit
