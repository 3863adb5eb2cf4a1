"""A question about a detail or a name: the sentence that answers, and what helps to read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.extractive.assemble import Line, plain
from app.extractive.lists import main_sentence
from app.extractive.sentences import BECAUSE, Evidence, EvidenceFinder, Wanted
from app.records import Passage
from app.understanding.entities import Entity, Linked
from app.understanding.parse import Question
from ingest.catalog import fold, singular
from ingest.records import Paper
from ingest.text.acronyms import definitions
from ingest.text.sentences import sentence_spans
from ingest.text.terms import stem, words

# The share of the question's words that a paper which the question names must hold, before a
# sentence of it is an answer: only the detail is in question then.
NAMED_COVERAGE = 0.5
TOPIC_COVERAGE = 0.4
# What each other part of `_nearness` counts beside a cosine.
_WORDS_WEIGHT = 0.2
MOST_SENTENCES = 4
_GAIN = 0.12
_ALSO = 0.85
# A runner-up this near the best sentence may be the one that is meant.
_CLOSE, _CLOSE_PLACES = 0.65, 4
_MOST_PAPERS = 3
# A topic of fewer words is met or not met: nothing lies between.
_FEWEST_WORDS = 4
# A list is a claim about papers: what it shows must be nearer than the answer to a question.
_LISTED, _HELD = 0.9, 0.5
_MOST_MEANINGS = 3
# The thing asked for ("learning rate") must stand in one sentence, nearly whole.
_ASKED, _HINTED = 0.5, 0.2
_SURELY = 0.8
# Below this coverage an answer rests on meaning more than on words, and says so.
_SHARED = 0.3


@dataclass(frozen=True, slots=True)
class Found:
    """Lines that answer, or none with the paper that came closest and its coverage.

    `by_meaning` where the paper hardly shares the question's words. `absent` is the thing asked
    for, where the paper does not name it.
    """

    lines: tuple[Line, ...]
    coverage: float
    papers: tuple[Paper, ...]
    by_meaning: bool = False
    absent: str = ""


def nearest(finder: EvidenceFinder, wanted: Wanted, passages: Sequence[Passage]) -> list[Line]:
    """The papers that come near enough to a topic which no paper meets in every part."""
    if not passages or len(wanted.words) < _FEWEST_WORDS:
        return []
    ranked = _ranked(finder, wanted, passages)
    near = [item for item in ranked if item.nearness >= _LISTED and item.coverage >= _HELD]
    near = [item for item in near if item.value >= _ALSO * ranked[0].value][:_MOST_PAPERS]
    return [Line(e.paper, (e.start, e.end)) for e in (item.sentences[0] for item in near)]


def look_up(
    finder: EvidenceFinder,
    question: Question,
    linked: Linked,
    passages: Sequence[Passage],
    named: bool,
    enough: float,
) -> Found:
    """The answer among these papers, best first. `named` where the question itself names them.

    Where a question does not name a single paper, the answer does: each paper's first line begins
    with its title.
    """
    papers = [passage.paper for passage in passages]
    wanted = finder.wanted(question, linked)
    if not papers:
        return Found((), 0.0, ())
    if not wanted.words:
        described = _described(papers[0], linked) if named else []
        return Found(tuple(described), 1.0 if named else 0.0, tuple(papers[:1]))
    ranked = _ranked(finder, wanted, passages)
    # Of several papers that a name may mean, the one that answers.
    fit = (item for item in ranked if named and _answers(item, wanted, named, enough))
    best = next(fit, ranked[0])
    # A name that a paper only mentions need not be what the question is about.
    loose = bool(linked.own()) and all(entity.mentioned for entity in linked.own())
    answers = _answers(best, wanted, named, enough)
    if not answers and not (loose and _answers(best, wanted, False, enough)):
        absent = " ".join(wanted.asked) if best.asked < _ASKED else ""
        return Found((), best.coverage, tuple(item.paper for item in ranked[:3]), absent=absent)
    chosen = (
        [best] if named else [item for item in ranked[:_MOST_PAPERS] if _also(item, best, enough)]
    )
    lines: list[Line] = []
    told = named and len(papers) == 1
    for item in chosen:
        most = MOST_SENTENCES - len(lines) if item is best else 1
        title = "" if told else f"**{plain(item.paper.title)}**: "
        lines += [
            Line(e.paper, (e.start, e.end), prefix="" if place else title)
            for place, e in enumerate(_selected(finder, wanted, item.sentences, most))
        ]
    return Found(
        tuple(lines[:MOST_SENTENCES]),
        best.coverage,
        tuple(item.paper for item in chosen),
        by_meaning=not named and best.coverage < _SHARED,
    )


@dataclass(frozen=True, slots=True)
class _Ranked:
    paper: Paper
    value: float
    coverage: float
    nearness: float
    asked: float
    sentences: tuple[Evidence, ...]


def _ranked(finder: EvidenceFinder, wanted: Wanted, passages: Sequence[Passage]) -> list[_Ranked]:
    """Papers by their rank in retrieval and how near they are to the question."""
    top = max((passage.score for passage in passages), default=0.0) or 1.0
    by_paper: dict[str, list[Evidence]] = {}
    for evidence in finder.sentences(wanted, [passage.paper for passage in passages]):
        by_paper.setdefault(evidence.paper.paper_id, []).append(evidence)
    cosines = finder.cosines(wanted, [passage.paper for passage in passages])
    ranked = []
    for passage, cosine in zip(passages, cosines, strict=True):
        found = by_paper.get(passage.paper.paper_id)
        if found:
            text = f"{passage.paper.title} {passage.paper.abstract}"
            coverage = finder.coverage(wanted, text)
            nearness = _nearness(cosine, coverage, found, finder.meaning(wanted, text))
            value = 0.3 * passage.score / top + nearness
            asked = max(evidence.asked for evidence in found)
            ranked.append(_Ranked(passage.paper, value, coverage, nearness, asked, tuple(found)))
    return sorted(ranked, key=lambda item: -item.value)


def _answers(best: _Ranked, wanted: Wanted, named: bool, enough: float) -> bool:
    if wanted.counted:
        counted = any(evidence.numbers for evidence in best.sentences)
        if named or not counted:
            return counted
    if wanted.value:
        holding = [evidence for evidence in best.sentences if evidence.numbers]
        told = any(wanted.value.told(evidence.text) for evidence in holding)
        if not holding or (named and told):
            return bool(holding)
    if named and wanted.asked and not wanted.value and best.asked < _ASKED:
        return False
    if named:
        return best.coverage >= NAMED_COVERAGE
    # "The battery life of the pico quadrotor" is not told by what speaks of the quadrotor alone.
    hinted = not wanted.asked or bool(wanted.value) or best.asked >= _HINTED
    # What is this near is meant, by whatever word it calls the thing.
    return best.nearness >= (enough if hinted else max(enough, _SURELY))


def _nearness(
    cosine: float, coverage: float, sentences: Sequence[Evidence], meaning: float
) -> float:
    """How sure it is that a paper is on the question's topic, by meaning first, then by words.

    cosine(topic, paper) + 0.2 × (words the paper holds + words the best sentence holds + best
    cosine of a sentence + how near its words come to each of the question's). A logistic
    regression gave these proportions.
    """
    best_words = max(evidence.coverage for evidence in sentences)
    best_meaning = max(evidence.cosine for evidence in sentences)
    return cosine + _WORDS_WEIGHT * (coverage + best_words + best_meaning + meaning)


def _also(item: _Ranked, best: _Ranked, enough: float) -> bool:
    """Whether another paper answers nearly as well, so that it is shown too."""
    return item is best or (item.value >= _ALSO * best.value and item.nearness >= enough)


def _selected(
    finder: EvidenceFinder, wanted: Wanted, ranked: Sequence[Evidence], most: int
) -> list[Evidence]:
    """The best sentence, then those that bring words which the ones before it lack."""
    chosen = [ranked[0]]
    covered = ranked[0].coverage
    for place, evidence in enumerate(ranked[1:], start=1):
        if len(chosen) >= most:
            break
        together = finder.coverage(wanted, " ".join(e.text for e in [*chosen, evidence]))
        close = place < _CLOSE_PLACES and evidence.score >= _CLOSE * ranked[0].score
        if together - covered >= _GAIN or close:
            chosen.append(evidence)
            covered = together
    return _with_cause(chosen, ranked, most) if wanted.cause else chosen


def _with_cause(chosen: list[Evidence], ranked: Sequence[Evidence], most: int) -> list[Evidence]:
    """The chosen sentences, and one more that tells a cause, whatever else it lacks."""
    rest = [e for e in ranked if e not in chosen and BECAUSE.search(e.text)]
    return [*chosen[: most - 1], *rest[:1]] if rest and most > 1 else chosen


def define(entity: Entity, papers: Sequence[Paper]) -> list[Line]:
    """What a name means, once for each meaning that the papers give it; own names first."""
    lines: list[Line] = []
    seen: set[str] = set()
    for paper in papers:
        meaning = _meaning(entity.name, paper)
        if meaning in seen or (not meaning and lines) or len(lines) == _MOST_MEANINGS:
            continue
        seen.add(meaning)
        span = _defining_sentence(entity.name, paper)
        if span:
            lines.append(Line(paper, span))
    if len(lines) == 1 and entity.own:
        lines += [Line(lines[0].paper, span) for span in _told(entity.name, lines[0])]
    return lines


def _described(paper: Paper, linked: Linked) -> list[Line]:
    """What a paper is about, for a question that only names it."""
    own = [entity for entity in linked.own() if paper.paper_id in entity.paper_ids]
    if own:
        return define(own[0], [paper])
    main = main_sentence(paper)
    after = [span for span in sentence_spans(paper.abstract) if span[0] > main[0]]
    return [Line(paper, span) for span in (main, *after[:1])]


def _meaning(name: str, paper: Paper) -> str:
    for definition in definitions(paper.abstract):
        if fold(singular(definition.short)) == fold(singular(name)):
            return " ".join(stem(word) for word in words(definition.expansion))
    return ""


def _defining_sentence(name: str, paper: Paper) -> tuple[int, int] | None:
    """The sentence that defines a name, else the first that holds it."""
    for definition in definitions(paper.abstract):
        if fold(singular(definition.short)) == fold(singular(name)):
            return next(
                s for s in sentence_spans(paper.abstract) if s[0] <= definition.position < s[1]
            )
    whole = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    spans = sentence_spans(paper.abstract)
    return next((s for s in spans if whole.search(paper.abstract, *s)), None) or main_sentence(
        paper
    )


def _told(name: str, defined: Line) -> list[tuple[int, int]]:
    """Up to two further sentences whose subject is the name."""
    subject = re.compile(rf"^(?:(?:\w+,?\s+){{0,4}})?(?:the proposed |our )?{re.escape(name)}\b")
    spans = sentence_spans(defined.paper.abstract)
    return [
        s for s in spans if s != defined.span and subject.search(defined.paper.abstract[slice(*s)])
    ][:2]
