"""Settings of ingestion, read once from the environment and from `.env`, then passed down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.errors import SettingsError
from ingest.integrations import NAME
from ingest.servers.endpoints import is_address, is_database

S = TypeVar("S", bound=BaseSettings)


def class_name(value: str | None) -> str | None:
    """The name of a class as package.module:Class. Raises ValueError for anything else."""
    if value is not None and not NAME.fullmatch(value.strip()):
        raise ValueError("it is not a class such as llama_index.llms.ollama:Ollama")
    return value and value.strip()


def json_object(value: SecretStr | None) -> SecretStr | None:
    """The text of a JSON object. Raises ValueError for anything else."""
    try:
        found = json.loads(value.get_secret_value()) if value is not None else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError('it is not a JSON object such as {"model": "llama3.2"}')
    return value


class IngestSettings(BaseSettings):
    """What ingestion needs to know. Every field is documented in `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix="ASKPAPERS_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    index: Path = Field(
        Path(".askpapers/index"), description="Folder of your index: catalog, vectors, text index."
    )
    chunk_chars: int = Field(
        2000, ge=100, le=3000, description="Longest chunk of an abstract, in characters."
    )
    chunk_overlap: int = Field(
        1, ge=0, le=5, description="Sentences that a chunk shares with the one before it."
    )
    lock_seconds: float = Field(
        10.0, ge=0, description="How long a second ingest waits for the first, in seconds."
    )

    database_url: SecretStr | None = Field(
        None,
        description=(
            "PostgreSQL database that holds the catalog, such as "
            "postgresql://user:password@localhost/papers; the folder of your index where empty."
        ),
    )
    chroma_url: str | None = Field(
        None,
        description=(
            "Chroma server that holds the vectors, such as http://localhost:8000; or cloud, with "
            "Chroma's own CHROMA_API_KEY, CHROMA_TENANT and CHROMA_DATABASE; the folder of your "
            "index where empty."
        ),
    )
    chroma_headers: SecretStr | None = Field(
        None,
        description=(
            "Headers of every request to the Chroma server as a JSON object, such as a proxy's "
            "token."
        ),
    )

    arxiv_url: str = Field(
        "https://export.arxiv.org/api/query", description="Where arXiv's search answers."
    )
    arxiv_seconds: float = Field(
        3.0, ge=0, description="Seconds between two requests to arXiv, which asks for three."
    )

    openai_api_key: SecretStr | None = Field(
        None,
        validation_alias="OPENAI_API_KEY",
        description="Key of the model server, if it wants one.",
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias="OPENAI_BASE_URL",
        description=(
            "Address of an OpenAI-compatible server, such as http://localhost:11434/v1; several, "
            "with commas between them, are tried in this order."
        ),
    )
    timeout: float = Field(30.0, gt=0, le=600, description="Longest wait for a server, in seconds.")
    retries: int = Field(
        2, ge=0, le=10, description="Further tries after a failure that may pass, in the timeout."
    )
    parallel: int = Field(
        4, ge=1, le=64, description="Requests to the model server at the same time."
    )
    embedding: str = Field(
        "wordllama",
        description=(
            "What turns texts into vectors: wordllama or minilm, which are part of the "
            "installation; openai:MODEL at an OpenAI-compatible server; fastembed:MODEL on "
            "this machine; or llamaindex:package.module:Class, an embedding of LlamaIndex. "
            "After a change run askpapers ingest --rebuild."
        ),
    )
    embedding_url: str | None = Field(
        None, description="Address of the server for openai:MODEL; OPENAI_BASE_URL where empty."
    )
    embedding_key: SecretStr | None = Field(
        None, description="Key of the server at ASKPAPERS_EMBEDDING_URL, if it wants one."
    )
    embedding_args: SecretStr | None = Field(
        None, description="Arguments of the class of llamaindex:… as a JSON object."
    )
    embedding_folder: Path | None = Field(
        None,
        description=(
            "Folder with the files of fastembed:MODEL; where empty, fastembed downloads them once."
        ),
    )

    @field_validator("*", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        """The environment can hold any bytes; servers, stores and JSON take text only."""
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError("it is not text in UTF-8") from None
        return value

    @field_validator("embedding")
    @classmethod
    def _embedding(cls, value: str) -> str:
        kind, colon, model = (part.strip() for part in value.partition(":"))
        kind = kind.casefold()
        if kind in ("wordllama", "minilm") and not colon:
            return kind
        if kind in ("openai", "fastembed") and model:
            return f"{kind}:{model}"
        if kind == "llamaindex" and NAME.fullmatch(model):
            return f"{kind}:{model}"
        raise ValueError(
            "it is none of wordllama, minilm, openai:MODEL such as openai:text-embedding-3-small, "
            "fastembed:MODEL such as fastembed:BAAI/bge-small-en-v1.5, and "
            "llamaindex:package.module:Class"
        )

    _arguments = field_validator("embedding_args", "chroma_headers")(json_object)

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not is_database(value.get_secret_value()):
            raise ValueError(
                "it is not an address such as postgresql://user:password@localhost/papers"
            )
        return value

    @field_validator("chroma_url")
    @classmethod
    def _chroma(cls, value: str | None) -> str | None:
        if value is None or value == "cloud" or is_address(value):
            return value
        raise ValueError("it is neither an address such as http://localhost:8000 nor cloud")

    @field_validator("openai_base_url", "embedding_url")
    @classmethod
    def _addresses(cls, value: str | None) -> str | None:
        for address in (value or "").split(","):
            if address.strip() and not is_address(address.strip()):
                raise ValueError("it is not an address such as http://localhost:11434/v1")
        return value

    @field_validator("index", "embedding_folder")
    @classmethod
    def _expand_home(cls, value: Path | None) -> Path | None:
        return value and value.expanduser()


def embedded(settings: S) -> S:
    """The same settings without servers: for an index that is always in a folder."""
    return settings.model_copy(update={"database_url": None, "chroma_url": None})


def load(kind: type[S]) -> S:
    """Settings from the environment and `.env`.

    Raises SettingsError with one sentence that names the variable, its value and what it may be.
    """
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError(_sentence(error, kind)) from error
    except UnicodeDecodeError as error:
        raise SettingsError("The file .env is not text in UTF-8: save it so.") from error


def variable(name: str, kind: type[BaseSettings]) -> str:
    """The environment variable of a setting: its alias, or its name with the prefix."""
    alias = kind.model_fields[name].validation_alias
    prefix = str(kind.model_config.get("env_prefix", ""))
    return alias if isinstance(alias, str) else f"{prefix}{name}".upper()


def _sentence(error: ValidationError, kind: type[BaseSettings]) -> str:
    first = error.errors()[0]
    place = str(first["loc"][0]) if first["loc"] else ""
    name = variable(place, kind) if place in kind.model_fields else place.upper()
    reason = first["msg"].removeprefix("Value error, ")
    kinds = get_args(kind.model_fields[place].annotation) if place in kind.model_fields else ()
    value = "…" if SecretStr in kinds else first.get("input")
    return (
        f"The setting {name}={value!s} cannot be used: "
        f"{reason[:1].lower()}{reason[1:]}. "
        "Change it in the environment or in .env; .env.example lists every setting."
    )
