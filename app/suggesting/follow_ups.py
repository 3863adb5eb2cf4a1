"""Questions to ask after an answer: made from its papers and its kind, and answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from app.answer import Answer
from app.extractive.messages import WHICH
from app.extractive.own_words import data_used, finding
from app.suggesting.checked import Ask, Candidate, answered
from app.suggesting.introduction import Introduction, comparing
from app.suggesting.wording import asked_of, called, is_name, is_phrase
from app.understanding.question import ON_PAPERS, Asked
from app.understanding.reading import Read
from ingest.records import Paper

MOST = 3
_TRIES = 8
_FEW, _SEVERAL = 2, 4  # papers
_LONGEST = 160  # characters
_LONGEST_TOPIC = 6  # words
_LISTED = ("list", "count")


def followed(
    asked: Read,
    put: Asked,
    history: Sequence[Asked],
    answer: Answer,
    ask: Ask,
    introduction: Callable[[], Introduction],
) -> tuple[Asked, ...]:
    """At most three questions, in the choices of the one that was put.

    After an abstention they lead to the papers that came closest, or to a question that is
    answered. None repeats one of the conversation, and each brings what was not yet said.
    """
    if answer.reason == WHICH and answer.closest:
        return tuple(
            Asked(put.text, put.without, paper.paper_id, put.choices)
            for paper in answer.closest[:MOST]
        )
    known = {one.text.casefold() for one in (*history, put)}
    fresh = _unknown(_candidates(asked, answer, introduction), known)
    said = _quotes(answer)
    chosen: list[Asked] = []
    for given in answered(fresh, lambda one: ask(_as_chosen(one, put)), _TRIES):
        if given.kind in _LISTED or _quotes(given) - said:
            chosen.append(_as_chosen(Asked(given.question), put))
        if len(chosen) == MOST:
            break
    return tuple(chosen)


def _unknown(candidates: Iterator[Candidate], known: set[str]) -> Iterator[Candidate]:
    """Those whose question is not among the known ones and fits on a button, each once."""
    for candidate in candidates:
        text = candidate.asked.text.casefold()
        if text not in known and len(text) <= _LONGEST:
            known.add(text)
            yield candidate


def _as_chosen(asked: Asked, put: Asked) -> Asked:
    return Asked(asked.text, choices=put.choices)


def _quotes(answer: Answer) -> set[tuple[str, str]]:
    """What an answer quotes, and from where."""
    return {
        (citation.paper.paper_id, quote.text)
        for citation in answer.citations
        for quote in citation.quotes
    }


def _candidates(
    asked: Read, answer: Answer, introduction: Callable[[], Introduction]
) -> Iterator[Candidate]:
    """Questions that may follow, the most likely wishes first."""
    if answer.kind == "smalltalk":
        return _introductory(introduction)
    topic = _topic(asked)
    if answer.abstained:
        closest = answer.closest[: MOST - 1]
        return chain(
            _explained(closest), *map(_details, closest[:1]), _on(topic, "list", "overview"),
            _introductory(introduction),
        )  # fmt: skip
    papers = [citation.paper for citation in answer.citations if citation.sure]
    if answer.kind in _LISTED:
        return _after_list(papers, topic, answer)
    if answer.kind == "overview":
        return chain(_on(topic, "list", "limits"), _explained(papers), _together(papers))
    others = _on(_held_topic(papers, introduction), "list")
    if answer.kind == "metadata":
        return chain(_explained(papers), _by(papers), *map(_details, papers[:1]), others)
    if answer.kind == "compare":
        return chain(*map(_details, papers[:2]), others)
    details = chain.from_iterable(map(_details, papers[:1]))
    return chain(details, _together(papers), _explained(papers[1:]), others)


def _introductory(introduction: Callable[[], Introduction]) -> Iterator[Candidate]:
    for example in introduction().examples:
        yield Candidate(Asked(example.question))


def _after_list(papers: Sequence[Paper], topic: str, answer: Answer) -> Iterator[Candidate]:
    yield from _together(papers)
    yield from _on(topic, "list" if answer.kind == "count" else "overview")
    if len({paper.year for paper in papers if paper.year}) >= _FEW and len(papers) >= _SEVERAL:
        yield from _on(topic, "years")
    yield from _explained(papers[:2])


def _explained(papers: Sequence[Paper]) -> Iterator[Candidate]:
    """What each of these papers is about."""
    for paper in papers:
        question = asked_of(paper)
        if question:
            yield Candidate(Asked(question), (paper.paper_id,))


def _details(paper: Paper) -> Iterator[Candidate]:
    """What a paper was tried on, what came out, and who wrote it; only what it tells."""
    name = called(paper)
    if not name:
        return
    came_out, tried = finding(paper), data_used(paper)
    if came_out:
        yield Candidate(Asked(f"What are the results of {name}?"), (paper.paper_id,), came_out)
    if tried and tried != came_out:
        text = f"What data was used for {name}?"
        yield Candidate(Asked(text), (paper.paper_id,), tried)
    if is_name(name):
        yield Candidate(Asked(f"What is {name}?"), (paper.paper_id,))
    if paper.authors:
        yield Candidate(Asked(f"Who wrote {name}?"), (paper.paper_id,), kind="metadata")


def _together(papers: Sequence[Paper]) -> Iterator[Candidate]:
    """The first two papers that can be called by something, side by side."""
    fit = [paper for paper in papers if called(paper)][:2]
    if len(fit) == 2 and called(fit[0]) != called(fit[1]):
        yield comparing(*fit)


def _by(papers: Sequence[Paper]) -> Iterator[Candidate]:
    """What else the first author of a paper wrote."""
    for paper in papers[:1]:
        for author in filter(is_phrase, paper.authors[:1]):
            yield Candidate(Asked(f"Which papers are by {author}?"), (paper.paper_id,), least=_FEW)


def _on(topic: str, *kinds: str) -> Iterator[Candidate]:
    """Questions on a topic: the list of its papers, what they report, limits, papers a year."""
    made = {
        "list": Candidate(Asked(f"Which papers are about {topic}?"), kind="list"),
        "overview": Candidate(Asked(f"What is known about {topic}?"), least=_FEW, kind="overview"),
        "limits": Candidate(Asked(f"What are open problems in {topic}?"), kind="overview"),
        "years": Candidate(Asked(f"How many papers a year are about {topic}?"), kind="count"),
    }
    if topic:
        yield from (made[kind] for kind in kinds)


def _held_topic(papers: Sequence[Paper], introduction: Callable[[], Introduction]) -> str:
    """The first topic of the collection that the title of the first of these papers holds."""
    title = papers[0].title.casefold() if papers else ""
    return next((one for one in introduction().topics if one.casefold() in title), "")


def _topic(asked: Read) -> str:
    """The topic of a question on papers in its own words, if it reads as one.

    What stands behind a preposition is a thing ("on owls"), what does not may be a deed.
    """
    first = next((word for word in asked.question.words if word.telling), None)
    if asked.question.act not in ON_PAPERS or first is None or first.preposition in ("", "to"):
        return ""
    text = " ".join(asked.question.topic.split()).strip(" ?.,;:")
    return text if is_phrase(text) and len(text.split()) <= _LONGEST_TOPIC else ""
