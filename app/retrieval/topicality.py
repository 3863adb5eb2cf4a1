"""How surely a paper is on a topic: a probability from how near retrieval finds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.logistic import Floats, decision
from app.retrieval.closeness import answered_by
from app.retrieval.ranking import Ints, Term, words_of
from app.retrieval.search import Candidate, Doubles, Ranking, rank
from app.retrieval.similarity import idf
from app.retrieval.synonyms import synonyms_of, written
from app.settings import Settings
from app.support.cross_encoder import side_by_side
from app.understanding.question import Word
from ingest.catalog import Catalog
from ingest.embedding.models import Vectors
from ingest.index import Index
from ingest.text.memoize import in_turn
from ingest.text.terms import content_words, stem

# Words of the longest expansion that is looked for.
_LONGEST_EXPANSION = 5
# Probable candidates that are read, to tell whether any paper is on a topic.
_BEST = 3
# Where a probability lies this far from 0 and 1, it is in doubt; so many are read at most.
_DOUBTED, _MOST_DOUBTED = 0.05, 12
# The log odds that any paper is on a topic where there is none to read.
_NONE_READ = -6.0


def ranked(
    index: Index, words: Sequence[Word], settings: Settings, text: str, also: Sequence[str] = ()
) -> Ranking:
    """The candidates for a topic in these words, best first; `also` are candidates anyhow.

    `text` is the question, for an embedding model that reads whole sentences.
    """
    terms = weighted(index, words)
    if not terms:
        return Ranking.of([])
    return rank(index, terms, _vector(index, terms, text), weights=settings.weights, also=also)


def weighted(index: Index, words: Sequence[Word]) -> list[Term]:
    """The words with their weights, and the phrases that stand for them in this corpus."""
    lexicon = index.lexicon
    stems = [stem(word.text) for word in words]
    spelt = _abbreviations(index.catalog, index.catalog.generation)
    found = []
    for place, (word, one) in enumerate(zip(words, stems, strict=True)):
        others: list[tuple[str, ...]] = [*spelt.in_full.get(one, ())]
        others += [(short,) for short in dict.fromkeys(spelt.shorts_at(stems, place))]
        if not lexicon.document_frequency(one):
            known = sorted(filter(lexicon.document_frequency, synonyms_of(one)))
            others += [(written(one, other),) for other in known]
        # A paper holds a phrase only with its rarest word.
        weight = min(max(idf(lexicon, w) for w in phrase) for phrase in ((word.text,), *others))
        found.append(Term(word.text, word.weight * weight, tuple(others)))
    return found


@dataclass(frozen=True, slots=True)
class _Abbreviations:
    """What the acronyms of a corpus stand for, by their stems, and the reverse."""

    in_full: Mapping[str, tuple[tuple[str, ...], ...]]
    shorts: Mapping[tuple[str, ...], str]
    longest: int

    def shorts_at(self, stems: Sequence[str], place: int) -> Iterator[str]:
        """Acronyms of the phrases of these stems that hold the one at a place."""
        for length in range(2, self.longest + 1):
            for start in range(max(0, place - length + 1), place + 1):
                short = self.shorts.get(tuple(stems[start : start + length]))
                if short:
                    yield short


# Reading all acronyms takes too long to do it for every question.
@in_turn
@lru_cache(maxsize=2)
def _abbreviations(catalog: Catalog, _generation: int) -> _Abbreviations:
    in_full: dict[str, tuple[tuple[str, ...], ...]] = {}
    shorts: dict[tuple[str, ...], str] = {}
    # What most papers write comes first, and only that counts.
    for name, expansion, _ in sorted(catalog.expansions(), key=lambda row: (-row[2], row)):
        own, full = content_words(name), tuple(content_words(expansion))
        if len(own) == 1 and 1 < len(full) <= _LONGEST_EXPANSION:
            in_full.setdefault(stem(own[0]), (full,))
            shorts.setdefault(tuple(map(stem, full)), own[0])
    return _Abbreviations(in_full, shorts, _LONGEST_EXPANSION)


def _vector(index: Index, terms: Sequence[Term], text: str) -> Vectors | None:
    if index.encoder is not index.embedding:
        return index.question_vector(text)
    vector: Vectors = index.embedding.embed([" ".join(words_of(terms))])[0]
    return vector


def read_for_topic(index: Index, ranking: Ranking, words: Sequence[Word]) -> Doubles:
    """The log odds that a candidate is about a topic, as the cross-encoder reads it.

    Read are the most probable candidates, and those that words alone leave in doubt, the most
    doubtful first; NaN stands for the others.
    """
    chances = decision("on topic").probabilities(ranking.signals)
    doubt = np.argsort(np.abs(chances - 0.5), kind="stable")
    doubtful = doubt[np.minimum(chances, 1 - chances)[doubt] >= _DOUBTED][:_MOST_DOUBTED]
    chosen = {*_most_probable(ranking).tolist(), *doubtful.tolist()}
    places = {ranking.paper_ids[place]: place for place in sorted(chosen)}
    papers = index.catalog.papers(list(places))
    asked = about([word.text for word in words])
    found = side_by_side(lambda paper: answered_by(asked, paper, index.embedding), papers)
    odds = np.full(len(ranking), np.nan)
    odds[[places[paper.paper_id] for paper in papers]] = found
    return odds


def about(words: Sequence[str]) -> str:
    """What the cross-encoder is asked of a topic in these words."""
    return f"Which papers are about {' '.join(words)}?"


def _most_probable(ranking: Ranking) -> Ints:
    """The places of the candidates that are most probably on a topic, by words alone."""
    chances = decision("on topic").probabilities(ranking.signals)
    return np.argsort(-chances, kind="stable")[:_BEST]


def on_topic(ranking: Ranking, read: Doubles) -> Floats:
    """For each candidate the probability that it belongs in a list on the topic.

    For `read` see `read_for_topic`.
    """
    chances = decision("on topic").probabilities(ranking.signals)
    some = np.isfinite(read)
    rows = np.column_stack([ranking.signals[some], read[some]])
    chances[some] = decision("on topic read").probabilities(rows)
    return chances


def any_on_topic(ranking: Ranking, words: Sequence[Word], read: Doubles) -> float:
    """The probability that any paper is on a topic in these words."""
    rows = [any_row(ranking, words, read)] if ranking else []
    return float(next(iter(decision("any on topic").probabilities(rows)), 0.0))


def any_row(ranking: Ranking, words: Sequence[Word], read: Doubles) -> tuple[float, ...]:
    """The features of the decision "any on topic".

    What the best candidate holds of the words, how close the closest is, how many words there
    are (of two words one may be all that a foreign paper shares, of six hardly three), and the
    highest reading of the best candidates.
    """
    best = ranking.scores.argmax()
    odds = read[_most_probable(ranking)]
    return (
        float(ranking.signal("held")[best]), float(ranking.closeness.max()), float(len(words)),
        float(odds[np.isfinite(odds)].max(initial=_NONE_READ)),
    )  # fmt: skip


def meant(candidates: Sequence[Candidate], named: Set[str]) -> Floats:
    """For each candidate the probability that it is the paper that a question is about.

    `named` are the ids of the papers that the question names.
    """
    rows = [(*one.nearness.signals, float(one.paper_id in named)) for one in candidates]
    return decision("meant").probabilities(rows)


def meant_read(candidates: Sequence[Candidate], read: Sequence[float]) -> Floats:
    """The same where nothing is named and the cross-encoder has read each: `read` are log odds."""
    rows = [(*one.nearness.signals, odds) for one, odds in zip(candidates, read, strict=True)]
    return decision("meant read").probabilities(rows)
