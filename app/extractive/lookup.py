"""A question about a detail or a name: the sentences that answer, and how surely they do."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from app.extractive.assemble import Line, plain
from app.extractive.own_words import Span, finding, main_sentence
from app.extractive.sentences import Evidence, Reading, SentenceReader, Wanted, share, strength_row
from app.logistic import decision
from app.retrieval.search import Candidate
from app.retrieval.topicality import meant
from app.support.addressed import told
from app.understanding.entities import Entity, Linked
from app.understanding.question import Question
from ingest.catalog import fold, singular
from ingest.records import Paper
from ingest.text.acronyms import definitions
from ingest.text.terms import stem, words

MOST_SENTENCES = 5
_MOST_PAPERS = 3
_MOST_MEANINGS = 3
# One more sentence is shown where it adds this share of the question, or is nearly as probable. Of
# 583 facts 0.969 are then in 3.6 sentences; with 0.1 and 0.12 it was 0.983 in 4.5.
_GAIN, _CLOSE = 0.15, 0.3
# Another paper is shown beside the one that is meant where it is nearly as probable.
_ALSO = 0.6


@dataclass(frozen=True, slots=True)
class Found:
    """Lines that answer or come nearest, the probability that they answer, and their papers.

    `absent` is the word asked for that the paper has nothing near to, where there is one.
    """

    lines: tuple[Line, ...]
    chance: float
    papers: tuple[Paper, ...]
    absent: str = ""


def look_up(
    reader: SentenceReader,
    question: Question,
    linked: Linked,
    candidates: Sequence[tuple[Candidate, Paper]],
    named: Set[str],
    *,
    keeps_order: bool = False,
) -> Found:
    """The answer among these candidates, best first; `named` are ids that the question names.

    Where a reranker has put them in order, that order is kept.

    Where the question does not name one paper, each paper's first line begins with its title.
    """
    if not candidates:
        return Found((), 0.0, ())
    wanted = reader.wanted(question, linked)
    if not wanted.words or (named and wanted.named.all()):
        chosen = [paper for one, paper in candidates if one.paper_id in named] or [candidates[0][1]]
        return Found(tuple(described(chosen[0], linked)), 1.0 if named else 0.0, tuple(chosen[:1]))
    chances = meant([one for one, _ in candidates], named)
    ranks = np.arange(len(candidates)) if keeps_order else -chances
    order = [int(place) for place in np.argsort(ranks, kind="stable")]
    if named:
        order.sort(key=lambda place: candidates[place][0].paper_id not in named)
    best = order[0]
    also = [p for p in order[1:_MOST_PAPERS] if not named and chances[p] >= _ALSO * chances[best]]
    readings = [reader.read(wanted, candidates[place][1]) for place in (best, *also)]
    row = strength_row(wanted, readings[0], candidates[best][0], bool(named))
    [chance] = decision("answered").probabilities([row])
    is_named = len(named) == 1
    return Found(
        tuple(_lines(wanted, readings, is_named)),
        float(chance),
        tuple(reading.paper for reading in readings),
        _absent(wanted, readings[0]),
    )


def _lines(wanted: Wanted, readings: Sequence[Reading], is_named: bool) -> list[Line]:
    lines: list[Line] = []
    for reading in readings:
        most = MOST_SENTENCES - len(lines) if reading is readings[0] else 1
        title = "" if is_named else f"**{plain(reading.paper.title)}**: "
        lines += [
            Line(e.paper, (e.start, e.end), prefix="" if place else title)
            for place, e in enumerate(_selected(wanted, reading.sentences, most))
        ]
    return lines[: MOST_SENTENCES + 1]


def _selected(wanted: Wanted, found: Sequence[Evidence], most: int) -> list[Evidence]:
    """The best sentence, then those as probable, or that hold words which the others lack."""
    chosen = [found[0]]
    held = found[0].held
    for evidence in found[1:]:
        together = np.maximum(held, evidence.held)
        gain = share(together, wanted.weights) - share(held, wanted.weights)
        if len(chosen) < most and (gain >= _GAIN or evidence.chance >= _CLOSE * found[0].chance):
            chosen.append(evidence)
            held = together
    return chosen


def _absent(wanted: Wanted, reading: Reading) -> str:
    """The heaviest word of the question that nothing in the paper comes near to, or ""."""
    lacking = wanted.weights * (reading.held == 0)
    place = int(lacking.argmax()) if len(lacking) else 0
    return wanted.words[place] if len(lacking) and lacking[place] > 0 else ""


def define(entity: Entity, papers: Sequence[Paper]) -> list[Line]:
    """What a name means, once for each meaning that the papers give it; own names first."""
    lines: list[Line] = []
    seen: set[str] = set()
    for paper in papers:
        meaning = _meaning(entity.name, paper)
        if meaning in seen or (not meaning and lines) or len(lines) == _MOST_MEANINGS:
            continue
        seen.add(meaning)
        lines.append(Line(paper, _defining_sentence(entity.name, paper)))
    if len(lines) == 1 and entity.own:
        lines += [Line(lines[0].paper, span) for span in _told(entity.name, lines[0])]
    return lines


def described(paper: Paper, linked: Linked) -> list[Line]:
    """What a paper is about, for a question that only names it."""
    own = [entity for entity in linked.own() if paper.paper_id in entity.paper_ids]
    if own:
        return define(own[0], [paper])
    main = main_sentence(paper)
    after = [span for span in told(paper.abstract) if span[0] > main[0]]
    result = finding(paper) or next(iter(after), None)
    return [Line(paper, span) for span in (main, *([result] if result else []))]


def _meaning(name: str, paper: Paper) -> str:
    for definition in definitions(paper.abstract):
        if fold(singular(definition.short)) == fold(singular(name)):
            return " ".join(stem(word) for word in words(definition.expansion))
    return ""


def _defining_sentence(name: str, paper: Paper) -> Span:
    """The sentence that defines a name, else the first that holds it, else the main one."""
    spans = told(paper.abstract)
    for definition in definitions(paper.abstract):
        if fold(singular(definition.short)) == fold(singular(name)):
            inside = (s for s in spans if s[0] <= definition.position < s[1])
            return next(inside, main_sentence(paper))
    whole = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return next((s for s in spans if whole.search(paper.abstract, *s)), main_sentence(paper))


def _told(name: str, defined: Line) -> list[Span]:
    """Up to two further sentences whose subject is the name."""
    subject = re.compile(rf"^(?:(?:\w+,?\s+){{0,4}})?(?:the proposed |our )?{re.escape(name)}\b")
    spans = told(defined.paper.abstract)
    return [
        s for s in spans if s != defined.span and subject.search(defined.paper.abstract[slice(*s)])
    ][:2]
