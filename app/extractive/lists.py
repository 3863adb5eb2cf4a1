"""All papers of the corpus that are on a topic, each with a sentence of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.extractive.constraints import LINK, PROMISE, passes
from app.extractive.own_words import Span, main_sentence
from app.extractive.sentences import share
from app.logistic import best_cut
from app.retrieval.closeness import read
from app.retrieval.ranking import Term
from app.retrieval.search import Candidate
from app.retrieval.similarity import Floats, WordMatcher
from app.retrieval.topicality import any_on_topic, on_topic, ranked, weighted
from app.settings import Settings
from app.support.addressed import told
from app.understanding.question import Filters, Question, Word
from ingest.catalog import Catalog
from ingest.index import Index
from ingest.records import Paper
from ingest.text.people import folded, same_person
from ingest.text.terms import content_words, stem, words

# Candidates that are read once more; with 60 instead, F1 of lists rises by 0.004.
READ = 24
# A paper that may belong to a list: this share of the probability of the last sure one.
_PERHAPS = 0.6
MOST_PERHAPS = 5
# A missing paper costs a list a little more than one too many: it cannot be seen.
COMPLETENESS = 1.2
# A paper that holds this share of what a question leaves out names it.
_NAMED = 0.9


@dataclass(frozen=True, slots=True)
class Match:
    """A listed paper, and the probability that it belongs.

    `sure` is false for one that only perhaps belongs.
    """

    paper: Paper
    chance: float
    sure: bool = True


class Lister:
    """Lists the papers of one index."""

    def __init__(self, index: Index, matcher: WordMatcher, settings: Settings) -> None:
        self._index = index
        self._settings = settings
        self._matcher = matcher

    def matches(self, question: Question, within: Sequence[str] | None = None) -> list[Match]:
        """Every sure match, best first, then those that perhaps belong.

        `within` restricts them to these papers. Without a topic, all papers that meet the filters.
        """
        out = self._excluded(question)
        chosen = self._chosen(question, within)
        if not _names_topic(question, within):
            papers = self._index.catalog.papers(chosen)
            kept = [p for p in papers if passes(p, question.filters) and p.paper_id not in out]
            return [Match(paper, 1.0) for paper in kept]
        return self._on_topic(question, chosen, out)

    def evidence(
        self, question: Question, papers: Sequence[Paper], within: Sequence[str] | None = None
    ) -> list[Span]:
        """Of each of these papers the sentence that shows best why `matches` found it.

        Finding it takes a hundred times as long as the paper itself: ask for those that are shown.
        """
        if not _names_topic(question, within):
            return [_plain(paper, question) for paper in papers]
        terms = weighted(self._index, question.words)
        # All words at once: the sentences of many papers share most of theirs.
        self._matcher.table(
            [term.word for term in terms],
            {word for paper in papers for word in content_words(paper.abstract)},
        )
        return [self._nearest(paper, terms) for paper in papers]

    def _chosen(self, question: Question, within: Sequence[str] | None) -> list[str] | None:
        """The ids that the question allows beside its topic; None for all."""
        authors = question.filters.authors
        if not authors:
            return None if within is None else list(within)
        by_them = _by_authors(self._index.catalog, authors)
        return [i for i in by_them if within is None or i in within]

    def _excluded(self, question: Question) -> frozenset[str]:
        """Papers that name what the question leaves out, unless to say that they do without."""
        found: set[str] = set()
        for phrase in question.excluded:
            own = tuple(map(Word, content_words(phrase)))
            about = replace(question, words=own, excluded=())
            near = ranked(self._index, own, self._settings, phrase, self._also(about, None))
            holding = [one.paper_id for one in near if one.nearness.held >= _NAMED]
            papers = self._index.catalog.papers(holding)
            found |= {paper.paper_id for paper in papers if not _does_without(paper, own)}
        return frozenset(found)

    def _on_topic(
        self, question: Question, chosen: Sequence[str] | None, out: frozenset[str]
    ) -> list[Match]:
        near = near_topic(self._index, question, self._settings, self._also(question, chosen))
        anywhere = any_on_topic(near, question.words)
        if chosen is None and anywhere < self._settings.listed_near:
            return []
        chances = dict(zip((one.paper_id for one in near), on_topic(near), strict=True))
        allowed = [i for i in chances if (chosen is None or i in chosen) and i not in out]
        allowed = self._meeting(question.filters, allowed)
        allowed.sort(key=lambda paper_id: (-chances[paper_id], paper_id))
        found = np.asarray([chances[paper_id] for paper_id in allowed], dtype=np.float32)
        # Among papers that were chosen, the best of them has to be on the topic, not any paper.
        surest = anywhere if chosen is None else float(found.max(initial=0.0))
        anything = surest >= self._settings.listed_from
        sure, some = _cuts(found, anything)
        papers = self._index.catalog.papers(allowed[:some])
        return [
            Match(paper, float(found[place]), place < sure) for place, paper in enumerate(papers)
        ]

    def _meeting(self, filters: Filters, paper_ids: list[str]) -> list[str]:
        """Those of these papers that meet the filters."""
        if not filters.as_dict():
            return paper_ids
        papers = self._index.catalog.papers(paper_ids)
        return [paper.paper_id for paper in papers if passes(paper, filters)]

    def _also(self, question: Question, chosen: Sequence[str] | None) -> list[str]:
        """Ids of papers to judge whatever their rank: the chosen ones, else all with every word."""
        if chosen is not None:
            return list(chosen)
        stems = [stem(word.text) for word in question.words if word.telling]
        return sorted(self._index.lexicon.holding(stems))

    def _nearest(self, paper: Paper, terms: Sequence[Term]) -> Span:
        """The sentence that holds most of the topic; of equals the one that says what it does."""
        spans = told(paper.abstract)
        weights = np.asarray([term.weight for term in terms], dtype=np.float32)
        wanted = [term.word for term in terms]
        held = [self._holds(wanted, weights, paper.abstract[slice(*span)]) for span in spans]
        most = max(held)
        best = [span for span, one in zip(spans, held, strict=True) if one == most]
        main = main_sentence(paper) if len(best) > 1 else best[0]
        return main if main in best else best[0]

    def _holds(self, wanted: Sequence[str], weights: Floats, text: str) -> float:
        return round(share(self._matcher.similarity(wanted, content_words(text)), weights), 2)


def _plain(paper: Paper, question: Question) -> Span:
    """The sentence of a paper that only filters chose: with its link, or with what it does."""
    if question.filters.code:
        pattern = LINK if question.filters.code == "linked" else PROMISE
        for span in told(paper.abstract):
            if pattern.search(paper.abstract, *span):
                return span
    return main_sentence(paper)


def near_topic(
    index: Index, question: Question, settings: Settings, also: Sequence[str] = ()
) -> list[Candidate]:
    """The candidates for the topic of a question, best first, with their closeness to it.

    The same topic has the same papers, whatever else is said around it.
    """
    near = ranked(index, question.words, settings, question.text, also)
    return read(index, near, " ".join(word.text for word in question.words), READ, also)


def _does_without(paper: Paper, left_out: Sequence[Word]) -> bool:
    """Whether an abstract says "without" or "no" just before what a question leaves out."""
    meant = {stem(word.text) for word in left_out}
    given = words(paper.abstract)
    return any(
        word in ("without", "no") and meant & set(map(stem, given[place + 1 : place + 5]))
        for place, word in enumerate(given)
    )


def _names_topic(question: Question, within: Sequence[str] | None) -> bool:
    """Whether the question names a topic; beside other constraints, a doubtful word names none."""
    constrained = within is not None or bool(question.filters.as_dict())
    return any(word.telling or not constrained for word in question.words)


def _cuts(chances: Floats, anything: bool) -> tuple[int, int]:
    """How many papers are sure, and how many are shown with those that perhaps belong.

    `anything` tells whether any paper is surely on the topic.
    """
    if not len(chances):
        return 0, 0
    sure = best_cut(chances, COMPLETENESS) if anything else 0
    bar = _PERHAPS * float(chances[sure - 1] if sure else chances[0])
    some = int((chances >= bar).sum())
    return sure, max(sure, min(some, sure + MOST_PERHAPS))


def _by_authors(catalog: Catalog, authors: Sequence[str]) -> list[str]:
    """Papers that all these people wrote."""
    sets: list[dict[str, None]] = []
    for author in authors:
        stored = catalog.authors_named(folded(author))
        sets.append({paper_id: None for name, paper_id in stored if same_person(author, name)})
    return [i for i in sets[0] if all(i in other for other in sets[1:])] if sets else []
