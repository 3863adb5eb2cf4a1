"""Settings of ingestion, read once from the environment and from `.env`, then passed down."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.errors import SettingsError

S = TypeVar("S", bound=BaseSettings)


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

    arxiv_url: str = Field(
        "https://export.arxiv.org/api/query", description="Where arXiv's search answers."
    )
    arxiv_seconds: float = Field(
        3.0, ge=0, description="Seconds between two requests to arXiv, which asks for three."
    )

    @field_validator("index")
    @classmethod
    def _expand_home(cls, value: Path) -> Path:
        return value.expanduser()


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
    return (
        f"The setting {name}={first.get('input')!s} cannot be used: "
        f"{reason[:1].lower()}{reason[1:]}. "
        "Change it in the environment or in .env; .env.example lists every setting."
    )
