"""Answers that are several papers: lists, counts, people, orders, exports and overviews."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.answer import Answer
from app.export import export
from app.extractive import messages, overview, tally
from app.extractive.assemble import Line, abstained, composed, joined, plain
from app.extractive.lists import Lister, Match
from app.extractive.ordering import order_key
from app.extractive.own_words import Span, main_sentence
from app.extractive.refusals import Refusals
from app.extractive.sentences import SentenceReader
from app.retrieval.trace import bring_up
from app.understanding.question import Question
from app.understanding.reading import Read
from ingest.index import Index
from ingest.records import Paper
from ingest.text.terms import words


@dataclass(frozen=True, slots=True)
class Page:
    """The papers that a list shows: `limit` of them, from the 0-based place `offset` on.

    The count of a list is exact beyond them.
    """

    offset: int = 0
    limit: int = 100

    def of(self, some: Sequence[Match]) -> list[Match]:
        return list(some[self.offset : self.offset + self.limit])


FIRST_PAGE = Page()


@dataclass(frozen=True, slots=True)
class ListAnswers:
    """Answers with the papers of one index."""

    index: Index
    lister: Lister
    reader: SentenceReader
    refusals: Refusals
    page: Page = FIRST_PAGE

    def matching(self, asked: Read) -> Answer:
        """The papers that match a question, or the people who wrote them."""
        question = asked.question
        strangers = asked.linked.unknown_authors
        if strangers and not _beside(question, strangers):
            reason = f"No paper in this collection is by {plain(joined(strangers))}."
            return self.refusals.nothing(asked, reason, total=0)
        within = _ids(asked.context.within)
        if asked.linked.unknown and not question.words and within is None:
            return self.refusals.unknown(asked, ())
        matches = self.lister.matches(question, within)
        bring_up(match.paper for match in matches)
        sure = [match for match in matches if match.sure]
        notes = self._left_out(asked, within)
        if not matches:
            return self._no_list(asked, notes)
        if sure and question.by_year:
            return self._tallied(asked, tally.by_year(sure), sure, notes)
        if sure and question.act == "people":
            return self._tallied(asked, tally.by_person(sure), sure, notes)
        return self._listed(asked, matches, len(sure), notes)

    def _listed(
        self, asked: Read, matches: Sequence[Match], sure: int, notes: Sequence[str]
    ) -> Answer:
        question = asked.question
        page = replace(self.page, limit=question.wanted or self.page.limit)
        ordered = sorted(matches, key=lambda match: not match.sure)
        if question.order:
            ordered.sort(key=lambda one: (not one.sure, order_key(one.paper, question.order)))
        shown = page.of(ordered)
        if sure > page.limit or page.offset:
            notes = [*notes, messages.shown(page.offset, len(shown), sure)]
        perhaps = sum(not match.sure for match in shown)
        lead = messages.lead(sure, perhaps)
        spans = self.lister.evidence(question, _papers(shown), _ids(asked.context.within))
        return composed(
            question.text, question.kind, list(map(_listed_line, shown, spans)),
            lead=lead, separator="\n", total=sure, filters=question.filters.as_dict(),
            notes=notes, strength="answered" if sure else "nearest",
            reason=None if sure else lead, closest=() if sure else _papers(shown)[:3],
        )  # fmt: skip

    def _tallied(
        self, asked: Read, lines: Sequence[Line], sure: Sequence[Match], notes: Sequence[str]
    ) -> Answer:
        """Papers counted by person or year; listed where their records name none."""
        question = asked.question
        if question.by_year:
            notes = [*notes, *_undated(match.paper for match in sure)]
        if not lines:
            lacking = [] if question.by_year else ["Their records name no authors."]
            return self._listed(asked, sure, len(sure), [*notes, *lacking])
        lead = messages.lead(len(sure))[:-1] + (", by year:" if question.by_year else ", by:")
        return composed(
            question.text, question.kind, lines, lead=lead, separator="\n", total=len(sure),
            filters=question.filters.as_dict(), notes=notes,
        )  # fmt: skip

    def again(self, asked: Read) -> Answer:
        """The papers shown before, or those on a topic, in another order or as references."""
        question = asked.question
        if asked.context.within is None and not any(one.telling for one in question.words):
            return abstained(question.text, question.kind, messages.NO_LIST_YET)
        papers = list(asked.context.within or ())
        if asked.context.within is None:
            papers = [match.paper for match in self.lister.matches(question) if match.sure]
        if not papers:
            return self._no_list(asked, ())
        notes: list[str] = []
        if question.order:
            papers.sort(key=lambda paper: order_key(paper, question.order))
            notes = [] if question.order == "title" else _undated(papers)
        papers = papers[: question.wanted or len(papers)]
        lines = [
            _record_line(paper)
            if question.act == "export"
            else _listed_line(Match(paper, 1.0), main_sentence(paper))
            for paper in papers
        ]
        answer = composed(
            question.text, question.kind, lines, lead=messages.lead(len(papers)),
            separator="\n", total=len(papers), notes=notes,
        )  # fmt: skip
        if question.act == "order":
            return answer
        block = export(papers, question.format or "bibtex")
        return replace(answer, text=f"{answer.text}\n\n```\n{plain(block)}\n```")

    def overview(self, asked: Read) -> Answer:
        """What the papers on a topic report; a list where none is surely on it."""
        question = asked.question
        matches = self.lister.matches(question, _ids(asked.context.within))
        bring_up(match.paper for match in matches)
        sure = [match for match in matches if match.sure]
        if not sure:
            return self.matching(asked)
        wanted = self.reader.wanted(question, asked.linked)
        told = overview.tell(self.reader, wanted, question, matches)
        count = self.index.catalog.count()
        return composed(
            question.text, question.kind, told.lines, lead=told.lead, separator="\n",
            filters=question.filters.as_dict(),
            notes=[messages.considered(len(told.lines), len(sure), count)],
        )  # fmt: skip

    def _left_out(self, asked: Read, within: Sequence[str] | None) -> list[str]:
        """A note on the papers that a filter on years left out for want of a year."""
        question = asked.question
        if not question.filters.years:
            return []
        anytime = replace(question, filters=replace(question.filters, since=None, until=None))
        matches = self.lister.matches(anytime, within)
        return _undated(match.paper for match in matches if match.sure)

    def _no_list(self, asked: Read, notes: Sequence[str]) -> Answer:
        of = f"of the {self.index.catalog.count()} papers"
        of = of if asked.context.within is None else "of those papers"
        reason = messages.no_list(asked.question.topic, asked.question.filters, of)
        return self.refusals.nothing(asked, reason, total=0, notes=notes)


def _ids(papers: Sequence[Paper] | None) -> list[str] | None:
    return None if papers is None else [paper.paper_id for paper in papers]


def _papers(matches: Sequence[Match]) -> list[Paper]:
    return [match.paper for match in matches]


def _beside(question: Question, names: Sequence[str]) -> bool:
    """Whether a question has words of a topic beside these names."""
    of_names = {word for name in names for word in words(name)}
    return any(word.telling and word.text not in of_names for word in question.words)


def _undated(papers: Iterable[Paper]) -> list[str]:
    """A note on those of these papers that have no year, if any."""
    undated = sum(paper.year is None for paper in papers)
    return [messages.undated(undated)] if undated else []


def _listed_line(match: Match, span: Span) -> Line:
    perhaps = "" if match.sure else "perhaps "
    prefix = f"- {perhaps}**{plain(match.paper.title)}**: "
    return Line(match.paper, span, prefix=prefix, sure=match.sure)


def _record_line(paper: Paper) -> Line:
    """A paper by its record alone."""
    dated = f" ({paper.year})" if paper.year else ""
    fields = ("title", "year") if paper.year else ("title",)
    return Line(paper, text=f"{plain(paper.title)}{dated}.", fields=fields, prefix="- ")
