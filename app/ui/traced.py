"""The engine of the page: its answers are counted and told, and traced where a tracer listens."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

from app.answer import Answer, Passage
from app.holdings import Holdings
from app.serving.watched import Watch
from app.suggesting.introduction import Introduction
from app.ui.chat import Engine
from app.understanding.question import Asked
from ingest.catalog import Feedback
from ingest.records import Paper


@dataclass(frozen=True, slots=True)
class TracedEngine:
    """An engine that is watched while it answers, and is itself in all else."""

    engine: Engine
    watch: Watch = field(default_factory=Watch)

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
        text = question if isinstance(question, str) else question.text
        answers: Iterator[Answer] = self.engine.stream(question, history)
        # Nothing listens before it was imported, which takes seconds.
        if "llama_index.core" in sys.modules:
            from app.integrations.tracing import queried

            answers = queried(text, answers)
        return self.watch.over(text, answers)

    def compare(self, question: str, paper_ids: Sequence[str]) -> Answer:
        *_, answer = self.watch.over(question, self._compared(question, paper_ids))
        return answer

    def _compared(self, question: str, paper_ids: Sequence[str]) -> Iterator[Answer]:
        # A generator, so that the work is done while the watch looks.
        yield self.engine.compare(question, paper_ids)

    def search(self, query: str, limit: int) -> list[Passage]:
        return self.engine.search(query, limit)

    def papers(self) -> list[Paper]:
        return self.engine.papers()

    def paper(self, name: str) -> Paper | None:
        return self.engine.paper(name)

    def shelf(self, text: str, most: int, file: str = "") -> tuple[list[Paper], int]:
        return self.engine.shelf(text, most, file)

    def held_of(self, paper_ids: Sequence[str]) -> dict[str, Paper]:
        return self.engine.held_of(paper_ids)

    def papers_by_year(self) -> dict[int | None, int]:
        return self.engine.papers_by_year()

    def holdings(self) -> Holdings:
        return self.engine.holdings()

    def keep(self, given: Feedback) -> None:
        self.engine.keep(given)

    def introduction(self) -> Introduction:
        return self.engine.introduction()

    def follow_ups(self, put: Asked, history: Sequence[Asked], answer: Answer) -> tuple[Asked, ...]:
        return self.engine.follow_ups(put, history, answer)

    def changed_by(self, put: Asked, history: Sequence[Asked]) -> tuple[str, ...]:
        return self.engine.changed_by(put, history)
