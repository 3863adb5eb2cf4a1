"""Lines of evidence to an answer: one number a paper, markers and citations that agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.answer import Answer, Kind, Mode, Sentence, Status, Strength
from app.citing import Numbering, markers
from app.support.addressed import commanding, told
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


def plain(text: str) -> str:
    """Text in which nothing looks like one of our markers: "[7]" becomes "(7)"."""
    return _MARKER_LIKE.sub(r"(\1)", text)


def bullet(paper: Paper, sure: bool = True) -> str:
    """What stands before the sentence of a listed paper: its title, and its year where known."""
    perhaps = "" if sure else "perhaps "
    dated = f" ({paper.year})" if paper.year else ""
    return f"- {perhaps}**{plain(paper.title)}**{dated}: "


def titled(paper: Paper, lines: Sequence[Line]) -> list[Line]:
    """Lines on one paper, the first of them behind its title."""
    return [
        line if place else replace(line, prefix=f"**{plain(paper.title)}**: ")
        for place, line in enumerate(lines)
    ]


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
    numbering = Numbering()
    sentences: list[Sentence] = []
    shown: list[str] = []
    for line in _quotable(lines):
        own = numbering.cite(line.paper, line.span, line.fields, line.sure)
        others = [numbering.cite(paper, None, line.fields) for paper in line.others]
        text, numbers = plain(line.words), (own, *others)
        sentences.append(Sentence(text, numbers, line.support, line.status))
        shown.append(f"{line.prefix}{text} {markers(numbers)}")
    return Answer(
        question=question,
        text=_ENDING_SPACE.sub("\n", (f"{lead}\n\n" if lead else "") + separator.join(shown)),
        kind=kind,
        strength=strength,
        reason=reason,
        closest=tuple(closest),
        sentences=tuple(sentences),
        citations=numbering.citations(),
        total_matching=total,
        filters=filters or {},
        notes=tuple(notes),
        mode=mode,
    )


def _quotable(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines; where one quotes what orders its reader about, the first sentence that does not.

    A paper that says nothing else is told by its title.
    """
    quoted = [line.words if line.span and not line.text else "" for line in lines]
    for line, orders in zip(lines, commanding(quoted), strict=True):
        yield _otherwise(line) if orders else line


def _otherwise(line: Line) -> Line:
    abstract = line.paper.abstract
    spans = told(abstract)
    orders = commanding([abstract[slice(*span)] for span in spans])
    honest = next((span for span, bad in zip(spans, orders, strict=True) if not bad), None)
    if honest:
        return replace(line, span=honest)
    return replace(line, span=None, text=f"{plain(line.paper.title)}.", fields=("title",))


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
    *before, last = names or ("",)
    return f"{', '.join(before)} and {last}" if before else last
