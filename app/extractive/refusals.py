"""Answers that say that there is none, with the papers that come nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.answer import Answer
from app.extractive import messages
from app.extractive.assemble import abstained
from app.extractive.candidates import Candidates
from app.understanding.reading import Read
from ingest.index import Index
from ingest.records import Paper


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refusals over one index."""

    index: Index
    candidates: Candidates

    def nothing(
        self,
        asked: Read,
        reason: str,
        *,
        closest: Sequence[Paper] = (),
        total: int | None = None,
        notes: Sequence[str] = (),
    ) -> Answer:
        """An abstention for this reason; where no closest papers are known, they are looked for."""
        question = asked.question
        near = closest or [paper for _, paper in self.candidates.of(asked)[0]]
        return abstained(
            question.text, question.kind, reason, near[:3],
            total=total, filters=question.filters.as_dict(), notes=notes,
        )  # fmt: skip

    def which(self, asked: Read) -> Answer:
        """A question back, with the papers that may be meant."""
        question, shown = asked.question, asked.context.focus[:3]
        answer = abstained(question.text, question.kind, messages.WHICH, shown)
        return replace(answer, text=messages.which([paper.title for paper in shown]))

    def unknown(self, asked: Read, closest: Sequence[Paper]) -> Answer:
        """That no abstract holds the names of the question."""
        names = (*asked.linked.unknown, *asked.linked.unknown_authors)
        reason = messages.unknown(names, self.index.catalog.count())
        return self.nothing(asked, reason, closest=closest)

    def off_topic(self, asked: Read, closest: Sequence[Paper]) -> Answer:
        """That no paper is about what is asked."""
        read = self.index.catalog.count()
        if asked.kept.years:
            counted = self.index.catalog.papers_by_year()
            read = sum(count for year, count in counted.items() if asked.kept.holds(year))
        reason = messages.off_topic(read, asked.kept)
        return self.nothing(asked, reason, closest=closest)
