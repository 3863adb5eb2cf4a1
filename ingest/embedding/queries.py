"""Vectors of questions, remembered, and what happens while their model does not answer."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock

from ingest.embedding.models import Embedding, EmbeddingFailed, Vectors

_REMEMBERED = 256
# After a failure the model is left alone for so many seconds: one question asks it several times.
REST = 20.0


class Queries:
    """Embeds questions. After a failure it gives no vectors for a while, and says why."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._failure = ""
        self._failed_at = -REST
        self._missed_at = -REST
        self._lock = Lock()

    def vector(self, text: str) -> Vectors | None:
        """The unit vector of a question, or None where the model fails or has just failed."""
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
            if time.monotonic() - self._failed_at < REST:
                self._missed_at = time.monotonic()
                return None
        try:
            vector = self._embedding.embed_query(text)
        except EmbeddingFailed as error:
            with self._lock:
                self._failure = str(error)
                self._failed_at = self._missed_at = time.monotonic()
            return None
        with self._lock:
            self._known[text] = vector
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return vector

    def failure_since(self, moment: float) -> str:
        """Why a question had no vector since a moment of the monotonic clock, or ""."""
        return self._failure if self._missed_at >= moment else ""
