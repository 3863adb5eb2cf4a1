"""Whether a question that is to be offered is answered, and with what it was made for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from app.answer import Answer, Kind
from app.understanding.question import Asked

Ask = Callable[[Asked], Answer]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and what its answer has to hold for the question to be worth a click.

    All papers of `cites`; the sentence at `span` of the first of them, where one is given; `least`
    papers; and, where `kind` is given, an answer of that kind. A list is one of papers on `topic`.
    """

    asked: Asked
    cites: tuple[str, ...] = ()
    span: Span | None = None
    least: int = 1
    kind: Kind | None = None
    topic: str = ""

    def met_by(self, answer: Answer) -> bool:
        """Whether it is answered so."""
        cited = {citation.paper.paper_id: citation for citation in answer.citations}
        return (
            answer.strength == "answered"
            and len(cited) >= self.least
            and self.kind in (None, answer.kind)
            and all(paper_id in cited for paper_id in self.cites)
            and (self.span is None or self._quotes(answer, self.span))
        )

    def _quotes(self, answer: Answer, span: Span) -> bool:
        return any(
            quote.start < span[1] and span[0] < quote.end
            for citation in answer.citations
            if citation.paper.paper_id == self.cites[0]
            for quote in citation.quotes
        )


def answered(candidates: Iterable[Candidate], ask: Ask, tries: int) -> Iterator[Answer]:
    """The answers of those that are answered so, each time one is, among the first of them."""
    for candidate, _ in zip(candidates, range(tries), strict=False):
        answer = ask(candidate.asked)
        if candidate.met_by(answer):
            yield answer
