"""Answers that are several papers: lists, counts, people, orders, exports and overviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.export import export
from app.extractive import messages, overview, people
from app.extractive.assemble import Line, abstained, composed, joined, plain
from app.extractive.lists import Lister, Match
from app.extractive.own_words import main_sentence
from app.extractive.refusals import Refusals
from app.extractive.sentences import SentenceReader
from app.records import Answer
from app.retrieval.trace import bring_up
from app.understanding.question import Question
from app.understanding.reading import Read
from ingest.index import Index
from ingest.records import Paper
from ingest.text.terms import words

# A list shows this many papers; its count is exact beyond it.
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class ListAnswers:
    """Answers with the papers of one index."""

    index: Index
    lister: Lister
    reader: SentenceReader
    refusals: Refusals
    most_listed: int = MOST_LISTED

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
        notes = self._undated(asked, within)
        if not matches:
            return self._no_list(asked, notes)
        if question.act == "people" and sure:
            return self._people(asked, sure, notes)
        return self._listed(asked, matches, len(sure), notes)

    def _listed(
        self, asked: Read, matches: Sequence[Match], sure: int, notes: Sequence[str]
    ) -> Answer:
        question = asked.question
        most = question.wanted or self.most_listed
        shown = list(matches)
        if question.order:
            shown.sort(key=_by_year(question.order))
        if sure > most:
            shown = shown[:most]
            notes = [*notes, f"The best {most} of {sure} matching papers are shown."]
        perhaps = sum(not match.sure for match in shown)
        lead = messages.lead(sure, perhaps)
        return composed(
            question.text, question.kind, [_listed_line(match) for match in shown],
            lead=lead, separator="\n", total=sure, filters=question.filters.as_dict(),
            notes=notes, strength="answered" if sure else "nearest",
            reason=None if sure else lead, closest=() if sure else _papers(shown)[:3],
        )  # fmt: skip

    def _people(self, asked: Read, sure: Sequence[Match], notes: Sequence[str]) -> Answer:
        lines = people.tell(sure)
        if not lines:
            return self._listed(asked, sure, len(sure), [*notes, "Their records name no authors."])
        question = asked.question
        return composed(
            question.text, question.kind, lines, lead=messages.lead(len(sure))[:-1] + ", by:",
            separator="\n", total=len(sure), filters=question.filters.as_dict(), notes=notes,
        )  # fmt: skip

    def again(self, asked: Read) -> Answer:
        """The papers shown before, in another order or as references."""
        question, papers = asked.question, list(asked.context.within or ())
        if not papers:
            return abstained(question.text, question.kind, messages.NO_LIST_YET)
        if question.act == "order" and question.order:
            papers.sort(key=lambda paper: _year_key(paper, question.order))
        papers = papers[: question.wanted or len(papers)]
        lines = [_listed_line(Match(paper, 1.0, *main_sentence(paper))) for paper in papers]
        if question.act == "export":
            lines = [_record_line(paper) for paper in papers]
        answer = composed(
            question.text, question.kind, lines, lead=messages.lead(len(papers)),
            separator="\n", total=len(papers),
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

    def _undated(self, asked: Read, within: Sequence[str] | None) -> list[str]:
        """A note on the papers that a filter on years left out for want of a year."""
        question = asked.question
        if not question.filters.years:
            return []
        anytime = replace(question, filters=replace(question.filters, since=None, until=None))
        matches = self.lister.matches(anytime, within)
        undated = sum(match.paper.year is None for match in matches if match.sure)
        return [messages.undated(undated)] if undated else []

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


def _by_year(order: str) -> Callable[[Match], tuple[bool, int]]:
    return lambda match: _year_key(match.paper, order)


def _year_key(paper: Paper, order: str) -> tuple[bool, int]:
    """Sorts papers by year; those without one come last."""
    year = paper.year or 0
    return paper.year is None, -year if order == "newest" else year


def _listed_line(match: Match) -> Line:
    perhaps = "" if match.sure else "perhaps "
    prefix = f"- {perhaps}**{plain(match.paper.title)}**: "
    return Line(match.paper, (match.start, match.end), prefix=prefix, sure=match.sure)


def _record_line(paper: Paper) -> Line:
    """A paper by its record alone."""
    dated = f" ({paper.year})" if paper.year else ""
    fields = ("title", "year") if paper.year else ("title",)
    return Line(paper, text=f"{plain(paper.title)}{dated}.", fields=fields, prefix="- ")
