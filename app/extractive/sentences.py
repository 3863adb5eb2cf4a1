"""Which sentence of which abstract answers a question, and how surely."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest

import numpy as np

from app.extractive.section_roles import outcome, parts
from app.retrieval.search import translated
from app.retrieval.similarity import Floats, WordMatcher, find_phrase, idf, weighted_coverage
from app.retrieval.synonyms import Stems, others_in, phrases_for, written
from app.understanding.entities import Linked
from app.understanding.parse import Question
from app.understanding.query_cleaning import topic_of
from app.understanding.references import without_pointers
from app.understanding.targets import thing_asked, thing_counted, topic_words
from app.understanding.values import Value, value_asked
from app.understanding.wordlists import RELATED
from ingest.index import Index
from ingest.records import Paper
from ingest.stores.lexicon import Lexicon
from ingest.text.acronyms import definitions
from ingest.text.sentences import sentence_spans
from ingest.text.terms import STOP_WORDS, stem, words

_RELATED = {
    stem(word): frozenset(stem(other) for other in others) for word, others in RELATED.items()
}
# A word that abstracts use for the thing asked for, in place of the word itself.
_RELATED_WEIGHT = 0.8
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
    " dozen dozens hundred hundreds thousand thousands million millions billion half twice double"
    " triple".split()
)
_ENUMERATOR = re.compile(r"(?:^|\s)\(?(?:\d{1,2}|[ivx]{1,4}|[a-e])\)\s")
_NUMBER = re.compile(r"(?<![\w.])[~≈<>]?\d[\d,.]*(?:%|\b)")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_WHY = re.compile(
    r"\bwhy\b|\bcaus(?:e[sd]?|ing)\b|\breasons?\b|\btrigger(?:s|ed)?\b|\bdr(?:ive|ives|iven|ove)\b"
    r"|\bfactors?\b|\bexplains?\b",
    re.I,
)
BECAUSE = re.compile(
    r"\b(?:because|due to|since|owing to|caused? by|stems? from|limitations?|as a result"
    r"|leads? to|led to|thus|therefore|arises? from|attributed|factors?|predispos\w+|trigger\w*"
    r"|associated with|result(?:s|ed) (?:in|from)|driven by)\b",
    re.I,
)
_NAMED = re.compile(r"(?<![.?!]\s)(?<!^)\b(?:[A-Z][\w+\-]*[A-Z\d][\w+\-]*|[A-Z][a-z]+\d[\w.]*)\b")
# "728,898 source instances" are that many sources.
_UNITS = frozenset(
    "instances samples examples items cases pieces units points entries records pairs".split()
)
# How far behind its number a counted thing may stand: "1,210 egocentric videos".
_COUNT_REACH = 6
_ENUMERATION = re.compile(
    r"\w, [^,.;]{1,40},? (?:and|or) \w|\([^()]*,[^()]*\)|\b(?:such as|including|namely)\b|\bi\.e\.",
    re.I,
)
_IN_ORDER, _FIGURE = 0.15, 0.1
_SUPERLATIVE_SAID = 0.2
_SUPERLATIVE = re.compile(
    r"\b(?:(?:most|least) [\w-]+|main|major|best|worst|(?:larg|small|high|low|long|short|earli|lat"
    r"|strong|weak|fast|great)est) [\w-]+",
    re.I,
)
_CALLED = 0.3
_NAMES_IT, _OTHER = 0.5, 0.7


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an abstract: `coverage` of the question's words and `cosine` to it, in [0, 1].

    `numbers` tells whether it holds the kind of number asked for; `asked`, in [0, 1], how well it
    names the thing asked for.
    """

    paper: Paper
    start: int
    end: int
    coverage: float
    cosine: float
    numbers: bool
    asked: float
    score: float

    @property
    def text(self) -> str:
        return self.paper.abstract[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words that an answer has to cover, with their weights, and the question's vector.

    `asked` are the words of the thing asked for ("which *datasets*"), `counted` those of the
    thing counted; `cause` where the question asks why; `value` is the kind of value asked for;
    `several` where more than one thing is asked for; `others` say the same as stems of the
    question in other words.
    """

    words: tuple[str, ...]
    weights: tuple[float, ...]
    topic: str
    question: str
    vector: Floats
    number: bool
    counted: tuple[str, ...]
    asked: tuple[str, ...] = ()
    cause: bool = False
    value: Value | None = None
    several: bool = False
    others: Mapping[str, frozenset[Stems]] = field(default_factory=dict)


class EvidenceFinder:
    """Ranks sentences of abstracts against questions over one index."""

    def __init__(self, index: Index, matcher: WordMatcher) -> None:
        self._index = index
        self._matcher = matcher

    def wanted(self, question: Question, linked: Linked) -> Wanted:
        """What an answer must hold: the question's words without frame and without its names."""
        text = _without(question.text, [entity.span for entity in linked.own()])
        if question.reference.scope and question.filters.years:
            text = _YEAR.sub(" ", text)  # it chose the paper that is asked about
        chosen = topic_words(without_pointers(text))
        weights = tuple(idf(self._index.lexicon, word) for word in chosen)
        vector = self._index.embedding.embed([question.text])[0]
        lexicon = self._index.lexicon
        topic = translated(lexicon, topic_of(widened(lexicon, question.text)))
        counted, value = thing_counted(question), value_asked(text.strip())
        asked = thing_asked(text)
        return Wanted(
            words=chosen,
            weights=weights,
            topic=" ".join(topic),
            question=question.text,
            vector=vector,
            number=question.attribute == "number",
            counted=counted,
            asked=asked,
            cause=bool(_WHY.search(question.text)),
            value=None if counted else value,
            several=bool(asked) and asked[-1].endswith("s"),
            others=others_in([stem(word) for word in words(question.text)]),
        )

    def cosines(self, wanted: Wanted, papers: Sequence[Paper]) -> list[float]:
        """Cosines of the question's topic and each paper, title and abstract, in [-1, 1]."""
        texts = [f"{paper.title} {paper.abstract}" for paper in papers]
        rows = self._index.embedding.embed([wanted.topic, *texts])
        return [float(cosine) for cosine in rows[1:] @ rows[0]]

    @property
    def papers(self) -> int:
        """How many papers the index holds."""
        return self._index.lexicon.count()

    def weight(self, stems: Sequence[str]) -> float:
        """How telling stems are together: the sum of their inverse document frequencies."""
        return sum(idf(self._index.lexicon, one) for one in stems)

    def occurs(self, word: str) -> bool:
        """Whether any abstract or title holds a word, in any of its forms."""
        return self._index.lexicon.document_frequency(stem(word)) > 0

    def sentences(self, wanted: Wanted, papers: Sequence[Paper]) -> list[Evidence]:
        """Every sentence of these papers, best first; ties in order of papers and sentences."""
        found = [evidence for paper in papers for evidence in self._of_paper(wanted, paper)]
        return sorted(found, key=lambda evidence: -evidence.score)

    def _of_paper(self, wanted: Wanted, paper: Paper) -> list[Evidence]:
        spans = sentence_spans(paper.abstract)
        texts = [paper.abstract[start:end] for start, end in spans]
        spelt = _spelt_out(paper, texts)
        cosines = self._index.embedding.embed(texts) @ wanted.vector
        held = [self._found(wanted, wanted.words, text) for text in spelt]
        places = parts(texts)
        rare = _rarity(held, wanted.weights)
        asked = [self._asked(wanted, text) for text in spelt]
        # Where some sentence names the thing asked for, one that does not is hardly the answer.
        least = _NAMES_IT if max(asked, default=0.0) >= _NAMES_IT else 0.0
        found = [
            self._evidence(wanted, paper, span, held[i], rare, float(cosines[i]), asked[i])
            for i, span in enumerate(spans)
        ]
        return [
            replace(
                evidence,
                score=(1.0 if named >= least else _OTHER) * evidence.score
                + outcome(wanted.question, part, evidence.text),
            )
            for evidence, named, part in zip(found, asked, places, strict=True)
        ]

    def _asked(self, wanted: Wanted, text: str) -> float:
        """How well a sentence names the thing asked for, in [0, 1]; 0 where nothing is."""
        return float(self._found(wanted, wanted.asked, text).mean()) if wanted.asked else 0.0

    def coverage(self, wanted: Wanted, text: str) -> float:
        """The weighted share of the wanted words that a text holds, in [0, 1]; 1 for none."""
        if not wanted.words:
            return 1.0
        return weighted_coverage(self._found(wanted, wanted.words, text), wanted.weights)

    def meaning(self, wanted: Wanted, text: str) -> float:
        """How near in meaning a text comes to the wanted words, weighted, in [0, 1]."""
        given = [word for word in words(text) if word not in STOP_WORDS]
        near = self._matcher.meaning(wanted.words, given)
        held = self._found(wanted, wanted.words, text)
        return weighted_coverage(np.maximum(near, held), wanted.weights)

    def _found(self, wanted: Wanted, some: Sequence[str], text: str) -> Floats:
        given = [word for word in words(text) if word not in STOP_WORDS]
        found = self._matcher.similarity(some, given)
        in_order = [stem(word) for word in words(text)]
        stems = set(in_order)
        for place, word in enumerate(some):
            if found[place] >= _RELATED_WEIGHT:
                continue
            others = wanted.others.get(stem(word), ())
            related = _RELATED.get(stem(word), frozenset()) & stems
            if related or any(find_phrase(other, in_order) for other in others):
                found[place] = _RELATED_WEIGHT
        return found

    def _evidence(
        self,
        wanted: Wanted,
        paper: Paper,
        span: tuple[int, int],
        found: Floats,
        rare: Floats,
        cosine: float,
        asked: float,
    ) -> Evidence:
        text = paper.abstract[slice(*span)]
        coverage = weighted_coverage(found, wanted.weights) if wanted.words else 1.0
        numbers = self._has_number(wanted, text)
        telling = weighted_coverage(found, rare) if wanted.words else 0.0
        score = 0.25 * coverage + 0.35 * telling + 0.25 * cosine
        score += (0.4 if wanted.counted else 0.2) * numbers
        # A speed in figures says more than "in real time".
        score += _FIGURE * (bool(wanted.value) and numbers and any(map(str.isdigit, text)))
        if wanted.asked:
            score += 0.3 * asked
            score += 0.1 * min(1.0, len(_NAMED.findall(text)) / 3)
            score += _CALLED * _calls(wanted.asked[-1], text)
            score += 0.15 * (wanted.several and bool(_ENUMERATION.search(text)))
        score += 0.15 * (wanted.cause and bool(BECAUSE.search(text)))
        score += _IN_ORDER * _in_order(wanted.words, text)
        score += _SUPERLATIVE_SAID * _says_superlative(wanted.question, text)
        return Evidence(paper, *span, coverage, cosine, numbers, asked, score)

    def _has_number(self, wanted: Wanted, text: str) -> bool:
        """Whether a sentence holds the value asked for, or a number before the counted thing."""
        plain = _ENUMERATOR.sub(" ", text)
        if wanted.value:
            return wanted.value.held(plain, wanted.question)
        if not wanted.counted:
            return wanted.number and bool(_NUMBER.search(plain))
        given = words(plain)
        places = [i for i, word in enumerate(given) if word in _NUMBER_WORDS or word[0].isdigit()]
        return any(
            max(
                self._found(
                    wanted,
                    wanted.counted,
                    _plural(given[i + 1 : i + 1 + _COUNT_REACH], wanted, plain),
                ),
                default=0,
            )
            > 0
            for i in places
        )


def widened(lexicon: Lexicon, text: str) -> str:
    """A question followed by what the corpus writes for its phrases: "infarction" and the like."""
    stems = [stem(word) for word in words(text)]
    strange = {one for one in stems if not lexicon.document_frequency(one)}
    others = phrases_for(stems, strange)
    held = [other for other in others if lexicon.containing([other], most=1)]
    return " ".join([text, *map(written, held)])


def _plural(given: Sequence[str], wanted: Wanted, text: str) -> str:
    """Words among which the counted thing is one by itself: "800 user ratings" count no users.

    "three-level" does count levels.
    """
    counted = wanted.counted[-1]
    if not counted.endswith("s"):
        return " ".join(given)
    low = text.lower()
    return " ".join(
        word
        for word, after in zip_longest(given, given[1:], fillvalue="")
        if word.endswith("s") or stem(word) != stem(counted) or f"-{word}" in low or after in _UNITS
    )


def _calls(thing: str, text: str) -> bool:
    """Whether a text gives a thing a name of its own: "the Golden Gate Bridge" names a bridge."""
    kind = re.escape(thing.removesuffix("s").capitalize())
    return bool(re.search(rf"(?<!^)(?<![.?!:]\s)\b[A-Z][a-z]+ {kind}s?\b", text))


def _in_order(wanted: Sequence[str], text: str) -> float:
    """The share of the question's neighbouring words that a text has side by side, in [0, 1]."""
    stems = [stem(word) for word in words(text)]
    pairs = set(pairwise(stems))
    asked = [(stem(one), stem(other)) for one, other in pairwise(wanted)]
    return sum(pair in pairs for pair in asked) / len(asked) if asked else 0.0


def _says_superlative(question: str, text: str) -> bool:
    """Whether a text has a superlative of the question with its noun: "the main risk factor"."""
    asked = [" ".join(match.group().lower().split()) for match in _SUPERLATIVE.finditer(question)]
    return any(phrase.rstrip("s") in text.lower() for phrase in asked)


def _spelt_out(paper: Paper, texts: Sequence[str]) -> list[str]:
    """Sentences with the expansions of the acronyms in them, so that either form is found."""
    defined = definitions(paper.abstract)
    return [" ".join([text, *(d.expansion for d in defined if d.short in text)]) for text in texts]


def _rarity(held: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Weights times how rare each word is among a paper's sentences.

    A word that stands in most of them says which paper is meant, not which sentence answers.
    """
    if not held or not weights:
        return np.zeros(0, dtype=np.float32)
    share = np.mean(np.stack(held) > 0, axis=0)
    rare: Floats = (np.asarray(weights) * (1.05 - share)).astype(np.float32)
    return rare


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + " " + text[end:]
    return text
