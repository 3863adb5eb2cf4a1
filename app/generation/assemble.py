"""Checked sentences to an answer: papers numbered in order of first use, each with its quotes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.generation.checking import Backing, Checked
from app.records import Answer, Citation, Kind, Quote, Sentence
from ingest.records import Paper

UNFOUND = "(not found in the abstract)"


@dataclass(slots=True)
class _Cited:
    number: int
    paper: Paper
    spans: set[tuple[int, int]] = field(default_factory=set)
    fields: dict[str, None] = field(default_factory=dict)

    def citation(self) -> Citation:
        abstract = self.paper.abstract
        quotes = tuple(Quote(abstract[slice(*span)], *span) for span in sorted(self.spans))
        return Citation(self.number, self.paper, quotes, tuple(self.fields))


def assembled(
    question: str, kind: Kind, checked: Sequence[Checked], notes: Iterable[str] = ()
) -> Answer:
    """The generated answer of these sentences; a marked one says so and cites nothing."""
    cited: dict[str, _Cited] = {}
    sentences: list[Sentence] = []
    text = ""
    for item in checked:
        numbers = tuple(dict.fromkeys(_number(cited, backing) for backing in item.backing))
        sentences.append(Sentence(item.text, numbers, item.support, item.status, item.checked))
        markers = "".join(f"[{number}]" for number in numbers) or UNFOUND
        joint = "" if not text else "\n" if item.starts_line else " "
        text += f"{joint}{'- ' if item.bullet else ''}{item.text} {markers}"
    return Answer(
        question=question,
        text=text,
        kind=kind,
        sentences=tuple(sentences),
        citations=tuple(entry.citation() for entry in cited.values()),
        mode="generated",
        notes=tuple(notes),
    )


def _number(cited: dict[str, _Cited], backing: Backing) -> int:
    paper = backing.paper
    entry = cited.setdefault(paper.paper_id, _Cited(len(cited) + 1, paper))
    if backing.span:
        entry.spans.add(backing.span)
    entry.fields.update(dict.fromkeys(backing.fields))
    return entry.number
