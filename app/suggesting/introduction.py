"""What a collection is about, and a question of each job that it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Literal

from app.answer import Answer
from app.suggesting.alike import alike
from app.suggesting.checked import Ask, Candidate, answered
from app.suggesting.topics import Topic, topics
from app.suggesting.wording import asked_of, called, is_name
from app.understanding.question import Asked
from ingest.index import Index
from ingest.records import Paper

Job = Literal["Find", "Explain", "Compare", "Count"]
_NAMED = 30  # topics
_MOST_READ = 1_000  # papers; of more, the newest are read
_TRIES = 6  # questions of a job
_FEW, _MANY = 2, 40  # papers of a list that is pleasant to read
_NEAR = 3  # papers of that list that may be explained


@dataclass(frozen=True, slots=True)
class Example:
    """A question that the collection answers, and the job that it is an example of."""

    job: Job
    question: str


@dataclass(frozen=True, slots=True)
class Introduction:
    """How many papers there are, of which years, on which topics, and what may be asked.

    `undated` of them have no year. The most telling topics come first.
    """

    papers: int
    since: int | None = None
    until: int | None = None
    topics: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    undated: int = 0


def introduced(index: Index, ask: Ask) -> Introduction:
    """The introduction of an index; `ask` answers a question by quotation."""
    counted = index.catalog.papers_by_year()
    papers, count = index.catalog.shelf("", _MOST_READ)
    found = topics(papers, _NAMED)
    share = len(papers) / count if count else 1.0
    return replace(
        at_a_glance(counted),
        topics=tuple(one.text for one in found),
        examples=tuple(_examples(papers, _pleasant(found, share), ask)),
    )


def at_a_glance(counted: Mapping[int | None, int]) -> Introduction:
    """What the numbers of papers by year tell, before any paper has been read."""
    years = [year for year in counted if year is not None]
    return Introduction(
        sum(counted.values()), min(years, default=None), max(years, default=None),
        undated=counted.get(None, 0),
    )  # fmt: skip


def _examples(papers: Sequence[Paper], found: Sequence[Topic], ask: Ask) -> Iterator[Example]:
    """At most one of each job, on one topic as far as it goes, and the count on another."""
    listed = next(answered(map(_about, found), ask, _TRIES), None)
    if listed:
        yield Example("Find", listed.question)
    near = [one.paper for one in listed.citations if one.sure] if listed else []
    others: tuple[tuple[Job, Iterator[Candidate]], ...] = (
        ("Explain", chain(_explained(near[:_NEAR]), _explained(papers))),
        ("Compare", _compared(near, papers, found)),
        ("Count", _counted(found, listed)),
    )  # fmt: skip
    for job, candidates in others:
        answer = next(answered(candidates, ask, _TRIES), None)
        if answer:
            yield Example(job, answer.question)


def _pleasant(found: Sequence[Topic], share: float) -> list[Topic]:
    """The topics, those of neither very few nor very many papers first.

    `share` of all papers were read for them.
    """
    return sorted(found, key=lambda one: not _FEW < len(one.papers) / share <= _MANY)


def _about(topic: Topic) -> Candidate:
    return Candidate(Asked(f"Which papers are about {topic.text}?"), least=_FEW, kind="list")


def _explained(papers: Sequence[Paper]) -> Iterator[Candidate]:
    """What papers propose, those with a name of their own first."""
    named = [paper for paper in papers if is_name(called(paper))]
    for paper in islice(dict.fromkeys([*named, *papers]), 2 * _TRIES):
        question = asked_of(paper)
        if question:
            yield Candidate(Asked(question), (paper.paper_id,))


def _compared(
    near: Sequence[Paper], papers: Sequence[Paper], found: Sequence[Topic]
) -> Iterator[Candidate]:
    """Papers of one topic side by side, a pair of each topic, those with names first."""
    groups = [
        near,
        *([one for one in papers if one.paper_id in topic.papers] for topic in found[:_TRIES]),
    ]
    pairs = [pair for pair in map(alike, groups) if pair]
    pairs.sort(key=lambda pair: -sum(is_name(called(paper)) for paper in pair))
    for pair in pairs:
        yield comparing(*pair)


def comparing(one: Paper, other: Paper) -> Candidate:
    """A comparison of two papers."""
    text = f"Compare {called(one)} and {called(other)}"
    return Candidate(Asked(text), (one.paper_id, other.paper_id), kind="compare")


def _counted(found: Sequence[Topic], listed: Answer | None) -> Iterator[Candidate]:
    """Counts of papers, on other topics than the list first."""
    asked = listed.question if listed else ""
    for topic in sorted(found, key=lambda one: _about(one).asked.text == asked):
        text = f"How many papers are about {topic.text}?"
        yield Candidate(Asked(text), least=_FEW, kind="count")
