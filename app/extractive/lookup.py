"""A question about a detail or a name: the sentences that answer, and how surely they do."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass

import numpy as np

from app.extractive.assemble import Line, titled
from app.extractive.own_words import Span, finding, main_sentence
from app.extractive.sentences import Reading, SentenceReader, Wanted, selected, share
from app.logistic import Floats, decision
from app.retrieval.search import Candidate
from app.retrieval.topicality import meant, meant_read
from app.support.addressed import told
from app.support.cross_encoder import side_by_side
from app.understanding.entities import Entity, Linked
from app.understanding.question import Question
from ingest.catalog import fold, singular
from ingest.records import Paper
from ingest.text.acronyms import definitions
from ingest.text.terms import stem, words

MOST_SENTENCES = 5
MOST_PAPERS = 3
_MOST_MEANINGS = 3
# A question that hardly has any weight beside a name asks what the paper is about.
_NAMED = 0.94
# Another paper is shown beside the one that is meant where it is nearly as probable.
_ALSO = 0.6
# A paper is in doubt where it is at least so probable as this share of the likeliest; so many of
# them are read at most. One question in five has two or more.
_IN_DOUBT, _MOST_READ = 0.2, 4


@dataclass(frozen=True, slots=True)
class Found:
    """Lines that answer or come nearest, and their papers, the likeliest to answer first.

    `chances` are the probabilities that the first of these papers answer; `absent` is what is asked
    for and the papers have nothing near to, where there is such a thing.
    """

    lines: tuple[Line, ...]
    chances: tuple[float, ...]
    papers: tuple[Paper, ...]
    absent: str = ""

    @property
    def chance(self) -> float:
        """The probability that the lines answer: that of the paper which most probably does."""
        return max(self.chances, default=0.0)

    def of(self, papers: Collection[Paper]) -> tuple[Line, ...]:
        """The lines of these papers."""
        return tuple(line for line in self.lines if line.paper in papers)


def look_up(
    reader: SentenceReader,
    question: Question,
    linked: Linked,
    candidates: Sequence[tuple[Candidate, Paper]],
    named: Set[str],
    *,
    keeps_order: bool = False,
    least: int = 1,
) -> Found:
    """The answer among these candidates, best first; `named` are ids that the question names.

    Where a reranker has put them in order, that order is kept. `least` papers are shown, if there
    are so many.

    Where the question does not name one paper, each paper's first line begins with its title.
    """
    if not candidates:
        return Found((), (), ())
    wanted = reader.wanted(question, linked)
    if not wanted.words or (named and share(wanted.named, wanted.weights) >= _NAMED):
        told = [paper for one, paper in candidates if one.paper_id in named] or [candidates[0][1]]
        return _described(told[:least], linked, 1.0 if named else 0.0)
    if keeps_order:
        chances = meant([one for one, _ in candidates], named)
        order = list(range(len(candidates)))
    else:
        chances = likeliest(reader, wanted, candidates, named)
        order = [int(place) for place in np.argsort(-chances, kind="stable")]
    if named:
        order.sort(key=lambda place: candidates[place][0].paper_id not in named)
    best = order[0]
    also = order[1:least] + [
        place
        for place in order[least:MOST_PAPERS]
        if not named and chances[place] >= _ALSO * chances[best]
    ]
    readings = [reader.read_closely(wanted, candidates[place][1]) for place in (best, *also)]
    near = [candidates[place][0] for place in (best, *also)]
    rows = [
        reader.strength_row(wanted, reading, one, bool(named))
        for reading, one in zip(readings[:least], near, strict=False)
    ]
    is_named = len(named) == 1
    return Found(
        tuple(_lines(readings, is_named and least == 1, least)),
        tuple(decision("answered").probabilities(rows).tolist()),
        tuple(reading.paper for reading in readings),
        _absent(wanted, readings),
    )


def likeliest(
    reader: SentenceReader,
    wanted: Wanted,
    candidates: Sequence[tuple[Candidate, Paper]],
    named: Set[str],
) -> Floats:
    """For each candidate the probability that it is the paper that a question is about.

    Where words leave several in doubt, these are read for the question, and come first.
    """
    near = [one for one, _ in candidates]
    chances = meant(near, named)
    order = np.argsort(-chances, kind="stable")[:_MOST_READ]
    doubtful = [int(place) for place in order if chances[place] >= _IN_DOUBT * chances[order[0]]]
    if named or len(doubtful) < 2:
        return chances
    papers = [candidates[place][1] for place in doubtful]
    odds = side_by_side(lambda paper: reader.read_for(wanted, paper), papers)
    read = meant_read([near[place] for place in doubtful], odds)
    found: Floats = np.minimum(chances, np.nextafter(read.min(), read.dtype.type(0)))
    found[doubtful] = read
    return found


def _lines(readings: Sequence[Reading], is_named: bool, whole: int) -> list[Line]:
    """The lines of each paper: one sentence of those beside the first `whole`."""
    lines: list[Line] = []
    for rank, reading in enumerate(readings):
        most = -(-MOST_SENTENCES // whole) if rank < whole else 1
        own = [Line(e.paper, e.span) for e in selected(reading.sentences, most)]
        lines += own if is_named else titled(reading.paper, own)
    return lines[: MOST_SENTENCES + 1]


def _described(papers: Sequence[Paper], linked: Linked, chance: float) -> Found:
    lines = [(paper, described(paper, linked)) for paper in papers]
    if len(papers) > 1:
        lines = [(paper, titled(paper, own)) for paper, own in lines]
    shown = tuple(line for _, own in lines for line in own)
    return Found(shown, (chance,) * len(papers), tuple(papers))


def _absent(wanted: Wanted, readings: Sequence[Reading]) -> str:
    """What is asked for and these papers hold nothing near to, by the heaviest such word, or ""."""
    held = np.max([reading.held for reading in readings], axis=0)
    lacking = wanted.weights * (held == 0) * (1 - wanted.named) * wanted.asked
    place = int(lacking.argmax()) if len(lacking) else 0
    return _whole(wanted, place) if len(lacking) and lacking[place] > 0 else ""


def _whole(wanted: Wanted, place: int) -> str:
    """A word with those beside it in the question that name the same: "batch size"."""
    written = wanted.text.lower()
    first = last = place
    while first and wanted.asked[first - 1] and _joined(wanted, first - 1, last) in written:
        first -= 1
    while last + 1 < len(wanted.words) and wanted.asked[last + 1]:
        if _joined(wanted, first, last + 1) not in written:
            break
        last += 1
    return _joined(wanted, first, last)


def _joined(wanted: Wanted, first: int, last: int) -> str:
    return " ".join(wanted.words[first : last + 1])


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
    own = [e for e in linked.own() if paper.paper_id in e.paper_ids and not e.cited]
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
