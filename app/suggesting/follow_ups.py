"""Questions to ask after an answer: made from its papers and its kind, and answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from itertools import chain, islice

from app.answer import Answer
from app.extractive.messages import WHICH
from app.extractive.own_words import data_used, finding
from app.suggesting.alike import alike
from app.suggesting.checked import Ask, Candidate, answered
from app.suggesting.introduction import Introduction, comparing
from app.suggesting.wording import asked_of, called, is_name, is_phrase
from app.understanding.question import ON_PAPERS, Asked
from app.understanding.reading import Read
from ingest.records import Paper
from ingest.text.terms import terms

MOST = 3
_TRIES = 8
_FEW, _SEVERAL = 2, 4  # papers
_LONGEST = 160  # characters
_LONGEST_TOPIC = 6  # words
_NEAR = 10  # papers of which two may be compared
_LISTED = ("list", "count")


def followed(
    asked: Read,
    before: Sequence[Read],
    put: Asked,
    answer: Answer,
    ask: Ask,
    introduction: Callable[[], Introduction],
) -> tuple[Asked, ...]:
    """At most three questions, in the choices of the one that was put, `before` which others were.

    After an abstention they lead to the papers that came closest, or to a question that is
    answered. None repeats one of the conversation, and each brings what was not yet said. What
    the collection is about is asked only where nothing is near.
    """
    if answer.reason == WHICH and answer.closest:
        return tuple(
            Asked(put.text, put.without, paper.paper_id, put.choices)
            for paper in answer.closest[:MOST]
        )
    known = {one.question.text.casefold() for one in (*before, asked)} | {put.text.casefold()}
    lists = [one for one in before if one.question.kind in _LISTED]
    if answer.kind in _LISTED and not answer.abstained:
        lists.append(asked)
    listed = {_stems(topic_of(one)) for one in lists}
    fresh = _unknown(_candidates(asked, answer, introduction), known, listed)
    chosen = tuple(islice(_telling(fresh, put, answer, ask), MOST))
    if chosen or answer.citations or answer.closest:
        return chosen
    fresh = _unknown(_introductory(introduction), known, listed)
    return tuple(islice(_telling(fresh, put, answer, ask), MOST))


def _telling(
    candidates: Iterator[Candidate], put: Asked, answer: Answer, ask: Ask
) -> Iterator[Asked]:
    """Those answered with what this answer did not say: other quotes, papers or numbers."""
    said, cited = _said(answer), _cited(answer)
    for given in answered(candidates, lambda one: ask(_as_chosen(one, put)), _TRIES):
        new = _cited(given) - cited if given.kind in _LISTED else _said(given) - said
        if new or (given.kind == "count" and given.text != answer.text):
            yield _as_chosen(Asked(given.question), put)


def _unknown(
    candidates: Iterator[Candidate], known: set[str], listed: Set[frozenset[str]]
) -> Iterator[Candidate]:
    """Those whose question is not among the known ones and fits on a button, each once.

    Nor is a list of papers on a topic whose papers were listed, in whatever words.
    """
    for candidate in candidates:
        text = candidate.asked.text.casefold()
        again = candidate.kind == "list" and _stems(candidate.topic) in listed
        if text not in known and len(text) <= _LONGEST and not again:
            known.add(text)
            yield candidate


def _stems(topic: str) -> frozenset[str]:
    return frozenset(terms(topic))


def _cited(answer: Answer) -> set[str]:
    return {citation.paper.paper_id for citation in answer.citations}


def _as_chosen(asked: Asked, put: Asked) -> Asked:
    return Asked(asked.text, choices=put.choices)


def _said(answer: Answer) -> set[tuple[str, str]]:
    """What an answer quotes and tells of records, and from where."""
    return {
        (citation.paper.paper_id, said)
        for citation in answer.citations
        for said in (*(quote.text for quote in citation.quotes), *citation.fields)
    }


def _candidates(
    asked: Read, answer: Answer, introduction: Callable[[], Introduction]
) -> Iterator[Candidate]:
    """Questions that may follow, the most likely wishes first."""
    if answer.kind == "smalltalk":
        return _introductory(introduction)
    topic = topic_of(asked)
    if answer.abstained:
        closest = answer.closest[: MOST - 1]
        # What a filter left nothing of may be there without it.
        unfiltered = _on(topic, "list") if asked.question.filters.as_dict() else ()
        return chain(
            unfiltered, _explained(closest), *map(_details, closest[:1]),
            _on(topic, "list", "overview"),
        )  # fmt: skip
    papers = [citation.paper for citation in answer.citations if citation.sure]
    if answer.kind in _LISTED:
        return _after_list(papers, topic)
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


def _after_list(papers: Sequence[Paper], topic: str) -> Iterator[Candidate]:
    yield from _together(papers)
    yield from _on(topic, "overview")
    if len({paper.year for paper in papers if paper.year}) >= _FEW and len(papers) >= _SEVERAL:
        yield from _on(topic, "years")
    yield from _explained(papers[:2])
    yield from chain.from_iterable(map(_details, papers[:2]))


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
    """The two that are most alike, side by side."""
    pair = alike(papers[:_NEAR])
    if pair:
        yield comparing(*pair)


def _by(papers: Sequence[Paper]) -> Iterator[Candidate]:
    """What else the first author of a paper wrote."""
    for paper in papers[:1]:
        for author in filter(is_phrase, paper.authors[:1]):
            yield Candidate(Asked(f"Which papers are by {author}?"), (paper.paper_id,), least=_FEW)


def _on(topic: str, *kinds: str) -> Iterator[Candidate]:
    """Questions on a topic: the list of its papers, what they report, limits, papers a year."""
    made = {
        "list": Candidate(Asked(f"Which papers are about {topic}?"), kind="list", topic=topic),
        "overview": Candidate(Asked(f"What is known about {topic}?"), least=_FEW, kind="overview"),
        "limits": Candidate(Asked(f"What are open problems in {topic}?"), kind="overview"),
        "years": Candidate(Asked(f"How many papers a year are about {topic}?"), kind="count"),
    }
    if topic:
        yield from (made[kind] for kind in kinds)


def _held_topic(papers: Sequence[Paper], introduction: Callable[[], Introduction]) -> str:
    """The first topic of the collection that the title of the first of these papers holds."""
    title = _run(papers[0].title) if papers else ""
    return next((one for one in introduction().topics if _run(one) in title), "")


def _run(text: str) -> str:
    """The stems of a text between single spaces: only whole words are found in it."""
    return f" {' '.join(terms(text))} "


def topic_of(asked: Read) -> str:
    """The topic of a question on papers in its own words, if it reads as one.

    What begins a question, or stands behind a preposition, is a thing ("on owls"), what does not
    may be a deed.
    """
    question = asked.question
    first = next((word for word in question.words if word.telling), None)
    if question.act not in ON_PAPERS or first is None:
        return ""
    topic = question.topic.split()
    if len(topic) > _LONGEST_TOPIC:
        return ""
    text = _span(topic, question.text)
    is_thing = first.preposition not in ("", "to") or question.text.startswith(text)
    return text if is_thing and is_phrase(text) and len(text.split()) <= _LONGEST_TOPIC else ""


def _span(topic: Sequence[str], text: str) -> str:
    """The stretch of a text from the first to the last of these words, few words between two.

    The topic of "papers on ART in Africa" is told as "ART Africa". The time grows with a power of
    the number of words: let them be few.
    """
    between = r"\W+(?:\w+\W+){0,2}?"
    found = re.search(between.join(map(re.escape, topic)), text, re.I) if topic else None
    return found[0].strip(" ?.,;:") if found else ""
