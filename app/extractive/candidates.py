"""Papers that a question may be about, with their nearness to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.answer import Passage
from app.retrieval.closeness import read
from app.retrieval.reranking import Reranker
from app.retrieval.search import Candidate, Ranking, unranked
from app.retrieval.topicality import ranked
from app.retrieval.trace import bring_up
from app.settings import Settings
from app.understanding.question import Question
from app.understanding.reading import Read
from ingest.index import Index
from ingest.records import Paper

# Papers whose sentences are read for a lookup that names no paper. Of look-ups by strangers the
# right one is among 8 for 0.946 and among 16 for 0.967; each further 8 take 0.02 s.
READ = 16
# Papers that one just spoken of is weighed against.
_RIVALS = 2
# Of so many a reranker chooses them.
RERANKED = 32


def near_question(
    index: Index, question: Question, settings: Settings, named: Sequence[str]
) -> Ranking:
    """The candidates for a question, best first, with their closeness to it.

    Papers that it names, by their ids, are candidates anyhow.
    """
    near = ranked(index, question.words, settings, question.text, named)
    return read(index, near, question.text, READ, named)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chooses papers of one index."""

    index: Index
    settings: Settings
    reranker: Reranker | None = None

    def of(self, asked: Read) -> tuple[list[tuple[Candidate, Paper]], set[str]]:
        """Papers to read with their nearness, best first, and the ids of those that are named.

        Named papers stand alone; where a name may mean several, they are ranked. None is of
        another year than those that are kept to.
        """
        named = self._kept(asked, _meant(asked))
        text, also = asked.question.text, sorted(named)
        if len(named) == 1:  # it stands alone, however close others are
            near = ranked(self.index, asked.question.words, self.settings, text, also)
        else:
            near = near_question(self.index, asked.question, self.settings, also)
        kept = self._kept(asked, set(near.paper_ids))
        if named:
            chosen = [one for one in near if one.paper_id in named & kept]
        else:
            chosen = self._reranked(text, [one for one in near if one.paper_id in kept])[:READ]
        found_ids = {one.paper_id for one in chosen}
        chosen += [unranked(paper_id) for paper_id in sorted(named - found_ids)]
        papers = {p.paper_id: p for p in self.index.catalog.papers([c.paper_id for c in chosen])}
        found = [(one, papers[one.paper_id]) for one in chosen if one.paper_id in papers]
        bring_up(paper for _, paper in found)
        return found, named

    def outside(self, asked: Read) -> list[str]:
        """The titles of the papers that a question names, where none is of the years kept to."""
        meant = _meant(asked)
        if not meant or self._kept(asked, meant):
            return []
        return list(self.index.catalog.titles(sorted(meant)))

    def rivals(self, asked: Read, paper: Paper) -> list[Paper]:
        """The papers that a question may rather be about than a paper that was just spoken of."""
        near = [other for _, other in self.of(asked)[0] if other.paper_id != paper.paper_id]
        return near[:_RIVALS]

    def _kept(self, asked: Read, paper_ids: set[str]) -> set[str]:
        """Those of these papers that are of the years that are kept to."""
        if not asked.kept.years:
            return paper_ids
        years = self.index.catalog.years(sorted(paper_ids))
        return {paper_id for paper_id, year in years.items() if asked.kept.holds(year)}

    def _reranked(self, text: str, near: Sequence[Candidate]) -> list[Candidate]:
        if self.reranker is None:
            return list(near[:READ])
        by_id = {one.paper_id: one for one in near[:RERANKED]}
        papers = self.index.catalog.papers(list(by_id))
        read = [(paper, by_id[paper.paper_id]) for paper in papers]
        shown = [Passage(paper, one.score, one.start, one.end) for paper, one in read]
        found = self.reranker.reranked(text, shown)
        return [by_id[passage.paper.paper_id] for passage in found]


def _meant(asked: Read) -> set[str]:
    """The papers that a question points at, else those that it names, by their ids."""
    own = {i for entity in asked.linked.own() for i in entity.paper_ids}
    return {paper.paper_id for paper in asked.context.focus} or own
