"""What the papers on a topic report, whether for an overview, a claim or advice what to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from app.extractive.assemble import Line
from app.extractive.own_words import finding, main_sentence, on_aspect
from app.extractive.sentences import SentenceReader, Wanted
from app.understanding.question import Question
from ingest.records import Paper

MOST_REPORTED = 8
MOST_ADVISED = 3
# Papers that are read for what only some of them speak of.
_READ_FOR_ASPECT = 100
_SAID = {"limits": "limits and open problems", "disagreement": "disagreement"}


@dataclass(frozen=True, slots=True)
class Told:
    """Lines with their lead."""

    lead: str
    lines: tuple[Line, ...]


def tell(
    reader: SentenceReader, wanted: Wanted, question: Question, papers: Iterable[Paper]
) -> Told:
    """A line a paper, in the order of the papers and the form that the question asks for."""
    most = question.wanted or (MOST_ADVISED if question.act == "advice" else MOST_REPORTED)
    following = iter(papers)
    first = list(islice(following, most))
    if not question.aspect:
        return _plainly(reader, wanted, question, first)
    said = _SAID[question.aspect]
    following = islice(following, max(0, _READ_FOR_ASPECT - most))
    lines = tuple(islice(_of_aspect(reader, wanted, question, chain(first, following)), most))
    if not lines:
        plainly = _plainly(reader, wanted, question, first)
        return Told(f"None speaks of {said}; what they report:", plainly.lines)
    return Told(f"What the papers on this say of {said}:", lines)


def _plainly(
    reader: SentenceReader, wanted: Wanted, question: Question, chosen: Sequence[Paper]
) -> Told:
    """What these papers report, whatever aspect of it is asked for."""
    if question.act == "advice":
        return Told(_advice(question, len(chosen)), tuple(_begins(paper) for paper in chosen))
    lead = (
        "Nearest to this claim, in the papers' own words (whether they support it is for you to "
        "judge):"
        if question.act == "claim"
        else "What the papers on this report:"
    )
    return Told(lead, tuple(_reports(reader, wanted, question, paper) for paper in chosen))


def _of_aspect(
    reader: SentenceReader, wanted: Wanted, question: Question, papers: Iterable[Paper]
) -> Iterator[Line]:
    """What the papers say of one aspect, a line for each that says anything of it."""
    for paper in papers:
        near = [e.span for e in reader.read(wanted, paper).sentences]
        span = on_aspect(paper, near, question.aspect)
        if span:
            yield Line(paper, span)


def _advice(question: Question, count: int) -> str:
    how = {"newest": "The newest on this", "oldest": "The oldest on this"}
    return f"{how.get(question.order, 'Nearest to the heart of this topic')}, {count} to read:"


def _begins(paper: Paper) -> Line:
    return Line(paper, main_sentence(paper))


def _reports(reader: SentenceReader, wanted: Wanted, question: Question, paper: Paper) -> Line:
    """What a paper found on the topic: of its results the one nearest to it, else what it does."""
    near = tuple(e.span for e in reader.read(wanted, paper).sentences)
    # Beside a claim stands what is said of it, whether it is called a result or not.
    span = near[0] if question.act == "claim" else finding(paper, near) or main_sentence(paper)
    return Line(paper, span)
