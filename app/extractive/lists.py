"""All papers of the corpus that are on a topic, each with a sentence of evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from app.extractive.constraints import gives, passes
from app.extractive.either import on_either
from app.extractive.own_words import Span, main_sentence
from app.extractive.sentences import share
from app.logistic import best_cut
from app.retrieval import closeness
from app.retrieval.ranking import Term
from app.retrieval.search import Doubles, Ranking
from app.retrieval.similarity import Floats, WordMatcher
from app.retrieval.topicality import any_on_topic, on_topic, ranked, read_for_topic, weighted
from app.settings import Settings
from app.support.addressed import told
from app.understanding.question import Filters, Question, Word
from ingest.catalog import Catalog
from ingest.index import Index
from ingest.records import Paper
from ingest.text.people import folded, same_person
from ingest.text.terms import content_words, stem, words

# Candidates whose closeness is read; with 60 instead, F1 of lists rises by 0.004.
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


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The ids of all papers that match, best first, and the probabilities that they belong.

    The first `sure` of them are sure, the others belong perhaps. `undated` more would be sure if
    no year were asked for, but have none.
    """

    paper_ids: Sequence[str]
    chances: Floats
    sure: int
    undated: int = 0


class Lister:
    """Lists the papers of one index."""

    def __init__(self, index: Index, matcher: WordMatcher, settings: Settings) -> None:
        self._index = index
        self._settings = settings
        self._matcher = matcher

    def matches(self, question: Question, within: Sequence[str] | None = None) -> Matches:
        """The papers that match; on a broad topic there are thousands, so they are only named.

        `within` restricts them to these papers. Without a topic, all papers that meet the filters.
        """
        chosen = self._chosen(question, within)
        if _names_topic(question, within):
            return self._on_topic(question, chosen)
        known = list(self._index.catalog.years()) if chosen is None else chosen
        anytime = self._meeting(question.filters.less(("years",)), self._left(question, known))
        kept = self._of_years(question.filters, anytime)
        undated = self.undated(anytime) if question.filters.years else 0
        return Matches(kept, np.ones(len(kept), dtype=np.float32), len(kept), undated)

    def read(self, matches: Matches, places: Iterable[int]) -> list[Match]:
        """The papers at these places of the matches, in their order."""
        by_id = {matches.paper_ids[place]: place for place in places}
        return [
            Match(paper, float(matches.chances[place]), place < matches.sure)
            for paper in self._index.catalog.papers(list(by_id))
            for place in (by_id[paper.paper_id],)
        ]

    def undated(self, paper_ids: Sequence[str]) -> int:
        """How many of these papers have no year."""
        years = self._index.catalog.years(paper_ids)
        return sum(year is None for year in years.values())

    def evidence(
        self, question: Question, papers: Sequence[Paper], within: Sequence[str] | None = None
    ) -> list[Span]:
        """Of each of these papers the sentence that shows best why `matches` found it.

        Finding it takes a hundred times as long as the paper itself: ask for those that are shown.
        """
        if not _names_topic(question, within):
            return [_plain(paper, question) for paper in papers]
        terms = weighted(self._index, question.words)
        spans = [told(paper.abstract) for paper in papers]
        # All sentences at once: those of many papers share most of their words.
        held = iter(
            self._held(
                terms,
                [
                    p.abstract[slice(*s)]
                    for p, some in zip(papers, spans, strict=True)
                    for s in some
                ],
            )
        )
        return [
            _nearest(paper, some, list(islice(held, len(some))))
            for paper, some in zip(papers, spans, strict=True)
        ]

    def _held(self, terms: Sequence[Term], sentences: Sequence[str]) -> list[float]:
        """The share of the topic that each of these sentences holds, to two decimals."""
        given = [content_words(text) for text in sentences]
        rows = self._matcher.table([term.word for term in terms], chain.from_iterable(given))
        nothing = np.zeros(len(terms), dtype=np.float32)
        weights = np.asarray([term.weight for term in terms], dtype=np.float32)
        best = (
            np.stack([rows[word] for word in some]).max(axis=0) if some else nothing
            for some in given
        )
        return [round(share(one, weights), 2) for one in best]

    def _chosen(self, question: Question, within: Sequence[str] | None) -> list[str] | None:
        """The ids that the question allows beside its topic; None for all."""
        authors = question.filters.authors
        if not authors:
            return None if within is None else list(within)
        by_them = _by_authors(self._index.catalog, authors)
        return [i for i in by_them if within is None or i in within]

    def _left(self, question: Question, paper_ids: Sequence[str]) -> list[str]:
        """These papers without those that the question leaves out."""
        out: set[str] = set()
        for phrase in question.excluded:
            out |= self._naming(question, phrase, set(paper_ids))
        for filters in question.left_out:
            out |= set(self._passing(filters, paper_ids))
        return [paper_id for paper_id in paper_ids if paper_id not in out]

    def _naming(self, question: Question, phrase: str, among: Set[str]) -> set[str]:
        """Those papers that name a phrase, unless to say that they do without."""
        own = tuple(map(Word, content_words(phrase)))
        about = replace(question, words=own, excluded=())
        near = ranked(self._index, own, self._settings, phrase, self._also(about, None))
        holding = np.flatnonzero(near.signal("held") >= _NAMED)
        named = [i for i in (near.paper_ids[place] for place in holding) if i in among]
        told = self._index.catalog.abstracts(named)
        return {i for i in named if not _does_without(told[i], own)}

    def _on_topic(self, question: Question, chosen: Sequence[str] | None) -> Matches:
        near = near_topic(self._index, question, self._settings, self._also(question, chosen))
        read = read_for_topic(self._index, near, question.words)
        anywhere = 0.0
        if chosen is None:
            anywhere = any_on_topic(near, question.words, read)
            if anywhere < self._settings.listed_near:
                return Matches((), np.zeros(0, dtype=np.float32), 0)
        whole = _by_id(near, read)
        chances = on_either(question, whole, lambda one: self._chances(one, chosen))
        allowed = self._left(question, _among(list(chances), chosen))
        ordered = sorted(allowed, key=lambda paper_id: (-chances[paper_id], paper_id))
        found = np.asarray([chances[i] for i in ordered], dtype=np.float32)
        # Among papers that were chosen, the best has to be on the topic, not any paper.
        surest = anywhere if chosen is None else float(found.max(initial=0.0))
        # The topic is cut first: of papers off it, a filter would make one the best.
        sure, some = _cuts(found, surest >= self._settings.listed_from)
        anytime = self._meeting(question.filters.less(("years",)), ordered[:some])
        surely = set(ordered[:sure])
        kept = self._of_years(question.filters, anytime)
        undated = [i for i in anytime if i in surely] if question.filters.years else []
        return Matches(
            kept, np.asarray([chances[i] for i in kept], dtype=np.float32),
            sum(i in surely for i in kept), self.undated(undated),
        )  # fmt: skip

    def _chances(self, question: Question, chosen: Sequence[str] | None) -> dict[str, float]:
        """By paper id, the probability that a candidate is on the topic."""
        return topic_chances(self._index, question, self._settings, self._also(question, chosen))

    def _passing(self, filters: Filters, paper_ids: Sequence[str]) -> Sequence[str]:
        """Those of these papers that pass the filters, on years too."""
        return self._of_years(filters, self._meeting(filters.less(("years",)), paper_ids))

    def _meeting(self, filters: Filters, paper_ids: Sequence[str]) -> Sequence[str]:
        """Those of these papers that meet the filters."""
        if not filters.as_dict():
            return paper_ids
        papers = self._index.catalog.papers(paper_ids)
        meeting = {paper.paper_id for paper in papers if passes(paper, filters)}
        return [paper_id for paper_id in paper_ids if paper_id in meeting]

    def _of_years(self, filters: Filters, paper_ids: Sequence[str]) -> Sequence[str]:
        """Those of these papers that are of the years of the filters."""
        if not filters.years:
            return paper_ids
        years = self._index.catalog.years(paper_ids)
        return [paper_id for paper_id in paper_ids if filters.holds(years.get(paper_id))]

    def _also(self, question: Question, chosen: Sequence[str] | None) -> list[str]:
        """Ids of papers to judge whatever their rank: the chosen ones, else all with every word."""
        if chosen is not None:
            return list(chosen)
        stems = [stem(word.text) for word in question.words if word.telling]
        return sorted(self._index.lexicon.holding(stems))


def _nearest(paper: Paper, spans: Sequence[Span], held: Sequence[float]) -> Span:
    """The sentence that holds most of the topic; of equals the one that says what it does."""
    most = max(held)
    best = [span for span, one in zip(spans, held, strict=True) if one == most]
    main = main_sentence(paper) if len(best) > 1 else best[0]
    return main if main in best else best[0]


def _among(paper_ids: Sequence[str], chosen: Sequence[str] | None) -> list[str]:
    """Those of these papers that were chosen; all where none were."""
    some = set(paper_ids if chosen is None else chosen)
    return [paper_id for paper_id in paper_ids if paper_id in some]


def _plain(paper: Paper, question: Question) -> Span:
    """The sentence of a paper that only filters chose: with its link, or with what it does."""
    if question.filters.code:
        for span in told(paper.abstract):
            if gives(paper.abstract[slice(*span)], question.filters.code):
                return span
    return main_sentence(paper)


def near_topic(
    index: Index, question: Question, settings: Settings, also: Sequence[str] = ()
) -> Ranking:
    """The candidates for the topic of a question, best first, with their closeness to it.

    The same topic has the same papers, whatever else is said around it.
    """
    near = ranked(index, question.words, settings, question.text, also)
    topic = " ".join(word.text for word in question.words)
    return closeness.read(index, near, topic, READ, also)


def topic_chances(
    index: Index, question: Question, settings: Settings, also: Sequence[str] = ()
) -> dict[str, float]:
    """By paper id, the probability that each candidate for the topic of a question is on it."""
    near = near_topic(index, question, settings, also)
    return _by_id(near, read_for_topic(index, near, question.words))


def _by_id(near: Ranking, read: Doubles) -> dict[str, float]:
    return dict(zip(near.paper_ids, on_topic(near, read).tolist(), strict=True))


def _does_without(abstract: str, left_out: Sequence[Word]) -> bool:
    """Whether an abstract says "without" or "no" just before what a question leaves out."""
    meant = {stem(word.text) for word in left_out}
    given = words(abstract)
    return any(
        word in ("without", "no") and meant & set(map(stem, given[place + 1 : place + 5]))
        for place, word in enumerate(given)
    )


def _names_topic(question: Question, within: Sequence[str] | None) -> bool:
    """Whether the question names a topic; beside other constraints, a doubtful word names none."""
    constrained = within is not None or question.filtered
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
