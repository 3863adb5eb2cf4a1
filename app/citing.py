"""Papers cited by an answer: numbered in order of first use, each with what was used of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.answer import Citation, Quote
from ingest.records import Paper

Span = tuple[int, int]


@dataclass(slots=True)
class _Cited:
    number: int
    paper: Paper
    spans: set[Span] = field(default_factory=set)
    fields: dict[str, None] = field(default_factory=dict)
    sure: bool = True

    def citation(self) -> Citation:
        abstract = self.paper.abstract
        quotes = tuple(Quote(abstract[slice(*span)], *span) for span in sorted(self.spans))
        return Citation(self.number, self.paper, quotes, tuple(self.fields), self.sure)


class Numbering:
    """Gives each paper one number, and collects its quotes and used fields."""

    def __init__(self) -> None:
        self._cited: dict[str, _Cited] = {}

    def cite(
        self, paper: Paper, span: Span | None, fields: Iterable[str], sure: bool = True
    ) -> int:
        """The number of the paper; `span` are half-open offsets of the quote in its abstract."""
        entry = self._cited.setdefault(paper.paper_id, _Cited(len(self._cited) + 1, paper))
        if span:
            entry.spans.add(span)
        entry.fields.update(dict.fromkeys(fields))
        entry.sure = entry.sure and sure
        return entry.number

    def citations(self) -> tuple[Citation, ...]:
        """All papers that were cited, by their numbers."""
        return tuple(entry.citation() for entry in self._cited.values())


def markers(numbers: Iterable[int]) -> str:
    """The numbers as they stand behind a sentence: "[1][3]"."""
    return "".join(f"[{number}]" for number in numbers)
