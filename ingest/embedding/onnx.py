"""ONNX models that run on this machine, through fastembed. Sole user of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ingest.embedding.models import EmbeddingFailed, Vectors, unit_rows

_BATCH = 32


class LocalEmbedding:
    """A model of fastembed, which knows how each of its models wants questions and passages."""

    def __init__(self, model: str, folder: Path | None = None) -> None:
        """`folder` holds the model's files; without it fastembed downloads them once."""
        self._name = model
        self._folder = folder
        self._loading = Lock()

    @property
    def identity(self) -> str:
        """What an index records, so that vectors of two models never meet."""
        return f"fastembed:{self._name}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row a text. Raises EmbeddingFailed where the model cannot be used."""
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return self._rows("passage_embed", list(texts), batch_size=_BATCH)

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question. Raises EmbeddingFailed."""
        row: Vectors = self._rows("query_embed", [text])[0]
        return row

    def _rows(self, method: str, texts: list[str], **options: int) -> Vectors:
        with self._loading:
            model = self._model
        made_by = f"The embedding model {self._name}"
        try:
            found = list(getattr(model, method)(texts, **options))
        except _failures() as error:
            raise EmbeddingFailed(f"{made_by} failed: {_reason(error)}") from error
        return unit_rows(found, len(texts), made_by)

    @cached_property
    def _model(self) -> Any:
        try:
            from fastembed import TextEmbedding
            from loguru import logger
        except ImportError as error:
            raise EmbeddingFailed(
                "ASKPAPERS_EMBEDDING asks for fastembed, which is not installed: "
                'run pip install "askpapers[fastembed]".'
            ) from error
        logger.disable("fastembed")  # what it has to say comes with its errors too
        where = {"specific_model_path": str(self._folder)} if self._folder else {}
        try:
            return TextEmbedding(self._name, **where)
        except _failures() as error:
            raise EmbeddingFailed(
                f"The embedding model {self._name} cannot be loaded: {_reason(error)} Correct "
                "ASKPAPERS_EMBEDDING, or put its files into ASKPAPERS_EMBEDDING_FOLDER."
            ) from error


def _failures() -> tuple[type[Exception], ...]:
    """What fastembed raises, and the runtime below it, whose errors have no common class."""
    from onnxruntime.capi import onnxruntime_pybind11_state as runtime

    kinds = [kind for kind in vars(runtime).values() if isinstance(kind, type)]
    own = [kind for kind in kinds if issubclass(kind, Exception)]
    return (ValueError, RuntimeError, OSError, *own)


def _reason(error: Exception) -> str:
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return said if said.endswith(".") else f"{said}."
