"""What a model is given to answer, and what is shown until it has, and where it fails."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TypeVar

from app.answer import Answer, Kind
from app.choices import Strictness
from app.llm.deadline import Deadline
from app.settings import Settings
from ingest.errors import ServerError
from ingest.records import Paper

T = TypeVar("T")

READS = "The model reads"  # the note on what a big run costs begins so
INSTEAD = "This answer quotes the abstracts instead."


@dataclass(frozen=True, slots=True)
class Task:
    """A full question, the papers that may answer it, best first, and the answer by quotation.

    The model's answer has to be complete by the deadline. `wanted` is how many papers a list shows
    at most, where that is known.
    """

    question: str
    kind: Kind
    papers: tuple[Paper, ...]
    extractive: Answer
    deadline: Deadline
    strictness: Strictness = "normal"
    wanted: int | None = None


def or_extractive(
    task: Task, answers: Generator[Answer, None, None], instead: str
) -> Generator[Answer, None, None]:
    """The model's answers; the one by quotation, with a note on why, when the server fails.

    Where there are no papers, the model is not asked. No ServerError leaves here. Closing the
    generator ends the requests at the server.
    """
    if not task.papers:
        yield task.extractive
        return
    try:
        yield from answers
    except ServerError as error:
        yield noted(task.extractive, f"{error} {instead}")


def shown_meanwhile(work: Generator[None, None, T], latest: Answer) -> Generator[Answer, None, T]:
    """Returns what the work returns; yields the latest answer again and again while it goes on."""
    with closing(work):
        while True:
            try:
                next(work)
            except StopIteration as end:
                returned: T = end.value
                return returned
            yield latest


def cost_notes(settings: Settings, tokens: int, requests: int) -> list[str]:
    """The note on what a run costs, where that is enough to be announced."""
    if tokens <= settings.announced_tokens:
        return []
    some = "1 request" if requests == 1 else f"{requests} requests"
    most = price(settings, tokens, requests * settings.max_tokens, "at most about")
    return [f"{READS} about {tokens:,} tokens in {some}{most}."]


def price(settings: Settings, read: int, written: int, about: str = "about") -> str:
    """What so many tokens cost, in brackets, or "" where no price is set."""
    cost = read * settings.price_in + written * settings.price_out
    return f" ({about} ${cost / 1e6:.4f})" if cost else ""


def noted(answer: Answer, *notes: str) -> Answer:
    """The answer with further notes."""
    return replace(answer, notes=(*answer.notes, *notes))
