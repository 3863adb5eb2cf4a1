"""What is configured, what answers, and what to do about what does not."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from dotenv import dotenv_values

from app.settings import Settings
from ingest.embedding.choice import chosen
from ingest.errors import AskpapersError, ServerError
from ingest.opening import is_filled, opened
from ingest.records import Json
from ingest.servers.endpoints import addresses
from ingest.servers.stores import servers
from ingest.settings import variable
from ingest.stores.soundness import unsound

# Read by the evaluation and by the tests, not by the application.
_ALSO_KNOWN = frozenset(
    {"ASKPAPERS_DATA", "ASKPAPERS_BROWSER_REQUIRED", "ASKPAPERS_SERVERS_REQUIRED"}
)


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: what was looked at, whether it is well, what was seen, what mends it."""

    name: str
    ok: bool
    detail: str
    fix: str = ""

    def as_json(self) -> Json:
        return asdict(self)


def examine(settings: Settings) -> list[Check]:
    """Findings on settings, index and its parts, embedding and model server, in that order."""
    return [
        _names(_set_names()),
        *_guarded("database", lambda: _database(settings)),
        *_guarded("vector server", lambda: _vector_server(settings)),
        *_guarded("index", lambda: _index(settings)),
        *_guarded("embedding", lambda: [_embedding(settings)]),
        *_guarded("model server", lambda: [_server(settings)]),
    ]


def _set_names() -> list[str]:
    """The names with our prefix in the environment and in `.env`."""
    # pydantic-settings reads the file with this same function.
    written = dotenv_values(".env", encoding="utf-8") if Path(".env").is_file() else {}
    return sorted({name.upper() for name in (*os.environ, *written)})


def _names(names: Sequence[str]) -> Check:
    known = {variable(name, Settings) for name in Settings.model_fields} | _ALSO_KNOWN
    unknown = [name for name in names if name.startswith("ASKPAPERS_") and name not in known]
    if not unknown:
        return Check("settings", True, "every ASKPAPERS_ variable that is set is one of ours")
    return Check(
        "settings",
        False,
        f"nothing reads {', '.join(unknown)}",
        "Correct the name, or unset it; .env.example lists every setting.",
    )


def _guarded(name: str, checks: Callable[[], list[Check]]) -> list[Check]:
    try:
        return checks()
    except AskpapersError as error:
        return [Check(name, ok=False, detail="it does not work", fix=str(error))]


def _database(settings: Settings) -> list[Check]:
    """The server of the catalog, where one is named."""
    places = servers(settings)
    if not places.database:
        return []
    from ingest.catalog.sharing import SharedCatalog

    with closing(SharedCatalog(places)) as catalog:
        detail = f"{places.database_place} answers, and holds {catalog.count()} papers"
    return [Check("database", True, detail)]


def _vector_server(settings: Settings) -> list[Check]:
    """The server of the vectors, where one is named."""
    places = servers(settings)
    if not places.chroma:
        return []
    from ingest.stores.chroma import answering

    return [Check("vector server", True, answering(places))]


def _index(settings: Settings) -> list[Check]:
    """The index as a whole, then each of its parts."""
    folder = settings.index
    places = servers(settings)
    if not is_filled(folder, places):
        return [_empty(folder)]
    with closing(opened(folder, chosen(settings), places)) as index:
        papers, chunks = index.catalog.count(), index.catalog.count_chunks()
        pending, found = len(index.catalog.pending()), unsound(index)
    rebuild = f"Run askpapers ingest --rebuild --index {folder}."
    cures = dict.fromkeys(found, rebuild)
    cures["lock"] = f"Delete {folder / 'writer.lock'}; a lock that is only a file is made again."
    cures["catalog"] = f"Run askpapers doctor --repair --index {folder}, or askpapers restore FILE."
    parts = [
        Check(part, not wrong, wrong or "whole", cures[part] if wrong else "")
        for part, wrong in found.items()
    ]
    damaged = [check for check in parts if not check.ok]
    detail = f"{folder} holds {papers} papers in {chunks} chunks"
    if damaged:
        detail += f", but not whole: {', '.join(check.name for check in damaged)}"
    elif pending:
        detail += f", {pending} of them unfinished"
        damaged = [Check("note", False, "", rebuild)]
    return [Check("index", not damaged, detail, damaged[0].fix if damaged else ""), *parts]


def _empty(folder: Path) -> Check:
    above = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(above, os.W_OK):
        fix = "Set ASKPAPERS_INDEX to a folder of yours."
        return Check("index", False, f"{folder} cannot be written", fix)
    detail = f"{folder} is empty, so the sample corpus answers; askpapers ingest FOLDER fills it"
    return Check("index", True, detail)


def _embedding(settings: Settings) -> Check:
    embedding = chosen(settings)
    numbers = len(embedding.embed_query("works"))
    detail = f"{embedding.identity} works, with vectors of {numbers} numbers"
    alone = "" if settings.embedding.startswith("openai:") else ", without a network"
    return Check("embedding", True, detail + alone)


def _server(settings: Settings) -> Check:
    if not settings.has_server:
        return Check(
            "model server", True, "none is configured: answers are sentences of the abstracts"
        )
    working, failures = [], []
    # A model of LlamaIndex has one place, which its own arguments name.
    for address in [None] if settings.llm else addresses(settings.openai_base_url):
        try:
            working.append(_answering(settings.model_copy(update={"openai_base_url": address})))
        except ServerError as error:
            failures.append(str(error))
    detail = f"{', '.join(working) or 'nothing'} answers"
    return Check("model server", not failures, detail, " ".join(dict.fromkeys(failures)))


def _answering(settings: Settings) -> str:
    """The address with the models that answer there. Raises ServerError where one does not."""
    from app.llm.choice import chat_model

    model = chat_model(settings)
    judge = "" if settings.judge_model == settings.chat_model else settings.judge_model
    names = [model.name, *filter(None, [judge])]
    for name in names:
        model.check(name)
    return f"{model.address} ({', '.join(names)})"
