"""Which sentence of an abstract answers a question, and how surely."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.extractive.own_words import RESULT
from app.logistic import Floats, decision
from app.retrieval.search import Candidate
from app.retrieval.similarity import WordMatcher, idf
from app.support.addressed import told
from app.understanding.entities import Linked
from app.understanding.question import Form, Question
from ingest.index import Index
from ingest.records import Paper
from ingest.text.acronyms import definitions
from ingest.text.terms import content_words, words

# Added to 1 so that a word in every sentence of a paper still tells a little.
_EVERYWHERE = 0.05
_OWN = frozenset("we our ours this".split())
_CAUSE = re.compile(
    r"\b(?:because|due to|since|owing to|caus\w+|lead(?:s|ing)? to|led to|therefore|thus|stems?"
    r"|result(?:s|ed|ing)? (?:in|from)|attribut\w+|associated with)\b",
    re.I,
)
_MEANS = re.compile(r"\b(?:by|through|via|using|uses?|leverag\w+|employ\w*|introduc\w+)\b", re.I)
_LIST = re.compile(r"\w, [^,.;]{1,40},? (?:and|or) \w|\b(?:such as|including|namely)\b")
_NAME = re.compile(r"(?<![.?!]\s)(?<!^)\b[A-Z][\w+\-]*\b")
_MANY_NAMES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words that an answer has to cover, with their weights, and the question's vector.

    `named` tells which of them belong to the name of a paper; `form` is what is asked for;
    `strange` tells whether a name is among them that no paper holds.
    """

    words: tuple[str, ...]
    weights: Floats
    named: Floats
    vector: Floats
    form: Form
    strange: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an abstract: `chance` that it answers, and what it holds of each word."""

    paper: Paper
    start: int
    end: int
    chance: float
    held: Floats

    @property
    def text(self) -> str:
        return self.paper.abstract[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Reading:
    """A paper read for a question: its sentences, best first, and what it holds of each word.

    `by_sentence` is what each sentence holds, in the order of the abstract, `titled` what the
    title does.
    """

    paper: Paper
    sentences: tuple[Evidence, ...]
    by_sentence: tuple[Floats, ...]
    held: Floats
    titled: Floats


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
            words=chosen,
            weights=np.asarray(weights, dtype=np.float32),
            named=np.asarray([word in names for word in chosen], dtype=np.float32),
            vector=self._index.embedding.embed([question.text])[0],
            form=question.form,
            strange=bool(linked.unknown or linked.unknown_authors),
        )

    def read(self, wanted: Wanted, paper: Paper) -> Reading:
        """The paper's sentences, best first; of equals the earlier."""
        spans = told(paper.abstract)
        held, titled = self._holding(wanted, paper)
        chances = decision("sentence").probabilities(self._rows(wanted, paper, held, titled))
        found = [
            Evidence(paper, start, end, float(chance), one)
            for (start, end), chance, one in zip(spans, chances, held, strict=True)
        ]
        ordered = sorted(found, key=lambda evidence: -evidence.chance)
        # A title made from the abstract holds nothing that its sentences do not.
        whole = np.max([titled, *held] if paper.real_title else held, axis=0)
        return Reading(paper, tuple(ordered), held, whole, titled)

    def rows(self, wanted: Wanted, paper: Paper) -> list[tuple[float, ...]]:
        """The features of each sentence in order, as the decision "sentence" names them."""
        return self._rows(wanted, paper, *self._holding(wanted, paper))

    def _holding(self, wanted: Wanted, paper: Paper) -> tuple[tuple[Floats, ...], Floats]:
        """What each sentence holds of each wanted word, in [0, 1], and what the title does."""
        held = tuple(self._held(wanted, text) for text in _spelt_out(paper, _texts(paper)))
        return held, self._held(wanted, paper.title)

    def _held(self, wanted: Wanted, text: str) -> Floats:
        """What a text holds of each wanted word, in [0, 1]."""
        return self._matcher.similarity(wanted.words, content_words(text))

    def _rows(
        self, wanted: Wanted, paper: Paper, held: Sequence[Floats], titled: Floats
    ) -> list[tuple[float, ...]]:
        texts = _texts(paper)
        about, *vectors = self._index.embedding.embed([paper.title, *texts])
        # What the title says tells the paper; what else is asked tells the sentence.
        rest = wanted.vector - float(wanted.vector @ about) * about
        everywhere = np.mean(np.stack(held) > 0, axis=0)
        rare = wanted.weights * (1 + _EVERYWHERE - everywhere)
        detail = wanted.weights * (1 - titled)
        last = max(1, len(texts) - 1)
        return [
            (
                share(one, rare),
                share(one, detail) if detail.any() else 0.0,
                float(vector @ rest),
                place / last,
                float(bool(_OWN & set(words(text)))),
                float(bool(RESULT.search(text))),
                *form_row(wanted.form, text),
            )
            for place, (text, one, vector) in enumerate(zip(texts, held, vectors, strict=True))
        ]


def form_row(form: Form, text: str) -> tuple[float, ...]:
    """How well a sentence has the form that is asked for, a feature a form, each in [0, 1]."""
    digits = float(any(map(str.isdigit, text)))
    named = min(1.0, len(_NAME.findall(text)) / _MANY_NAMES)
    return (
        digits * (form == "number"),
        named * (form in ("thing", "person", "place")),
        float(bool(_LIST.search(text))) * (form == "thing"),
        digits * (form == "time"),
        float(bool(_CAUSE.search(text))) * (form == "cause"),
        float(bool(_MEANS.search(text))) * (form == "means"),
    )


def share(held: Floats, weights: Floats) -> float:
    """The share of the weights whose words are held, in [0, 1]; 1 where nothing is wanted."""
    total = float(weights.sum())
    return float(held @ weights) / total if total > 0 else 1.0


def strength_row(
    wanted: Wanted, reading: Reading, found: Candidate, named: bool
) -> tuple[float, ...]:
    """The features of the decision "answered": does what the paper says answer the question?

    `found` is the paper as retrieval found it, `named` whether the question names it: then it is
    close anyhow. A detail is what is asked beside the paper's title and names.
    """
    held = reading.held
    detail = wanted.weights * (1 - np.maximum(reading.titled, wanted.named))
    lacking = wanted.weights * (held == 0)
    total = float(wanted.weights.sum()) or 1.0
    digits = any(char.isdigit() for one in reading.sentences[:2] for char in one.text)
    return (
        share(held, detail),
        max(share(one, detail) for one in reading.by_sentence),
        float(held[wanted.named < 1].min(initial=1.0)),
        float(lacking.max(initial=0.0)) / total,
        found.score,
        float(wanted.strange),
        float(named),
        float(wanted.form == "number" and not digits),
        0.0 if named else found.closeness,
    )


def _texts(paper: Paper) -> list[str]:
    """The sentences that tell something, in their order."""
    return [paper.abstract[slice(*span)] for span in told(paper.abstract)]


def _spelt_out(paper: Paper, texts: Sequence[str]) -> list[str]:
    """Sentences with the expansions of the acronyms in them, so that either form is found."""
    defined = definitions(paper.abstract)
    return [" ".join([text, *(d.expansion for d in defined if d.short in text)]) for text in texts]
