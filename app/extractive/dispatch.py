"""Answers in sentences of the abstracts, by what a question wants done. No model is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.export import export
from app.extractive import comparison, lookup, messages, metadata, overview, tally
from app.extractive.assemble import Line, abstained, composed, joined, plain
from app.extractive.lists import Lister, Match
from app.extractive.own_words import main_sentence
from app.extractive.sentences import SentenceReader, share
from app.records import Answer, Passage
from app.retrieval.search import Candidate, passages, unranked
from app.retrieval.similarity import WordMatcher
from app.retrieval.topicality import ranked
from app.retrieval.trace import bring_up
from app.settings import Settings
from app.understanding.entities import Linked
from app.understanding.question import Filters, Question, Word
from app.understanding.reading import Read
from ingest.index import Index
from ingest.records import Paper
from ingest.text.terms import content_words, words

# Papers whose sentences are read for a lookup that names no paper.
READ = 8
# A list shows this many papers; its count is exact beyond it.
MOST_LISTED = 100
# The paper just spoken of may hold so much less of a question's words than another.
_PREFERRED = 0.1
# A reading less sure than this may be another.
_SURE = 0.75


class Extractive:
    """Answers questions over one index."""

    def __init__(self, index: Index, settings: Settings, most_listed: int = MOST_LISTED) -> None:
        self._index = index
        self._settings = settings
        self._most_listed = most_listed
        matcher = WordMatcher(index.embedding)
        self._reader = SentenceReader(index, matcher)
        self._lister = Lister(index, matcher, settings)

    def answer(self, asked: Read) -> Answer:
        """The answer to a question."""
        question = asked.question
        if asked.context.unclear and question.act not in ("order", "export"):
            return self._which(asked)
        ways: dict[str, Callable[[Read], Answer]] = {
            "list": self._list, "count": self._list, "people": self._list,
            "order": self._again, "export": self._again, "overview": self._overview,
            "claim": self._overview, "advice": self._overview, "compare": self._compare,
            "metadata": self._tell, "definition": self._define, "lookup": self._look_up,
            "smalltalk": self._talk,
        }  # fmt: skip
        return ways[question.act](asked)

    def passages(self, asked: Read) -> tuple[list[Passage], bool]:
        """Papers to read, best first, and whether the question names them."""
        candidates, named = self._candidates(asked)
        return passages(self._index, [one for one, _ in candidates]), bool(named)

    def tells(self, asked: Read, paper: Paper) -> bool:
        """Whether a paper holds the question's words nearly as well as the best other one."""
        wanted = self._reader.wanted(asked.question, asked.linked)
        if not wanted.words:
            return True
        candidates, _ = self._candidates(asked)
        best = [other for _, other in candidates[:3]]
        here, *others = (
            share(self._reader.read(wanted, one).held, wanted.weights) for one in (paper, *best)
        )
        return here > 0 and here >= max(others, default=0.0) - _PREFERRED

    def _candidates(self, asked: Read) -> tuple[list[tuple[Candidate, Paper]], set[str]]:
        """Papers to read with their nearness, best first, and the ids of those that are named.

        Named papers stand alone; where a name may mean several, they are ranked.
        """
        own = {i for entity in asked.linked.own() for i in entity.paper_ids}
        named = {paper.paper_id for paper in asked.context.focus} or own
        text = asked.question.text
        near = ranked(self._index, asked.question.words, self._settings, text, sorted(named))
        chosen = [one for one in near if one.paper_id in named] if named else near[:READ]
        found_ids = {one.paper_id for one in chosen}
        chosen += [unranked(paper_id) for paper_id in sorted(named - found_ids)]
        papers = {p.paper_id: p for p in self._index.catalog.papers([c.paper_id for c in chosen])}
        found = [(one, papers[one.paper_id]) for one in chosen if one.paper_id in papers]
        bring_up(paper for _, paper in found)
        return found, named

    # Papers

    def _list(self, asked: Read) -> Answer:
        question = asked.question
        strangers = asked.linked.unknown_authors
        if strangers and not _beside(question, strangers):
            reason = f"No paper in this collection is by {plain(joined(strangers))}."
            return self._nothing(asked, reason, total=0)
        within = _ids(asked.context.within)
        if asked.linked.unknown and not question.words and within is None:
            return self._unknown(asked, ())
        matches = self._lister.matches(question, within)
        bring_up(match.paper for match in matches)
        sure = [match for match in matches if match.sure]
        notes = self._undated(asked, within)
        if not matches:
            return self._no_list(asked, notes)
        if sure and question.by_year:
            undated = sum(match.paper.year is None for match in sure)
            notes = [*notes, *([messages.undated(undated)] if undated else [])]
            return self._tallied(asked, tally.by_year(sure), sure, notes)
        if sure and question.act == "people":
            return self._tallied(asked, tally.by_person(sure), sure, notes)
        return self._listed(asked, matches, len(sure), notes)

    def _listed(
        self, asked: Read, matches: Sequence[Match], sure: int, notes: Sequence[str]
    ) -> Answer:
        question = asked.question
        most = question.wanted or self._most_listed
        shown = list(matches)
        if question.order:
            shown.sort(key=lambda match: _order_key(match.paper, question.order))
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

    def _tallied(
        self, asked: Read, lines: Sequence[Line], sure: Sequence[Match], notes: Sequence[str]
    ) -> Answer:
        """Papers counted by person or year; listed where their records name none."""
        question = asked.question
        if not lines:
            lacking = messages.no_field("year" if question.by_year else "authors")
            return self._listed(asked, sure, len(sure), [*notes, lacking])
        lead = messages.lead(len(sure))[:-1] + (", by year:" if question.by_year else ", by:")
        return composed(
            question.text, question.kind, lines, lead=lead, separator="\n", total=len(sure),
            filters=question.filters.as_dict(), notes=notes,
        )  # fmt: skip

    def _again(self, asked: Read) -> Answer:
        """The papers shown before, in another order or as references."""
        question, papers = asked.question, list(asked.context.within or ())
        if not papers:
            return abstained(question.text, question.kind, messages.NO_LIST_YET)
        notes: list[str] = []
        if question.act == "order" and question.order:
            papers.sort(key=lambda paper: _order_key(paper, question.order))
            undated = sum(paper.year is None for paper in papers)
            notes = [messages.undated(undated)] if undated and question.order != "title" else []
        papers = papers[: question.wanted or len(papers)]
        lines = [_listed_line(Match(paper, 1.0, *main_sentence(paper))) for paper in papers]
        if question.act == "export":
            lines = [_record_line(paper) for paper in papers]
        answer = composed(
            question.text, question.kind, lines, lead=messages.lead(len(papers)),
            separator="\n", total=len(papers), notes=notes,
        )  # fmt: skip
        if question.act == "order":
            return answer
        block = export(papers, question.format or "bibtex")
        return replace(answer, text=f"{answer.text}\n\n```\n{plain(block)}\n```")

    def _overview(self, asked: Read) -> Answer:
        question = asked.question
        matches = self._lister.matches(question, _ids(asked.context.within))
        bring_up(match.paper for match in matches)
        sure = [match for match in matches if match.sure]
        if not sure:
            return self._list(asked)
        wanted = self._reader.wanted(question, asked.linked)
        told = overview.tell(self._reader, wanted, question, matches)
        count = self._index.catalog.count()
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
        matches = self._lister.matches(anytime, within)
        undated = sum(match.paper.year is None for match in matches if match.sure)
        return [messages.undated(undated)] if undated else []

    def _no_list(self, asked: Read, notes: Sequence[str]) -> Answer:
        of = f"of the {self._index.catalog.count()} papers"
        of = of if asked.context.within is None else "of those papers"
        reason = messages.no_list(asked.question.topic, asked.question.filters, of)
        return self._nothing(asked, reason, total=0, notes=notes)

    # One paper, or a few

    def _look_up(self, asked: Read) -> Answer:
        question = asked.question
        candidates, named = self._candidates(asked)
        found = lookup.look_up(self._reader, question, asked.linked, candidates, named)
        if found.lines and found.chance >= self._settings.answered_from:
            return composed(question.text, question.kind, found.lines)
        strangers = (*asked.linked.unknown, *asked.linked.unknown_authors)
        if not found.lines or (not named and found.chance < self._settings.near_from):
            if strangers:
                return self._unknown(asked, found.papers)
            return self._nothing(asked, self._off_topic(), closest=found.papers)
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
            bring_up(papers)
            lines = lookup.define(entities[0], papers)
            if lines:
                return composed(asked.question.text, "definition", lines)
        return self._look_up(asked)

    def _tell(self, asked: Read) -> Answer:
        """An attribute of the record of the paper that is named, or that the question describes."""
        question = asked.question
        candidates, named = self._candidates(asked)
        found = lookup.look_up(self._reader, question, asked.linked, candidates, named)
        if not named and found.chance < self._settings.near_from:
            if asked.linked.unknown:
                return self._unknown(asked, found.papers)
            return self._nothing(asked, self._off_topic(), closest=found.papers)
        papers = [paper for _, paper in candidates] if named else list(found.papers[:1])
        lines = [line for paper in papers for line in metadata.tell(paper, question.attribute)]
        if lines:
            return composed(question.text, "metadata", lines)
        if question.sure < _SURE and found.chance >= self._settings.answered_from:
            # "Where was it evaluated?" is told by the abstract, if by anything.
            return composed(question.text, "lookup", found.lines)
        reason = plain(metadata.missing(papers[0], question.attribute))
        return self._nothing(asked, reason, closest=papers)

    def _compare(self, asked: Read) -> Answer:
        question, linked = asked.question, asked.linked
        own = [i for entity in linked.own() for i in entity.paper_ids]
        papers = [*asked.context.focus, *(asked.context.within or ())]
        papers += self._index.catalog.papers(list(dict.fromkeys(own)))
        if len({paper.paper_id for paper in papers}) < 2:
            papers += self._sides(question)
        sides = list({paper.paper_id: paper for paper in papers}.values())
        bring_up(sides)
        if len(sides) < 2 and linked.unknown:
            return self._unknown(asked, sides)
        if len(sides) < 2:
            # "Salt or sugar, which is sweeter?" may be told by one paper.
            return self._look_up(asked)
        wanted = self._reader.wanted(question, linked)
        lines = comparison.compare(self._reader, wanted, sides)
        return composed(question.text, "compare", lines)

    def _sides(self, question: Question) -> list[Paper]:
        """The best paper for each side that is compared, if it is surely about that side."""
        found: list[Paper] = []
        for side in question.sides:
            own = tuple(map(Word, content_words(side)))
            about = replace(question, words=own, filters=Filters(), act="lookup", text=side)
            read = Read(about, Linked())
            candidates, _ = self._candidates(read)
            seen = lookup.look_up(self._reader, about, Linked(), candidates, set())
            found += seen.papers[:1] if seen.chance >= self._settings.answered_from else ()
        return found

    def _talk(self, asked: Read) -> Answer:
        return Answer(asked.question.text, messages.SMALLTALK, "smalltalk")

    # Saying that there is no answer

    def _nothing(
        self,
        asked: Read,
        reason: str,
        *,
        closest: Sequence[Paper] = (),
        total: int | None = None,
        notes: Sequence[str] = (),
    ) -> Answer:
        question = asked.question
        near = closest or [paper for _, paper in self._candidates(asked)[0]]
        return abstained(
            question.text, question.kind, reason, near[:3],
            total=total, filters=question.filters.as_dict(), notes=notes,
        )  # fmt: skip

    def _which(self, asked: Read) -> Answer:
        """A question back, with the papers that may be meant."""
        question = asked.question
        return abstained(question.text, question.kind, messages.WHICH, asked.context.focus[:3])

    def _unknown(self, asked: Read, closest: Sequence[Paper]) -> Answer:
        count = self._index.catalog.count()
        names = (*asked.linked.unknown, *asked.linked.unknown_authors)
        reason = messages.unknown(names, count)
        return self._nothing(asked, reason, closest=closest)

    def _off_topic(self) -> str:
        return messages.off_topic(self._index.catalog.count())


def _ids(papers: Sequence[Paper] | None) -> list[str] | None:
    return None if papers is None else [paper.paper_id for paper in papers]


def _papers(matches: Sequence[Match]) -> list[Paper]:
    return [match.paper for match in matches]


def _beside(question: Question, names: Sequence[str]) -> bool:
    """Whether a question has words of a topic beside these names."""
    of_names = {word for name in names for word in words(name)}
    return any(word.telling and word.text not in of_names for word in question.words)


def _order_key(paper: Paper, order: str) -> tuple[bool, int, str]:
    """Sorts papers by year or title; those without a year come last."""
    if order == "title":
        return False, 0, paper.title.casefold()
    year = paper.year or 0
    return paper.year is None, -year if order == "newest" else year, ""


def _listed_line(match: Match) -> Line:
    perhaps = "" if match.sure else "perhaps "
    prefix = f"- {perhaps}**{plain(match.paper.title)}**: "
    return Line(match.paper, (match.start, match.end), prefix=prefix, sure=match.sure)


def _record_line(paper: Paper) -> Line:
    """A paper by its record alone."""
    dated = f" ({paper.year})" if paper.year else ""
    fields = ("title", "year") if paper.year else ("title",)
    return Line(paper, text=f"{plain(paper.title)}{dated}.", fields=fields, prefix="- ")
