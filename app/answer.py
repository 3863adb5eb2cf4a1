"""The nouns of answering. Frozen; `Answer.as_json` is the contract of `ask --json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from ingest.records import Json, Paper

Kind = Literal[
    "lookup", "definition", "list", "count", "compare", "metadata", "overview", "smalltalk"
]
Strength = Literal["answered", "nearest", "none"]
Status = Literal["supported", "reattributed", "marked"]
Mode = Literal["extractive", "generated"]
Checking = Literal["quoted", "words", "words and model"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved paper with its best stretch of abstract: `paper.abstract[start:end]`.

    `score` is the blended relevance, higher is better, comparable within one query only.
    """

    paper: Paper
    score: float
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.paper.abstract[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim text of the cited abstract with half-open character offsets into it."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A cited paper under its number; it has quotes, used fields, or both.

    `sure` is false for a paper that perhaps belongs to a list.
    """

    number: int
    paper: Paper
    quotes: tuple[Quote, ...] = ()
    fields: tuple[str, ...] = ()
    sure: bool = True

    def as_json(self) -> Json:
        paper = self.paper
        return {
            "number": self.number,
            "paper_id": paper.paper_id,
            "title": paper.title,
            "title_derived": paper.title_derived,
            "authors": list(paper.authors),
            "year": paper.year,
            "url": paper.url,
            "sources": list(paper.sources),
            "source_ids": list(paper.source_ids),
            "quotes": [asdict(quote) for quote in self.quotes],
            "fields": list(self.fields),
            **({} if self.sure else {"sure": False}),
        }


@dataclass(frozen=True, slots=True)
class Sentence:
    """A factual sentence of the answer, without its markers, and the numbers it cites.

    `support` is in [0, 1]: how well the cited record backs the sentence, 1 for verbatim. `checked`
    tells how that is known: the record says it so, its words were compared, a model read it too.
    """

    text: str
    citations: tuple[int, ...]
    support: float = 1.0
    status: Status = "supported"
    checked: Checking = "quoted"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with everything needed to check it. `text` carries the `[n]` markers.

    `strength`: its sentences answer ("answered"), come nearest and claim no more ("nearest"), or
    nothing is near ("none"). The last two abstain.
    """

    question: str
    text: str
    kind: Kind
    strength: Strength = "answered"
    reason: str | None = None
    closest: tuple[Paper, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    total_matching: int | None = None
    filters: Mapping[str, object] = field(default_factory=dict)
    mode: Mode = "extractive"
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def abstained(self) -> bool:
        return self.strength != "answered"

    def as_json(self) -> Json:
        return {
            "question": self.question,
            "answer": self.text,
            "kind": self.kind,
            "strength": self.strength,
            "abstained": self.abstained,
            "reason": self.reason,
            "closest": [{"paper_id": p.paper_id, "title": p.title} for p in self.closest],
            "sentences": [asdict(sentence) for sentence in self.sentences],
            "citations": [citation.as_json() for citation in self.citations],
            "total_matching": self.total_matching,
            "filters": dict(self.filters),
            "mode": self.mode,
            "notes": list(self.notes),
            "seconds": dict(self.seconds),
        }


def results(query: str, found: Sequence[Passage]) -> Json:
    """The JSON of a search, which is the contract of `search --json`."""
    return {
        "query": query,
        "results": [
            {
                "paper_id": passage.paper.paper_id,
                "title": passage.paper.title,
                "score": passage.score,
                "sources": list(passage.paper.sources),
                "source_ids": list(passage.paper.source_ids),
            }
            for passage in found
        ],
    }
