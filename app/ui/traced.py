"""The engine of the page, each of whose questions is one tree for the tracers of LlamaIndex."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from app.answer import Answer, Passage
from app.suggesting.introduction import Introduction
from app.ui.chat import Engine
from app.understanding.question import Asked
from ingest.records import Paper


@dataclass(frozen=True, slots=True)
class TracedEngine:
    """An engine that is watched while it answers, and is itself in all else."""

    engine: Engine

    @property
    def held(self) -> int:
        return self.engine.held

    @property
    def model(self) -> str:
        return self.engine.model

    def stream(
        self, question: str | Asked, history: Sequence[str | Asked] = ()
    ) -> Generator[Answer, None, None]:
        """Answers that grow; closing it stops the model."""
        from app.integrations.tracing import queried

        text = question if isinstance(question, str) else question.text
        return queried(text, self.engine.stream(question, history))

    def compare(self, question: str, paper_ids: Sequence[str]) -> Answer:
        return self.engine.compare(question, paper_ids)

    def search(self, query: str, limit: int) -> list[Passage]:
        return self.engine.search(query, limit)

    def papers(self) -> list[Paper]:
        return self.engine.papers()

    def shelf(self, text: str, most: int) -> tuple[list[Paper], int]:
        return self.engine.shelf(text, most)

    def papers_by_year(self) -> dict[int | None, int]:
        return self.engine.papers_by_year()

    def introduction(self) -> Introduction:
        return self.engine.introduction()

    def follow_ups(self, put: Asked, history: Sequence[Asked], answer: Answer) -> tuple[Asked, ...]:
        return self.engine.follow_ups(put, history, answer)

    def changed_by(self, put: Asked, history: Sequence[Asked]) -> tuple[str, ...]:
        return self.engine.changed_by(put, history)
