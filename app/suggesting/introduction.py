"""What a collection is about, and a question of each job that it answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Literal

from app.answer import Answer
from app.suggesting.checked import Ask, Candidate, answered
from app.suggesting.topics import Topic, topics
from app.suggesting.wording import asked_of, called, is_name
from app.understanding.question import Asked
from ingest.index import Index
from ingest.records import Paper

Job = Literal["Find", "Explain", "Compare", "Count"]
_NAMED = 30  # topics
_MOST_READ = 2_000  # papers; of more, the newest are read
_TRIES = 6  # questions of a job
_FEW, _MANY = 2, 40  # papers of a list that is pleasant to read


@dataclass(frozen=True, slots=True)
class Example:
    """A question that the collection answers, and the job that it is an example of."""

    job: Job
    question: str


@dataclass(frozen=True, slots=True)
class Introduction:
    """How many papers there are, of which years, on which topics, and what may be asked.

    The most telling topics come first.
    """

    papers: int
    since: int | None = None
    until: int | None = None
    topics: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


def introduced(index: Index, ask: Ask) -> Introduction:
    """The introduction of an index; `ask` answers a question by quotation."""
    counted = index.catalog.papers_by_year()
    years = [year for year in counted if year is not None]
    papers, _ = index.catalog.shelf("", _MOST_READ)
    found = topics(papers, _NAMED)
    return Introduction(
        sum(counted.values()), min(years, default=None), max(years, default=None),
        tuple(one.text for one in found), tuple(_examples(papers, found, ask)),
    )  # fmt: skip


def _examples(papers: Sequence[Paper], found: Sequence[Topic], ask: Ask) -> Iterator[Example]:
    """At most one of each job, on one topic as far as it goes, and the count on another."""
    lists = [_about(one) for one in _pleasant(found)]
    listed = next(answered(lists, ask, _TRIES), None)
    if listed:
        yield Example("Find", listed.question)
    near = [one.paper for one in listed.citations if one.sure] if listed else []
    near = list(dict.fromkeys([*near, *papers]))
    others: tuple[tuple[Job, Iterator[Candidate]], ...] = (
        ("Explain", _explained(near)), ("Compare", _compared(near)),
        ("Count", _counted(found, listed)),
    )  # fmt: skip
    for job, candidates in others:
        answer = next(answered(candidates, ask, _TRIES), None)
        if answer:
            yield Example(job, answer.question)


def _pleasant(found: Sequence[Topic]) -> list[Topic]:
    """The topics, those of neither very few nor very many papers first."""
    return sorted(found, key=lambda one: not _FEW < len(one.papers) <= _MANY)


def _about(topic: Topic) -> Candidate:
    return Candidate(Asked(f"Which papers are about {topic.text}?"), least=_FEW, kind="list")


def _explained(papers: Sequence[Paper]) -> Iterator[Candidate]:
    """What papers propose, those with a name of their own first."""
    named = [paper for paper in papers if is_name(called(paper))]
    for paper in islice(dict.fromkeys([*named, *papers]), 2 * _TRIES):
        question = asked_of(paper)
        if question:
            yield Candidate(Asked(question), (paper.paper_id,))


def _compared(papers: Sequence[Paper]) -> Iterator[Candidate]:
    fit = [paper for paper in papers if called(paper)]
    fit.sort(key=lambda paper: not is_name(called(paper)))
    for one, other in combinations(fit[:4], 2):
        if called(one) != called(other):
            yield comparing(one, other)


def comparing(one: Paper, other: Paper) -> Candidate:
    """A comparison of two papers."""
    text = f"Compare {called(one)} and {called(other)}"
    return Candidate(Asked(text), (one.paper_id, other.paper_id), kind="compare")


def _counted(found: Sequence[Topic], listed: Answer | None) -> Iterator[Candidate]:
    """Counts of papers, on other topics than the list first."""
    asked = listed.question if listed else ""
    for topic in sorted(found, key=lambda one: one.text in asked):
        text = f"How many papers are about {topic.text}?"
        yield Candidate(Asked(text), least=_FEW, kind="count")
