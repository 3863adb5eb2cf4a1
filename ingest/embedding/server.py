"""Vectors from any OpenAI-compatible embedding server: in batches, side by side, within limits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.embedding.endpoints import asked_wait, cause, is_overflow, quoted, shown
from ingest.embedding.models import EmbeddingFailed, Vectors, unit_rows
from ingest.json_text import parsed

if TYPE_CHECKING:
    from httpx import AsyncClient

_BATCH = 64
_FIRST_WAIT = 0.5  # seconds before the first further try; doubled for each one after it
_LONGEST_WAIT = 60.0  # seconds that a server may ask to wait
_SHORTEST = 100  # characters below which a text is not cut any shorter
_MOST_BYTES = 400_000  # of a reply, for each text

Rows = list[Any]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for one try, further tries, and requests at the same time."""

    timeout: float = 30.0
    retries: int = 2
    parallel: int = 4


class _Passing(EmbeddingFailed):
    """A failure that may be over soon; `wait` is how long the server asks to wait, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


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
        found = _apart(self._all([texts[place] for place in wanted]))
        given = unit_rows(found, len(wanted), f"The model {self._model}")
        rows = np.zeros((len(texts), given.shape[1]), dtype=np.float32)
        rows[wanted] = given
        return rows

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, within one timeout in all. Raises EmbeddingFailed."""
        found = _apart(self._hurried(text))
        row: Vectors = unit_rows(found, 1, f"The model {self._model}")[0]
        return row

    async def _all(self, texts: Sequence[str]) -> Rows:
        turn = asyncio.Semaphore(self._patience.parallel)
        batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]

        async def one(batch: Sequence[str]) -> Rows:
            async with turn:
                return await self._answered(client, batch, None)

        async with self._client() as client:
            jobs = [asyncio.ensure_future(one(batch)) for batch in batches]
            try:
                return [row for rows in await asyncio.gather(*jobs) for row in rows]
            finally:
                for job in jobs:
                    job.cancel()
                await asyncio.gather(*jobs, return_exceptions=True)

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
        """Try every address, and again after a while those whose failure may pass."""
        loop = asyncio.get_running_loop()
        places: Sequence[str] = self._addresses
        failure: EmbeddingFailed | None = None
        for attempt in range(self._patience.retries + 1):
            passing: list[str] = []
            for position, address in enumerate(places):
                share = (until - loop.time()) / (len(places) - position) if until else None
                limit = loop.time() + (self._patience.timeout if share is None else share)
                try:
                    return await self._request(client, address, texts, limit)
                except _TooLong:
                    raise
                except EmbeddingFailed as error:
                    failure = failure or error
                    if isinstance(error, _Passing):
                        passing.append(address)
            places = passing
            wait = _wait(failure, attempt)
            if not places or attempt == self._patience.retries:
                break
            if wait > _LONGEST_WAIT or (until and loop.time() + wait >= until):
                break
            await asyncio.sleep(wait)
        raise failure or self._silent(self._addresses[0])

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
            raise self._silent(address) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self._unreachable(error, place) from None
        if response.status_code != 200:
            waited = asked_wait(response.headers.get("retry-after"))
            raise self._refused(response.status_code, body, waited, place)
        return _rows(body, len(texts), place)

    def _silent(self, address: str) -> EmbeddingFailed:
        return _Passing(
            f"The embedding server at {shown(address)} said nothing for "
            f"{self._patience.timeout:g} seconds. ASKPAPERS_TIMEOUT sets how long to wait."
        )

    def _unreachable(self, error: BaseException, place: str) -> EmbeddingFailed:
        why = cause(error)
        if why == "name":
            return EmbeddingFailed(
                f"The name of the embedding server in {place} cannot be found. Check "
                "ASKPAPERS_EMBEDDING_URL or OPENAI_BASE_URL."
            )
        if why == "tls":
            return EmbeddingFailed(
                f"No secure connection to {place} could be made. Check whether the address of the "
                "embedding server should begin with http:// instead."
            )
        if why == "nobody":
            return EmbeddingFailed(
                f"Nothing answers at {place}. Start the embedding server, or correct "
                "ASKPAPERS_EMBEDDING_URL or OPENAI_BASE_URL."
            )
        return _Passing(f"The connection to the embedding server at {place} broke off.")

    def _refused(self, status: int, body: bytes, wait: float | None, place: str) -> EmbeddingFailed:
        text = body.decode("utf-8", "replace")
        said = quoted(text, self._key)
        if status in (401, 403):
            return EmbeddingFailed(
                f"The embedding server at {place} refused the key (HTTP {status}). Check "
                "OPENAI_API_KEY, or ASKPAPERS_EMBEDDING_KEY where ASKPAPERS_EMBEDDING_URL is set."
            )
        if status == 404:
            return EmbeddingFailed(
                f"The embedding server at {place} does not know the model {self._model}, or its "
                "address is wrong (HTTP 404). Correct ASKPAPERS_EMBEDDING; an address usually "
                "ends in /v1."
            )
        if status in (400, 413, 422, 500) and (status == 413 or is_overflow(text)):
            return _TooLong(f"The texts are too long for the embedding server at {place}{said}.")
        if status in (408, 409, 429) or status >= 500:
            return _Passing(f"The embedding server at {place} failed (HTTP {status}){said}.", wait)
        return EmbeddingFailed(
            f"The embedding server at {place} refused the request (HTTP {status}){said}."
        )


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


def _wait(failure: EmbeddingFailed | None, attempt: int) -> float:
    asked = failure.wait if isinstance(failure, _Passing) else None
    # Not for secrets: readers that failed together should not come back together.
    jitter = 0.75 + 0.25 * random.random()
    return asked if asked is not None else float(_FIRST_WAIT * 2**attempt * jitter)


def _apart(work: Coroutine[Any, Any, Rows]) -> Rows:
    """The result of work on an event loop in a thread of its own: the caller may run one.

    An interrupted caller cancels the work, which ends its requests.
    """
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = Future()

    async def main() -> Rows:
        started.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        return await work

    pool = ThreadPoolExecutor(1, "embedding")
    done = pool.submit(lambda: asyncio.run(main()))
    try:
        return done.result()
    finally:
        loop, task = started.result()
        if task is not None and not done.done():
            loop.call_soon_threadsafe(task.cancel)
        pool.shutdown(wait=False)
