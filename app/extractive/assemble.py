"""Lines of evidence to an answer: one number a paper, markers and citations that agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.records import Answer, Citation, Kind, Mode, Quote, Sentence, Status, Strength
from ingest.records import Paper

_ENDING_SPACE = re.compile(r" +\n")
_MARKER_LIKE = re.compile(r"\[(\d+(?:\s*[,–-]\s*\d+)*)\]")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of an answer: verbatim from `span` of the paper's abstract, or made of `fields`.

    `prefix` stands before it and is no claim of its own (a bullet, a paper's title). `others` are
    cited beside the paper, for the same fields; other lines may quote them. `sure` is false for a
    paper that perhaps belongs to a list.
    """

    paper: Paper
    span: tuple[int, int] | None = None
    text: str = ""
    fields: tuple[str, ...] = ()
    prefix: str = ""
    support: float = 1.0
    status: Status = "supported"
    others: tuple[Paper, ...] = ()
    sure: bool = True

    @property
    def words(self) -> str:
        return self.text or (self.paper.abstract[slice(*self.span)] if self.span else "")


@dataclass(slots=True)
class _Cited:
    number: int
    paper: Paper
    quotes: dict[tuple[int, int], Quote] = field(default_factory=dict)
    fields: dict[str, None] = field(default_factory=dict)
    sure: bool = True


def plain(text: str) -> str:
    """Text in which nothing looks like one of our markers: "[7]" becomes "(7)"."""
    return _MARKER_LIKE.sub(r"(\1)", text)


def composed(
    question: str,
    kind: Kind,
    lines: Sequence[Line],
    *,
    lead: str = "",
    separator: str = " ",
    total: int | None = None,
    filters: Mapping[str, object] | None = None,
    notes: Iterable[str] = (),
    mode: Mode = "extractive",
    strength: Strength = "answered",
    reason: str | None = None,
    closest: Sequence[Paper] = (),
) -> Answer:
    """An answer of these lines, papers numbered in order of first use."""
    cited: dict[str, _Cited] = {}
    sentences: list[Sentence] = []
    shown: list[str] = []
    for line in lines:
        entry = cited.setdefault(line.paper.paper_id, _Cited(len(cited) + 1, line.paper))
        if line.span:
            entry.quotes.setdefault(
                line.span, Quote(line.paper.abstract[slice(*line.span)], *line.span)
            )
        entry.fields.update(dict.fromkeys(line.fields))
        entry.sure = entry.sure and line.sure
        text = plain(line.words)
        also = [cited.setdefault(p.paper_id, _Cited(len(cited) + 1, p)) for p in line.others]
        for one in also:
            one.fields.update(dict.fromkeys(line.fields))
        numbers = tuple(entry.number for entry in (entry, *also))
        sentences.append(Sentence(text, numbers, line.support, line.status))
        shown.append(f"{line.prefix}{text} " + "".join(f"[{number}]" for number in numbers))
    return Answer(
        question=question,
        text=_ENDING_SPACE.sub("\n", (f"{lead}\n\n" if lead else "") + separator.join(shown)),
        kind=kind,
        strength=strength,
        reason=reason,
        closest=tuple(closest),
        sentences=tuple(sentences),
        citations=tuple(_citation(entry) for entry in cited.values()),
        total_matching=total,
        filters=filters or {},
        notes=tuple(notes),
        mode=mode,
    )


def abstained(
    question: str,
    kind: Kind,
    reason: str,
    closest: Sequence[Paper] = (),
    *,
    total: int | None = None,
    filters: Mapping[str, object] | None = None,
    notes: Iterable[str] = (),
) -> Answer:
    """An answer that says that there is none, why, and which papers come closest."""
    text = reason
    others = [title for paper in closest if (title := plain(paper.title)) not in reason]
    if others:
        text += f" The closest {'paper is' if len(others) == 1 else 'papers are'}: "
        text += "; ".join(others) + "."
    return Answer(
        question=question, text=text, kind=kind, strength="none", reason=reason,
        closest=tuple(closest), total_matching=total, filters=filters or {}, notes=tuple(notes),
    )  # fmt: skip


def joined(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    return (
        names[0]
        if len(names) == 1
        else ", ".join(names[:-1]) + f" and {names[-1]}"
        if names
        else ""
    )


def _citation(entry: _Cited) -> Citation:
    quotes = tuple(entry.quotes[span] for span in sorted(entry.quotes))
    return Citation(entry.number, entry.paper, quotes, tuple(entry.fields), entry.sure)
