"""A LlamaIndex embedding that hashes words, or fails or dawdles as it is told."""

from __future__ import annotations

import time
import zlib
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding

WIDTH = 64


class Hashing(BaseEmbedding):
    fault: str = ""
    api_key: str = ""
    seconds: float = 0.0

    def _get_text_embedding(self, text: str) -> list[float]:
        if self.fault == "raise":
            raise RuntimeError(f"the key {self.api_key} is no good")
        time.sleep(self.seconds)
        row = [0.0] * WIDTH
        for word in text.casefold().split():
            row[zlib.crc32(word.encode()) % WIDTH] += 1.0
        return row if self.fault != "zeros" else [0.0] * WIDTH

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> Any:
        return self._get_text_embedding(query)
