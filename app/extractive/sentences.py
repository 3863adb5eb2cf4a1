"""Which sentence of an abstract answers a question, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.extractive.zones import zones
from app.logistic import Floats, decision
from app.retrieval.closeness import answered_by, said_in
from app.retrieval.search import Candidate
from app.retrieval.similarity import WordMatcher, idf
from app.support.addressed import commands, told
from app.support.cross_encoder import telling
from app.understanding.entities import Linked
from app.understanding.question import Question
from ingest.index import Index
from ingest.records import Paper
from ingest.text.acronyms import definitions
from ingest.text.terms import content_words, words

# Added to 1 so that a word in every sentence of a paper still tells a little.
_EVERYWHERE = 0.05
# Sentences of a paper that are read once more, and of which some may be shown.
_READ_CLOSELY, _MAY_BE_SHOWN = 16, 5
# One more sentence is shown where it is so nearly as probable as the best.
_CLOSE = 0.2
# The log odds that nothing tells what is asked, where there is nothing to read.
_UNTOLD = -6.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words that an answer has to cover, with their weights, and the question's vector.

    `named` tells which of them belong to the name of a paper, `asked` which name what is asked
    for, `strange` whether a name is among them that no paper holds.
    """

    text: str
    words: tuple[str, ...]
    weights: Floats
    named: Floats
    asked: Floats
    vector: Floats
    strange: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an abstract, and the `chance` that it answers, by a row of features."""

    paper: Paper
    start: int
    end: int
    chance: float
    row: tuple[float, ...] = ()

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    @property
    def text(self) -> str:
        return self.paper.abstract[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Reading:
    """A paper read for a question: its sentences, best first, and what it holds of each word.

    `titled` is what the title holds; `told` the highest of the log odds that a sentence tells what
    is asked, where the paper was read closely.
    """

    paper: Paper
    sentences: tuple[Evidence, ...]
    held: Floats
    titled: Floats
    told: float = 0.0


class SentenceReader:
    """Reads papers for questions over one index."""

    def __init__(self, index: Index, matcher: WordMatcher) -> None:
        self._index = index
        self._matcher = matcher

    def wanted(self, question: Question, linked: Linked) -> Wanted:
        """What an answer must hold."""
        lexicon = self._index.lexicon
        chosen = tuple(word.text for word in question.words)
        weights = [word.weight * idf(lexicon, word.text) for word in question.words]
        names = {
            word for entity in linked.own() for word in words(question.text[slice(*entity.span)])
        }
        return Wanted(
            text=_uncited(question.text, linked),
            words=chosen,
            weights=np.asarray(weights, dtype=np.float32),
            named=np.asarray([word in names for word in chosen], dtype=np.float32),
            asked=np.asarray([word.asked for word in question.words], dtype=np.float32),
            vector=self._index.embedding.embed([question.text])[0],
            strange=bool(linked.unknown or linked.unknown_authors),
        )

    def read(self, wanted: Wanted, paper: Paper) -> Reading:
        """The paper's sentences, best first; of equals the earlier."""
        held, titled = self._holding(wanted, paper)
        rows = self._rows(wanted, paper, held, titled)
        chances = decision("sentence").probabilities(rows)
        spans = told(paper.abstract)
        found = [
            Evidence(paper, start, end, float(chance), tuple(row))
            for (start, end), chance, row in zip(spans, chances, rows, strict=True)
        ]
        # A title made from the abstract holds nothing that its sentences do not.
        whole = np.max([titled, *held] if paper.real_title else held, axis=0)
        return Reading(paper, _best_first(found), whole, titled)

    def read_closely(self, wanted: Wanted, paper: Paper) -> Reading:
        """The best of them as the cross-encoder reads them, without what orders its reader about.

        That takes some milliseconds a sentence.
        """
        reading = self.read(wanted, paper)
        read = reading.sentences[:_READ_CLOSELY]
        odds = telling(wanted.text, paper.title, [one.text for one in read])
        rows = [(*one.row, odd) for one, odd in zip(read, odds, strict=True)]
        chances = decision("sentence read").probabilities(rows)
        found = [
            replace(one, chance=float(chance), row=row)
            for one, chance, row in zip(read, chances, rows, strict=True)
        ]
        ordered = _without_commands(_best_first(found))
        highest = max((one.row[-1] for one in ordered), default=0.0)
        return replace(reading, sentences=ordered, told=highest)

    def rows(self, wanted: Wanted, paper: Paper) -> list[tuple[float, ...]]:
        """The features of each sentence in order, as the decision "sentence" names them."""
        return self._rows(wanted, paper, *self._holding(wanted, paper))

    def strength_row(
        self, wanted: Wanted, reading: Reading, found: Candidate, named: bool
    ) -> tuple[float, ...]:
        """The features of the decision "answered": does what the paper says answer the question?

        `found` is the paper as retrieval found it, `named` whether the question names it: then it
        is close anyhow. A detail is what is asked beside the paper's title and names.
        """
        held = reading.held
        detail = wanted.weights * (1 - np.maximum(reading.titled, wanted.named))
        return (
            share(held, detail),
            found.score,
            float(wanted.strange),
            float(named),
            0.0 if named else found.closeness,
            self.read_for(wanted, reading.paper),
            reading.told,
        )

    def continuing_row(
        self, wanted: Wanted, alone: float, here: Paper, elsewhere: Sequence[Paper]
    ) -> tuple[float, ...]:
        """The features of the decision "continues": is this asked of the paper just spoken of?

        `alone` is the probability that the question points back at nothing; `elsewhere` are the
        papers nearest to it beside that one.
        """
        own, *others = (self.read_closely(wanted, paper) for paper in (here, *elsewhere))
        return (
            own.told,
            max((other.told for other in others), default=_UNTOLD),
            share(own.held, wanted.weights),
            max((share(other.held, wanted.weights) for other in others), default=0.0),
            alone,
        )

    def read_for(self, wanted: Wanted, paper: Paper) -> float:
        """The log odds that a paper answers, as the cross-encoder reads it."""
        return answered_by(wanted.text, paper, self._index.embedding)

    def _holding(self, wanted: Wanted, paper: Paper) -> tuple[tuple[Floats, ...], Floats]:
        """What each sentence holds of each wanted word, in [0, 1], and what the title does."""
        held = tuple(self._held(wanted, text) for text in _spelt_out(paper, said_in(paper)))
        return held, self._held(wanted, paper.title)

    def _held(self, wanted: Wanted, text: str) -> Floats:
        """What a text holds of each wanted word, in [0, 1]."""
        return self._matcher.similarity(wanted.words, content_words(text))

    def _rows(
        self, wanted: Wanted, paper: Paper, held: Sequence[Floats], titled: Floats
    ) -> list[tuple[float, ...]]:
        texts = said_in(paper)
        about, *vectors = self._index.embedding.embed([paper.title, *texts])
        # What the title says tells the paper; what else is asked tells the sentence.
        rest = wanted.vector - float(wanted.vector @ about) * about
        everywhere = np.mean(np.stack(held) > 0, axis=0)
        rare = wanted.weights * (1 + _EVERYWHERE - everywhere)
        detail = wanted.weights * (1 - titled)
        return [
            (
                share(one, rare),
                share(one, detail) if detail.any() else 0.0,
                float(vector @ rest),
                *map(float, zone),
            )
            for one, vector, zone in zip(held, vectors, zones(paper.abstract), strict=True)
        ]


def _uncited(text: str, linked: Linked) -> str:
    """The question without whom it cites and when: no abstract says who wrote it."""
    for start, end in sorted((one.span for one in linked.entities if one.cited), reverse=True):
        text = f"{text[:start]}the paper{text[end:]}"
    return text


def share(held: Floats, weights: Floats) -> float:
    """The share of the weights whose words are held, in [0, 1]; 1 where nothing is wanted."""
    total = float(weights.sum())
    return float(held @ weights) / total if total > 0 else 1.0


def selected(found: Sequence[Evidence], most: int) -> list[Evidence]:
    """The best sentence, then those that are nearly as probable, in the order of the abstract."""
    best, *others = found[:most]
    near = [one for one in others if one.chance >= _CLOSE * best.chance]
    return [best, *sorted(near, key=lambda one: one.start)]


def _best_first(found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(found, key=lambda evidence: -evidence.chance))


def _without_commands(found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Without what orders its reader about; all if only that is.

    What comes after the last that may be shown is not read for it.
    """
    kept: list[Evidence] = []
    for one in found:
        if len(kept) >= _MAY_BE_SHOWN or not commands(one.text):
            kept.append(one)
    return tuple(kept) or tuple(found)


def _spelt_out(paper: Paper, texts: Sequence[str]) -> list[str]:
    """Sentences with the expansions of the acronyms in them, so that either form is found."""
    defined = definitions(paper.abstract)
    return [" ".join([text, *(d.expansion for d in defined if d.short in text)]) for text in texts]
