"""What is configured, what answers, and what to do about what does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from app.settings import Settings
from ingest.errors import AskpapersError
from ingest.index import Index, is_filled
from ingest.records import Json


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
    """Findings on the index, the embedding and the model server, in that order."""
    return [
        _guarded("index", lambda: _index(settings.index)),
        _guarded("embedding", _embedding),
        _guarded("model server", lambda: _server(settings)),
    ]


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except AskpapersError as error:
        return Check(name, ok=False, detail="it does not work", fix=str(error))


def _index(folder: Path) -> Check:
    if not is_filled(folder):
        writable = os.access(
            next(p for p in (folder, *folder.absolute().parents) if p.exists()), os.W_OK
        )
        if not writable:
            return Check(
                "index",
                False,
                f"{folder} cannot be written",
                "Set ASKPAPERS_INDEX to a folder of yours.",
            )
        return Check(
            "index",
            True,
            f"{folder} is empty, so the sample corpus answers; askpapers ingest FOLDER fills it",
        )
    index = Index(folder)
    papers, chunks, texts = index.catalog.count(), index.vectors.count(), index.lexicon.count()
    pending = len(index.catalog.pending())
    index.close()
    if pending or texts != papers or chunks < papers:
        detail = (
            f"{papers} papers, {texts} in the text index, {chunks} chunks, {pending} unfinished"
        )
        return Check("index", False, detail, "Run askpapers ingest --rebuild.")
    return Check("index", True, f"{folder} holds {papers} papers in {chunks} chunks")


def _embedding() -> Check:
    from ingest.embedding import StaticEmbedding

    embedding = StaticEmbedding()
    embedding.embed(["works"])
    return Check("embedding", True, f"{embedding.identity} works, without a network")


def _server(settings: Settings) -> Check:
    if not settings.has_server:
        return Check(
            "model server", True, "none is configured: answers are sentences of the abstracts"
        )
    from app.model import ChatModel

    model = ChatModel(settings)
    model.check()
    return Check("model server", True, f"{model.address} answers with {settings.chat_model}")
