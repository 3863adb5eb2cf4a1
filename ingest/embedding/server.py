"""Vectors from any OpenAI-compatible embedding server: in batches, side by side, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.embedding.models import EmbeddingFailed, Vectors, unit_rows
from ingest.errors import AskpapersError
from ingest.json_text import parsed
from ingest.servers.background import in_background, together
from ingest.servers.endpoints import asked_wait, is_overflow, quoted, shown
from ingest.servers.failover import MayPass, Patience, first_answer
from ingest.servers.faults import Server, is_passing

if TYPE_CHECKING:
    from httpx import AsyncClient

_BATCH = 64
_SHORTEST = 100  # characters below which a text is not cut any shorter
_MOST_BYTES = 400_000  # of a reply, for each text

_SERVER = Server(
    "embedding server",
    "ASKPAPERS_EMBEDDING_URL or OPENAI_BASE_URL",
    "OPENAI_API_KEY, or ASKPAPERS_EMBEDDING_KEY where ASKPAPERS_EMBEDDING_URL is set",
    "ASKPAPERS_EMBEDDING",
)

Rows = list[Any]


class _Passing(MayPass, EmbeddingFailed):
    """A failure that may be over soon."""


class _TooLong(EmbeddingFailed):
    """The server cannot read so much at once."""


class ServerEmbedding:
    """One model of a server, or of several that stand in for each other in their order."""

    def __init__(self, model: str, addresses: Sequence[str], key: str, patience: Patience) -> None:
        self._model = model
        self._addresses = tuple(addresses)
        self._key = key
        self._patience = patience

    @property
    def identity(self) -> str:
        """What an index records, so that vectors of two models never meet."""
        return f"openai:{self._model}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row a text, zeros for one without words. Raises EmbeddingFailed.

        Each try of each batch may take the timeout; a wait that the server asks for is kept.
        """
        wanted = [place for place, text in enumerate(texts) if text.strip()]
        if not wanted:
            return np.zeros((len(texts), 0), dtype=np.float32)
        with in_background(self._all([texts[place] for place in wanted])) as found:
            given = unit_rows(found.result(), len(wanted), f"The model {self._model}")
        rows = np.zeros((len(texts), given.shape[1]), dtype=np.float32)
        rows[wanted] = given
        return rows

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, within one timeout in all. Raises EmbeddingFailed."""
        with in_background(self._hurried(text)) as found:
            row: Vectors = unit_rows(found.result(), 1, f"The model {self._model}")[0]
        return row

    async def _all(self, texts: Sequence[str]) -> Rows:
        turn = asyncio.Semaphore(self._patience.parallel)
        batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]

        async def one(batch: Sequence[str]) -> Rows:
            async with turn:
                return await self._answered(client, batch, None)

        async with self._client() as client:
            found = await together([one(batch) for batch in batches])
        return [row for rows in found for row in rows]

    async def _hurried(self, text: str) -> Rows:
        async with self._client() as client:
            until = asyncio.get_running_loop().time() + self._patience.timeout
            return await self._answered(client, [text], until)

    def _client(self) -> AsyncClient:
        import httpx

        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        return httpx.AsyncClient(headers=headers, timeout=None)

    async def _answered(
        self, client: AsyncClient, texts: Sequence[str], until: float | None
    ) -> Rows:
        """The rows of one batch, which is halved and a lone text cut where it is too long."""
        try:
            return await self._tried(client, texts, until)
        except _TooLong:
            if len(texts) > 1:
                half = len(texts) // 2
                first = await self._answered(client, texts[:half], until)
                return first + await self._answered(client, texts[half:], until)
            if len(texts[0]) < 2 * _SHORTEST:
                raise
            return await self._answered(client, [texts[0][: len(texts[0]) * 2 // 3]], until)

    async def _tried(self, client: AsyncClient, texts: Sequence[str], until: float | None) -> Rows:
        async def ask(address: str, limit: float) -> Rows:
            return await self._request(client, address, texts, limit)

        def is_final(error: AskpapersError) -> bool:
            return isinstance(error, _TooLong)

        return await first_answer(
            self._addresses, ask, self._patience, until=until, is_final=is_final
        )

    async def _request(
        self, client: AsyncClient, address: str, texts: Sequence[str], limit: float
    ) -> Rows:
        import httpx

        place = shown(address)
        asked = {"model": self._model, "input": list(texts)}
        try:
            async with (
                asyncio.timeout_at(limit),
                client.stream("POST", f"{address}/embeddings", json=asked) as response,
            ):
                body = await _whole(response.aiter_bytes(), _MOST_BYTES * len(texts))
        except TimeoutError:
            raise _Passing(_SERVER.silent(self._patience.timeout, place)) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unreachable(error, place) from None
        if response.status_code != 200:
            waited = asked_wait(response.headers.get("retry-after"))
            raise self._refused(response.status_code, body, waited, place)
        return _rows(body, len(texts), place)

    def _refused(self, status: int, body: bytes, wait: float | None, place: str) -> EmbeddingFailed:
        text = body.decode("utf-8", "replace")
        said = quoted(text, self._key)
        if status in (400, 413, 422, 500) and (status == 413 or is_overflow(text)):
            return _TooLong(f"The texts are too long for the embedding server at {place}{said}.")
        if is_passing(status):
            return _Passing(f"The embedding server at {place} failed (HTTP {status}){said}.", wait)
        return EmbeddingFailed(_SERVER.refused(status, said, self._model, place))


def _unreachable(error: BaseException, place: str) -> EmbeddingFailed:
    said = _SERVER.unreachable(error, place)
    return EmbeddingFailed(said) if said else _Passing(_SERVER.broken(place))


async def _whole(stream: Any, most: int) -> bytes:
    """A reply up to its end, or up to one byte more than any honest one has."""
    body = b""
    async for block in stream:
        body += block
        if len(body) > most:
            break
    return body


def _rows(body: bytes, count: int, place: str) -> Rows:
    """The vectors of a reply in the order of the texts, whatever order they came in."""
    try:
        entries = {item["index"]: item["embedding"] for item in parsed(body)["data"]}
        return [entries[place] for place in range(count)]
    except (ValueError, KeyError, TypeError):
        raise EmbeddingFailed(
            f"What the server at {place} sent are no embeddings of {count} texts. "
            "Check that ASKPAPERS_EMBEDDING names an embedding model of that server."
        ) from None
