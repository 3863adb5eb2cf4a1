"""The nouns of evaluation: a case, a scored row, a report. All frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, get_args

from ingest.records import Json, Paper

CaseKind = Literal["lookup", "definition", "list", "count", "compare", "metadata", "overview"]
KINDS: tuple[str, ...] = get_args(CaseKind)

SCHEMA = 1

EXTRACTIVE = "extractive"
"""The tier of answers that asks no model, and the only one that the project's baseline holds."""


@dataclass(frozen=True, slots=True)
class Case:
    """A hand-written question with what a good answer holds.

    `papers` and `acceptable` are phrases or paper ids; a fact is a tuple of alternatives, any of
    which will do; a good answer says none of the `forbidden` ones. `tags` group cases in reports.
    A `draft` waits for a person and is never scored. `file` tells its case file from
    others: the path below the folder that was named.
    """

    id: str
    question: str
    kind: str = "lookup"
    answer: str = ""
    papers: tuple[str, ...] = ()
    acceptable: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    answerable: bool = True
    history: tuple[str, ...] = ()
    file: str = ""
    forbidden: tuple[tuple[str, ...], ...] = ()
    tags: tuple[str, ...] = ()
    draft: bool = False

    @property
    def group(self) -> str:
        """The heading it is reported under: "unanswerable", "follow-up" or its kind."""
        if not self.answerable:
            return "unanswerable"
        return "follow-up" if self.history else self.kind


@dataclass(frozen=True, slots=True)
class ResolvedCase:
    """A case whose phrases have become papers of one corpus."""

    case: Case
    papers: tuple[Paper, ...] = ()
    acceptable: tuple[Paper, ...] = ()

    @property
    def required_ids(self) -> frozenset[str]:
        return frozenset(paper.paper_id for paper in self.papers)

    @property
    def acceptable_ids(self) -> frozenset[str]:
        return frozenset(paper.paper_id for paper in self.acceptable)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A citation as it is kept in a report; spans are half-open offsets into the abstract."""

    number: int
    paper_id: str
    quotes: tuple[tuple[int, int], ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A factual sentence of an answer, the papers it cites and how well they back it, in [0, 1]."""

    text: str
    cited: tuple[str, ...]
    support: float


@dataclass(frozen=True, slots=True)
class Row:
    """A scored case. A measure that is `None` was not scored and enters no mean.

    `digest` identifies what the case expects; `reasons` say why it did not pass; `retrieved` are
    the papers that the question brought up, cited or not, best first, and `ranks` the places of
    the expected papers among them, from 1. `file` is that of the case.
    """

    id: str
    digest: str
    kind: str
    group: str
    question: str
    history: tuple[str, ...]
    answerable: bool
    reference: str
    expected: tuple[str, ...]
    acceptable: tuple[str, ...]
    mode: str
    abstained: bool
    answer: str
    cited: tuple[str, ...]
    citations: tuple[Evidence, ...]
    sentences: tuple[Line, ...]
    missing_facts: tuple[str, ...]
    measures: Mapping[str, float | None]
    passed: bool
    reasons: tuple[str, ...]
    retrieved: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    ranks: Mapping[str, int] = field(default_factory=dict)
    file: str = ""

    def as_json(self) -> Json:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Json) -> Row:
        listed = {name: tuple(value) for name, value in stored.items() if isinstance(value, list)}
        evidence = tuple(
            Evidence(e["number"], e["paper_id"], tuple(map(_span, e["quotes"])), tuple(e["fields"]))
            for e in stored["citations"]
        )
        lines = tuple(
            Line(line["text"], tuple(line["cited"]), line["support"])
            for line in stored["sentences"]
        )
        return cls(**{**stored, **listed, "citations": evidence, "sentences": lines})


def _span(pair: list[int]) -> tuple[int, int]:
    return pair[0], pair[1]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean, its standard error (`None` below two values), its n, and how many had no score."""

    mean: float | None
    se: float | None
    n: int
    unscored: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens that a model server read and wrote, as it counted them, and their price in dollars."""

    read: int = 0
    written: int = 0
    dollars: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        dollars = round(self.dollars + other.dollars, 6)
        return Spent(self.read + other.read, self.written + other.written, dollars)

    def __str__(self) -> str:
        price = f", ${self.dollars:.3f}" if self.dollars else ""
        return f"{self.read:,} tokens read and {self.written:,} written{price}"


@dataclass(frozen=True, slots=True)
class Report:
    """A run over one corpus: rows in case order, and what identifies the run.

    `papers` holds a digest of each abstract by paper id, so that a later run can tell how the
    corpus has changed.

    `seconds` (by case id) and `spent` are kept beside the report, never inside its JSON, so that
    a second run writes the same bytes.
    """

    corpus: str
    fingerprints: Mapping[str, str]
    settings: Mapping[str, object]
    provenance: Mapping[str, str]
    rows: tuple[Row, ...]
    means: Mapping[str, Mean]
    titles: Mapping[str, str]
    papers: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    spent: Spent = Spent()

    @property
    def passed(self) -> int:
        return sum(row.passed for row in self.rows)

    @property
    def written_by(self) -> str:
        """The tier of the answers: "extractive", or "generated by" a model."""
        return self.fingerprints.get("answers", EXTRACTIVE)

    def as_json(self) -> Json:
        return {
            "schema": SCHEMA,
            "corpus": self.corpus,
            "fingerprints": dict(self.fingerprints),
            "settings": dict(self.settings),
            "provenance": dict(self.provenance),
            "passed": self.passed,
            "n": len(self.rows),
            "means": {name: asdict(mean) for name, mean in self.means.items()},
            "titles": dict(self.titles),
            "papers": dict(self.papers),
            "rows": [row.as_json() for row in self.rows],
        }
