"""The servers that hold an index, where settings name some: its catalog and its vectors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from ingest.settings import IngestSettings

T = TypeVar("T")

# Chroma Cloud, which its own variables CHROMA_API_KEY, CHROMA_TENANT and CHROMA_DATABASE lead to.
CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of the servers, "" for what lies in the folder of the index.

    `headers` go with every request to Chroma. A server that does not answer is asked again
    `retries` times, and given up after `seconds`; another writer is waited for `lock_seconds`.
    """

    database: str = field(default="", repr=False)
    chroma: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    seconds: float = 30.0
    retries: int = 2
    lock_seconds: float = 10.0

    @property
    def database_place(self) -> str:
        """The database as a person may see it: without user and password."""
        parts = urlsplit(self.database)
        return f"postgresql://{parts.hostname or 'localhost'}{parts.path}"


# Everything lies in the folder of the index.
EMBEDDED = Servers()


def servers(settings: IngestSettings) -> Servers:
    """The servers that settings name."""
    headers = settings.chroma_headers
    return Servers(
        database=settings.database_url.get_secret_value() if settings.database_url else "",
        chroma=settings.chroma_url or "",
        headers=json.loads(headers.get_secret_value()) if headers else {},
        seconds=settings.timeout,
        retries=settings.retries,
        lock_seconds=settings.lock_seconds,
    )
