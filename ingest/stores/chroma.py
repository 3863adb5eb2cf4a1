"""Where Chroma runs: in this process over a folder, or on a server; and what its failures mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeVar

from ingest.errors import AskpapersError, SettingsError, StoreGone, UsageError
from ingest.servers.endpoints import shown
from ingest.servers.failover import asked_again
from ingest.servers.stores import CLOUD, Servers
from ingest.stores.disk_errors import damaged

T = TypeVar("T")

_SETTING = "ASKPAPERS_CHROMA_URL"
# More at once fails, or takes long enough for a proxy to give up.
_BATCH = 5000
# What Chroma Cloud takes or gives in one request, unless more was agreed with them.
_CLOUD_BATCH = 300
# One client a server for all of a process: answers may be under way when an index is opened anew.
_CLIENTS: dict[tuple[object, ...], Any] = {}
_CONNECTING = Lock()
_PASSING = (408, 429, 502, 503, 504)


class Chroma(Protocol):
    """A Chroma; `name` is what a person calls it, `collection` holds the vectors of one index.

    `most` is how many rows go into one request.
    """

    name: str
    collection: str
    most: int

    def client(self) -> Any:
        """A client that is connected."""

    def asked(self, ask: Callable[[], T]) -> T:
        """What `ask` returns, as often asked for as makes sense."""

    def told(self, error: Exception) -> AskpapersError:
        """The sentence for an error of Chroma or of the way to it."""


class Embedded:
    """Chroma in this process, over a folder that no other process writes to."""

    collection = "passages"
    most = _BATCH

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    def client(self) -> Any:
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        # Chroma keeps one system a folder and process, which never sees another process's writes.
        SharedSystemClient.clear_system_cache()
        settings = Settings(anonymized_telemetry=False)
        return chromadb.PersistentClient(path=str(self.folder), settings=settings)

    def asked(self, ask: Callable[[], T]) -> T:
        return ask()

    def told(self, error: Exception) -> AskpapersError:
        reason = str(error).strip().splitlines()[-1][:200] if str(error).strip() else repr(error)
        return damaged(self.folder, "vectors", reason)


class ChromaServer:
    """A Chroma server, or Chroma Cloud, that any number of processes ask."""

    most = _BATCH

    def __init__(self, servers: Servers, collection: str) -> None:
        self._servers = servers
        self.collection = collection
        self.name = "Chroma Cloud" if servers.chroma == CLOUD else shown(servers.chroma)

    def client(self) -> Any:
        """Raises StoreGone where nothing answers, UsageError where the server refuses."""
        key = (self.name, *sorted(self._servers.headers.items()), self._servers.seconds)
        with _CONNECTING:
            if key not in _CLIENTS:
                _CLIENTS[key] = self._patient(self.asked(self._connected))
        found = _CLIENTS[key]
        most = int(found.get_max_batch_size())
        bound = _CLOUD_BATCH if self._servers.chroma == CLOUD else _BATCH
        self.most = min(bound, most) if most > 0 else bound
        return found

    def _patient(self, client: Any) -> Any:
        """A client that gives up in time: Chroma's waits for ever, and has no setting for it."""
        import httpx

        # It has a second session for its administration.
        for session in (client._server._session, client._admin_client._server._session):
            session.timeout = httpx.Timeout(self._servers.seconds)
            session.event_hooks["response"].append(self._refused)
        return client

    def _connected(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        if self._servers.chroma == CLOUD:
            try:
                return chromadb.CloudClient(settings=settings)
            except ValueError as error:
                raise SettingsError(f"{_SETTING} is {CLOUD}: {error}") from error
        self._heartbeat()
        headers = dict(self._servers.headers)
        return chromadb.HttpClient(host=self._servers.chroma, headers=headers, settings=settings)

    def _heartbeat(self) -> None:
        """Ask whether anybody is there, which Chroma's own client would wait for without end."""
        import httpx

        address = f"{self._servers.chroma.rstrip('/')}/api/v2/heartbeat"
        headers = dict(self._servers.headers)
        self._refused(httpx.get(address, headers=headers, timeout=self._servers.seconds))

    def _refused(self, response: Any) -> None:
        """Raises for a status that is not Chroma's own, which its client would not name."""
        status = int(response.status_code)
        if status in _PASSING:
            raise StoreGone(
                f"The Chroma server at {self.name} is busy or not ready (HTTP {status}). Try "
                "again later: what was stored before is unharmed."
            )
        if status in (401, 403):
            raise UsageError(
                f"The Chroma server at {self.name} refused the key (HTTP {status}). Check "
                "ASKPAPERS_CHROMA_HEADERS, or CHROMA_API_KEY for Chroma Cloud."
            )

    def asked(self, ask: Callable[[], T]) -> T:
        return asked_again(ask, _may_pass, self._servers.retries)

    def told(self, error: Exception) -> AskpapersError:
        from httpx import TransportError

        reason = " ".join(str(error).split())[:200] or type(error).__name__
        if isinstance(error, TransportError | OSError):
            return StoreGone(
                f"The Chroma server at {self.name} cannot be reached or went away (“{reason}”). "
                f"What was stored before is unharmed: start it or correct {_SETTING}, then run "
                "the same command again."
            )
        return UsageError(
            f"The Chroma server at {self.name} cannot do what it was asked for (“{reason}”). Where "
            "its collection is gone, askpapers ingest --rebuild makes it anew from the catalog."
        )


def answering(servers: Servers) -> str:
    """What a Chroma server is, once it has answered. Raises StoreGone where it does not."""
    chroma = ChromaServer(servers, "")
    try:
        version = chroma.client().get_version()
    except failures() as error:
        raise chroma.told(error) from error
    return f"{chroma.name} answers: Chroma {version}, {chroma.most} rows at once"


def failures() -> tuple[type[Exception], ...]:
    """What Chroma and the way to it raise."""
    from chromadb.errors import ChromaError
    from httpx import TransportError

    return (ChromaError, TransportError, OSError)


def is_too_much(error: Exception) -> bool:
    """Whether a request was refused for its size: half of it may do."""
    return type(error).__name__ in ("QuotaError", "BatchSizeExceededError")


def _may_pass(error: BaseException) -> bool:
    from httpx import TransportError

    passing = isinstance(error, TransportError | StoreGone)
    return passing or type(error).__name__ in ("RateLimitError", "InternalError")
