"""Answers in sentences of the abstracts, by what a question wants done. No model is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.answer import Answer, Passage
from app.extractive import comparison, lookup, messages, metadata
from app.extractive.assemble import composed, plain
from app.extractive.candidates import Candidates
from app.extractive.constraints import passes
from app.extractive.list_answers import ListAnswers, Page
from app.extractive.lists import Lister
from app.extractive.refusals import Refusals
from app.extractive.sentences import SentenceReader, share
from app.retrieval.reranking import Reranker
from app.retrieval.search import Candidate, passages
from app.retrieval.similarity import WordMatcher
from app.retrieval.trace import bring_up
from app.settings import Settings
from app.understanding.entities import Linked
from app.understanding.question import Filters, Question, Word
from app.understanding.reading import Read
from ingest.index import Index
from ingest.records import Paper
from ingest.text.terms import content_words

# The paper just spoken of may hold so much less of a question's words than another.
_PREFERRED = 0.1
# A reading less sure than this may be another.
_SURE = 0.75


class Extractive:
    """Answers questions over one index."""

    def __init__(
        self, index: Index, settings: Settings, page: Page, reranker: Reranker | None = None
    ) -> None:
        self._index = index
        self._settings = settings
        matcher = WordMatcher(index.embedding)
        self._reader = SentenceReader(index, matcher)
        self._candidates = Candidates(index, settings, reranker)
        self._refusals = Refusals(index, self._candidates)
        lister = Lister(index, matcher, settings)
        self._lists = ListAnswers(index, lister, self._reader, self._refusals, page)

    def answer(self, asked: Read) -> Answer:
        """The answer to a question."""
        question = asked.question
        if asked.context.unclear and question.act not in ("order", "export"):
            return self._refusals.which(asked)
        lists = self._lists
        ways: dict[str, Callable[[Read], Answer]] = {
            "list": lists.matching, "count": lists.matching, "people": lists.matching,
            "order": lists.again, "export": lists.again, "overview": lists.overview,
            "claim": lists.overview, "advice": lists.overview, "compare": self._compare,
            "metadata": self._tell, "definition": self._define, "lookup": self._look_up,
            "smalltalk": self._talk,
        }  # fmt: skip
        return ways[question.act](asked)

    def passages(self, asked: Read) -> tuple[list[Passage], bool]:
        """Papers to read, best first, and whether the question names them."""
        candidates, named = self._candidates.of(asked)
        return passages(self._index, [one for one, _ in candidates]), bool(named)

    def tells(self, asked: Read, paper: Paper) -> bool:
        """Whether a paper holds the question's words nearly as well as the best other one."""
        wanted = self._reader.wanted(asked.question, asked.linked)
        if not wanted.words:
            return True
        candidates, _ = self._candidates.of(asked)
        best = [other for _, other in candidates[:3]]
        here, *others = (
            share(self._reader.read(wanted, one).held, wanted.weights) for one in (paper, *best)
        )
        return here > 0 and here >= max(others, default=0.0) - _PREFERRED

    # One paper, or a few

    def _found(
        self, asked: Read, candidates: Sequence[tuple[Candidate, Paper]], named: set[str]
    ) -> lookup.Found:
        return lookup.look_up(
            self._reader, asked.question, asked.linked, candidates, named,
            keeps_order=self._candidates.reranker is not None,
        )  # fmt: skip

    def _look_up(self, asked: Read) -> Answer:
        question = asked.question
        candidates, named = self._candidates.of(asked)
        found = self._found(asked, candidates, named)
        if found.lines and found.chance >= self._settings.answered_from:
            return composed(question.text, question.kind, found.lines)
        strangers = (*asked.linked.unknown, *asked.linked.unknown_authors)
        if not found.lines or (not named and found.chance < self._settings.near_from):
            if strangers:
                return self._refusals.unknown(asked, found.papers)
            return self._refusals.off_topic(asked, found.papers)
        reason = messages.nearest(found.absent)
        if named:
            reason = messages.not_said(found.papers[0].title, found.absent)
        elif strangers:
            reason = f"{messages.unknown(strangers, self._index.catalog.count())} Nearest to it:"
        return composed(
            question.text, question.kind, found.lines, lead=reason, strength="nearest",
            reason=reason, closest=found.papers,
        )  # fmt: skip

    def _define(self, asked: Read) -> Answer:
        entities = asked.linked.entities
        if len(entities) == 1 and not asked.linked.unknown and not asked.context.focus:
            papers = self._index.catalog.papers(entities[0].paper_ids)
            papers = [paper for paper in papers if passes(paper, asked.kept)]
            bring_up(papers)
            lines = lookup.define(entities[0], papers)
            if lines:
                return composed(asked.question.text, "definition", lines)
        return self._look_up(asked)

    def _tell(self, asked: Read) -> Answer:
        """An attribute of the record of the paper that is named, or that the question describes."""
        question = asked.question
        candidates, named = self._candidates.of(asked)
        found = self._found(asked, candidates, named)
        if not named and found.chance < self._settings.near_from:
            if asked.linked.unknown:
                return self._refusals.unknown(asked, found.papers)
            return self._refusals.off_topic(asked, found.papers)
        papers = [paper for _, paper in candidates] if named else list(found.papers[:1])
        lines = [line for paper in papers for line in metadata.tell(paper, question.attribute)]
        if lines:
            return composed(question.text, "metadata", lines)
        if question.sure < _SURE and found.chance >= self._settings.answered_from:
            # "Where was it evaluated?" is told by the abstract, if by anything.
            return composed(question.text, "lookup", found.lines)
        reason = plain(metadata.missing(papers[0], question.attribute))
        return self._refusals.nothing(asked, reason, closest=papers)

    def _compare(self, asked: Read) -> Answer:
        question, linked = asked.question, asked.linked
        own = [i for entity in linked.own() for i in entity.paper_ids]
        papers = [*asked.context.focus, *(asked.context.within or ())]
        papers += self._index.catalog.papers(list(dict.fromkeys(own)))
        if len({paper.paper_id for paper in papers}) < 2:
            papers += self._sides(asked)
        kept = [paper for paper in papers if passes(paper, asked.kept)]
        sides = list({paper.paper_id: paper for paper in kept}.values())
        bring_up(sides)
        if len(sides) < 2 and linked.unknown:
            return self._refusals.unknown(asked, sides)
        if len(sides) < 2:
            # "Salt or sugar, which is sweeter?" may be told by one paper.
            return self._look_up(asked)
        wanted = self._reader.wanted(question, linked)
        lines = comparison.compare(self._reader, wanted, sides)
        return composed(question.text, "compare", lines)

    def side_by_side(self, text: str, papers: Sequence[Paper]) -> Answer:
        """These papers compared, whatever a question about them would find."""
        bring_up(papers)
        wanted = self._reader.wanted(Question(text, "compare"), Linked())
        return composed(text, "compare", comparison.compare(self._reader, wanted, papers))

    def _sides(self, asked: Read) -> list[Paper]:
        """The best paper for each side that is compared, if it is surely about that side."""
        found: list[Paper] = []
        for side in asked.question.sides:
            own = tuple(map(Word, content_words(side)))
            about = replace(asked.question, words=own, filters=Filters(), act="lookup", text=side)
            read = Read(about, Linked(), kept=asked.kept)
            candidates, _ = self._candidates.of(read)
            seen = self._found(read, candidates, set())
            found += seen.papers[:1] if seen.chance >= self._settings.answered_from else ()
        return found

    def _talk(self, asked: Read) -> Answer:
        return Answer(asked.question.text, messages.SMALLTALK, "smalltalk")
