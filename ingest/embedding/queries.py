"""Vectors of questions, remembered, and what happens while their model does not answer."""

from __future__ import annotations

import time
from collections import OrderedDict
from contextvars import ContextVar
from threading import Lock

from ingest.embedding.models import Embedding, EmbeddingFailed, Vectors

_REMEMBERED = 256
# After a failure the model is left alone for so many seconds: one question asks it several times.
REST = 20.0

# Whose vector the question that is being answered missed last, when, and why.
_missed: ContextVar[tuple[Queries, float, str] | None] = ContextVar("missed", default=None)


class Queries:
    """Embeds questions. After a failure it gives no vectors for a while, and says why."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._failure = ""
        self._failed_at = -REST
        self._lock = Lock()

    def vector(self, text: str) -> Vectors | None:
        """The unit vector of a question, or None where the model fails or has just failed."""
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
            if time.monotonic() - self._failed_at < REST:
                _missed.set((self, time.monotonic(), self._failure))
                return None
        try:
            vector = self._embedding.embed_query(text)
        except EmbeddingFailed as error:
            with self._lock:
                self._failure, self._failed_at = str(error), time.monotonic()
                _missed.set((self, self._failed_at, self._failure))
            return None
        with self._lock:
            self._known[text] = vector
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return vector

    def failure_since(self, moment: float) -> str:
        """Why this question had no vector since a moment of the monotonic clock, or "".

        Questions that others ask meanwhile, in contexts of their own, do not count.
        """
        missed = _missed.get()
        return missed[2] if missed and missed[0] is self and missed[1] >= moment else ""
