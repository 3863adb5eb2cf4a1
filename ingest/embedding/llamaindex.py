"""Any LlamaIndex embedding: the class that ASKPAPERS_EMBEDDING=llamaindex:… names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ingest.embedding.models import EmbeddingFailed, Vectors, unit_rows
from ingest.errors import SettingsError
from ingest.integrations import made, told
from ingest.servers.background import in_background


class IntegratedEmbedding:
    """An embedding behind LlamaIndex's interface, imported when the first text comes."""

    def __init__(self, named: str, values: dict[str, Any], timeout: float) -> None:
        self._class = named
        self._values = values
        self._timeout = timeout

    @property
    def identity(self) -> str:
        """What an index records, so that vectors of two models never meet."""
        model = self._values.get("model_name", self._values.get("model", ""))
        return f"llamaindex:{self._class}" + (f":{model}" if model else "")

    @cached_property
    def _model(self) -> Any:
        from llama_index.core.base.embeddings.base import BaseEmbedding

        return made(self._class, self._values, "ASKPAPERS_EMBEDDING", BaseEmbedding)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row a text, zeros for one without words. Raises EmbeddingFailed."""
        wanted = [place for place, text in enumerate(texts) if text.strip()]
        if not wanted:
            return np.zeros((len(texts), 0), dtype=np.float32)
        asked = [texts[place] for place in wanted]
        found = self._told(lambda: self._model.get_text_embedding_batch(asked))
        given = unit_rows(found, len(wanted), f"The embedding {self._class}")
        rows = np.zeros((len(texts), given.shape[1]), dtype=np.float32)
        rows[wanted] = given
        return rows

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, within the timeout. Raises EmbeddingFailed."""

        async def asked() -> Any:
            return await model.aget_query_embedding(text)

        model = self._model

        def awaited() -> Any:
            with in_background(asked()) as found:
                return found.result(self._timeout)

        row: Vectors = unit_rows([self._told(awaited)], 1, f"The embedding {self._class}")[0]
        return row

    def _told(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except SettingsError:
            raise
        except TimeoutError:
            raise EmbeddingFailed(
                f"The embedding {self._class} took more than {self._timeout:g} seconds. "
                "ASKPAPERS_TIMEOUT sets how long to wait."
            ) from None
        except Exception as error:  # noqa: BLE001 - an integration may raise anything
            said = told(error, self._values)
            raise EmbeddingFailed(f"The embedding {self._class} failed{said}.") from None
