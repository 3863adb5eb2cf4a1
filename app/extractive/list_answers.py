"""Answers that are several papers: lists, counts, people, orders, exports and overviews."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from app.answer import Answer
from app.export import export
from app.extractive import messages, overview, tally
from app.extractive.assemble import Line, abstained, bullet, composed, joined, plain
from app.extractive.lists import Lister, Match, Matches
from app.extractive.ordering import order_key
from app.extractive.own_words import Span, main_sentence
from app.extractive.refusals import Refusals
from app.extractive.sentences import SentenceReader
from app.retrieval.trace import bring_up
from app.understanding.patterns import YEAR
from app.understanding.question import Filters, Order, Question
from app.understanding.reading import Read
from ingest.index import Index
from ingest.records import Paper
from ingest.text.terms import words

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """The papers that a list shows: `limit` of them, from the 0-based place `offset` on.

    The count of a list is exact beyond them.
    """

    offset: int = 0
    limit: int = 100

    def of(self, places: Sequence[T]) -> Sequence[T]:
        return places[self.offset : self.offset + self.limit]


FIRST_PAGE = Page()
# "Battery health in drones, what score" may ask for papers or for what the first of them tells: a
# list less surely asked for than this shows that of so many.
_SURELY, _READ = 0.9, 3
# What no record of some papers does.
_YEAR, _AUTHORS = "gives a year", "names an author"
# People of a list who are named.
_MOST_PEOPLE = 20
# Papers that an overview reads from the catalog together.
_AT_ONCE = 20


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
        strangers = [one for one in asked.linked.unknown_authors if _is_person(one, question)]
        if strangers:
            reason = f"No paper in this collection is by {plain(joined(strangers))}."
            return self.refusals.nothing(asked, reason, total=0)
        within = _ids(asked.context.within)
        unknown, filtered = asked.linked.unknown, question.filters.as_dict()
        if unknown and within is None and not (filtered or _beside(question, unknown)):
            return self.refusals.unknown(asked, ())
        matches = self.lister.matches(question, within)
        self._bring_up(matches)
        notes = [messages.undated(matches.undated)] if matches.undated else []
        if not matches.paper_ids:
            return self._without_years(asked, matches) or self._no_list(asked, notes)
        if _unknown_topic(asked):
            told = messages.unknown(unknown, self.index.catalog.count())
            nearest = replace(matches, sure=0)
            return self._listed(asked, nearest, notes, lead=f"{told} Nearest to it:")
        if matches.sure and (question.by_year or question.act == "people"):
            return self._tallied(asked, matches, notes)
        return self._listed(asked, matches, notes)

    def _bring_up(self, matches: Matches) -> None:
        best = range(min(len(matches.paper_ids), FIRST_PAGE.limit))
        bring_up(match.paper for match in self.lister.read(matches, best))

    def _without_years(self, asked: Read, found: Matches) -> Answer | None:
        """The papers that match but for their years.

        That is where no record of them gives any, and where they tell of that year themselves: in
        "the outbreak of 2014" it is no filter.
        """
        question = asked.question
        if not (question.filters.years and question.words):
            return None
        anytime = replace(question, filters=question.filters.less(("years",)))
        matches = self.lister.matches(anytime, _ids(asked.context.within))
        known = self.index.catalog.years(matches.paper_ids[: matches.sure])
        dated = any(known.values())
        if not dated and not found.undated:
            return None
        surely = self.lister.read(matches, range(matches.sure))
        if dated:
            surely = [one for one in surely if _tells_of(one.paper, question.filters)]
        if not surely:
            return None
        shown = self.page.of(surely)
        lead = messages.not_dated(len(surely), question.topic, question.filters, dated)
        spans = self.lister.evidence(anytime, _papers(shown), _ids(asked.context.within))
        unsure = [replace(match, sure=False) for match in shown]
        return composed(
            question.text, question.kind, list(map(_listed_line, unsure, spans)),
            lead=lead, separator="\n", total=0, filters=question.filters.as_dict(),
            strength="nearest", reason=lead, closest=_papers(shown)[:3],
        )  # fmt: skip

    def _listed(
        self,
        asked: Read,
        matches: Matches,
        notes: Sequence[str],
        lacking: str = "",
        lead: str = "",
    ) -> Answer:
        question, sure = asked.question, matches.sure
        page = replace(self.page, limit=question.wanted or self.page.limit)
        places = self._ordered(matches, question.order)
        shown = self.lister.read(matches, page.of(places))
        if sure > page.limit or page.offset:
            surely = sum(match.sure for match in shown)
            notes = [*notes, messages.shown(page.offset, surely, sure, bool(question.order))]
        perhaps = sum(not match.sure for match in shown)
        lead = lead or messages.lead(sure, perhaps)
        if sure and question.order in ("newest", "oldest"):
            undated = self.lister.undated(matches.paper_ids[:sure])
            lacking = _YEAR if undated == sure else lacking
            notes = [*notes, *([messages.undated(undated)] if undated and not lacking else [])]
        lead = messages.lacking(lead, lacking) if sure and lacking else lead
        spans = self._evidence(asked, _papers(shown))
        return composed(
            question.text, question.kind, list(map(_listed_line, shown, spans)),
            lead=lead, separator="\n", total=sure, filters=question.filters.as_dict(),
            notes=notes, strength="answered" if sure else "nearest",
            reason=None if sure else lead, closest=() if sure else _papers(shown)[:3],
        )  # fmt: skip

    def _evidence(self, asked: Read, papers: Sequence[Paper]) -> list[Span]:
        """Why each paper is listed; of the first ones what they tell, where that may be asked."""
        question = asked.question
        read = papers[:_READ] if question.sure < _SURELY and question.words else ()
        within = _ids(asked.context.within)
        spans = self.lister.evidence(question, papers[len(read) :], within)
        if not read:
            return spans
        wanted = self.reader.wanted(question, asked.linked)
        return [*(self.reader.read_closely(wanted, one).sentences[0].span for one in read), *spans]

    def _ordered(self, matches: Matches, order: Order) -> list[int]:
        """The places of these papers in the order that is asked for, else in theirs.

        Those that perhaps match come last.
        """
        ids, catalog = matches.paper_ids, self.index.catalog
        places = list(range(len(ids)))
        if order:
            years = catalog.years(ids)
            titles = catalog.titles(ids) if order == "title" else [""] * len(ids)
            places.sort(key=lambda at: order_key(years.get(ids[at]), titles[at], order))
        return sorted(places, key=lambda at: at >= matches.sure)

    def _tallied(self, asked: Read, matches: Matches, notes: Sequence[str]) -> Answer:
        """Papers counted by person or year; listed where their records name none."""
        question = asked.question
        sure = self.lister.read(matches, range(matches.sure))
        lines = tally.by_year(sure) if question.by_year else tally.by_person(sure)
        if not lines:
            surely = replace(matches, paper_ids=matches.paper_ids[: matches.sure])
            return self._listed(asked, surely, notes, _YEAR if question.by_year else _AUTHORS)
        if question.by_year:
            notes = [*notes, *_undated(match.paper for match in sure)]
        else:
            nameless = sum(not match.paper.authors for match in sure)
            most = question.wanted or _MOST_PEOPLE
            notes = [*notes, *messages.people(len(lines), most, nameless)]
            lines = lines[:most]
        lead = messages.lead(len(sure))[:-1] + (", by year:" if question.by_year else ", by:")
        return composed(
            question.text, question.kind, lines, lead=lead, separator="\n", total=len(sure),
            filters=question.filters.as_dict(), notes=notes,
        )  # fmt: skip

    def again(self, asked: Read) -> Answer:
        """The papers shown before, or those on a topic, in another order or as references."""
        question = asked.question
        some = question.filtered or any(one.telling for one in question.words)
        if asked.context.within is None and not some:
            return abstained(question.text, question.kind, messages.NO_LIST_YET)
        papers = self._meant(question, asked.context.within)
        if not papers:
            return self._no_list(asked, ())
        notes: list[str] = []
        if question.order:
            papers = sorted(papers, key=lambda one: order_key(one.year, one.title, question.order))
            notes = [] if question.order == "title" else _undated(papers)
        count = len(papers)
        papers = papers[: question.wanted or count]
        if len(papers) < count:
            ordered = bool(question.order) or asked.context.within is not None
            notes.append(messages.shown(0, len(papers), count, ordered))
        lines = [
            _record_line(paper)
            if question.act == "export"
            else _listed_line(Match(paper, 1.0), main_sentence(paper))
            for paper in papers
        ]
        answer = composed(
            question.text, question.kind, lines, lead=messages.lead(count),
            separator="\n", total=count, filters=question.filters.as_dict(), notes=notes,
        )  # fmt: skip
        if question.act == "order":
            return answer
        block = export(papers, question.format or "bibtex")
        return replace(answer, text=f"{answer.text}\n\n```\n{plain(block)}\n```")

    def _meant(self, question: Question, within: Sequence[Paper] | None) -> Sequence[Paper]:
        """Those of the papers shown before that are asked for, else those on a topic.

        Words that none of those shown is about say what is to be done with all of them.
        """
        narrowed = question.filtered or question.excluded
        if within is not None and not (narrowed or any(one.telling for one in question.words)):
            return within
        matches = self.lister.matches(question, _ids(within))
        if within is None:
            return _papers(self.lister.read(matches, range(matches.sure)))
        sure = set(matches.paper_ids[: matches.sure])
        kept = [paper for paper in within if paper.paper_id in sure]
        return kept if kept or narrowed else within

    def overview(self, asked: Read) -> Answer:
        """What the papers on a topic report; a list where none is surely on it."""
        question = asked.question
        matches = self.lister.matches(question, _ids(asked.context.within))
        self._bring_up(matches)
        if not matches.sure or _unknown_topic(asked):
            return self.matching(asked)
        by_year = question.order in ("newest", "oldest")
        undated = self.lister.undated(matches.paper_ids[: matches.sure]) if by_year else 0
        if undated == matches.sure and not question.words:
            reason = messages.no_years(undated, question.order)
            return self.refusals.nothing(asked, reason, total=0)
        wanted = self.reader.wanted(question, asked.linked)
        told = overview.tell(self.reader, wanted, question, self._reading(matches, question.order))
        sure = set(matches.paper_ids[: matches.sure])
        lines = [_marked(one, one.paper.paper_id in sure) for one in told.lines]
        perhaps = sum(not line.sure for line in lines)
        count = self.index.catalog.count()
        best = not (question.order or question.aspect)
        notes = [messages.considered(len(lines) - perhaps, matches.sure, count, perhaps, best)]
        if undated == matches.sure:
            lead = f"{messages.no_years(undated, question.order)} On this topic:"
            return composed(
                question.text, question.kind, lines, lead=lead, separator="\n",
                filters=question.filters.as_dict(), notes=notes, strength="nearest", reason=lead,
                closest=[line.paper for line in lines],
            )  # fmt: skip
        return composed(
            question.text, question.kind, lines, lead=told.lead, separator="\n",
            filters=question.filters.as_dict(),
            notes=[*notes, *([messages.undated(undated)] if undated else [])],
        )  # fmt: skip

    def _reading(self, matches: Matches, order: Order) -> Iterator[Paper]:
        """The papers that match in an order, some at a time, as they are needed."""
        places = self._ordered(matches, order)
        for start in range(0, len(places), _AT_ONCE):
            some = self.lister.read(matches, places[start : start + _AT_ONCE])
            yield from (match.paper for match in some)

    def _no_list(self, asked: Read, notes: Sequence[str]) -> Answer:
        of = f"of the {self.index.catalog.count():,} papers"
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


def _unknown_topic(asked: Read) -> bool:
    """Whether a name that no abstract holds belongs to the topic: it is not meant by other words.

    The name of a venue or of what is left out does not.
    """
    unknown = {word for name in asked.linked.unknown for word in words(name)}
    return any(word.telling and word.text in unknown for word in asked.question.words)


def _is_person(name: str, question: Question) -> bool:
    """Whether a name is one of a person, by how the question speaks of it."""
    return not set(words(name)).isdisjoint(word for one in question.people for word in words(one))


def _tells_of(paper: Paper, years: Filters) -> bool:
    """Whether a paper's title or abstract names a year of a filter."""
    text = f"{paper.title} {paper.abstract}"
    return any(years.holds(int(year)) for year in re.findall(rf"\b{YEAR}\b", text))


def _undated(papers: Iterable[Paper]) -> list[str]:
    """A note on those of these papers that have no year, if any."""
    undated = sum(paper.year is None for paper in papers)
    return [messages.undated(undated)] if undated else []


def _listed_line(match: Match, span: Span) -> Line:
    return _marked(Line(match.paper, span), match.sure)


def _marked(line: Line, sure: bool) -> Line:
    """A line of a list, behind its paper's title and whether it surely belongs."""
    return replace(line, prefix=bullet(line.paper, sure), sure=sure)


def _record_line(paper: Paper) -> Line:
    """A paper by its record alone."""
    dated = f" ({paper.year})" if paper.year else ""
    fields = ("title", "year") if paper.year else ("title",)
    return Line(paper, text=f"{plain(paper.title)}{dated}.", fields=fields, prefix="- ")
